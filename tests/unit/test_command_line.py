"""Commands are where they are said to be: each starts without what the others need."""

import subprocess
import sys

import pytest
import typer

from rig.cli import MODULES, command_line


def names(first: str = "") -> list[str]:
    """The commands that are there when a command line begins with a word."""
    group = typer.main.get_command(command_line(first))
    return list(group.commands)  # type: ignore[attr-defined]


def test_every_command_is_listed_and_no_other() -> None:
    """Also where the first word is none of them."""
    assert sorted(names()) == sorted(MODULES)
    assert sorted(names("no such command")) == sorted(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_a_command_is_there_by_itself(name: str) -> None:
    """With those of its file."""
    assert names(name) == [each for each in MODULES if (MODULES[each] or each) == (MODULES[name] or name)]


def test_a_look_at_runs_needs_no_compiler() -> None:
    """Nothing that a person waits for: neither numba nor the planning."""
    code = "import sys; from rig.cli import command_line; command_line('runs'); print('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
