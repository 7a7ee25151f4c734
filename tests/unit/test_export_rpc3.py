"""RPC III as written, read back by the reader of roads, by rpc3-file and by hand, against the run's own samples."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rpc3 import rpc3

from profiles.measured.rpc3 import read_rpc3
from profiles.schema import InputError
from rig import query
from rig.export.rpc3 import POINTS_PER_FRAME, SAMPLES_KEY, write_rpc3
from rig.query import Selection
from rig.record import manifest
from rig.record.columns import Columns
from rig.record.journal import SampleWriter
from rig.runs import Run, open_run
from tests.commands import rig
from tests.synthetic_run import Recipe, make_manifest, make_rows, make_run

MEASURED = ("pan_displacement_m", "halfshaft_torque_nm", "strut_force_n", "body_acceleration_mps2")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two segments: a minute, and a part of one."""
    return open_run(make_run(tmp_path_factory.mktemp("runs") / "run", Recipe(seconds=75.0)))


def records(path: Path) -> dict[str, str]:
    """The header, by the format's description: 128 bytes a record, 32 of them the key."""
    data = path.read_bytes()
    count = int(data[2 * 128 + 32 : 3 * 128].split(b"\0")[0])
    parts = (data[k * 128 : (k + 1) * 128] for k in range(count))
    return {one[:32].split(b"\0")[0].decode(): one[32:].split(b"\0")[0].decode("latin-1") for one in parts}


@given(
    channels=st.lists(st.sampled_from(MEASURED), min_size=1, unique=True),
    start=st.floats(0.0, 1.0),
    length=st.floats(0.001, 1.2),
    every=st.sampled_from([1, 2, 7]),
)
@settings(max_examples=30, deadline=None)
def test_what_is_read_back_is_what_the_run_has(
    run: Run, tmp_path_factory: pytest.TempPathFactory, channels: list[str], start: float, length: float, every: int
) -> None:
    """Bit for bit: name, unit and each value, then the last one repeated until the frame is full."""
    file = tmp_path_factory.mktemp("rpc3") / "some.rsp"
    wanted = Selection(tuple(channels), start, start + length, every)
    there = query.table(run, wanted)
    if not there.num_rows:
        return
    assert write_rpc3(run, wanted, file) == there.num_rows
    read = read_rpc3(str(file))
    assert read.rate_hz == pytest.approx(500.0 / every, rel=1e-9)
    assert [one.description for one in read.channels] == channels
    for one, name in zip(read.channels, query.full_names(run, channels), strict=True):
        expected = there[name].to_numpy()
        assert one.unit == query.units(run, [name])[name]
        assert np.array_equal(one.samples[: len(expected)], expected)
        assert (one.samples[len(expected) :] == expected[-1]).all()
        assert len(one.samples) % POINTS_PER_FRAME == 0
        assert len(one.samples) - len(expected) < POINTS_PER_FRAME


