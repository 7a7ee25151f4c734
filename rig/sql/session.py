"""A session of DuckDB over runs: made, sealed, asked. The user's SQL can read these tables, and do nothing else."""

import contextlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import duckdb
import msgspec

from profiles.schema import Fault, InputError
from rig import ledger
from rig.record.columns import PLAIN, Columns
from rig.runs import Run, open_run
from rig.sql.samples import create_views, short_names, source_name
from rig.sql.tables import OneRun, tables

VIEWS = ("runs", "events", "segments", "specimens", "failures", "trends", "samples", "codes")

_SEAL = (
    "SET temp_directory = ''",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_external_access = false",  # no file, no network, no variable of this program by a table's name
    "SET lock_configuration = true",
)
_READS = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN, duckdb.StatementType.MULTI)  # MULTI: PIVOT
_SOURCE = re.compile(r"the stream registered as '" + source_name(0).replace("0", r"(\d+)") + "'")


class Column(msgspec.Struct, frozen=True):
    """A column of a view; ``unit`` with commas where runs have different ones, which is told as a warning too."""

    view: str
    name: str
    kind: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """DuckDB over some runs, until it is closed; within ``with``, to its end.

    Attributes:
        runs: those that could be read.
        notes: what is to be known of what is there: a run that goes on, or died.
        warnings: what is not there: runs that can't be read, events behind a break of their chain; mixed units.
        units: of the columns of `samples`, by name.
    """

    connection: duckdb.DuckDBPyConnection
    runs: tuple[OneRun, ...]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    units: dict[str, str] = field(default_factory=dict)

    def ask(self, sql: str) -> duckdb.DuckDBPyRelation:
        """The answer to one statement that reads; it is worked out as its rows are taken, within `telling`.

        Raises:
            InputError: DuckDB refuses it, or it does more than read.
        """
        with self.telling():
            statements = self.connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type not in _READS:
                allowed = "one statement that reads: SELECT, FROM, DESCRIBE, SUMMARIZE, PIVOT, EXPLAIN"
                raise InputError([Fault("rig sql", 0, "QUERY", _kinds(statements), allowed)])
            return self.connection.sql(sql)

    @contextlib.contextmanager
    def telling(self) -> Iterator[None]:
        """Within ``with``, errors of DuckDB become input errors in its own words; a damaged run is named.

        Errors of the disk that a result is written to stay what they are.

        Raises:
            InputError: DuckDB refuses.
        """
        try:
            yield
        except (duckdb.Error, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # of the disk that is written to, not of what is read
            raise InputError([self._fault(str(error).strip())]) from None

    def close(self) -> None:
        """Let go of DuckDB and the files. Idempotent."""
        self.connection.close()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _fault(self, words: str) -> Fault:
        read = _SOURCE.search(words)
        if read is None:
            return Fault("rig sql", 0, "QUERY", words, "SQL that DuckDB understands; rig sql --schema lists the views")
        path = self.runs[int(read[1])].entry.path
        return Fault(path, 0, "(the samples)", " ".join(words.split()), "whole segments of this run")

    def schema(self) -> list[Column]:
        """The views and their columns."""
        found = []
        for view in VIEWS:
            described = self.connection.sql(f"SELECT * FROM {view}")
            for name, kind in zip(described.columns, described.types, strict=True):
                found.append(Column(view, name, str(kind), self._unit(view, name)))
        return found

    def _unit(self, view: str, name: str) -> str:
        return self.units.get(name, "") if view == "samples" else ""


def _kinds(statements: Sequence[duckdb.Statement]) -> str:
    return ", ".join(one.type.name for one in statements) or "nothing"


def open_session(paths: Sequence[Path], *, with_samples: bool = True) -> Session:
    """A session over run directories. Only what can't be read is left out, and told.

    Without samples there are no views of them, which take longest to make where there are many runs.
    """
    runs = _opened(list({path.resolve(): path for path in paths}.values()))
    read = tuple(one for one in runs if one.run is not None)
    units, mixed = _units(read)
    connection = duckdb.connect(":memory:")
    try:
        for name, table in tables(runs).items():
            connection.register(name, table)
        if with_samples:
            create_views(connection, [(one.key, one.run) for one in read if one.run])
        for statement in _SEAL:
            connection.execute(statement)
    except BaseException:
        connection.close()
        raise
    warnings = [one for run in runs for one in _missing(run)]
    return Session(connection, read, tuple(note for one in read for note in _notes(one)), (*warnings, *mixed), units)


def _opened(paths: Sequence[Path]) -> list[OneRun]:
    """The runs, by names of which no two are the same: that of the directory, or its path where another has it."""
    counts = Counter(path.resolve().name for path in paths)
    live = {folder: ledger.live_in(folder) for folder in {path.resolve().parent for path in paths}}
    found = []
    for path in paths:
        whole = path.resolve()
        key = whole.name if counts[whole.name] == 1 else str(path)
        found.append(_one(_told(key), path, whole in live[whole.parent]))
    return found


def _one(key: str, path: Path, is_live: bool) -> OneRun:
    try:
        run = open_run(path)
        _refuse_twins(run)
        entry = ledger.entry_of(run, is_live)
    except InputError as error:
        return OneRun(key, ledger.unreadable(path, error), None)
    return OneRun(key, entry, run)


def _told(name: str) -> str:
    """A file's name as text, also where its bytes are none."""
    return name.encode("utf-8", "backslashreplace").decode()


def _refuse_twins(run: Run) -> None:
    """SQL does not tell ``force_N`` from ``force_n``."""
    counts = Counter(name.casefold() for name in Columns(run.manifest).names)
    twins = [name for name in Columns(run.manifest).names if counts[name.casefold()] > 1]
    if twins:
        allowed = "names that differ by more than capitals"
        raise InputError([Fault(str(run.path), 0, "channels", ", ".join(twins), allowed)])


def _missing(one: OneRun) -> Iterator[str]:
    """What of a run is not in the tables."""
    if one.run is None:
        yield f"{one.key} can't be read: {one.entry.reason}"
    elif one.run.events.broken:
        yield f"{one.key}: the chain of its events breaks: {one.run.events.broken}; those are here, no later ones"


def _notes(one: OneRun) -> Iterator[str]:
    """What is in the tables, and not for good."""
    if one.entry.state == ledger.LIVE:
        yield f"{one.key} goes on: what it has recorded up to now is here"
    if one.run is not None and one.run.manifest.recording == "summary":
        yield f"{one.key} is kept as a summary: of its samples those near events and of its last minutes are here"
    if one.entry.state == ledger.DIED:
        yield f"{one.key} never came to its end: what it had recorded is here, whole batches of its journal too"


def _units(runs: Sequence[OneRun]) -> tuple[dict[str, str], list[str]]:
    """The units of the columns of `samples`, and which have more than one."""
    found: dict[str, dict[str, str]] = {}
    for one in runs:
        assert one.run is not None
        columns = Columns(one.run.manifest)
        unit_of = columns.units
        for recorded, short in {**{name: name for name in PLAIN}, **short_names(columns)}.items():
            found.setdefault(short, {}).setdefault(unit_of[recorded], one.key)
    mixed = {name: runs for name, runs in found.items() if len(runs) > 1}
    words = [f"samples.{name} is in {' and '.join(f'{u!r} ({r})' for u, r in m.items())}" for name, m in mixed.items()]
    known = {"time_s": "s", "distance_km": "km"} if runs else {}
    return known | {name: ", ".join(runs) for name, runs in found.items()}, words
