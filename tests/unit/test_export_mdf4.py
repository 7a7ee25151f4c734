"""MDF4 as written, read back by asammdf (whose writer it is) and by hand (`tests.mdf4_blocks`), against the run."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asammdf
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.channel import CODE_NAN
from profiles.schema import InputError
from rig import query
from rig.export import mdf4
from rig.export.mdf4 import parts_of, write_mdf4
from rig.export.mdf4_records import add_records
from rig.query import Selection
from rig.record import manifest
from rig.record.columns import Columns
from rig.record.journal import SampleWriter
from rig.record.manifest import Anchor, Manifest
from rig.record.ring import Rows
from rig.runs import Run, open_run
from rig.state import RigState
from tests.commands import environment, refused, typed
from tests.mdf4_blocks import read
from tests.synthetic_run import Recipe, make_manifest, make_rows, make_run

CHANNELS = ("strut_force_n", "command.pan_displacement_m", "span", "segment", "speed_mps", "distance_m")
RECIPE = Recipe(seconds=75.0)
SLOW_HZ = 10
"""A rate at which an hour and a bit are 37,500 samples."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two segments: a minute, and a part of one."""
    return open_run(make_run(tmp_path_factory.mktemp("runs") / "run", RECIPE))


@pytest.fixture(scope="module")
def long_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """An hour and 150 s, in two segments whose border is not the hour's."""
    folder = make_run(tmp_path_factory.mktemp("runs") / "long", RECIPE)
    described = msgspec.structs.replace(make_manifest(RECIPE), sample_rate_hz=SLOW_HZ)
    (folder / manifest.FILE_NAME).unlink()
    manifest.write(folder, described)
    return open_run(folder)


def written(folder: Path, described: Manifest, rows: Rows) -> Run:
    """A run of these rows and nothing else."""
    folder.mkdir()
    manifest.write(folder, described)
    writer = SampleWriter(folder, Columns(described), 1000)
    writer.append(rows)
    writer.close()
    return open_run(folder)


@given(
    channels=st.lists(st.sampled_from(CHANNELS), unique=True),
    start=st.floats(0.0, 1.0),
    length=st.floats(0.001, 1.2),
    every=st.sampled_from([1, 2, 7]),
)
@settings(max_examples=15, deadline=None)
def test_what_is_read_back_is_what_the_run_has(
    run: Run, tmp_path_factory: pytest.TempPathFactory, channels: list[str], start: float, length: float, every: int
) -> None:
    """Bit for bit, each value in its unit, on the time of its sample number; by asammdf."""
    file = tmp_path_factory.mktemp("mdf4") / "some.mf4"
    wanted = Selection(tuple(channels), start, start + length, every)
    there = query.table(run, wanted)
    if not there.num_rows:
        return
    assert write_mdf4(run, wanted, file) == there.num_rows
    unit_of = {"sample": "", "distance_km": "km"} | query.units(run, query.full_names(run, channels))
    with asammdf.MDF(file) as found:
        assert {one.name for one in found.groups[0].channels} == {"time", *there.column_names}
        for name in there.column_names:
            signal = found.get(name)
            assert np.array_equal(signal.samples, there[name])
            assert np.array_equal(signal.timestamps, there["sample"].to_numpy() / 500)
            assert signal.unit == unit_of[name]


def test_the_bytes_are_those_of_the_description(run: Run, tmp_path: Path) -> None:
    """Read without asammdf: records, codes, linear conversions, a master of time."""
    file = tmp_path / "some.mf4"
    wanted = Selection((*CHANNELS, "state"), every=3)
    assert write_mdf4(run, wanted, file) == 12_500
    found = read(file)
    assert found.master == "time"
    there = next(query.recorded(run, wanted, run.columns))
    for name in query.full_names(run, wanted.channels):
        one = found.channels[name]
        assert one.codes.dtype == there[name].dtype
        assert np.array_equal(one.codes[: len(there[name])], there[name])
        assert one.valid.all()
        quantity = Columns(run.manifest).quantities.get(name)
        told = (None, None) if quantity is None else (quantity.offset, quantity.scale)
        assert (one.offset, one.scale) == told
    assert np.array_equal(found.channels["time"].codes, found.channels["sample"].codes / 500)


