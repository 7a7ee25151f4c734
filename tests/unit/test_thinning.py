"""A run that is kept as a summary: what stays of its samples, and that of the rest nothing false is said."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from profiles.schema import InputError
from rig.envelope import envelope
from rig.export.rpc3 import write_rpc3
from rig.query import Selection
from rig.record import segments
from rig.record.checkpoint import Checkpoint
from rig.record.columns import Columns
from rig.record.events import Event, EventLog
from rig.record.journal import count_rows
from rig.record.seals import read_seals
from rig.record.seconds import MEAN, iter_seconds, seconds_of
from rig.record.segments import FOLDER, SECONDS
from rig.record.takeup import take_up
from rig.record.thinning import windows_of
from rig.report import build
from rig.report.overview import overview
from rig.runs import Run, open_run
from rig.summary import in_words, seconds
from rig.verify import Mark, verify
from tests.synthetic_run import RATE_HZ, Recipe, make_manifest, make_rows, make_run
from tests.thinned_run import kept_by_hand, make_thinned_run, thin

RECIPE = Recipe(seconds=320.4, with_verdict=False)
COLUMNS = Columns(make_manifest(RECIPE))
CHANNELS = ("strut_force_n", "command.pan_displacement_m", "speed_mps")
THINNED = 240 * RATE_HZ
"""Of 320 s: a segment is thinned when the one after it is whole and judged."""


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return make_rows(RECIPE)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return open_run(make_thinned_run(tmp_path_factory.mktemp("runs") / "run", RECIPE))


@pytest.fixture
def copy(whole: Run, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole.path, tmp_path / "run"))


def events_of(run: Run) -> list[int]:
    return [event.sample for event in run.events.events if event.sample is not None]


def test_samples_near_events_and_of_the_last_minutes_stay(whole: Run, rows: np.ndarray) -> None:
    """Bit for bit, in all columns; of the others none."""
    there = kept_by_hand(rows, events_of(whole)) | (rows["sample"] >= THINNED)
    assert 0.3 < there.mean() < 0.7
    found = [COLUMNS.rows(segments.read(path)) for path in segments.closed(whole.path)]
    assert np.concatenate(found).tobytes() == rows[there].tobytes()
    assert (whole.count(), count_rows(whole.path)) == (len(rows), len(rows))
    assert whole.numpy(["sample"])["sample"].tolist() == rows["sample"][there].tolist()


def test_a_second_is_lowest_highest_mean_and_counts(whole: Run, rows: np.ndarray) -> None:
    """By hand, second after second; also of those whose samples are there."""
    found = seconds(whole, Selection(CHANNELS))
    starts = range(0, len(rows), RATE_HZ)
    assert found["first_sample"].to_pylist() == list(starts)
    for name in ("feedback.strut_force_n", "command.pan_displacement_m", "speed_mps"):
        field, _, channel = name.partition(".")
        k = [one.name for one in COLUMNS_OF[field]].index(channel) if channel else 0
        for at, start in enumerate(starts):
            second = rows[start : start + RATE_HZ]
            values = COLUMNS.values(name, second[field][:, k] if channel else second[field])
            row = [found[f"{name} {what}"][at].as_py() for what in ("lowest", "mean", "highest", "missing")]
            assert row == pytest.approx([values.min(), values.mean(), values.max(), 0], rel=2e-7, abs=1e-9)
        assert found["to_km"][at].as_py() == rows["distance_m"][-1] / 1000.0


COLUMNS_OF = {"feedback": make_manifest(RECIPE).channels, "command": make_manifest(RECIPE).axes}


def test_a_sensor_that_was_not_there_has_no_mean(whole: Run, rows: np.ndarray) -> None:
    """Missing samples are counted and are no value; a second of nothing else has none."""
    some = rows[:1200].copy()
    some["feedback"][100:700, 3] = -32768
    found = seconds_of(COLUMNS, pyarrow.Table.from_batches([COLUMNS.batch(some)]), RATE_HZ)
    name = "feedback.strut_force_n"
    assert found[f"{name}.missing"].to_pylist() == [400, 200, 0]
    good = some["feedback"][:100, 3].astype(float)
    assert found[name + MEAN][0].as_py() == pytest.approx(good.mean(), rel=1e-6)
    some["feedback"][:500, 3] = -32768
    gone = seconds_of(COLUMNS, pyarrow.Table.from_batches([COLUMNS.batch(some)]), RATE_HZ)
    assert np.isnan(gone[name + MEAN][0].as_py())
    assert gone[f"{name}.lowest"][0].as_py() == gone[f"{name}.highest"][0].as_py() == -32768


def test_verify_finds_it_whole_and_a_flipped_byte_anywhere(copy: Path) -> None:
    """In what is left of a segment, and in its seconds."""
    assert verify(copy).whole
    assert any("their seconds say the same" in one.text for one in verify(copy).findings)
    for path in [*segments.closed(copy)[:2], *sorted((copy / FOLDER / SECONDS).glob("*.parquet"))[:2]]:
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :])
        assert not verify(copy).whole
        path.write_bytes(data)
    assert verify(copy).whole


def test_what_was_left_out_of_a_full_run_is_bad(copy: Path) -> None:
    """Nobody asked for a summary: somebody took samples away."""
    described = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps(described | {"recording": "full"}))
    bad = [one.text for one in verify(copy).findings if one.mark is Mark.BAD]
    assert "samples were left out of a run that is recorded in full" in bad


def test_seconds_that_say_something_else_are_found_though_sealed(copy: Path) -> None:
    """Two segments' seconds exchanged, and all sealed anew: the samples that are left say it."""
    folder = copy / FOLDER
    files = sorted((folder / SECONDS).glob("*.parquet"))
    table = segments.read(files[1])
    at = table.schema.get_field_index("feedback.strut_force_n.highest")
    other = table.set_column(at, table.schema.field(at), pyarrow.compute.add(table[at], pyarrow.scalar(1, "int16")))
    segments.write_segment(files[1], other)
    bad = [one.part for one in verify(copy).findings if one.mark is Mark.BAD]
    assert set(bad) == {f"{FOLDER}/{SECONDS}", f"{FOLDER}/{SECONDS}/{files[1].name}"}


