"""The pyramid beside the samples, and what is drawn from it, against all samples cut into buckets by hand."""

import math
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.channel import CODE_MAX, CODE_MIN, CODE_NAN
from profiles.schema import InputError
from rig.envelope import Envelope, envelope, write
from rig.query import Selection
from rig.record import manifest, pyramid, segments
from rig.record.columns import Columns
from rig.record.journal import SampleWriter
from rig.record.ring import Rows
from rig.record.segments import FOLDER
from rig.runs import Run, open_run
from rig.verify import Mark, verify
from tests.commands import rig
from tests.synthetic_run import Recipe, make_manifest, make_rows, make_run

DESCRIBED = make_manifest(Recipe())
COLUMNS = Columns(DESCRIBED)
SEGMENT_ROWS = 9_000
"""No multiple of a bucket: some lie across two segments."""
NAMES = ("strut_force_n", "command.pan_displacement_m", "speed_mps")
PATHS = [f"{FOLDER}/pyramid-{level}.bin" for level in pyramid.LEVELS]


def rows_with_faults() -> Rows:
    """50 s with a sensor that is not there at times, codes at the ends of the range, and rows that were lost."""
    rows = make_rows(Recipe(seconds=50.0))
    force, rng = rows["feedback"][:, 3], np.random.default_rng(3)
    force[rng.integers(0, len(rows), 40)] = CODE_NAN
    force[5_000:6_200] = CODE_NAN  # whole buckets, and the ends of others
    force[[100, 20_000]], force[[101, 20_001]] = CODE_MAX, CODE_MIN
    rows["speed_mps"][700] = np.nan
    lost = np.r_[1_000:1_003, 8_000:9_100, 15_000:20_000:7]
    return np.delete(rows, lost)


ROWS = rows_with_faults()


def record(folder: Path, rows: Rows, cuts: list[int], *, closed: bool = True) -> Path:
    """A run directory with these rows, written in parts that end at the cuts."""
    folder.mkdir(exist_ok=True)
    manifest.write(folder, DESCRIBED)
    writer = SampleWriter(folder, COLUMNS, SEGMENT_ROWS)
    for part in np.split(rows, sorted(cuts)):
        writer.append(part)
    writer.close() if closed else writer.abandon()
    return folder


def files(run: Path) -> list[bytes]:
    return [(run / path).read_bytes() for path in PATHS]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two whole segments, and a journal."""
    return open_run(record(tmp_path_factory.mktemp("runs") / "run", ROWS, [], closed=False))


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three segments."""
    return record(tmp_path_factory.mktemp("runs") / "run", ROWS, [])


@pytest.fixture
def copy(closed: Path, tmp_path: Path) -> Path:
    return shutil.copytree(closed, tmp_path / "run")


