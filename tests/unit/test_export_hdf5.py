"""HDF5 as written, read back with h5py and, where it is installed, dumped by the format's own tool."""

import shutil
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rig import query
from rig.export.hdf5 import write_hdf5
from rig.query import Selection
from rig.runs import Run, open_run
from tests.synthetic_run import Recipe, make_run

CHANNELS = ("strut_force_n", "command.pan_displacement_m", "span", "segment")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two segments: a minute, and a part of one."""
    return open_run(make_run(tmp_path_factory.mktemp("runs") / "run", Recipe(seconds=75.0)))


@given(
    channels=st.lists(st.sampled_from(CHANNELS), unique=True),
    start=st.floats(0.0, 1.0),
    length=st.floats(0.0, 1.2),
    every=st.sampled_from([1, 2, 7]),
)
@settings(max_examples=20, deadline=None)
def test_what_is_read_back_is_what_the_run_has(
    run: Run, tmp_path_factory: pytest.TempPathFactory, channels: list[str], start: float, length: float, every: int
) -> None:
    """Bit for bit, by scale and offset of the attributes; the units beside them."""
    file = tmp_path_factory.mktemp("hdf5") / "some.h5"
    wanted = Selection(tuple(channels), start, start + length, every)
    there = query.table(run, wanted)
    assert write_hdf5(run, wanted, file) == there.num_rows
    with h5py.File(file) as read:
        assert np.array_equal(read["sample"][:], there["sample"])
        assert np.array_equal(read["distance_m"][:] / 1000.0, there["distance_km"])
        for name in query.full_names(run, channels):
            dataset, attrs = read[name][:], read[name].attrs
            values = attrs.get("offset", 0.0) + attrs.get("scale", 1.0) * dataset
            assert np.array_equal(values, there[name])
            assert attrs["unit"] == query.units(run, [name])[name]


def test_the_file_says_what_it_is(run: Run, tmp_path: Path) -> None:
    """Which run, at which rate, how it ended, and the head that stands for its record."""
    write_hdf5(run, Selection(CHANNELS, every=5), tmp_path / "some.h5")
    with h5py.File(tmp_path / "some.h5") as read:
        assert read.attrs["run"] == "run"
        assert read.attrs["sample_rate_hz"] == 100.0
        assert run.verdict is not None
        assert read.attrs["events_head"] == run.verdict.events_head
        assert read["feedback.strut_force_n"].dtype == np.int16


@pytest.mark.peer
def test_the_tool_of_the_format_reads_it(run: Run, tmp_path: Path) -> None:
    """h5dump (Debian: hdf5-tools) sees the same codes."""
    if shutil.which("h5dump") is None:
        pytest.skip("h5dump is not on the PATH (Debian: hdf5-tools)")
    write_hdf5(run, Selection(("strut_force_n",), 0.0, 0.01), tmp_path / "some.h5")
    words = ["h5dump", "-y", "-w", "1", "-d", "feedback.strut_force_n", str(tmp_path / "some.h5")]
    shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    body = shown.split("DATA {")[1].split("}")[0]
    codes = [int(word) for word in body.replace(",", " ").split()]
    wanted = next(query.codes(run, Selection(("strut_force_n",), 0.0, 0.01)))[:, 0]
    assert codes == wanted.tolist()
