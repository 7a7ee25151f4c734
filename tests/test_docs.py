"""What the docs name exists."""

import importlib
import re
import shlex
from pathlib import Path
from typing import get_args

import pytest

from rig.config import LimitAction, LimitKind
from tests.commands import typed
from tests.synthetic_run import Recipe, make_run

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


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder of runs, as the examples take it."""
    for name in ("runs", "other_runs"):
        make_run(tmp_path / name / "one", Recipe(broken_at_s=10.0))
    return tmp_path


def test_the_example_of_the_python_api_runs(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The block of Python in docs/record.md, as it stands there."""
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "record.md").read_text(), re.DOTALL)
    names = {"path": runs / "runs" / "one"}
    exec(block, names)
    assert capsys.readouterr().out.startswith("7 FAILED 9\n")
    assert names["table"].num_rows == 10 * names["frame"].shape[0] == 10_000
    assert names["force"]["distance_m"].min() >= 100.0


def test_the_queries_of_the_docs_are_answered(
    runs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each ``rig sql`` of docs/record.md and of the README, word for word."""
    monkeypatch.chdir(runs)
    lines = [line for path in DOCS for line in path.read_text().splitlines() if line.startswith("rig sql ")]
    asked = {line: typed(capsys, monkeypatch, *shlex.split(line, comments=True)[1:]) for line in lines}
    assert [line for line, done in asked.items() if done.code != 0] == []
    assert len(asked) >= 5
    assert (runs / "found.csv").read_text().count("coil_spring") == 1


@pytest.mark.parametrize("word", [*get_args(LimitKind), *get_args(LimitAction)])
def test_the_operator_s_table_has_every_kind_and_action(word: str) -> None:
    """Whoever reads a limit in a rig file finds in docs/safety.md what it does."""
    rows = [line for line in (ROOT / "docs" / "safety.md").read_text().splitlines() if line.startswith("| `")]
    assert any(f"`{word}`" in row.split("|")[1] for row in rows)