def test_only_what_is_judged_and_far_behind_is_thinned(tmp_path: Path, rows: np.ndarray) -> None:
    """Not beyond the checkpoint, and not where there is none."""
    folder = make_run(tmp_path / "run", RECIPE)
    thin(folder, len(rows))
    assert segments.thinned_until(folder) == 0
    for judged, until in ((120 * RATE_HZ, 0), (120 * RATE_HZ + 1, 60 * RATE_HZ), (len(rows) - 1, THINNED)):
        Checkpoint(folder).write({"sample": judged})
        thin(folder, len(rows))
        assert segments.thinned_until(folder) == until
    (folder / "checkpoint.json").write_text("{")
    thin(folder, len(rows))
    assert verify(folder).whole


def test_an_evidence_window_stays(whole: Run) -> None:
    """A finding's, wherever it lies."""
    told = [
        Event(
            number=0, time_s=0.0, kind="component_warning", text="", sample=9000, prev="", data={"evidence": [10, 99]}
        ),
        Event(number=1, time_s=0.0, kind="engineer_note", text="", prev=""),
    ]
    assert windows_of(told, 100) == [(8000, 9500), (10, 99)]


def test_a_segment_that_is_not_what_was_sealed_is_left_alone(tmp_path: Path, rows: np.ndarray) -> None:
    """It would get a new seal, and nobody could see any more that it had been altered. Nor with a broken chain."""
    folder = make_run(tmp_path / "run", RECIPE)
    Checkpoint(folder).write({"sample": len(rows) - 1})
    first, second = segments.closed(folder)[:2]
    segments.write_segment(first, segments.read(second))
    altered = first.read_bytes()
    thin(folder, len(rows))
    assert first.read_bytes() == altered
    assert segments.is_thinned(pyarrow.parquet.read_metadata(second))
    events = folder / "events.jsonl"
    events.write_bytes(events.read_bytes().replace(b"segment_entered", b"waveform_switched", 1))
    before = read_seals(folder / FOLDER / "seals.jsonl").head
    thin(folder, len(rows))
    assert read_seals(folder / FOLDER / "seals.jsonl").head == before


def test_an_envelope_is_that_of_all_samples(whole: Run, copy: Path, rows: np.ndarray) -> None:
    """From the pyramid bit for bit; from the seconds where there is none, a second at the finest."""
    force = COLUMNS.values("feedback.strut_force_n", rows["feedback"][:, 3])
    for points in (1, 30, 300):
        for run in (whole, open_run(copy)):
            seen = envelope(run, Selection(("strut_force_n",)), points)
            for at, (first, last) in enumerate(zip(seen.first_sample, seen.last_sample, strict=True)):
                values = force[first : last + 1]
                assert seen.lowest["feedback.strut_force_n"][at] == values.min()
                assert seen.highest["feedback.strut_force_n"][at] == values.max()
            covered = np.zeros(len(rows), int)
            for first, last in zip(seen.first_sample, seen.last_sample, strict=True):
                covered[first : last + 1] += 1
            assert (covered == 1).all()
        for path in (copy / FOLDER).glob("pyramid-*.bin"):
            path.unlink()


