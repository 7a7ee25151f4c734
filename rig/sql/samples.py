"""The samples of many runs as two views: `samples`, values in their units, and `codes`, as they are recorded.

The files are read by Arrow, page checksums verified, and only the columns and segments that a query needs. DuckDB
itself opens no file, so that it can be forbidden to; and no file's name comes near its SQL.
"""

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pyarrow.dataset
import pyarrow.fs

from drivers.channel import CODE_NAN
from rig.record import journal, segments
from rig.record.columns import PLAIN, Columns
from rig.record.manifest import Quantity
from rig.runs import Run, whole_samples

_HEAD = """SELECT ''::VARCHAR AS run, 0::BIGINT AS sample, 0::DOUBLE AS time_s, 0::DOUBLE AS distance_km,
    0::DOUBLE AS distance_m, 0::FLOAT AS speed_mps, 0::FLOAT AS span, 0::SMALLINT AS segment, 0::UTINYINT AS state,
    0::BIGINT AS mono_ns WHERE false"""
_CODES_HEAD = "SELECT ''::VARCHAR AS run WHERE false"
_PLAIN = ("distance_m", "speed_mps", "span", "segment", "state", "mono_ns")
_TAKEN = frozenset({"run", "time_s", "distance_km", *PLAIN})


def source_name(number: int) -> str:
    """What the recorded samples of a run are called within DuckDB."""
    return f"recorded_{number}"


def create_views(connection: duckdb.DuckDBPyConnection, runs: list[tuple[str, Run]]) -> None:
    """Make both views, over runs by their names; runs need not have the same channels: what one has not is NULL.

    Raises:
        InputError: the head of a run's last segment can't be read.
    """
    samples, codes = [_HEAD], [_CODES_HEAD]
    for number, (key, run) in enumerate(runs):
        columns = Columns(run.manifest)
        connection.register(source_name(number), _recorded(run, columns))
        whose, source = f"{literal(key)} AS run", identifier(source_name(number))
        listed = ", ".join([whose, *_expressions(columns, run.manifest.sample_rate_hz)])
        samples.append(f"SELECT {listed} FROM {source}")
        codes.append(f"SELECT {whose}, * FROM {source}")
    for name, parts in (("samples", samples), ("codes", codes)):
        connection.execute(f"CREATE VIEW {name} AS " + " UNION ALL BY NAME ".join(parts))


def _recorded(run: Run, columns: Columns) -> pyarrow.dataset.Dataset:
    """The closed segments of a run, and what its journal holds beyond them."""
    waiting, closed = journal.journals(run.path), segments.closed(run.path)
    schema = columns.schema.set(0, pa.field("sample", pa.int64()))  # signed, as people subtract them
    with whole_samples(run.path):
        left = list(journal.beyond(segments.rows_closed(closed), waiting))
    scan = pyarrow.dataset.ParquetFragmentScanOptions(page_checksum_verification=True, pre_buffer=False)
    files = pyarrow.dataset.dataset(
        [str(path.absolute()) for path in closed],
        schema=schema,
        format=pyarrow.dataset.ParquetFileFormat(default_fragment_scan_options=scan),
        filesystem=pyarrow.fs.LocalFileSystem(),
    )
    rest = pyarrow.dataset.dataset(pa.concat_tables([schema.empty_table(), *(table.cast(schema) for table in left)]))
    return pyarrow.dataset.dataset([files, rest]) if closed else rest


def _expressions(columns: Columns, sample_rate_hz: int) -> Iterator[str]:
    yield "sample"
    yield f"sample / {sample_rate_hz}::DOUBLE AS time_s"
    yield "distance_m / 1000 AS distance_km"
    yield from _PLAIN
    for recorded, short in short_names(columns).items():
        yield f"{_value(identifier(recorded), columns.quantities[recorded])} AS {identifier(short)}"


def _value(column: str, quantity: Quantity) -> str:
    scale, offset = (f"CAST({literal(repr(one))} AS DOUBLE)" for one in (quantity.scale, quantity.offset))
    return f"CASE WHEN {column} = {CODE_NAN} THEN NULL ELSE {offset} + {scale} * {column} END"


def short_names(columns: Columns) -> dict[str, str]:
    """What `samples` calls each recorded quantity: ``strut_force_n``, ``setpoint_pan_displacement_m``.

    Where that is taken it keeps the name that it has in the files: ``feedback.span``.
    """
    taken, found = set(_TAKEN), {}
    for recorded in columns.quantities:
        short = recorded.removeprefix("feedback.").replace(".", "_", 1)
        found[recorded] = recorded if short.casefold() in taken else short
        taken.add(found[recorded].casefold())
    return found


def identifier(name: str) -> str:
    """A name as SQL quotes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL quotes it."""
    return "'" + text.replace("'", "''") + "'"
