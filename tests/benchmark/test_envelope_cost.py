"""What drawing a long run costs: ten hours of 64 channels at 500 Hz, one channel in some thousand points."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from rig.envelope import envelope
from rig.query import Selection
from rig.record import manifest, pyramid
from rig.record.columns import Columns
from rig.record.segments import FOLDER, SEGMENT_S
from rig.runs import Run, open_run
from tests.benchmark.recorder_share import numbered, wide_manifest, wide_rows
from tests.benchmark.slices import note

RATE_HZ, CHANNELS, HOURS = 500, 64, 10


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Only the pyramid is there; the segments are names without a byte, so nothing else can be read."""
    described = wide_manifest(CHANNELS, RATE_HZ)
    columns, rows = Columns(described), wide_rows(described, seconds=SEGMENT_S)
    with tempfile.TemporaryDirectory() as folder:
        samples = Path(folder) / FOLDER
        samples.mkdir()
        manifest.write(Path(folder), described)
        for first in range(0, HOURS * 3600 * RATE_HZ, len(rows)):
            table = pa.Table.from_batches([columns.batch(numbered(rows, first, RATE_HZ))])
            pyramid.append(samples, columns, first, table)
            (samples / f"{first:012d}.parquet").touch()
        yield open_run(folder)


@pytest.mark.parametrize("points", [1000, 4000])
def test_an_envelope_of_ten_hours(benchmark: Any, run: Run, points: int) -> None:
    """Found, read, checked and put together; goal 0.2 s."""

    def look() -> tuple[float, float]:
        wall_s, used_s = time.perf_counter(), time.process_time()
        found = envelope(run, Selection(("strut_force_n_3",)), points)
        assert points <= len(found.first_sample) <= 2 * points + 2
        return time.perf_counter() - wall_s, time.process_time() - used_s

    benchmark.pedantic(look, rounds=1)
    wall_s, used_s = np.array([look() for _ in range(15)]).T
    size = sum(path.stat().st_size for path in (run.path / FOLDER).glob("*.bin"))
    note(benchmark, p50_ms=1e3 * float(np.median(wall_s)), longest_ms=1e3 * float(wall_s.max()))
    note(benchmark, processor_p50_ms=1e3 * float(np.median(used_s)), pyramid_mb=size / 1e6)
    assert np.median(used_s) < 0.5
