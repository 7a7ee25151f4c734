"""What commands for reviewers have in common: which runs, which channels, and into which file."""

from pathlib import Path

from profiles.schema import Fault, InputError
from rig.cli.console import progress_console
from rig.failures import runs_in
from rig.query import measured
from rig.runs import Run
from rig.summary import in_words


def runs_of(folders: list[Path] | None) -> list[Path]:
    """The run directories of an argument: those named, and those in folders that are named; by default of 'runs'.

    Raises:
        InputError: a folder can't be read.
    """
    try:
        return runs_in(folders or [Path("runs")])
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        fault = Fault(str(error.filename), 0, "FOLDERS", reason, "run directories, or a folder of them")
        raise InputError([fault]) from None


def channels_of(run: Run, text: str) -> tuple[str, ...]:
    """The channels of an option: names with commas between; all that was measured where it is empty."""
    return tuple(name.strip() for name in text.split(",") if name.strip()) or measured(run)


def exponents_of(command: str, text: str) -> list[float]:
    """The exponents of an option.

    Raises:
        InputError: one is no number from 1 to 20.
    """
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or not all(1.0 <= each <= 20.0 for each in found):
        raise InputError([Fault(command, 0, "--exponents", repr(text), "numbers from 1 to 20, such as 3,5,8")])
    return found


def tell_of_summary(run: Run) -> None:
    """Say on the screen where not all samples of a run are there any more.

    Raises:
        InputError: they can't be read.
    """
    if words := in_words(run):
        progress_console().print(f"note: {words}", soft_wrap=True, style="yellow", markup=False)


def refuse_target(file: Path, *, force: bool) -> None:
    """Check that a file may be written.

    Raises:
        InputError: its folder is not there, or it is there itself and is not to be replaced.
    """
    if not file.parent.is_dir():
        raise InputError([Fault(str(file), 0, "--out", "no such folder", "a file in a folder that is there")])
    if file.exists() and not force:
        raise InputError([Fault(str(file), 0, "--out", "a file that is there", "a new file, or --force to replace it")])
