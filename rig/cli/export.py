"""``rig export``."""

import math
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rig.cli.console import progress_console
from rig.cli.selecting import channels_of, refuse_target, tell_of_summary
from rig.export.hdf5 import write_hdf5
from rig.export.mdf4 import parts_of, write_parts
from rig.export.rpc3 import write_rpc3
from rig.query import Selection, write_csv, write_parquet
from rig.runs import Run, open_run


class To(StrEnum):
    """The formats."""

    MDF4 = "mdf4"
    RPC3 = "rpc3"
    HDF5 = "hdf5"
    CSV = "csv"
    PARQUET = "parquet"


Writer = Callable[[Run, Selection, Path], int]
_WRITERS: dict[To, Writer] = {
    To.RPC3: write_rpc3,
    To.HDF5: write_hdf5,
    To.CSV: write_csv,
    To.PARQUET: write_parquet,
}
_SUFFIXES = {To.MDF4: ".mf4", To.RPC3: ".rsp", To.HDF5: ".h5", To.CSV: ".csv", To.PARQUET: ".parquet"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(export)


def export(
    run: Annotated[Path, typer.Argument(help="A run directory.")],
    to: Annotated[
        To,
        typer.Option(help="mdf4: for vehicle and fatigue tools; rpc3: for servo-hydraulic rigs; hdf5; csv; parquet."),
    ],
    out: Annotated[Path | None, typer.Option(help="The file; by default the run's name with the ending.")] = None,
    channels: Annotated[str, typer.Option(help="Names with commas between; by default all that was measured.")] = "",
    from_km: Annotated[float, typer.Option(help="From this kilometre on.")] = 0.0,
    to_km: Annotated[float, typer.Option(help="Up to this kilometre.")] = math.inf,
    every: Annotated[int, typer.Option(help="One sample of so many, as it is; nothing is filtered.")] = 1,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a run's samples for other tools. A file that is there is not replaced, unless --force says so.

    More than an hour of samples is several files in MDF4: NAME_001.mf4 and so on.

    Exit codes: 0 good, 2 bad input: no such run, channel or stretch, or what the
    format can't hold.
    """
    opened = open_run(run)
    file = out if out is not None else Path(opened.path.resolve().name + _SUFFIXES[to])
    names = channels_of(opened, channels)
    files, write = _prepared(opened, Selection(names, from_km, to_km, every), to, file)
    for each in files:
        refuse_target(each, force=force)
    tell_of_summary(opened)
    told = f"{write():,} samples of {len(names)} channels in {files[0]}"
    progress_console().print("\n".join([told, *map(str, files[1:])]), soft_wrap=True)


def _prepared(run: Run, wanted: Selection, to: To, file: Path) -> tuple[Sequence[Path], Callable[[], int]]:
    """The files that there will be, and what writes them and returns the samples."""
    if to is To.MDF4:
        parts = parts_of(run, wanted, file)
        return [part.file for part in parts], lambda: write_parts(run, wanted, parts)
    return [file], lambda: _WRITERS[to](run, wanted, file)
