"""Fixtures of scenarios."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import ARGS, CHROMIUM, Window


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=CHROMIUM, args=ARGS, viewport={"width": 1366, "height": 850}
        )
        yield Window(context)
        context.close()
