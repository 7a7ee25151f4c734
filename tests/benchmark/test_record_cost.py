"""What recording costs: the ring against a copy of the same bytes, the recorder against a plain Arrow stream."""

import os
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pytest
from synthetic_run import RATE_HZ, Recipe, make_manifest, make_rows, make_run

from rig.record import manifest
from rig.record.checkpoint import Checkpoint
from rig.record.columns import Columns
from rig.record.journal import SampleWriter
from rig.record.recorder import READER, Recorder
from rig.record.ring import Ring, Rows
from rig.record.seals import Sealer
from rig.record.segments import FOLDER, thinned_until
from rig.record.thinning import Thinner
from tests.benchmark.slices import note, note_quantiles, once, quantile_us, ratio, take_turns, timed

PUSHES = 20_000
SECONDS = 120.0
BATCH_ROWS = 250
COLUMNS = Columns(make_manifest(Recipe()))


@pytest.fixture(scope="module")
def rows() -> Rows:
    return make_rows(Recipe(seconds=SECONDS))


@pytest.mark.parametrize("each", [1, 8])
def test_push_against_a_copy(benchmark: Any, rows: Rows, each: int) -> None:
    """`Ring.push` of a cycle's rows, against turning the same rows into bytes and copying them into memory."""
    part = rows[:each].copy()
    with Ring.create(rows.dtype, 1 << 12, (READER,)) as ring:
        memory, size = bytearray(1 << 20), part.nbytes

        def copy(number: int) -> None:
            at = number % 1024 * size
            memory[at : at + size] = part.tobytes()

        pools = take_turns(
            benchmark,
            lambda: timed(lambda _: ring.push(part), range(PUSHES)),
            {"copy": lambda: timed(copy, range(PUSHES))},
        )
    note_quantiles(benchmark, pools)
    note(benchmark, rows_per_s=each / quantile_us(pools["candidate"], 0.5) * 1e6)
    assert ratio(pools, "copy") < 30.0


@pytest.fixture
def folders() -> Iterator[Iterator[Path]]:
    """New folders without end, gone afterwards."""
    with tempfile.TemporaryDirectory() as top:
        yield (Path(top) / str(number) for number in count())


def record(rows: Rows, run_dir: Path) -> None:
    """Two minutes of rows from the ring to closed segments, as fast as it goes."""
    run_dir.mkdir()
    manifest.write(run_dir, make_manifest(Recipe()))
    with Ring.create(rows.dtype, 1 << 12, (READER,)) as ring:
        recorder, synced_s = Recorder(ring.reader(READER), run_dir), time.monotonic()
        for part in np.split(rows, range(BATCH_ROWS, len(rows), BATCH_ROWS)):
            ring.push(part)
            synced_s = recorder.turn(time.monotonic(), synced_s)
        assert recorder.finish().samples == len(rows)


def stream(rows: Rows, folder: Path) -> None:
    """The least that keeps the same columns: an Arrow stream of the same batches, written and synced once."""
    folder.mkdir()
    columns = Columns(make_manifest(Recipe()))
    parts = np.split(rows, range(BATCH_ROWS, len(rows), BATCH_ROWS))
    with (folder / "rows.arrows").open("wb") as file:
        with pa.ipc.new_stream(file, columns.batch(parts[0]).schema) as out:
            for part in parts:
                out.write_batch(columns.batch(part))
        os.fsync(file.fileno())


def test_recorder_against_a_plain_stream(benchmark: Any, rows: Rows, folders: Iterator[Path]) -> None:
    """Journal, checksums, hash and Parquet of two minutes, against an Arrow stream, and against the two minutes."""
    pools = take_turns(
        benchmark,
        lambda: once(lambda: record(rows, next(folders))),
        {"stream": lambda: once(lambda: stream(rows, next(folders)))},
    )
    taken_s = quantile_us(pools["candidate"], 0.5) * 1e-6
    note(benchmark, ratio_to_stream=ratio(pools, "stream"), times_real_time=SECONDS / taken_s)
    note(benchmark, rows_per_s=len(rows) / taken_s, seconds=taken_s)
    assert len(rows) / taken_s > 4 * RATE_HZ


def test_thinning_against_closing(benchmark: Any, rows: Rows, folders: Iterator[Path]) -> None:
    """A minute of a summary, from its sealed segment to its seconds, against closing it into that segment."""
    minute = rows[: 60 * RATE_HZ]

    def close() -> np.ndarray:
        writer = SampleWriter(next(folders), COLUMNS, len(rows))
        writer.append(minute)
        return once(writer.close)

    def thin() -> np.ndarray:
        run_dir = make_run(next(folders), Recipe(seconds=121.0, recording="summary", with_verdict=False))
        Checkpoint(run_dir).write({"sample": len(rows) + 1})
        sealer = Sealer(run_dir / FOLDER)
        thinner = Thinner(run_dir, COLUMNS, sealer, RATE_HZ)
        taken = once(lambda: thinner.turn(len(rows) + 1))
        sealer.close()
        assert thinned_until(run_dir) == len(minute)
        return taken

    pools = take_turns(benchmark, thin, {"closing": close})
    note(benchmark, ratio_to_closing=ratio(pools, "closing"), milliseconds=quantile_us(pools["candidate"], 0.5) * 1e-3)
    assert quantile_us(pools["candidate"], 0.5) < 60e6 / 20