def by_hand(wanted: Selection, points: int) -> dict[str, list[float]]:
    """The envelope, bucket after bucket from all rows."""
    low, high = 1000.0 * wanted.from_km, 1000.0 * wanted.to_km
    there = ROWS["sample"][(ROWS["distance_m"] >= low) & (ROWS["distance_m"] <= high)].astype(int)
    found: dict[str, list[float]] = {}
    if not len(there):
        return found
    size = max(1, (int(there[-1]) - int(there[0]) + 1) // points)
    level = max((level for level in pyramid.LEVELS if level <= size), default=1)
    size -= size % level
    for bucket in range(there[0] // size, there[-1] // size + 1):
        part = ROWS[ROWS["sample"].astype(int) // size == bucket]
        if not len(part):
            continue
        line = {"first": part["sample"][0], "last": part["sample"][-1]}
        line |= {"from_km": part["distance_m"][0] / 1000, "to_km": part["distance_m"][-1] / 1000}
        for name, values in values_of(part).items():
            good = values[~np.isnan(values)]
            line |= {f"{name} low": good.min() if len(good) else np.nan, f"{name} missing": len(values) - len(good)}
            line[f"{name} high"] = good.max() if len(good) else np.nan
        for name, value in line.items():
            found.setdefault(name, []).append(float(value))
    return found


def values_of(part: Rows) -> dict[str, np.ndarray]:
    force, command = part["feedback"][:, 3], part["command"][:, 0]
    return {
        "feedback.strut_force_n": np.where(force == CODE_NAN, np.nan, 3.0 * force),
        "command.pan_displacement_m": 1e-5 * command,
        "speed_mps": part["speed_mps"].astype(float),
    }


def as_lists(seen: Envelope) -> dict[str, list[float]]:
    found = {"first": seen.first_sample, "last": seen.last_sample, "from_km": seen.from_km, "to_km": seen.to_km}
    for name in seen.lowest:
        found |= {f"{name} low": seen.lowest[name], f"{name} high": seen.highest[name]}
        found[f"{name} missing"] = seen.missing[name]
    return {name: [float(value) for value in values] for name, values in found.items() if len(values)}


def same(seen: Envelope, wanted: dict[str, list[float]]) -> None:
    found = as_lists(seen)
    assert found.keys() == wanted.keys()
    for name, values in wanted.items():
        assert np.array_equal(found[name], values, equal_nan=True), name


def km_at(row: int) -> float:
    return float(ROWS["distance_m"][row]) / 1000.0


@given(
    start=st.floats(-0.1, 0.8), length=st.floats(0.0, 0.9), points=st.one_of(st.integers(1, 40), st.integers(1, 3_000))
)
@example(start=km_at(6_000), length=km_at(SEGMENT_ROWS + 2) - km_at(6_000), points=5)  # a little of a segment
@example(start=km_at(8_000), length=km_at(SEGMENT_ROWS + 2) - km_at(8_000), points=3_000)
@example(start=km_at(SEGMENT_ROWS - 2), length=0.1, points=3_000)
@example(start=km_at(3_000), length=km_at(8_000) - km_at(3_000), points=3)  # the midst of one
@example(start=0.0, length=math.inf, points=5)
@example(start=0.0, length=math.inf, points=60)
@example(start=0.0, length=math.inf, points=97)
@settings(max_examples=25, deadline=None)
def test_an_envelope_is_that_of_all_samples(run: Run, start: float, length: float, points: int) -> None:
    """From either level or from the samples, over segments, the journal, gaps and missing sensors: the same values."""
    wanted = Selection(NAMES, start, start + length)
    same(envelope(run, wanted, points), by_hand(wanted, points))


@given(points=st.integers(1, 30_000), start=st.floats(0.0, 0.7), length=st.floats(0.0, 0.7))
@settings(max_examples=40, deadline=None)
def test_about_so_many_points(unbroken: Run, points: int, start: float, length: float) -> None:
    """Not less than asked for where no rows are missing, and hardly more than twice as many."""
    distance_km = unbroken.samples(["distance_m"])["distance_m"] / 1000.0
    count = int(((distance_km >= start) & (distance_km <= start + length)).sum())
    found = len(envelope(unbroken, Selection(("span",), start, start + length), points).first_sample)
    assert min(points, count) <= found <= 2 * points + 2


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that lost no row."""
    return open_run(record(tmp_path_factory.mktemp("runs") / "run", make_rows(Recipe(seconds=50.0)), []))


@given(cuts=st.lists(st.integers(0, len(ROWS)), max_size=12))
@settings(max_examples=15, deadline=None)
def test_any_batching_gives_the_same_files(closed: Path, cuts: list[int]) -> None:
    """However the rows come, and also where all is made from the segments afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        other = record(Path(folder), ROWS, cuts)
        assert files(other) == files(closed)
        for path in PATHS:
            (other / path).unlink()
        pyramid.bring_up(other / FOLDER, COLUMNS)
        assert files(other) == files(closed)


def test_nothing_but_the_pyramid_is_read(copy: Path, closed: Path) -> None:
    """Without a byte of the samples a whole run can still be drawn; it is close up that they are missed."""
    for path in (copy / FOLDER).glob("*.parquet"):
        path.write_bytes(b"")
    for points in (5, 80):
        wanted = Selection(NAMES)
        same(envelope(open_run(copy), wanted, points), as_lists(envelope(open_run(closed), wanted, points)))
    with pytest.raises(InputError, match="whole segments of this run"):
        envelope(open_run(copy), Selection(NAMES), 1_000)


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_torn_or_altered_anywhere_it_says_nothing_wrong(closed: Path, data: st.DataObject) -> None:
    """Cut at any byte, with any tail, or with any bit flipped: the same envelope; brought up, the same files."""
    whole = data.draw(st.sampled_from(PATHS))
    good = (closed / whole).read_bytes()
    spoiled = bytearray(good)
    if data.draw(st.booleans()):
        spoiled[data.draw(st.integers(0, len(good))) :] = data.draw(st.binary(max_size=300))
    else:
        bit = data.draw(st.integers(0, 8 * len(good) - 1))
        spoiled[bit // 8] ^= 1 << bit % 8
    points = data.draw(st.sampled_from([5, 80]))
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(closed, Path(folder) / "run")
        (copy / whole).write_bytes(spoiled)
        same(envelope(open_run(copy), Selection(NAMES), points), by_hand(Selection(NAMES), points))
        pyramid.bring_up(copy / FOLDER, COLUMNS)
        assert files(copy) == files(closed)


@pytest.mark.parametrize("tail", [0, 1, 700])
def test_a_recorder_goes_on_where_the_segments_end(copy: Path, closed: Path, tail: int) -> None:
    """Killed in the midst of a block: what segments hold is brought up, and the next segment comes behind it."""
    *_, last = sorted((copy / FOLDER).glob("*.parquet"))
    table = pyarrow.parquet.read_table(last)
    last.unlink()
    for path, level in zip(PATHS, pyramid.LEVELS, strict=True):
        block = pyramid.Level(copy / FOLDER, COLUMNS, level).blocks(int(last.stem))[int(last.stem)]
        data = (copy / path).read_bytes()
        (copy / path).write_bytes(data[: len(data) - block.nbytes + tail])
    pyramid.bring_up(copy / FOLDER, COLUMNS)
    pyramid.append(copy / FOLDER, COLUMNS, int(last.stem), table)
    assert files(copy) == files(closed)


def test_a_block_in_another_order_is_none(copy: Path) -> None:
    """Each record is whole, and there are as many; but they are not where they were written."""
    level = pyramid.Level(copy / FOLDER, COLUMNS, 256)
    records = np.concatenate(list(level.blocks().values()))
    (copy / PATHS[0]).write_bytes(records[[1, 0, *range(2, len(records))]].tobytes())
    assert list(level.blocks()) == segments.numbers(copy / FOLDER)[1:]


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_blocks_of_segments_that_are_not_there_are_cut(copy: Path, gone: int) -> None:
    """Whichever it is: then there are the others', in their order."""
    numbers = segments.numbers(copy / FOLDER)
    segments.path_of(copy / FOLDER, numbers.pop(gone)).unlink()
    pyramid.bring_up(copy / FOLDER, COLUMNS)
    for level in pyramid.LEVELS:
        assert list(pyramid.Level(copy / FOLDER, COLUMNS, level).blocks()) == numbers


def test_a_full_disk_leaves_no_half_block(tmp_path: Path, closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The samples are recorded all the same, and drawn from."""

    def short(handle: int, data: bytes) -> None:
        write(handle, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    write = pyramid.write_fully
    monkeypatch.setattr(pyramid, "write_fully", short)
    run = record(tmp_path / "run", ROWS, [])
    assert files(run) == [b"", b""]
    same(envelope(open_run(run), Selection(NAMES), 5), by_hand(Selection(NAMES), 5))
    monkeypatch.undo()
    pyramid.bring_up(run / FOLDER, COLUMNS)
    assert files(run) == files(closed)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run as one ends, for the commands."""
    return make_run(tmp_path_factory.mktemp("runs") / "run", Recipe(seconds=20.0))


def pyramid_findings(run: Path) -> list[tuple[Mark, str]]:
    return [(one.mark, one.text) for one in verify(run).findings if one.part == f"{FOLDER}/pyramid"]


def test_verify_looks_at_it(ended: Path, tmp_path: Path) -> None:
    """Good where it is that of the samples, a note where it is torn, bad where it says something else."""
    run = shutil.copytree(ended, tmp_path / "run")
    assert pyramid_findings(run) == [(Mark.GOOD, "lowest and highest of 1 segments are those of their samples")]
    block = pyramid.Level(run / FOLDER, COLUMNS, 256).blocks()[0].copy()
    block["high"][3, 3] += 1
    (run / PATHS[0]).write_bytes(block.tobytes())
    words = "not whole for 1 segments: they are drawn from their samples"
    assert pyramid_findings(run) == [(Mark.NOTE, words)]
    block["crc"] = pyramid.checksums(block)
    (run / PATHS[0]).write_bytes(block.tobytes())
    words = "it says other values than the samples of segment 000000000000"
    assert pyramid_findings(run) == [(Mark.BAD, words)]
    (run / PATHS[0]).unlink()
    assert [mark for mark, _ in pyramid_findings(run)] == [Mark.NOTE]


def test_the_command_writes_an_envelope(ended: Path, tmp_path: Path) -> None:
    """CSV with units in its head, and Parquet, as the same numbers; on the screen a look."""
    words = ("data", str(ended), "--channels", "strut_force_n", "--envelope", "20")
    done = rig(*words, "--out", str(tmp_path / "some.csv"))
    assert done.code == 0, done.err
    assert "40 buckets of 256 samples" in " ".join(done.err.split())
    table = envelope(open_run(ended), Selection(("strut_force_n",)), 20).table(open_run(ended))
    csv = pyarrow.csv.read_csv(tmp_path / "some.csv")
    assert csv.column_names[-3:] == [
        "feedback.strut_force_n lowest [N]",
        "feedback.strut_force_n highest [N]",
        "feedback.strut_force_n missing",
    ]
    assert all(np.array_equal(csv[k], table[k]) for k in range(table.num_columns))
    write(table, tmp_path / "some.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "some.parquet").equals(table)
    assert "40 buckets of 256 samples" in rig(*words).out


@pytest.mark.parametrize(
    ("wanted", "points", "found", "allowed"),
    [
        (Selection(("segment",)), 5, "'segment'", "a measured or commanded channel, speed_mps or span"),
        (Selection(("span",)), 0, "0", "a whole number from 1"),
        (Selection(("span",), every=2), 5, "2", "nothing beside --envelope, which counts all"),
        (Selection(("span",), 3.0, 2.0), 5, "3 to 2 km", "from a kilometre to a later one"),
    ],
)
def test_what_is_no_envelope(unbroken: Run, wanted: Selection, points: int, found: str, allowed: str) -> None:
    """Found and allowed, in words."""
    with pytest.raises(InputError) as caught:
        envelope(unbroken, wanted, points)
    assert [(fault.found, fault.allowed) for fault in caught.value.faults] == [(found, allowed)]


def test_the_command_says_what_is_wrong(ended: Path) -> None:
    """Exit code 2, no traceback."""
    done = rig("data", str(ended), "--channels", "segment", "--envelope", "5")
    assert done.code == 2
    assert "'segment'" in done.err
    assert "Traceback" not in done.err