def test_a_missing_sensor_is_marked_where_it_is_missing(tmp_path: Path) -> None:
    """In the file's first piece and in later ones, bit by bit, two at once; its code stands, and an offset counts."""
    plain = make_manifest(Recipe())
    shifted = tuple(msgspec.structs.replace(one, offset=-40.0) for one in plain.channels)
    described = msgspec.structs.replace(plain, channels=shifted)
    rows = make_rows(Recipe(seconds=5.0))
    rows["feedback"][100:103, 3] = rows["feedback"][101:2200, 5] = rows["command"][7, 0] = CODE_NAN
    run, file = written(tmp_path / "run", described, rows), tmp_path / "some.mf4"
    write_mdf4(run, Selection(run.columns), file)
    by_hand = read(file).channels
    with asammdf.MDF(file) as found:
        for name, values in run.samples().items():
            missing = np.isnan(values)
            assert np.array_equal(by_hand[name].valid, ~missing)
            assert (by_hand[name].codes[missing] == CODE_NAN).all()
            if name != "state":
                assert np.array_equal(found.get(name).samples, values[~missing])
        assert np.isnan(run.samples(["feedback.strut_force_n"])["feedback.strut_force_n"]).sum() == 3


def test_the_file_says_what_it_is(run: Run, tmp_path: Path) -> None:
    """Course, rig, outcome, head, moment; states in words."""
    file = tmp_path / "some.mf4"
    write_mdf4(run, Selection(("state", "strut_force_n")), file)
    assert run.verdict is not None
    with asammdf.MDF(file) as found:
        said = found.header.comment
        told = {"run": "run", "course": "dune_loop", "rig": "one_corner", "outcome": "SURVIVED"}
        for name, value in (told | {"events_head": run.verdict.events_head}).items():
            assert f'<e name="{name}">{value}</e>' in said
        assert found.start_time == datetime(2026, 3, 1, 8, tzinfo=UTC)
        assert set(found.get("state").samples) == {RigState.RUNNING.name.encode()}
        force = found.groups[0].channels[-1]
        assert (force.name, force.comment) == ("feedback.strut_force_n", "strut force")


def test_time_of_day_is_that_of_the_first_sample(tmp_path: Path) -> None:
    """At pace real the checks lie between the anchor and sample 0; rows have the anchor's own clock."""
    anchor = Anchor("2026-03-01T08:00:00+00:00", 5_000_000_000)
    described = msgspec.structs.replace(make_manifest(Recipe()), pace="real", anchor=anchor)
    rows = make_rows(Recipe(seconds=3.0))
    rows["mono_ns"] = 11_500_000_000 + 2_000_000 * np.arange(len(rows))
    run = written(tmp_path / "run", described, rows)
    write_mdf4(run, Selection((), from_km=0.03), tmp_path / "some.mf4")
    with asammdf.MDF(tmp_path / "some.mf4") as found:
        assert found.start_time == datetime(2026, 3, 1, 8, 0, 6, 500_000, tzinfo=UTC)


def test_events_are_marks_and_the_log_is_inside(tmp_path: Path) -> None:
    """Each with a sample in the stretch is a mark at its time; the log is there byte for byte, with its chain."""
    more = [("operator_hold", "ines <holds> & waits"), ("engineer_note", "Ä")]
    run = open_run(make_run(tmp_path / "run", Recipe(seconds=20.0, extra_events=more, broken_at_s=12.0)))
    for from_km, to_km in ((0.0, 10.0), (0.0, 0.1), (0.02, 0.19)):
        file = tmp_path / "some.mf4"
        write_mdf4(run, Selection(("span",), from_km, to_km), file)
        numbers = query.table(run, Selection((), from_km, to_km))["sample"].to_numpy()
        wanted = [
            (each.sample / 500, each.kind, each.text)
            for each in run.events.events
            if each.sample is not None and numbers[0] <= each.sample <= numbers[-1] + 1
        ]
        marks = read(file).marks
        assert [mark[1:] for mark in marks] == [each[1:] for each in wanted]
        assert [mark[0] for mark in marks] == pytest.approx([each[0] for each in wanted], rel=1e-12)
        assert len(marks) > 1
        with asammdf.MDF(file) as found:
            log, name, _ = found.extract_attachment(0)
            assert (Path(name).name, log) == ("events.jsonl", (run.path / "events.jsonl").read_bytes())


