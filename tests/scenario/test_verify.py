"""``rig verify``: what a run left is whole, and whatever is altered afterwards is found."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rig.record.events import FILE_NAME, EventLog
from rig.record.segments import FOLDER
from rig.runs import open_run
from rig.verify import Mark, verify
from rig.verify.samples import look_at_samples
from tests.commands import rig

SEALED = ("manifest.json", FILE_NAME, "verdict.json", "slow.jsonl", "checks.json", f"{FOLDER}/seals.jsonl")
SEGMENT = f"{FOLDER}/000000000000.parquet"


@pytest.fixture(scope="module")
def recorded() -> Iterator[Path]:
    """A run to its end."""
    with tempfile.TemporaryDirectory() as folder:
        done = rig("run", "dune_loop", "--until-km", "0.02", "--runs", folder, "--json")
        assert done.code == 0, done.err
        yield Path(done.verdict["run"])


@pytest.fixture
def copy(recorded: Path, tmp_path: Path) -> Path:
    """A copy of it that may be altered."""
    return shutil.copytree(recorded, tmp_path / "run")


def test_a_run_is_whole(recorded: Path) -> None:
    """Exit 0; the head is the one that report and JUnit print."""
    done = rig("verify", str(recorded))
    assert done.code == 0, done.out
    assert "note" not in done.out
    told = json.loads(rig("verify", str(recorded), "--json").out)
    assert told["whole"] is True
    assert f"whole, head {told['head']}" in done.out
    assert told["head"] in (recorded / "report.html").read_text()
    assert told["head"] in (recorded / "junit.xml").read_text()


@pytest.mark.parametrize("name", [*SEALED, SEGMENT])
def test_a_flipped_bit_is_found(recorded: Path, name: str) -> None:
    """Anywhere in a file that the head stands for."""
    with tempfile.TemporaryDirectory() as folder:
        run = shutil.copytree(recorded, Path(folder) / "run")
        whole = (run / name).read_bytes()

        @given(st.integers(0, 8 * len(whole) - 1))
        @settings(max_examples=25, deadline=None)
        def flip(bit: int) -> None:
            spoiled = bytearray(whole)
            spoiled[bit // 8] ^= 1 << bit % 8
            (run / name).write_bytes(spoiled)
            assert not verify(run).whole

        flip()
        (run / name).write_bytes(whole)
        assert verify(run).whole


def drop_line(name: str, number: int) -> Callable[[Path], None]:
    """Take a line away."""

    def act(run: Path) -> None:
        lines = (run / name).read_bytes().splitlines(keepends=True)
        del lines[number]
        (run / name).write_bytes(b"".join(lines))

    return act


ALTERED: dict[str, tuple[Callable[[Path], None], str]] = {
    "an event taken out": (drop_line(FILE_NAME, 3), "the chain breaks: events.jsonl line 4"),
    "the last event taken away": (drop_line(FILE_NAME, -1), "there is one, but no event that ends the run"),
    "a seal taken away": (drop_line(f"{FOLDER}/seals.jsonl", -1), "the hash of its last line is not the one"),
    "a segment taken away": (lambda run: (run / SEGMENT).unlink(), "not the file that was sealed, or it is not there"),
    "a segment put there": (
        lambda run: shutil.copy(run / SEGMENT, run / FOLDER / "000000900000.parquet"),
        "without a seal: the recorder died, or it was put there",
    ),
    "no verdict": (lambda run: (run / "verdict.json").unlink(), "the run died before it, or it was taken away"),
    "no readings": (lambda run: (run / "slow.jsonl").unlink(), "it can't be read: no such file or directory"),
    "no manifest": (lambda run: (run / "manifest.json").unlink(), "manifest.json"),
}


@pytest.mark.parametrize(("alter", "words"), ALTERED.values(), ids=ALTERED.keys())
def test_what_was_altered_is_said_in_words(copy: Path, alter: Callable[[Path], object], words: str) -> None:
    """Exit 3, no traceback, and the directory stays as it is."""
    alter(copy)
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*")}
    done = rig("verify", str(copy))
    assert done.code == 3, done.out + done.err
    assert words in done.out
    assert "not whole" in done.out
    assert done.err == ""
    assert {path: path.stat().st_mtime_ns for path in copy.rglob("*")} == before


def test_what_came_after_the_end_is_noted(copy: Path) -> None:
    """An engineer's reset after a trip goes on with the chain; the head still stands for what came before it."""
    head = verify(copy).head
    with EventLog(copy) as log:
        log.append("operator_reset", "looked at", time_s=0.0)
    found = verify(copy)
    assert found.whole
    assert found.head == head
    assert [one.text for one in found.findings if one.mark is Mark.NOTE] == [
        "1 events after the end of the run; the head vouches for none of them"
    ]


@pytest.mark.parametrize(
    ("says", "mark", "words"),
    [
        ({}, Mark.GOOD, "their hash is"),
        ({"samples_sha256": "0" * 64}, Mark.BAD, "000000000000…"),
        ({"samples_sha256": ""}, Mark.BAD, "with the hash"),
        ({"samples": 7}, Mark.BAD, "the run's end says 7"),
    ],
)
def test_the_hash_over_all_samples_is_held_to_the_run_s_end(
    recorded: Path, says: dict[str, object], mark: Mark, words: str
) -> None:
    """Where all samples are there it can be made anew: an end that names none of them vouches for nothing."""
    run = open_run(recorded)
    ended = run.events.events[-1]
    told = msgspec.structs.replace(ended, data=ended.data | says)
    last = list(look_at_samples(run, told))[-1]
    assert last.mark is mark
    assert words in last.text


def test_no_run_is_told(tmp_path: Path) -> None:
    """Exit 2, and what a run directory is."""
    done = rig("verify", str(tmp_path))
    assert done.code == 2
    assert "manifest.json" in done.err
