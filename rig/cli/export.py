"""``rig export``."""

import math
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rig.cli.console import progress_console
from rig.cli.selecting import channels_of, refuse_target
from rig.export.hdf5 import write_hdf5
from rig.export.rpc3 import write_rpc3
from rig.query import Selection, write_csv, write_parquet
from rig.runs import Run, open_run


class To(StrEnum):
    """The formats."""

    RPC3 = "rpc3"
    HDF5 = "hdf5"
    CSV = "csv"
    PARQUET = "parquet"


Writer = Callable[[Run, Selection, Path], int]
_WRITERS: dict[To, tuple[str, Writer]] = {
    To.RPC3: (".rsp", write_rpc3),
    To.HDF5: (".h5", write_hdf5),
    To.CSV: (".csv", write_csv),
    To.PARQUET: (".parquet", write_parquet),
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(export)


def export(
    run: Annotated[Path, typer.Argument(help="A run directory.")],
    to: Annotated[To, typer.Option(help="rpc3: for servo-hydraulic rigs and fatigue tools; hdf5; csv; parquet.")],
    out: Annotated[Path | None, typer.Option(help="The file; by default the run's name with the ending.")] = None,
    channels: Annotated[str, typer.Option(help="Names with commas between; by default all that was measured.")] = "",
    from_km: Annotated[float, typer.Option(help="From this kilometre on.")] = 0.0,
    to_km: Annotated[float, typer.Option(help="Up to this kilometre.")] = math.inf,
    every: Annotated[int, typer.Option(help="One sample of so many, as it is; nothing is filtered.")] = 1,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a run's samples for other tools. A file that is there is not replaced, unless --force says so.

    Exit codes: 0 good, 2 bad input: no such run, channel or stretch, or what the
    format can't hold.
    """
    opened = open_run(run)
    suffix, write = _WRITERS[to]
    file = out if out is not None else Path(opened.path.resolve().name + suffix)
    refuse_target(file, force=force)
    names = channels_of(opened, channels)
    rows = write(opened, Selection(names, from_km, to_km, every), file)
    progress_console().print(f"{rows:,} samples of {len(names)} channels in {file}", soft_wrap=True)
