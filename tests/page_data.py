"""What a page plots, out of its HTML."""

import json
import re
from typing import Any


def data_of(page: str) -> Any:
    """The data within a page's text."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])
