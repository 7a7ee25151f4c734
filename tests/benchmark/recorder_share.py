"""What share of a core the recorder takes beside a rig in real time: many channels, a fast clock, its real polling.

```sh
python -m tests.benchmark.recorder_share --seconds 135   # 64 channels at 1 kHz; two segments are closed in it
```

Rows come from this process at the moments when a loop's would; what is told is the processor time of the recorder's
process, all its threads, from its readiness to the last row.
"""

import argparse
import json
import multiprocessing
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import numpy as np
import psutil

from rig.record import manifest
from rig.record.columns import Columns
from rig.record.recorder import FINISH, READER, SYNC_S, RecorderFinished, RecorderReady, record
from rig.record.ring import Ring, Rows
from tests.synthetic_run import CHANNELS, Recipe, make_manifest, make_rows

SHOWN_S = 20.0


def wide_manifest(channels: int, rate_hz: int) -> manifest.Manifest:
    """The manifest of an invented run with so many channels, all of the kinds that the small one has."""
    wide = tuple(
        msgspec.structs.replace(CHANNELS[k % len(CHANNELS)], name=f"{CHANNELS[k % len(CHANNELS)].name}_{k}")
        for k in range(channels)
    )
    return msgspec.structs.replace(make_manifest(Recipe()), channels=wide, sample_rate_hz=rate_hz)


def wide_rows(described: manifest.Manifest, seconds: float = SHOWN_S) -> Rows:
    """So many seconds of rows; each channel is one of the small run's signals, delayed by some samples of its own."""
    small = make_rows(Recipe(seconds=seconds * described.sample_rate_hz / 500))
    rows = np.zeros(len(small), dtype=Columns(described).dtype)
    for name in small.dtype.names or ():
        if name != "feedback":
            rows[name] = small[name]
    for k in range(len(described.channels)):
        rows["feedback"][:, k] = np.roll(small["feedback"][:, k % len(CHANNELS)], 7 * k)
    return rows


def numbered(rows: Rows, first: int, rate_hz: int) -> Rows:
    """Rows as the ones from sample `first` on."""
    rows["sample"] = np.arange(first, first + len(rows))
    rows["mono_ns"] = rows["sample"] * (1_000_000_000 // rate_hz)
    rows["distance_m"] = rows["sample"] * (15.0 / rate_hz)
    return rows


def _push_in_time(ring: Ring, rows: Rows, rate_hz: int, seconds: float) -> list[float]:
    """Push a row at each moment that is due; returns how long some pushes took, in µs."""
    start_s, took_us, done = time.monotonic(), [], 0
    mine = numbered(rows.copy(), 0, rate_hz)
    while done < seconds * rate_hz:
        at = done % len(rows)
        if at == 0 and done:
            mine = numbered(mine, done, rate_hz)
        row = mine[at : at + 1]
        time.perf_counter_ns()  # the clock's own way from cold caches is not the ring's
        before_ns = time.perf_counter_ns()
        ring.push(row)
        took_us.append((time.perf_counter_ns() - before_ns) * 1e-3)
        done += 1
        time.sleep(max(0.0, start_s + done / rate_hz - time.monotonic()))
    return took_us


def measure(channels: int, rate_hz: int, seconds: float, poll_s: float) -> dict[str, float]:
    """Record so long, and tell what it took."""
    described = wide_manifest(channels, rate_hz)
    rows = wide_rows(described)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with tempfile.TemporaryDirectory() as folder, Ring.create(rows.dtype, 65_536, (READER,)) as ring:
        manifest.write(Path(folder), described)
        process = context.Process(target=record, args=(ring.name, folder, theirs, poll_s))
        process.start()
        if not isinstance(ours.recv(), RecorderReady) or process.pid is None:
            raise RuntimeError("the recorder did not start")
        seen, before_s = psutil.Process(process.pid), time.monotonic()
        before = seen.cpu_times()
        took_us = _push_in_time(ring, rows, rate_hz, seconds)
        after, wall_s = seen.cpu_times(), time.monotonic() - before_s
        finished = _finish(ours)
        process.join()
        size = sum(path.stat().st_size for path in (Path(folder) / "samples").glob("*.parquet"))
    used_s = after.user - before.user + after.system - before.system
    return {
        "percent_of_a_core": 100 * used_s / wall_s,
        "user_s": after.user - before.user,
        "system_s": after.system - before.system,
        "wall_s": wall_s,
        "rows": finished.samples,
        "rows_lost": finished.rows_lost,
        "parquet_bytes_a_row": size / finished.samples,
        "push_us_p50": float(np.quantile(took_us, 0.5)),
        "push_us_p99": float(np.quantile(took_us, 0.99)),
    }


def _finish(connection: Connection) -> RecorderFinished:
    connection.send(FINISH)
    finished = connection.recv()
    if not isinstance(finished, RecorderFinished):
        raise RuntimeError(str(finished))
    return finished


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--rate-hz", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=135.0)
    parser.add_argument("--poll-s", type=float, default=SYNC_S)
    given = parser.parse_args()
    print(json.dumps(measure(given.channels, given.rate_hz, given.seconds, given.poll_s), indent=1))  # noqa: T201


if __name__ == "__main__":
    main()
