"""Samples whose recorder died are taken up: nothing whole is lost, and the next recorder goes on after them."""

import errno
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from synthetic_run import Recipe, make_manifest, make_rows

from rig.record import manifest
from rig.record.columns import Columns
from rig.record.journal import SampleWriter, count_rows, iter_tables
from rig.record.recorder import READER, Recorder
from rig.record.ring import Ring, Rows
from rig.record.seals import FILE_NAME, BrokenSealsError, Sealer, read_seals
from rig.record.segments import FOLDER
from rig.record.takeup import BrokenSamplesError, take_up

DESCRIBED = make_manifest(Recipe())
COLUMNS = Columns(DESCRIBED)
ROWS = make_rows(Recipe(seconds=10.0))
SEGMENT = 1000


def read_back(run_dir: Path) -> Rows:
    return np.concatenate([np.empty(0, COLUMNS.dtype), *(COLUMNS.rows(table) for table in iter_tables(run_dir))])


@pytest.fixture
def died(tmp_path: Path) -> Path:
    """A run whose recorder died with two segments closed and 300 rows in its journal, in two batches."""
    manifest.write(tmp_path, DESCRIBED)
    writer = SampleWriter(tmp_path, COLUMNS, SEGMENT)
    writer.append(ROWS[:2150])
    writer.append(ROWS[2150:2300])
    writer.abandon()
    return tmp_path


def test_a_journal_becomes_a_segment(died: Path) -> None:
    """With its seal; the rows are the same, and once more changes nothing."""
    assert take_up(died) == 2300
    folder = died / FOLDER
    assert not list(folder.glob("*.arrows"))
    assert [(seal.first, seal.rows) for seal in read_seals(folder / FILE_NAME).seals] == [
        (0, 1000), (1000, 1000), (2000, 300),
    ]  # fmt: skip
    assert np.array_equal(read_back(died), ROWS[:2300])
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert take_up(died) == 2300
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_segments_keep_their_codes_and_units(died: Path) -> None:
    """A segment made from a journal is as one that the recorder closed itself."""
    take_up(died)
    one, other = (pyarrow.parquet.read_schema(died / FOLDER / f"{first:012d}.parquet") for first in (1000, 2000))
    assert one.equals(other, check_metadata=True)


def test_a_torn_tail_counts_for_nothing(died: Path) -> None:
    """Wherever the journal is cut, whole batches before it stay."""
    journal = died / FOLDER / "000000002000.arrows"
    whole = journal.read_bytes()
    for length in (0, 10, len(whole) - 1, len(whole) - 4000):
        copy = died.parent / f"cut-{length}"
        shutil.copytree(died, copy)
        (copy / FOLDER / journal.name).write_bytes(whole[:length])
        rows = count_rows(copy)
        assert take_up(copy) == rows
        assert rows in (2000, 2150)
        assert np.array_equal(read_back(copy), ROWS[:rows])


def test_a_segment_without_a_seal_gets_one_and_its_journal_goes(died: Path) -> None:
    """The recorder died after the segment was there, and before it was sealed."""
    folder = died / FOLDER
    take_up(died)
    (folder / FILE_NAME).write_bytes(b"".join((folder / FILE_NAME).read_bytes().splitlines(keepends=True)[:2]))
    (folder / "000000002000.arrows").write_bytes(b"what is left of it")
    (folder / "000000003000.tmp").write_bytes(b"half a segment")
    assert take_up(died) == 2300
    assert sorted(path.name for path in folder.iterdir() if path.suffix != ".bin") == [
        "000000000000.parquet", "000000001000.parquet", "000000002000.parquet", FILE_NAME,
    ]  # fmt: skip
    assert len(read_seals(folder / FILE_NAME).seals) == 3


def test_a_recorder_goes_on_after_them(died: Path) -> None:
    """Numbered on, sealed in the same chain; the hash is that of all samples."""
    whole = died.parent / "whole"
    whole.mkdir()
    manifest.write(whole, DESCRIBED)
    finished = []
    for run_dir, first in ((died, 2300), (whole, 0)):
        with Ring.create(COLUMNS.dtype, 1 << 13, (READER,)) as ring:
            recorder = Recorder(ring.reader(READER), run_dir)
            ring.push(ROWS[first:4000])
            finished.append(recorder.finish())
    assert finished[0].sha256 == finished[1].sha256
    assert [each.samples for each in finished] == [4000, 4000]
    assert np.array_equal(read_back(died), ROWS[:4000])
    assert read_seals(died / FOLDER / FILE_NAME).head == finished[0].seals_head


def test_a_missing_segment_is_not_gone_on_after(died: Path) -> None:
    """Neither where its seal tells of it, nor where only the numbers do."""
    folder = died / FOLDER
    (folder / "000000001000.parquet").unlink()
    with pytest.raises(BrokenSamplesError, match="was sealed, and is not there"):
        take_up(died)
    (folder / FILE_NAME).write_bytes(b"")
    with pytest.raises(BrokenSamplesError, match="wanted 1000: one is missing"):
        take_up(died)
    assert (folder / "000000002000.arrows").exists()


def test_broken_seals_are_left_as_they_are(died: Path) -> None:
    """Nothing is cut away that may tell what happened."""
    seals = died / FOLDER / FILE_NAME
    altered = seals.read_bytes().replace(b'"rows":1000', b'"rows":1001', 1)
    seals.write_bytes(altered)
    with pytest.raises(BrokenSealsError, match="line 2"):
        take_up(died)
    assert seals.read_bytes() == altered


def test_samples_that_are_still_written_are_left_alone(died: Path) -> None:
    """A recorder outlives its supervisor by some seconds."""
    other = Sealer(died / FOLDER)
    with pytest.raises(BlockingIOError) as refused:
        take_up(died)
    assert refused.value.errno == errno.EWOULDBLOCK
    other.close()
    assert take_up(died) == 2300


def test_a_run_without_samples(tmp_path: Path) -> None:
    """It died before its recorder began."""
    assert take_up(tmp_path) == 0
    assert not list(tmp_path.iterdir())
