"""What ``rig sql`` does: asks, and puts the rows where they are wanted."""

import base64
import contextlib
import functools
import io
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from rich.markup import escape
from rich.table import Table

from profiles.schema import Fault, InputError
from rig.cli.console import progress_console, result_console, say_error
from rig.cli.selecting import refuse_target, runs_of
from rig.record.files import replacing, to_json
from rig.sql import Column, open_session

SHOWN = 50
"""Rows that a screen gets."""
_ROWS = 100_000
"""Rows that are in memory at once on their way to a file."""

Way = Callable[[duckdb.DuckDBPyRelation], None]


def answer(query: str, folders: list[Path] | None, to: Way, *, as_json: bool) -> None:
    """Ask runs, and say what is missing; without a query, the views.

    Raises:
        InputError: no such folder, or SQL that DuckDB refuses.
    """
    if not query and to not in (_show, _print_json):
        raise InputError([Fault("rig sql", 0, "QUERY", "none", "a query, whose rows --csv and --out take")])
    paths = runs_of(folders)
    with open_session(paths, with_samples=not query or _may_name_samples(query)) as session:
        for words in (*session.notes, *session.warnings, *([] if paths else ["no run there: the views are empty"])):
            say_error(words)
        if query:
            with session.telling():
                to(session.ask(query))
        else:
            _say_schema(session.schema(), as_json=as_json)
    if session.warnings:
        sys.exit(3)


def _may_name_samples(query: str) -> bool:
    return any(view in query.casefold() for view in ("samples", "codes"))


def way(as_json: bool, as_csv: bool, out: Path | None, *, force: bool) -> Way:
    """Where the rows go.

    Raises:
        InputError: more than one place, or a file that may not be written.
    """
    if as_json + as_csv + (out is not None) > 1:
        raise InputError([Fault("rig sql", 0, "--json, --csv, --out", "more than one", "one of them")])
    if out is None:
        return _print_json if as_json else _print_csv if as_csv else _show
    if out.suffix not in _WRITERS:
        raise InputError([Fault(str(out), 0, "--out", repr(out.suffix), "a name that ends with .csv or .parquet")])
    refuse_target(out, force=force)
    return functools.partial(_write, out)


def _say_schema(columns: list[Column], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(to_json(columns, indent=1).decode() + "\n")
        return
    for one in columns:
        sys.stdout.write("\t".join((one.view, one.name, one.kind, one.unit)).rstrip() + "\n")


def _show(answer: duckdb.DuckDBPyRelation) -> None:
    """A table of the first rows."""
    rows = answer.limit(SHOWN + 1).fetchall()
    console, table = result_console(), Table(*(escape(name) for name in answer.columns))
    for row in rows[:SHOWN]:
        table.add_row(*(escape(_cell(value)) for value in row))
    console.print(table)
    if len(rows) > SHOWN:
        console.print(f"the first {SHOWN} rows; --out FILE, --json or --csv for all of them")


def _cell(value: Any) -> str:
    return "NULL" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _print_json(answer: duckdb.DuckDBPyRelation) -> None:
    names = _distinct(answer)
    rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    try:
        told = msgspec.json.format(_JSON.encode(rows), indent=1).decode()
    except OverflowError:
        raise _unfit("a whole number of more than 64 bits", "JSON") from None
    sys.stdout.write(told + "\n")


def _print_csv(answer: duckdb.DuckDBPyRelation) -> None:
    """Line by line through the patient stream, which a pipe's reader may leave."""
    text = io.BytesIO()
    for number, batch in enumerate(_batches(answer)):
        with _fitting("CSV"):
            pyarrow.csv.write_csv(batch, text, pyarrow.csv.WriteOptions(include_header=number == 0))
        sys.stdout.write(text.getvalue().decode())
        text.seek(0)
        text.truncate()


def _write(file: Path, answer: duckdb.DuckDBPyRelation) -> None:
    batches, rows = _batches(answer), 0
    with replacing(file) as temporary, _fitting(file.suffix), _WRITERS[file.suffix](temporary, batches.schema) as to:
        for batch in batches:
            to.write_batch(batch)
            rows += batch.num_rows
    progress_console().print(f"{rows:,} rows in {file}", soft_wrap=True)


def _batches(answer: duckdb.DuckDBPyRelation) -> pa.RecordBatchReader:
    _distinct(answer)
    return answer.to_arrow_reader(_ROWS)


def _distinct(answer: duckdb.DuckDBPyRelation) -> list[str]:
    """The names of the columns.

    Raises:
        InputError: two are the same, so that one would hide the other.
    """
    twice = [name for name, count in Counter(answer.columns).items() if count > 1]
    if twice:
        raise InputError([Fault("rig sql", 0, "QUERY", f"more than one column {twice[0]!r}", "a name for each: AS")])
    return answer.columns


@contextlib.contextmanager
def _fitting(format_name: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise _unfit(" ".join(str(error).split()), format_name) from None


def _unfit(found: str, format_name: str) -> InputError:
    allowed = f"values that {format_name} has a form for; other ones with ::VARCHAR or ::DOUBLE"
    return InputError([Fault("rig sql", 0, "QUERY", found, allowed)])


def _plain(value: Any) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


_JSON = msgspec.json.Encoder(enc_hook=_plain, decimal_format="number")
_WRITERS: dict[str, Callable[[Path, pa.Schema], Any]] = {
    ".csv": pyarrow.csv.CSVWriter,
    ".parquet": functools.partial(pyarrow.parquet.ParquetWriter, compression="zstd"),
}
