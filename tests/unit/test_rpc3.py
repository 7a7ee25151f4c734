"""RPC III time histories, written here byte by byte, and the roads in them."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.measured.lap import JOIN_M
from profiles.measured.rpc3 import read_rpc3
from profiles.measured.rpc3_road import Rpc3Recording
from profiles.measured.tracks import read_tracks
from profiles.road.segments import STEP_M, USUAL_TRACK_M
from profiles.schema import InputError

FORMATS = {"<": "BINARY_IEEE_LITTLE_END", ">": "BINARY_IEEE_BIG_END"}


def header_of(values: dict[str, object], blocks: int | None = None) -> bytes:
    """Records of 32 and 96 bytes, filled up to blocks of 512."""
    count = len(values) + 2
    needed = -(-count // 4) if blocks is None else blocks
    first = {"FORMAT": values["FORMAT"], "NUM_HEADER_BLOCKS": needed, "NUM_PARAMS": count}
    records = (first | values).items()
    text = b"".join(
        struct.pack("<32s96s", str(key).encode("latin-1"), str(value).encode("latin-1")) for key, value in records
    )
    return text.ljust(512 * needed, b"\0")


def body_of(stored: list[list[float]], per_group: int, code: str, filler: float = 0) -> bytes:
    """Groups in turn: of each channel so many points, the last ones filled up."""
    data = b""
    for first in range(0, len(stored[0]), per_group):
        for channel in stored:
            part = channel[first : first + per_group]
            data += struct.pack(f"{code[0]}{per_group}{code[1]}", *part, *[filler] * (per_group - len(part)))
    return data


def values_of(channels: int, samples: int, per_frame: int, per_group: int, **more: object) -> dict[str, object]:
    values: dict[str, object] = {
        "FORMAT": "BINARY", "FILE_TYPE": "TIME_HISTORY", "TIME_TYPE": "RESPONSE", "DATA_TYPE": "SHORT_INTEGER",
        "CHANNELS": channels, "DELTA_T": "5.000000E-03", "PTS_PER_FRAME": per_frame, "PTS_PER_GROUP": per_group,
        "FRAMES": samples // per_frame, "INT_FULL_SCALE": 32752, "REPEATS": 1, "PARTITIONS": 1, "HALF_FRAMES": 0,
    }  # fmt: skip
    for number in range(1, channels + 1):
        values |= {f"SCALE.CHAN_{number}": f"{0.001 * number:.6e}", f"UNITS.CHAN_{number}": "mm"}
        values |= {f"DESC.CHAN_{number}": f'"Channel {number}"', f"MAP.CHAN_{number}": number}
    return {key: value for key, value in (values | more).items() if value is not None}


def write(folder: Path, values: dict[str, object], body: bytes, name: str = "road.rsp") -> str:
    path = folder / name
    path.write_bytes(header_of(values) + body)
    return str(path)


CODES = [[(7 * sample * (channel + 1)) % 97 - 48 for sample in range(96)] for channel in range(3)]
BODY = body_of(CODES, 64, "<h")


def good(**more: object) -> dict[str, object]:
    return values_of(3, 96, 32, 64, **{key.replace("__", "."): value for key, value in more.items()})


def found(path: str) -> str:
    with pytest.raises(InputError) as caught:
        read_rpc3(path)
    assert {fault.file for fault in caught.value.faults} == {path}
    return "; ".join(f"{fault.key}: {fault.found}" for fault in caught.value.faults)


MEASURED = st.one_of(st.just(0.0), st.floats(2.0**-30, 1e6, width=32), st.floats(-1e6, -(2.0**-30), width=32))
"""Sizes that are measured: a file of nothing but 1e-28 looks like one whose bytes are swapped."""


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Any channels, frames, groups, byte order and type: samples are integers times SCALE, or floats as they are."""
    channels, per_frame = data.draw(st.integers(1, 4)), data.draw(st.sampled_from([1, 2, 8, 16]))
    frames, per_group = data.draw(st.integers(1, 9)), per_frame * data.draw(st.integers(1, 4))
    order, real = data.draw(st.sampled_from("<>")), data.draw(st.booleans())
    value = st.integers(-32768, 32767) if not real else MEASURED
    count = frames * per_frame
    stored = [data.draw(st.lists(value, min_size=count, max_size=count)) for _ in range(channels)]
    kind = "FLOATING_POINT" if real else "SHORT_INTEGER"
    values = values_of(channels, count, per_frame, per_group, FORMAT=FORMATS[order], DATA_TYPE=kind)
    body = body_of(stored, per_group, order + ("f" if real else "h"), filler=float("nan") if real else 99)
    history = read_rpc3(write(tmp_path_factory.mktemp("rpc3"), values, body))
    assert history.rate_hz == pytest.approx(200.0)
    assert len(history.channels) == channels
    for number, (channel, wanted) in enumerate(zip(history.channels, stored, strict=True), 1):
        scale = 1.0 if real else float(f"{0.001 * number:.6e}")
        assert channel.samples.dtype == np.float64
        assert channel.samples.tolist() == [item * scale for item in wanted]
        assert (channel.name, channel.description, channel.unit) == (f"CHAN_{number}", f"Channel {number}", "mm")


