"""What the docs name exists."""

import importlib
import re
from pathlib import Path
from typing import get_args

import pytest

from rig.config import LimitAction, LimitKind

ROOT = Path(__file__).parent.parent
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
NAME = re.compile(r"`((?:profiles|drivers|rig|simulators)(?:\.\w+)+)`")
FILE = re.compile(r"`((?:profiles|drivers|rig|simulators|tests|docs)/[\w/.{},*-]+\.(?:py|yaml|md))`")


def exists(name: str) -> bool:
    """Whether a dotted name is a module, or an attribute of one, however deep."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_name_and_file_exists(path: Path) -> None:
    """Dotted names in backticks can be imported; files named in backticks are in the tree."""
    text = path.read_text()
    missing = [name for name in NAME.findall(text) if not exists(name)]
    missing += [name for name in FILE.findall(text) if "{" not in name and not (ROOT / name).is_file()]
    assert missing == []


def test_the_readme_names_enough_to_follow_a_file() -> None:
    """The path of one terrain file is told by at least twenty names that exist."""
    assert len(set(NAME.findall((ROOT / "README.md").read_text()))) >= 20


@pytest.mark.parametrize("word", [*get_args(LimitKind), *get_args(LimitAction)])
def test_the_operator_s_table_has_every_kind_and_action(word: str) -> None:
    """Whoever reads a limit in a rig file finds in docs/safety.md what it does."""
    rows = [line for line in (ROOT / "docs" / "safety.md").read_text().splitlines() if line.startswith("| `")]
    assert any(f"`{word}`" in row.split("|")[1] for row in rows)
