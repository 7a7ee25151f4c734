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
from rig.record.journal import FOLDER, SEGMENT_S
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
@pytest.mark.parametrize("stretch_km", [(0.0, np.inf), (100.0, 200.0)], ids=["whole", "100 km"])
def test_an_envelope_of_ten_hours(benchmark: Any, run: Run, points: int, stretch_km: tuple[float, float]) -> None:
    """Opened, read, checked and put together; goal 0.2 s."""
    wanted = Selection(("strut_force_n_3",), *stretch_km)

    def once_s() -> float:
        start_s = time.perf_counter()
        found = envelope(run, wanted, points)
        taken_s = time.perf_counter() - start_s
        assert points <= len(found.first_sample) <= 2 * points + 2
        return taken_s

    taken_s = benchmark.pedantic(once_s, rounds=1) and [once_s() for _ in range(10)]
    size = sum(path.stat().st_size for path in (run.path / FOLDER).glob("*.bin"))
    note(benchmark, p50_ms=1e3 * np.median(taken_s), longest_ms=1e3 * max(taken_s), pyramid_mb=size / 1e6)
    assert np.median(taken_s) < 1.0