def test_the_integer_full_scale_is_no_factor(tmp_path: Path) -> None:
    """Full scale reads as full scale times SCALE; with INT_FULL_SCALE as a factor it would be 0.05 % less."""
    body = body_of([[32752, -32752]], 2, "<h")
    values = values_of(1, 2, 2, 2, **{"SCALE.CHAN_1": "1.000000E-03"})
    assert read_rpc3(write(tmp_path, values, body)).channels[0].samples.tolist() == [32.752, -32.752]


def test_what_the_format_says_when_the_file_does_not(tmp_path: Path) -> None:
    """Without DATA_TYPE they are integers; without HALF_FRAMES and PARTITIONS there are none, and one."""
    values = good(DATA_TYPE=None, HALF_FRAMES=None, PARTITIONS=None, FILE_TYPE=None)
    assert len(read_rpc3(write(tmp_path, values, BODY)).channels) == 3


def test_partitions_change_nothing(tmp_path: Path) -> None:
    """They are for matrices made from a time history; its samples lie the same."""
    values = good(PARTITIONS=2, PART__CHAN_2=2, PART__NCHAN_2=2)
    assert read_rpc3(write(tmp_path, values, BODY)).channels[1].samples[1] == pytest.approx(CODES[1][1] * 0.002)


def test_samples_stay_in_the_file_until_asked_for(tmp_path: Path) -> None:
    """A file of 300 MB (a hole, on disk) is opened without its channels in memory; one channel is read alone."""
    samples, channels = 1 << 20, 150
    path = write(tmp_path, values_of(channels, samples, 1024, 2048), b"")
    with open(path, "r+b") as file:
        file.truncate(file.seek(0, 2) + samples * channels * 2)
    history = read_rpc3(path)
    assert history.channels[77].samples.shape == (samples,)
    assert not history.channels[77].samples.any()


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"FORMAT": "ASCII"}, "FORMAT: 'ASCII'"),
        ({"DATA_TYPE": "LONG_INTEGER"}, "DATA_TYPE: 'LONG_INTEGER'"),
        ({"FILE_TYPE": "SPECTRAL"}, "FILE_TYPE: 'SPECTRAL'"),
        ({"CHANNELS": 0}, "CHANNELS: '0'"),
        ({"CHANNELS": "three"}, "CHANNELS: 'three'"),
        ({"CHANNELS": None}, "CHANNELS: nothing"),
        ({"DELTA_T": "nan"}, "DELTA_T: 'nan'"),
        ({"DELTA_T": "0.0"}, "DELTA_T: '0.0'"),
        ({"FRAMES": None, "DELTA_T": None}, "FRAMES: nothing; DELTA_T: nothing"),
        ({"FRAMES": "3.0"}, "FRAMES: '3.0'"),
        ({"PTS_PER_GROUP": 65}, "PTS_PER_GROUP: 65"),
        ({"HALF_FRAMES": 1}, "HALF_FRAMES: '1'"),
        ({"PARTITIONS": -1}, "PARTITIONS: '-1'"),
        ({"SCALE__CHAN_2": None}, "SCALE.CHAN_2: nothing"),
        ({"SCALE__CHAN_2": "0.0"}, "SCALE.CHAN_2: '0.0'"),
        ({"UNITS__CHAN_3": None}, "UNITS.CHAN_3: nothing"),
        ({"DESC__CHAN_1": None}, "DESC.CHAN_1: nothing"),
        ({"": "x"}, "(header record 28): ''"),
        ({"KEY\x01": "x"}, "(header record 28): 'KEY\\x01'"),
        ({"FRAMES": 5}, "(data): 4352 bytes"),
        ({"FRAMES": 1 << 39}, "(data): 4352 bytes"),
    ],
)
def test_a_bad_header_is_refused_with_its_key(tmp_path: Path, more: dict[str, object], wanted: str) -> None:
    """All that is wrong, by key, as it is written."""
    assert wanted in found(write(tmp_path, good(**more), BODY))