def test_the_bytes_are_those_of_the_description(run: Run, tmp_path: Path) -> None:
    """Read without our reader: blocks of 512 bytes, groups, points of a channel in one piece, int16 times SCALE."""
    file = tmp_path / "some.rsp"
    samples = write_rpc3(run, Selection(MEASURED), file)
    told, data = records(file), file.read_bytes()
    first_three = [data[k * 128 : k * 128 + 32].split(b"\0")[0].decode() for k in range(3)]
    assert first_three == ["FORMAT", "NUM_HEADER_BLOCKS", "NUM_PARAMS"]
    assert (told["FILE_TYPE"], told["DATA_TYPE"], told["TIME_TYPE"]) == ("TIME_HISTORY", "SHORT_INTEGER", "RESPONSE")
    assert int(told[SAMPLES_KEY]) == samples == run.count()
    start, per_group = 512 * int(told["NUM_HEADER_BLOCKS"]), int(told["PTS_PER_GROUP"])
    groups = -(-int(told["FRAMES"]) * int(told["PTS_PER_FRAME"]) // per_group)
    assert len(data) == start + groups * per_group * len(MEASURED) * 2
    force = MEASURED.index("strut_force_n")
    scale = float(told[f"SCALE.CHAN_{force + 1}"])
    whole = run.samples(["feedback.strut_force_n"])["feedback.strut_force_n"]
    for number in (0, 1, per_group - 1, per_group, samples - 1):
        group, point = divmod(number, per_group)
        at = start + 2 * (group * per_group * len(MEASURED) + force * per_group + point)
        assert scale * struct.unpack_from("<h", data, at)[0] == whole[number]
    assert float(told[f"LOWER_LIMIT.CHAN_{force + 1}"]) == pytest.approx(whole.min())
    assert float(told[f"UPPER_LIMIT.CHAN_{force + 1}"]) == pytest.approx(whole.max())


def test_what_is_no_code_is_floating_point(run: Run, tmp_path: Path) -> None:
    """Speed beside a code: all channels as float32, in their units."""
    file = tmp_path / "some.rsp"
    write_rpc3(run, Selection(("speed_mps", "strut_force_n")), file)
    assert records(file)["DATA_TYPE"] == "FLOATING_POINT"
    speed, force = read_rpc3(str(file)).channels
    whole = run.samples(["speed_mps", "feedback.strut_force_n"])
    assert np.array_equal(speed.samples[: run.count()], whole["speed_mps"].astype(np.float32))
    assert np.array_equal(force.samples[: run.count()], whole["feedback.strut_force_n"].astype(np.float32))


def test_a_missing_sensor_is_refused(tmp_path: Path) -> None:
    """Its code would be read as a value: the channel and how many are told, no file is left."""
    recipe = Recipe(seconds=3.0)
    folder = tmp_path / "run"
    folder.mkdir()
    manifest.write(folder, make_manifest(recipe))
    rows = make_rows(recipe)
    rows["feedback"][100:103, 3] = -32768
    writer = SampleWriter(folder, Columns(make_manifest(recipe)), 30_000)
    writer.append(rows)
    writer.close()
    for channels in (("strut_force_n",), ("strut_force_n", "speed_mps")):
        with pytest.raises(InputError, match=r"feedback\.strut_force_n: found 3 missing samples"):
            write_rpc3(open_run(folder), Selection(channels), tmp_path / "some.rsp")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]
    assert write_rpc3(open_run(folder), Selection(("strut_travel_m",)), tmp_path / "some.rsp") == 1500


def test_the_command(run: Run, tmp_path: Path) -> None:
    """By default named after the run; what is there is not replaced; what is wrong is told."""
    words = ("export", str(run.path), "--to", "rpc3")
    done = rig(*words, cwd=tmp_path)
    assert done.code == 0, done.err
    assert "37,500 samples of 7 channels in run.rsp" in done.err
    again = rig(*words, cwd=tmp_path)
    assert again.code == 2
    assert "--force to replace it" in again.err
    assert rig(*words, "--force", "--channels", "span", cwd=tmp_path).code == 0
    assert [one.description for one in read_rpc3(str(tmp_path / "run.rsp")).channels] == ["span"]
    nothing = rig("export", str(run.path), "--to", "rpc3", "--from-km", "90", "--out", "none.rsp", cwd=tmp_path)
    assert nothing.code == 2
    assert "a stretch with samples" in nothing.err
    assert not (tmp_path / "none.rsp").exists()


@pytest.mark.filterwarnings("ignore:Partially filled last group")  # as they may be: the frames are whole
@pytest.mark.parametrize(("channels", "kind"), [(MEASURED, np.int16), (("strut_force_n", "span"), np.float32)])
def test_another_projects_reader_reads_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channels: tuple[str, ...], kind: type
) -> None:
    """rpc3-file (BSD-2): names, units, time step, and each value; it gives them as float32."""
    monkeypatch.setattr(rpc3.tqdm, "monitor_interval", 0)  # its bar would leave a thread behind
    file, wanted = tmp_path / "some.rsp", Selection(channels, 0.3, 1.0)
    there = query.table(run, wanted)
    assert write_rpc3(run, wanted, file) == there.num_rows
    foreign, told = rpc3.read(str(file))
    assert foreign is not None
    assert (told["DATA_TYPE"] == "SHORT_INTEGER") == (kind is np.int16)
    assert [one.name for one in foreign] == list(channels)
    for one, name in zip(foreign, query.full_names(run, channels), strict=True):
        assert (str(one.unit), one.dt) == (run.units[name], 0.002)
        wanted_values = there[name].to_numpy().astype(np.float32)
        assert np.abs(one.data[: there.num_rows] - wanted_values).max() <= np.spacing(np.abs(wanted_values).max())
