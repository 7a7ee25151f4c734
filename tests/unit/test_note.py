"""An engineer's note: a new event in the chain, never an edit; not while the run goes on."""

from pathlib import Path

import pytest

from rig.operator.users import own_name
from rig.record.events import FILE_NAME, EventLog, LogInUseError, read_events
from tests.commands import rig
from tests.synthetic_run import make_run


def test_a_note_goes_on_with_the_chain(tmp_path: Path) -> None:
    """What was there stays byte for byte; who, what about, cause and action are in it."""
    run = make_run(tmp_path / "run")
    before = (run / FILE_NAME).read_bytes()
    words = ("--component", "damper", "--cause", "weld porosity", "--action", "new supplier")
    done = rig("note", str(run), "seal ring torn", *words)
    assert done.code == 0, done.err
    assert (run / FILE_NAME).read_bytes().startswith(before)
    record = read_events(run / FILE_NAME)
    assert record.broken is None
    event = record.events[-1]
    assert event.kind == "engineer_note"
    assert event.data == {
        "user": own_name(),
        "note": "seal ring torn",
        "component": "damper",
        "cause": "weld porosity",
        "action": "new supplier",
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((" ",), "what was found, in words"),
        (("x", "--component", "gearbox"), "damper, coil_spring, half_shaft, top_mount"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    """Exit 2, nothing written."""
    run = make_run(tmp_path / "run")
    before = (run / FILE_NAME).read_bytes()
    done = rig("note", str(run), *words)
    assert done.code == 2
    assert told in done.err
    assert (run / FILE_NAME).read_bytes() == before


def test_a_run_that_goes_on_takes_no_note(tmp_path: Path) -> None:
    """Its supervisor holds the log; two writers would break the chain."""
    run = make_run(tmp_path / "run")
    with EventLog(run):
        done = rig("note", str(run), "seal ring torn")
        with pytest.raises(LogInUseError):
            EventLog(run)
    assert done.code == 2
    assert "the run goes on" in done.err
    assert read_events(run / FILE_NAME).events[-1].kind == "run_ended"
