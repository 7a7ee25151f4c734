"""Results as JSON lines: one as each run ends, so that the command goes on where it stopped."""

from pathlib import Path
from typing import Literal

import msgspec

from profiles.schema import Fault, InputError
from tests.detection.trial import Result


class Settings(msgspec.Struct, frozen=True):
    """What the runs depend on, the first line of the file. More specimens may be asked for later.

    ``numbered``: specimens are told by their numbers within their modes. Files from before that do not say so.
    """

    numbered: Literal["by mode"]
    seed: int
    courses: int
    length_km: float


def open_results(path: Path, settings: Settings) -> list[Result]:
    """What is there already; a file that is not there is made.

    Raises:
        InputError: the file is of other settings, or none of ours.
    """
    if not path.exists():
        path.write_bytes(msgspec.json.encode(settings) + b"\n")
    before, results = read_results(path)
    if before != settings:
        raise InputError([Fault(str(path), 1, "(settings)", str(before), f"{settings}, or another --out")])
    whole = path.read_bytes()
    if not whole.endswith(b"\n"):
        path.write_bytes(whole[: whole.rindex(b"\n") + 1])
    return results


def read_results(path: Path) -> tuple[Settings, list[Result]]:
    """Settings and results; a last line that was cut off when the command was stopped is played again.

    Raises:
        InputError: the file is none of ours.
    """
    try:
        first, *lines = path.read_bytes().split(b"\n")
        settings = msgspec.json.decode(first, type=Settings)
        return settings, [msgspec.json.decode(line, type=Result) for line in lines[:-1]]
    except (OSError, msgspec.MsgspecError) as error:
        raise InputError([Fault(str(path), 0, "(results)", str(error), "a file that this command wrote")]) from None


def add_result(path: Path, result: Result) -> None:
    """Put one at the end, in one write: several processes may do so."""
    with path.open("ab", buffering=0) as file:
        file.write(msgspec.json.encode(result) + b"\n")


def which(result: Result) -> tuple[str, str, int]:
    """The specimen that was played: component, mode and its number in it."""
    return result.component, result.mode, result.number