def test_more_than_an_hour_is_several_files(long_run: Run, tmp_path: Path) -> None:
    """An hour of the run's time each, from the first sample wanted; together all samples, times going on."""
    write_mdf4(long_run, Selection(("strut_force_n",)), tmp_path / "all.mf4")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all_001.mf4", "all_002.mf4"]
    first, second = (read(tmp_path / f"all_00{k}.mf4") for k in (1, 2))
    assert (len(first.channels["time"].codes), len(second.channels["time"].codes)) == (36_000, 1_500)
    assert first.start_ns == second.start_ns
    for name, whole in (("time", np.arange(37_500) / SLOW_HZ), ("sample", np.arange(37_500))):
        assert np.array_equal(np.concatenate([one.channels[name].codes for one in (first, second)]), whole)
    force = np.concatenate([3.0 * one.channels["feedback.strut_force_n"].codes for one in (first, second)])
    assert np.array_equal(force, long_run.samples(["feedback.strut_force_n"])["feedback.strut_force_n"])
    in_stretch = [each for each in long_run.events.events if each.sample is not None]
    assert len(first.marks) + len(second.marks) == len(in_stretch)
    assert {mark[0] >= 3600.0 for mark in first.marks} == {False}


def test_an_hour_is_one_file(long_run: Run, tmp_path: Path) -> None:
    """Just so many samples, from any kilometre on: the plain name; one more makes two; steps longer than it, too."""
    distance_km = long_run.samples(["distance_m"])["distance_m"] / 1000
    names = {
        36_999: ["some.mf4"],
        37_000: ["some_001.mf4", "some_002.mf4"],
    }
    for last, expected in names.items():
        wanted = Selection(("span",), distance_km[1000], distance_km[last])
        assert [part.file.name for part in parts_of(long_run, wanted, tmp_path / "some.mf4")] == expected
    wanted = Selection(("span",), every=37_000)
    assert write_mdf4(long_run, wanted, tmp_path / "far.mf4") == 2
    assert read(tmp_path / "far_002.mf4").channels["sample"].codes.tolist() == [37_000]


def test_each_file_is_there_whole_or_not_at_all(long_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk fills in the second file: the first is whole, the second is as it was, nothing else lies about."""
    file, wanted = tmp_path / "all.mf4", Selection(("span",))
    (tmp_path / "all_002.mf4").write_text("old")

    def full(*args: Any) -> int:
        rows = add_records(*args)
        if rows < 36_000:
            raise OSError(28, "No space left on device")
        return rows

    monkeypatch.setattr(mdf4, "add_records", full)
    with pytest.raises(OSError, match="No space left"):
        write_mdf4(long_run, wanted, file)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all_001.mf4", "all_002.mf4"]
    assert (tmp_path / "all_002.mf4").read_text() == "old"
    assert len(read(tmp_path / "all_001.mf4").channels["span"].codes) == 36_000


def test_no_sample_and_no_channel_are_told(run: Run, tmp_path: Path) -> None:
    """What can't be written leaves no file."""
    with pytest.raises(InputError, match="a stretch with samples"):
        write_mdf4(run, Selection(("span",), from_km=90.0), tmp_path / "some.mf4")
    with pytest.raises(InputError, match=r"did you mean 'strut_force_n'"):
        write_mdf4(run, Selection(("strut_force",)), tmp_path / "some.mf4")
    assert list(tmp_path.iterdir()) == []


def test_without_asammdf_it_is_told_how_to_get_it(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra by its name, and no file."""
    monkeypatch.setitem(sys.modules, "asammdf", None)
    for action in (parts_of, write_mdf4):  # before anything of the run is read
        with pytest.raises(InputError, match=r"pip install 'erg-rig\[mdf4\]'"):
            action(run, Selection(("span",)), tmp_path / "some.mf4")
    assert list(tmp_path.iterdir()) == []


def test_the_command_does_not_import_it_before_it_is_needed() -> None:
    """Nor pandas, which it brings along: ``rig --help`` has nothing to do with either."""
    code = "import sys, rig.cli; rig.cli.command_line(); print([n for n in ('asammdf', 'pandas') if n in sys.modules])"
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment())
    assert done.stdout == "[]\n"


def test_the_command_tells_and_guards_every_file(
    long_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two files, both named; the second alone is enough to refuse; --force replaces."""
    monkeypatch.chdir(tmp_path)
    words = ("export", str(long_run.path), "--to", "mdf4", "--channels", "span")
    (tmp_path / "long_002.mf4").write_text("old")
    refused(typed(capsys, monkeypatch, *words), "long_002.mf4", "--force to replace it")
    assert [path.name for path in tmp_path.iterdir()] == ["long_002.mf4"]
    done = typed(capsys, monkeypatch, *words, "--force")
    assert done.code == 0, done.err
    assert done.err.split("\n") == ["37,500 samples of 1 channels in long_001.mf4", "long_002.mf4", ""]
    assert len(read(tmp_path / "long_002.mf4").channels["span"].codes) == 1_500
