"""Selections of a run's samples against all of them, cut by hand."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.schema import InputError
from rig import query
from rig.export.hdf5 import write_hdf5
from rig.export.rpc3 import write_rpc3
from rig.query import Selection
from rig.runs import Run, open_run
from tests.commands import rig
from tests.synthetic_run import Recipe, make_run

SECONDS, KM = 130.0, 1.95


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two segments and a journal."""
    return open_run(make_run(tmp_path_factory.mktemp("runs") / "run", Recipe(seconds=SECONDS, closed=False)))


@given(
    start=st.floats(-0.5, KM + 0.5),
    length=st.floats(0.0, KM),
    every=st.integers(1, 700),
    channels=st.lists(st.sampled_from(["strut_force_n", "command.pan_displacement_m", "speed_mps"]), unique=True),
)
@settings(max_examples=40, deadline=None)
def test_a_selection_is_what_lies_there(run: Run, start: float, length: float, every: int, channels: list[str]) -> None:
    """Bit for bit what all samples have, whatever segments were passed over."""
    found = query.table(run, Selection(tuple(channels), start, start + length, every))
    whole = run.samples(["sample", "distance_m", *query.full_names(run, channels)])
    low, high = 1000.0 * start, 1000.0 * (start + length)
    inside = (whole["distance_m"] >= low) & (whole["distance_m"] <= high) & (whole["sample"] % every == 0)
    assert found.column_names == ["sample", "distance_km", *query.full_names(run, channels)]
    assert np.array_equal(found["sample"], whole["sample"][inside])
    assert np.array_equal(found["distance_km"], whole["distance_m"][inside] / 1000.0)
    for name in query.full_names(run, channels):
        assert np.array_equal(found[name], whole[name][inside], equal_nan=True)


def test_segments_that_lie_elsewhere_are_not_read(run: Run, tmp_path: Path) -> None:
    """Of the first one only the head is whole; what lies in the second can be had all the same."""
    folder = make_run(tmp_path / "run", Recipe(seconds=SECONDS))
    first = folder / "samples" / "000000000000.parquet"
    first.write_bytes(b"PAR1" + bytes(60_000) + first.read_bytes()[60_004:])
    with pytest.raises(InputError):
        query.table(open_run(folder), Selection(("strut_force_n",)))
    found = query.table(open_run(folder), Selection(("strut_force_n",), 1.0, 1.5))
    assert np.array_equal(found["feedback.strut_force_n"], query.table(run, Selection(("strut_force_n",), 1.0, 1.5))[2])


def test_csv_names_units(run: Run, tmp_path: Path) -> None:
    """A head that a spreadsheet shows, the same values."""
    wanted = Selection(("strut_force_n", "span"), 0.5, 0.6)
    rows = query.write_csv(run, wanted, tmp_path / "some.csv")
    read = pyarrow.csv.read_csv(tmp_path / "some.csv")
    assert read.column_names == ["sample", "distance_km", "feedback.strut_force_n [N]", "span [1]"]
    assert read.num_rows == rows > 100
    assert np.array_equal(read[2], query.table(run, wanted)[2])


def test_parquet_keeps_units(run: Run, tmp_path: Path) -> None:
    """In the metadata of the fields."""
    wanted = Selection(("strut_force_n",), 0.0, math.inf, 10)
    rows = query.write_parquet(run, wanted, tmp_path / "some.parquet")
    read = pyarrow.parquet.read_table(tmp_path / "some.parquet")
    assert rows == read.num_rows == round(SECONDS * 50)
    assert read.schema.field("feedback.strut_force_n").metadata[b"unit"] == b"N"
    assert read.equals(query.table(run, wanted))


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Selection(("strut_forse_n",)), "did you mean 'strut_force_n'?"),
        (Selection(("zzz",)), "strut_force_n, strut_travel_m"),
        (Selection((), 2.0, 1.0), "from a kilometre to a later one"),
        (Selection((), math.nan, 1.0), "from a kilometre to a later one"),
        (Selection((), every=0), "a whole number from 1"),
    ],
)
def test_what_is_wrong_is_told(run: Run, wanted: Selection, words: str) -> None:
    with pytest.raises(InputError) as error:
        query.table(run, wanted)
    assert words in str(error.value)


def test_nothing_there_is_an_empty_table(run: Run) -> None:
    """With its columns."""
    found = query.table(run, Selection(("span",), 100.0, 101.0))
    assert (found.num_rows, found.column_names) == (0, ["sample", "distance_km", "span"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--out", "some.txt"), "a name that ends with .csv or .parquet"),
        (("--out", "none/some.csv"), "a file in a folder that is there"),
        (("--channels", "strut_forse_n"), "did you mean 'strut_force_n'?"),
        (("--from-km", "2", "--to-km", "1"), "from a kilometre to a later one"),
    ],
)
def test_the_command_says_what_is_wrong(run: Run, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    """Exit 2, no traceback, no file."""
    done = rig("data", str(run.path), *words, cwd=tmp_path)
    assert done.code == 2
    assert told in done.err
    assert list(tmp_path.iterdir()) == []


def test_the_command_shows_a_look(run: Run, tmp_path: Path) -> None:
    """Figures of each channel and some rows on the screen; the list of channels; all rows in a file."""
    shown = rig("data", str(run.path), "--channels", "strut_force_n", "--to-km", "0.5")
    assert shown.code == 0, shown.err
    assert "strut_force_n" in shown.out
    assert "RMS" in shown.out
    assert "feedback.strut_force_n\tN" in rig("data", str(run.path), "--channels", "?").out
    assert rig("data", str(run.path), "--out", "all.csv", cwd=tmp_path).code == 0
    assert pyarrow.csv.read_csv(tmp_path / "all.csv").num_rows == round(500 * SECONDS)
    again = rig("data", str(run.path), "--out", "all.csv", cwd=tmp_path)
    assert again.code == 2
    assert "--force to replace it" in again.err
    assert rig("data", str(run.path), "--every", "500", "--out", "all.csv", "--force", cwd=tmp_path).code == 0
    assert pyarrow.csv.read_csv(tmp_path / "all.csv").num_rows == SECONDS


@pytest.mark.parametrize("write", [query.write_csv, query.write_parquet, write_rpc3, write_hdf5])
def test_a_file_is_whole_or_the_old_one(write: Callable[..., int], tmp_path: Path) -> None:
    """A segment that can't be read in the middle of it: what was there stays, and nothing lies beside it."""
    folder = make_run(tmp_path / "run", Recipe(seconds=SECONDS))
    second = folder / "samples" / "000000030000.parquet"
    second.write_bytes(b"PAR1" + bytes(60_000) + second.read_bytes()[60_004:])
    (tmp_path / "some").write_bytes(b"the old one")
    with pytest.raises(InputError):
        write(open_run(folder), Selection(("strut_force_n",)), tmp_path / "some")
    assert (tmp_path / "some").read_bytes() == b"the old one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "some"]
