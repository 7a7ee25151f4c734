"""The record survives power cuts: states made from the trace of what its writers do (docs/record.md)."""

from pathlib import Path

import pytest

from tests.powercut.campaign import aimed_cuts, failures_of, play, random_cuts, table
from tests.powercut.disk import Disk, System, files_of
from tests.powercut.trace import Op, can_trace, record

SEED, STATES, PARTS = 1, 72, 8

pytestmark = pytest.mark.skipif(bool(can_trace()), reason=can_trace() or "strace is there")


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Op]]:
    """What the writer wrote, and all that it did."""
    return record(tmp_path_factory.mktemp("traced"))


@pytest.mark.parametrize("system", ["posix", "journalled"])
def test_the_trace_holds_all_that_was_written(traced: tuple[Path, list[Op]], system: System) -> None:
    """Done again on the disk that is only a model, it gives the folder that is on the real one, byte for byte."""
    folder, ops = traced
    disk = Disk(system)
    for op in ops:
        disk.apply(op)
    modelled = {name: None if file is None else bytes(file.live) for name, file in files_of(disk.root)}
    paths = list(folder.rglob("*"))
    assert modelled == {str(p.relative_to(folder)): None if p.is_dir() else p.read_bytes() for p in paths}
    found = [name.split("/samples/")[1] for name in modelled if name.endswith(".parquet")]
    assert sum(name.startswith("seconds/") for name in found) == 2
    assert len(found) == 2 + 4
    assert sum(op.kind == "promise" for op in ops) == len((folder.parent / "markers").read_text().splitlines())


@pytest.mark.parametrize("part", range(PARTS))
def test_cuts_at_random_moments(traced: tuple[Path, list[Op]], part: int) -> None:
    """All that was promised is there, nothing is wrong, and every reader and `rig verify` can tell."""
    tallies = play(traced[1], random_cuts(traced[1], STATES // PARTS, SEED + part))
    assert failures_of(tallies) == [], table(tallies)
    assert sum(len(tally.lost_rows) for tally in tallies.values()) == STATES // PARTS


@pytest.mark.parametrize("part", range(PARTS))
def test_cuts_around_each_sync_and_each_change_of_names(traced: tuple[Path, list[Op]], part: int) -> None:
    """Where what is certain changes: of each fourth, before it or after it; `python -m tests.powercut` tries all."""
    aimed = aimed_cuts(traced[1], SEED)[part::PARTS][part % 4 :: 4]
    tallies = play(traced[1], aimed)
    assert failures_of(tallies) == [], table(tallies)
