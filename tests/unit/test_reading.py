"""`rig.runs.open` and its arrays, against the rows that the run was made of."""

import math
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_run import CHANNELS, RATE_HZ, Recipe, make_manifest, make_rows

import rig.runs
from profiles.schema import InputError
from rig.record import manifest
from rig.record.columns import Columns
from rig.record.journal import SampleWriter
from rig.record.ring import Rows
from rig.record.segments import FOLDER
from rig.runs import Run

SECONDS, SEGMENT_ROWS = 9.0, 2 * RATE_HZ
ROWS = make_rows(Recipe(seconds=SECONDS))
MISSING = slice(1_200, 1_210)
ROWS["feedback"][MISSING, 3] = -32768


def written(folder: Path, rows: Rows = ROWS, closed: bool = False) -> Path:
    """A run of four segments of two seconds, and a journal or a last segment with the rest."""
    folder.mkdir()
    described = make_manifest(Recipe(seconds=SECONDS))
    manifest.write(folder, described)
    writer = SampleWriter(folder, Columns(described), SEGMENT_ROWS)
    writer.append(rows)
    (writer.close if closed else writer.abandon)()
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return rig.runs.open(written(tmp_path_factory.mktemp("runs") / "run"))


def force_n(rows: Rows = ROWS) -> np.ndarray:
    """What the strut's force is, computed from the rows' codes."""
    codes = rows["feedback"][:, 3]
    return np.where(codes == -32768, np.nan, 3.0 * codes)


def test_all_of_a_run_in_units(run: Run) -> None:
    """By the names that were asked for, over segments and journal; a missing sensor is NaN."""
    found = run.numpy(["strut_force_n", "feedback.strut_force_n", "distance_m", "command.halfshaft_torque_nm"])
    assert list(found) == ["strut_force_n", "feedback.strut_force_n", "distance_m", "command.halfshaft_torque_nm"]
    assert np.array_equal(found["strut_force_n"], force_n(), equal_nan=True)
    assert np.isnan(found["feedback.strut_force_n"][MISSING]).all()
    assert np.array_equal(found["distance_m"], ROWS["distance_m"])
    assert np.array_equal(found["command.halfshaft_torque_nm"], 0.25 * ROWS["command"][:, 1])
    assert {values.dtype for values in found.values()} == {np.dtype(np.float64)}
    assert list(run.numpy()) == [quantity.name for quantity in CHANNELS]


@given(start=st.floats(-0.01, 0.14), length=st.floats(0.0, 0.14), every=st.integers(1, 700))
@settings(max_examples=60, deadline=None)
def test_a_stretch_is_what_lies_there(run: Run, start: float, length: float, every: int) -> None:
    """Both ends included, whether a segment lies within it whole, in part or not at all."""
    low, high = 1000.0 * start, 1000.0 * (start + length)
    inside = (ROWS["distance_m"] >= low) & (ROWS["distance_m"] <= high) & (ROWS["sample"] % every == 0)
    found = run.numpy(["strut_force_n", "sample"], from_km=start, to_km=start + length, every=every)
    assert np.array_equal(found["sample"], ROWS["sample"][inside])
    assert np.array_equal(found["strut_force_n"], force_n()[inside], equal_nan=True)


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("gone", ["000000000000", "000000002000"])
def test_a_segment_that_is_gone_shifts_nothing(tmp_path: Path, gone: str, closed: bool) -> None:
    """What is left has its own values, though the names do not count the rows any more."""
    folder = written(tmp_path / "run", closed=closed)
    (folder / FOLDER / f"{gone}.parquet").unlink()
    left = np.delete(ROWS, np.s_[int(gone) : int(gone) + SEGMENT_ROWS])
    found = rig.runs.open(folder).numpy(["sample", "strut_force_n"])
    assert np.array_equal(found["sample"], left["sample"])
    assert np.array_equal(found["strut_force_n"], force_n(left), equal_nan=True)


def test_a_segment_of_other_length_is_told(tmp_path: Path) -> None:
    """One file in another's place: no array with room for what is not there."""
    folder = written(tmp_path / "run", closed=True)
    last = folder / FOLDER / "000000004000.parquet"
    (folder / FOLDER / "000000002000.parquet").write_bytes(last.read_bytes())
    with pytest.raises(InputError, match=r"000000002000\.parquet has 500 rows; by the names of the files 1000"):
        rig.runs.open(folder).numpy(["strut_force_n"])


def test_damage_is_told(tmp_path: Path) -> None:
    """A flipped bit in a page is known by its checksum."""
    folder = written(tmp_path / "run")
    path = folder / FOLDER / "000000001000.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="whole segments of this run"):
        rig.runs.open(folder).numpy()


@pytest.mark.parametrize(
    ("channels", "stretch", "words"),
    [
        (["strut_forse_n"], {}, "did you mean 'strut_force_n'"),
        (["span"], {"from_km": 2.0, "to_km": 1.0}, "from a kilometre to a later one"),
        (["span"], {"from_km": math.nan}, "from a kilometre to a later one"),
        (["span"], {"every": 0}, "a whole number from 1"),
    ],
)
def test_what_is_wrong_is_told(run: Run, channels: list[str], stretch: dict[str, float], words: str) -> None:
    for read in (run.numpy, run.arrow, run.pandas):
        with pytest.raises(InputError, match=words):
            read(channels, **stretch)


def test_arrow_and_pandas_carry_units(run: Run) -> None:
    """The same values; units in the metadata of the fields, and in ``attrs``."""
    names, stretch = ["strut_force_n", "setpoint.pan_displacement_m"], {"from_km": 0.01, "every": 3}
    values = run.numpy(names, **stretch)
    table, frame = run.arrow(names, **stretch), run.pandas(names, **stretch)
    assert len(values["strut_force_n"]) > 100
    assert {field.name: field.metadata[b"unit"] for field in table.schema} == dict(
        zip(names, (b"N", b"m"), strict=True)
    )
    assert frame.attrs["units"] == {"strut_force_n": "N", "setpoint.pan_displacement_m": "m"}
    for name in names:
        assert np.array_equal(table[name], values[name], equal_nan=True)
        assert np.array_equal(frame[name], values[name], equal_nan=True)
    assert table.schema.types == [pa.float64()] * 2
    assert run.units["strut_force_n"] == run.units["feedback.strut_force_n"] == "N"


def test_without_pandas_it_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """And all else works."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"erg-rig\[pandas\]"):
        run.pandas(["span"])
    assert len(run.numpy(["span"])["span"]) == len(ROWS)


def test_an_empty_run_is_empty(tmp_path: Path) -> None:
    """No sample yet: arrays of none."""
    assert rig.runs.open(written(tmp_path / "run", ROWS[:0])).numpy(["span"])["span"].shape == (0,)