def test_a_second_value_of_a_key_is_refused(tmp_path: Path) -> None:
    """Which of two scales would it be?"""
    path = Path(write(tmp_path, good(SCALE__CHAN_X="1.0"), BODY))
    path.write_bytes(path.read_bytes().replace(b"SCALE.CHAN_X", b"SCALE.CHAN_1"))
    assert found(str(path)) == "SCALE.CHAN_1: a second value"


CUTS = {0: "FORMAT", 100: "NUM", 384: "(header)", 1000: "(header)", 3583: "(header)", 3584: "(data)", 4351: "(data)"}


@pytest.mark.parametrize(("keep", "where"), CUTS.items())
def test_a_truncated_file_is_refused(tmp_path: Path, keep: int, where: str) -> None:
    """Wherever it breaks off, in the header as in the data."""
    path = Path(write(tmp_path, good(), BODY))
    assert len(path.read_bytes()) == 4352
    path.write_bytes(path.read_bytes()[:keep])
    assert found(str(path)).startswith(where)


def test_other_files_are_refused(tmp_path: Path) -> None:
    """Text, a folder, nothing, more data than the header knows of; rest within a block of 512 bytes is none."""
    (tmp_path / "text.rsp").write_text("distance_m,left_m,right_m\n" * 50, encoding="utf-8")
    assert found(str(tmp_path / "text.rsp")).startswith("FORMAT: 'distance_m")
    assert found(str(tmp_path / "missing.rsp")) == "(the whole file): no such file or directory"
    assert found(str(tmp_path)) == "(the whole file): is a directory"
    assert found(write(tmp_path, good(), BODY + b"\0" * 512)) == "(data): 4864 bytes"
    assert len(read_rpc3(write(tmp_path, good(), BODY + b"\0" * 511)).channels) == 3


