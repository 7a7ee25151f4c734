"""``rig data``."""

import math
import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow as pa
import typer
from rich.table import Table

from profiles.schema import Fault, InputError
from rig.cli.console import progress_console, result_console
from rig.cli.selecting import channels_of, refuse_target, tell_of_summary
from rig.envelope import envelope as envelope_of
from rig.envelope import write
from rig.query import PLACE, Selection, table, units, write_csv, write_parquet
from rig.runs import Run, open_run
from rig.summary import seconds as seconds_of

SHOWN = 20
"""Rows that a screen gets, evenly spread over the selection."""
_NOTHING = "no sample lies there"
_WRITERS = {".csv": write_csv, ".parquet": write_parquet}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("data")(data)


def data(
    run: Annotated[Path, typer.Argument(help="A run directory, also of a run that goes on.")],
    channels: Annotated[
        str, typer.Option(help="Names with commas between; by default all that was measured. '?' lists them.")
    ] = "",
    from_km: Annotated[float, typer.Option(help="From this kilometre on.")] = 0.0,
    to_km: Annotated[float, typer.Option(help="Up to this kilometre.")] = math.inf,
    every: Annotated[int, typer.Option(help="One sample of so many, as it is; nothing is filtered.")] = 1,
    envelope: Annotated[
        int | None, typer.Option(help="Lowest and highest of buckets: about so many points of the stretch, at once.")
    ] = None,
    seconds: Annotated[
        bool,
        typer.Option("--seconds", help="Lowest, mean, highest of each second; also of a run kept as a summary."),
    ] = False,
    out: Annotated[Path | None, typer.Option(help="A .csv or .parquet file; without it a look on the screen.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Read channels of a run, in their units: to CSV, Parquet or the screen.

    Exit codes: 0 good, 2 bad input: no such run, channel, range or file.
    """
    opened = open_run(run)
    if channels == "?":
        _list_channels(opened)
        return
    names = channels_of(opened, channels)
    wanted = Selection(names, from_km, to_km, every)
    if out is not None and out.suffix not in _WRITERS:
        raise InputError([Fault(str(out), 0, "--out", repr(out.suffix), "a name that ends with .csv or .parquet")])
    if out is not None:
        refuse_target(out, force=force)
    if envelope is not None and seconds:
        raise InputError([Fault("(argument)", 0, "--envelope, --seconds", "both", "one of them")])
    if envelope is not None:
        _envelope(opened, wanted, envelope, out)
        return
    if seconds:
        found = seconds_of(opened, wanted)
        _tell(found, f"{found.num_rows:,} seconds", out)
        return
    tell_of_summary(opened)
    if out is None:
        _show(table(opened, wanted))
        return
    rows = _WRITERS[out.suffix](opened, wanted, out)
    progress_console().print(f"{rows:,} samples of {len(names)} channels in {out}", soft_wrap=True)


def _envelope(run: Run, wanted: Selection, points: int, out: Path | None) -> None:
    seen = envelope_of(run, wanted, points)
    found = seen.table(run)
    _tell(found, f"{found.num_rows:,} buckets of {seen.bucket:,} samples", out)


def _tell(found: pa.Table, told: str, out: Path | None) -> None:
    if out is not None:
        write(found, out)
        progress_console().print(f"{told} in {out}", soft_wrap=True)
    elif found.num_rows:
        result_console().print(_some_rows(found))
        result_console().print(f"{told}; --out FILE for all of them")
    else:
        result_console().print(_NOTHING)


def _list_channels(run: Run) -> None:
    for name, unit in units(run, run.columns).items():
        sys.stdout.write(f"{name}\t{unit}\n")


def _show(found: pa.Table) -> None:
    """What the channels are like, and some rows."""
    console = result_console()
    if not found.num_rows:
        console.print(_NOTHING)
        return
    summary = Table("channel", "unit", "lowest", "mean", "highest", "RMS", "missing")
    for field in found.schema:
        if field.name not in PLACE:
            summary.add_row(field.name, (field.metadata or {}).get(b"unit", b"").decode(), *_figures(found[field.name]))
    console.print(summary)
    rows = _some_rows(found)
    console.print(rows)
    console.print(f"{rows.row_count} of {found.num_rows:,} samples; --out FILE for all of them")


def _some_rows(found: pa.Table) -> Table:
    at = np.unique(np.linspace(0, found.num_rows - 1, SHOWN).round().astype(int))
    rows = Table(*(name.removeprefix("feedback.") for name in found.column_names))
    for row in found.take(at).to_pylist():
        rows.add_row(*(f"{value:.6g}" if isinstance(value, float) else str(value) for value in row.values()))
    return rows


def _figures(column: pa.ChunkedArray) -> list[str]:
    values = column.to_numpy()
    there = values[~np.isnan(values)]
    if not len(there):
        return ["–", "–", "–", "–", str(len(values))]
    figures = (there.min(), there.mean(), there.max(), math.sqrt(np.mean(there**2)))
    return [*(f"{value:.5g}" for value in figures), str(len(values) - len(there))]