def test_the_closest_look_has_samples_and_seconds(whole: Run, rows: np.ndarray) -> None:
    """Each sample once; where it is there, for itself."""
    seen = envelope(whole, Selection(("strut_force_n",), 0.0, 0.9), 10**9)
    there = kept_by_hand(rows, events_of(whole))
    width = seen.last_sample - seen.first_sample + 1
    assert set(width.tolist()) == {1, RATE_HZ}
    assert (there[seen.first_sample] == (width == 1)).all()
    assert (np.diff(seen.first_sample) == width[:-1]).all()


def test_the_report_has_every_extreme(whole: Run, rows: np.ndarray) -> None:
    """Of the whole run, thinned or not; and how the set point was followed, of the samples that are there."""
    seen = overview(whole)
    for k, channel in enumerate(COLUMNS_OF["feedback"]):
        values, drawn = (
            COLUMNS.values(f"feedback.{channel.name}", rows["feedback"][:, k]),
            seen.series[f"feedback.{channel.name}"],
        )
        assert (drawn.min(), drawn.max()) == (values.min(), values.max())
    assert (np.diff(seen.time_s) >= 0.0).all()
    assert seen.samples == len(rows)
    there = kept_by_hand(rows, events_of(whole)) | (rows["sample"] >= THINNED)
    assert seen.following["pan_displacement_m"].samples == (there & (rows["span"] >= 1.0)).sum()
    assert sum(seen.segment_km.values()) == pytest.approx(rows["distance_m"][-1] / 1000.0, rel=0.01)
    assert "kept as a summary" in build(whole.path).read_text()


def test_formats_that_know_no_gaps_refuse_them(whole: Run, tmp_path: Path) -> None:
    """RPC III has no word for samples that are not there; a stretch with all of them goes."""
    with pytest.raises(InputError, match="samples are not there before km"):
        write_rpc3(whole, Selection(("strut_force_n",)), tmp_path / "some.rsp")
    assert write_rpc3(whole, Selection(("strut_force_n",), 4.0), tmp_path / "some.rsp") > 1000


def test_it_is_told_what_is_not_there(whole: Run, rows: np.ndarray) -> None:
    """With its share, and where to look."""
    share = 100.0 * len(whole.numpy(["sample"])["sample"]) / len(rows)
    assert f"kept as a summary: {share:.3g} % of its samples are there" in in_words(whole)
    assert in_words(whole).endswith("--seconds")


def test_a_recorder_takes_it_up(copy: Path, rows: np.ndarray) -> None:
    """All seals are known, whatever is half done is done again, and the numbers go on."""
    folder = copy / FOLDER
    for name in ("000000150000.tmp", f"{SECONDS}/000000150000.tmp"):
        (folder / name).write_bytes(b"half")
    assert take_up(copy) == len(rows)
    assert not list(folder.rglob("*.tmp"))
    unsealed = folder / SECONDS / "000000240000.parquet"  # their segment is whole: the recorder died before their seal
    shutil.copy(folder / SECONDS / "000000000000.parquet", unsealed)
    assert any(one.part.endswith(unsealed.name) for one in verify(copy).findings)
    assert take_up(copy) == len(rows)
    assert not unsealed.exists()
    (folder / SECONDS / "000000000000.parquet").unlink()
    with pytest.raises(ValueError, match=r"seconds/000000000000\.parquet was sealed, and is not there"):
        take_up(copy)


def test_all_seconds_are_there(whole: Run, rows: np.ndarray) -> None:
    """Whatever was thinned: each sample is in one."""
    told = list(iter_seconds(whole.path, COLUMNS, RATE_HZ))
    assert sum(int(np.sum(one["rows"])) for one in told) == len(rows)


def test_what_happens_late_keeps_its_samples(tmp_path: Path, rows: np.ndarray) -> None:
    """An event that is written before a segment is thinned keeps what belongs to it, also in the segment before."""
    folder = make_run(tmp_path / "run", RECIPE)
    at = 63 * RATE_HZ
    with EventLog(folder) as log:
        log.append("limit_indicated", "late", time_s=63.0, sample=at, distance_km=0.9)
    Checkpoint(folder).write({"sample": len(rows) - 1})
    thin(folder, len(rows))
    found = set(open_run(folder).numpy(["sample"])["sample"].astype(int).tolist())
    assert set(range(53 * RATE_HZ, 69 * RATE_HZ)) <= found
    assert json.loads((folder / "checkpoint.json").read_text())["sample"] == len(rows) - 1