@pytest.mark.parametrize("kind", ["h", "f"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("amplitude", [60.0, 30_000.0])
def test_the_wrong_byte_order_is_seen(tmp_path: Path, kind: str, order: str, amplitude: float) -> None:
    """A smooth signal written in the other order than FORMAT says is refused; in its own order it is read."""
    wave = amplitude * np.sin(np.linspace(0.0, 20.0, 512))
    stored = [[int(value) for value in wave] if kind == "h" else wave.tolist()]
    name = "SHORT_INTEGER" if kind == "h" else "FLOATING_POINT"
    body = body_of(stored, 512, order + kind)
    for said in "<>":
        path = write(tmp_path, values_of(1, 512, 512, 512, FORMAT=FORMATS[said], DATA_TYPE=name), body)
        if said == order:
            assert read_rpc3(path).channels[0].samples[40] == pytest.approx(
                stored[0][40] * (0.001 if kind == "h" else 1)
            )
        else:
            assert "bytes swapped" in found(path)


def test_signals_that_only_look_swapped_are_read(tmp_path: Path) -> None:
    """A square wave whose lower byte moves less than its upper one, eight-bit samples, and simple floats."""
    square = [[0 if sample // 16 % 2 else 0x7F01 for sample in range(512)]]
    eight_bits = [[256 * (sample % 100) + 128 for sample in range(512)]]
    simple = [[float(sample % 2) for sample in range(512)]]
    for stored, code, name in ((square, "h", None), (eight_bits, "h", None), (simple, "f", "FLOATING_POINT")):
        values = values_of(1, 512, 512, 512, DATA_TYPE=name)
        assert read_rpc3(write(tmp_path, values, body_of(stored, 512, "<" + code))).channels[0].samples.any()


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_samples_that_are_not_finite_are_refused_with_their_time(tmp_path: Path, bad: float) -> None:
    """NaN in the 70th sample, in the second group, is told with channel and time."""
    stored = [[float(code) for code in channel] for channel in CODES]
    stored[1][70] = bad
    path = write(tmp_path, good(DATA_TYPE="FLOATING_POINT"), body_of(stored, 64, "<f"))
    assert found(path) == "CHAN_2: no finite number at 0.35 s"


RATE_HZ, SPEED_MPS = 200.0, 15.0
AT_M = np.arange(4096) * SPEED_MPS / RATE_HZ
LEFT_M, RIGHT_M = 0.03 * np.sin(2 * np.pi * AT_M / 10.0), 0.02 * np.cos(2 * np.pi * AT_M / 7.0)


def recording(left: str = "Channel 2", right: str = "Channel 1", speed_mps: float = SPEED_MPS) -> Rpc3Recording:
    return Rpc3Recording(left=left, right=right, speed_mps=speed_mps)


def road_file(folder: Path, **more: object) -> str:
    """Right in channel 1 in mm, left in channel 2 in m, nothing of the kind in channel 3."""
    stored = [(1000.0 * RIGHT_M).tolist(), LEFT_M.tolist(), LEFT_M.tolist()]
    units = {"UNITS.CHAN_2": "m", "UNITS.CHAN_3": "kN", "DATA_TYPE": "FLOATING_POINT"}
    values = values_of(3, 4096, 1024, 2048, **units, **{key.replace("__", "."): value for key, value in more.items()})
    return write(folder, values, body_of(stored, 2048, "<f"))


def refused(file: str, rpc3: Rpc3Recording | None) -> tuple[str, str, str]:
    with pytest.raises(InputError) as caught:
        read_tracks(file, USUAL_TRACK_M, STEP_M, rpc3)
    (fault,) = caught.value.faults
    return fault.key, fault.found, fault.allowed


def test_a_recording_at_constant_speed_is_a_road(tmp_path: Path) -> None:
    """Time is distance at 15 m/s, 0.075 m a sample; both tracks are those channels, in metres, less a line."""
    tracks = read_tracks(road_file(tmp_path), USUAL_TRACK_M, STEP_M, recording())
    join = round(JOIN_M / STEP_M)
    assert tracks.stations == int(AT_M[-1] / STEP_M) + 1 - join
    at_m = np.arange(join, tracks.stations) * STEP_M
    for row, wanted in enumerate((LEFT_M, RIGHT_M)):
        rest = tracks.heights_m[row, join:] - np.interp(at_m, AT_M, wanted)
        assert np.abs(rest - np.polyval(np.polyfit(at_m, rest, 1), at_m)).max() < 1e-6


def test_half_the_speed_is_half_the_length(tmp_path: Path) -> None:
    """The same samples at 7.5 m/s lie half as far apart; channels may be named by their place."""
    tracks = read_tracks(road_file(tmp_path), USUAL_TRACK_M, STEP_M, recording("CHAN_2", "CHAN_1", 7.5))
    assert tracks.stations == int(0.5 * AT_M[-1] / STEP_M) + 1 - round(JOIN_M / STEP_M)


def test_without_its_channels_a_recording_is_no_road(tmp_path: Path) -> None:
    """The error lists what there is to choose from."""
    key, found_, allowed = refused(road_file(tmp_path), None)
    assert (key, found_) == ("rpc3", "nothing")
    assert "CHAN_1 'Channel 1' (mm), CHAN_2 'Channel 2' (m), CHAN_3 'Channel 3' (kN)" in allowed


def test_channels_that_are_no_heights_are_refused(tmp_path: Path) -> None:
    """An unknown channel, and one in another unit."""
    file = road_file(tmp_path)
    assert refused(file, recording(left="channel 2"))[:2] == ("rpc3.left", "no channel 'channel 2'")
    assert refused(file, recording(right="Channel 3"))[:2] == ("rpc3.right", "'Channel 3' in 'kN'")


def test_samples_too_far_apart_are_no_road(tmp_path: Path) -> None:
    """100 m/s at 50 samples a second are 2 m from sample to sample."""
    file = road_file(tmp_path, DELTA_T="2.000000E-02")
    assert refused(file, recording(speed_mps=100.0))[:2] == ("rpc3.speed_mps", "2 m from sample to sample")
    assert read_tracks(file, USUAL_TRACK_M, STEP_M, recording(speed_mps=50.0)).stations > 0


def test_two_channels_of_one_name_are_told_apart_by_their_place(tmp_path: Path) -> None:
    """The description does not say which; the place does."""
    file = road_file(tmp_path, DESC__CHAN_3="Channel 2")
    assert refused(file, recording())[:2] == ("rpc3.left", "2 channels 'Channel 2'")
    assert read_tracks(file, USUAL_TRACK_M, STEP_M, recording("CHAN_2")).stations > 0


def test_a_handful_of_tiny_floats_is_read(tmp_path: Path) -> None:
    """One value of 1.5e-28 says nothing of the byte order."""
    values = values_of(1, 1, 1, 1, DATA_TYPE="FLOATING_POINT", FORMAT="BINARY_IEEE_LITTLE_END")
    history = read_rpc3(write(tmp_path, values, body_of([[1.4631595528888502e-28]], 1, "<f")))
    assert history.channels[0].samples.tolist() == [1.4631595528888502e-28]
