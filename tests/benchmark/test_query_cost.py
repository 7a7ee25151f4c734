"""What reading a long run costs: channels as arrays, and SQL, against DuckDB and pyarrow on the same files."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet
import pytest

import rig.runs
from rig.record import segments
from rig.sql import Session, open_session
from tests.benchmark.long_run import HOURS, NAMES, RATE_HZ, SEGMENT_ROWS, make_long_run
from tests.benchmark.slices import Slice, note, note_quantiles, once, quantile_us, take_turns

pytestmark = pytest.mark.timeout(900)  # the run is made first

ROWS = HOURS * 3600 * RATE_HZ
THREE = (NAMES[10], NAMES[30], NAMES[50])
RECORDED = [f"feedback.{name}" for name in THREE]
SCALE = 0.1
LIMIT = 5.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """600 segments, 1.3 GB, gone afterwards."""
    made = make_long_run(tmp_path_factory.mktemp("runs") / "ten_hours")
    yield made
    shutil.rmtree(made)


def value(name: str) -> str:
    """A channel in its unit, as SQL over the bare files."""
    return f'CASE WHEN "{name}" = -32768 THEN NULL ELSE {SCALE}::DOUBLE * "{name}" END'


def files_of(folder: Path) -> str:
    """The segments, as DuckDB names them."""
    return f"read_parquet('{folder}/{segments.FOLDER}/*.parquet')"


def bare(folder: Path, selected: str, where: str = "true") -> Callable[[], Any]:
    """A query of DuckDB over the bare files, as arrays of numpy."""
    connection = duckdb.connect(":memory:")
    return lambda: connection.sql(f"SELECT {selected} FROM {files_of(folder)} WHERE {where}").fetchnumpy()


def asked(session: Session, sql: str) -> Callable[[], Any]:
    """The same of ours."""
    return lambda: session.ask(sql).fetchnumpy()


def judged(benchmark: Any, candidate: Callable[[], Any], references: dict[str, Callable[[], Any]]) -> None:
    """All in turns; ratios, seconds and seconds of processor, of all threads, beside the benchmark."""
    spent_s: dict[str, list[float]] = {"candidate": [], **{name: [] for name in references}}

    def counted(name: str, call: Callable[[], Any]) -> Slice:
        def action() -> None:
            started_s = time.process_time()
            call()
            spent_s[name].append(time.process_time() - started_s)

        return lambda: once(action)

    pools = take_turns(
        benchmark, counted("candidate", candidate), {name: counted(name, call) for name, call in references.items()}
    )
    note_quantiles(benchmark, pools)
    note(benchmark, **{f"{name}_lowest_s": float(pool.min()) * 1e-9 for name, pool in pools.items()})
    note(benchmark, **{f"{name}_processor_p50_s": float(np.median(each)) for name, each in spent_s.items()})
    for name in references:
        assert quantile_us(pools["candidate"], 0.5) < LIMIT * quantile_us(pools[name], 0.5)


def test_three_channels_of_ten_hours(benchmark: Any, folder: Path) -> None:
    """`rig.runs.Run.numpy`, in units, against DuckDB in units, and against pyarrow's table of bare codes."""
    run = rig.runs.open(folder)
    files = [str(path) for path in segments.closed(folder)]
    by_duckdb = bare(folder, ", ".join(f"{value(name)} AS c{number}" for number, name in enumerate(RECORDED)))
    found = run.numpy(THREE)
    assert [len(found[name]) for name in THREE] == [ROWS] * 3
    first = pyarrow.parquet.read_table(files[0], columns=RECORDED)
    assert np.array_equal(found[THREE[0]][:SEGMENT_ROWS], SCALE * first[RECORDED[0]].to_numpy())
    del found
    judged(
        benchmark,
        lambda: run.numpy(THREE),
        {"duckdb": by_duckdb, "pyarrow_codes": lambda: pyarrow.parquet.read_table(files, columns=RECORDED)},
    )


@pytest.mark.parametrize("where", ["true", "sample BETWEEN 9000000 AND 9030000"], ids=["all", "a-minute"])
def test_highest_of_one_channel_by_sql(benchmark: Any, folder: Path, where: str) -> None:
    """``rig sql`` (checksums verified, NULL for what was missing) against DuckDB's own reader of the bare files."""
    by_duckdb = bare(folder, f"max({value(RECORDED[0])}) AS highest", where)
    with open_session([folder]) as session:
        by_us = asked(session, f"SELECT max({THREE[0]}) AS highest FROM samples WHERE {where}")
        assert by_us()["highest"] == by_duckdb()["highest"]
        judged(benchmark, by_us, {"duckdb": by_duckdb})
