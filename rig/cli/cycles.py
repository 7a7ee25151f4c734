"""``rig cycles``."""

import itertools
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from profiles.schema import Fault, InputError
from rig.cli.console import progress_console, result_console
from rig.cli.options import ResidueOption
from rig.cli.selecting import exponents_of, refuse_target
from rig.record.files import to_json
from rig.report.words import number

if TYPE_CHECKING:
    from rig.cycles import CycleCount

ROWS = 16
"""Range classes that a screen gets."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("cycles")(cycles)


def cycles(
    source: Annotated[Path, typer.Argument(metavar="RUN|FILE.csv", help="A run directory, or a CSV file.")],
    channel: Annotated[str, typer.Option(help="A channel of the run, or a column of the file.")],
    from_km: Annotated[float, typer.Option(help="From this kilometre on.")] = 0.0,
    to_km: Annotated[float, typer.Option(help="Up to this kilometre.")] = math.inf,
    gate: Annotated[float, typer.Option(help="A reversal of less is none, in the channel's unit.")] = 0.0,
    residue: Annotated[
        ResidueOption, typer.Option(help="Ranges that no cycle closes: halves (ASTM E1049), played again, or left.")
    ] = ResidueOption.halves,
    exponents: Annotated[str, typer.Option(help="Of the pseudo-damage, with commas between.")] = "3,5,8",
    as_json: Annotated[bool, typer.Option("--json", help="All of it as JSON.")] = False,
    out: Annotated[Path | None, typer.Option(help="Its range-mean plot as an .html page or an .svg picture.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Rainflow of any channel: cycles by range, their means, pseudo-damage, and the biggest cycles with their places.

    Samples without a value are left out, and how many is said.

    Exit codes: 0 good, 2 bad input: no such run, file or channel, or a value that is no number.
    """
    slopes = exponents_of("rig cycles", exponents)
    if not 0.0 <= gate < math.inf:
        raise InputError([Fault("rig cycles", 0, "--gate", f"{gate:g}", "0 or more, in the channel's unit")])
    if out is not None:
        if out.suffix not in (".html", ".svg"):
            raise InputError([Fault(str(out), 0, "--out", repr(out.suffix), "a name that ends with .html or .svg")])
        refuse_target(out, force=force)
    from rig.cycles import count_history  # numba's and Arrow's imports: every other command would start later for them
    from rig.histories import open_history
    from rig.life.rainflow import ResidueRule

    found = count_history(open_history(source, channel, from_km, to_km), gate, ResidueRule(residue), slopes)
    if as_json:
        sys.stdout.write(to_json(found, indent=1).decode() + "\n")
    else:
        _show(found)
    if out is not None:
        from rig.report.cycles_page import write_cycles

        write_cycles(out, found)
        progress_console().print(f"range-mean plot in {out}", soft_wrap=True)


def _show(found: "CycleCount") -> None:
    console, unit = result_console(), found.unit
    per_row = len(found.matrix) // ROWS
    total = found.cycles or 1.0
    classes = Table(f"range, {unit}" if unit else "range", "cycles", "of all", "as large or larger", "mean")
    for first in reversed(range(0, len(found.matrix), per_row)):
        rows = found.matrix[first : first + per_row]
        count = sum(map(sum, rows))
        beyond = sum(map(sum, found.matrix[first:]))
        if count:
            low, high = found.range_edges[first], found.range_edges[first + per_row]
            cells = (
                f"{number(low, 4)} to {number(high, 4)}",
                f"{count:,.10g}",
                f"{count / total:.2%}",
                f"{beyond:,.10g}",
            )
            classes.add_row(*cells, f"{_mean(rows, found.mean_edges):,.3g}")
    if found.biggest:
        console.print(classes)
        console.print(_biggest(found))
    console.print(_summary(found), soft_wrap=True)


def _mean(rows: list[list[float]], edges: list[float]) -> float:
    """Of the cycles in some range classes, by the middles of their mean classes."""
    by_mean = [sum(column) for column in zip(*rows, strict=True)]
    middles = [(low + high) / 2.0 for low, high in itertools.pairwise(edges)]
    return float(sum(n * at for n, at in zip(by_mean, middles, strict=True)) / sum(by_mean))


def _biggest(found: "CycleCount") -> Table:
    place = "sample" if found.biggest[0].km is None else "km"
    table = Table("biggest", f"range, {found.unit}" if found.unit else "range", "mean", "cycles", place)
    for rank, one in enumerate(found.biggest, 1):
        at = f"{one.sample:,}" if one.km is None else f"{one.km:,.3f}"
        table.add_row(str(rank), f"{one.range:,.6g}", f"{one.mean:,.6g}", f"{one.cycles:g}", at)
    return table


def _summary(found: "CycleCount") -> str:
    unit = f" {found.unit}" if found.unit else ""
    damage = "; ".join(f"range^{name}: {value:.6g}" for name, value in found.pseudo_damage.items())
    lines = [
        f"{found.channel}: {found.samples:,} samples from {found.lowest:.6g} to {found.highest:.6g}{unit}; "
        f"{found.cycles:,.10g} cycles, {found.residue_cycles:g} of them from the residue ({found.residue})",
        f"sum of cycles times {damage}",
    ]
    if found.missing:
        lines.append(f"{found.missing:,} samples without a value were left out")
    if found.forced_half_cycles:
        lines.append(f"{found.forced_half_cycles:,} ranges did not fit into the residue and count as half cycles")
    return "\n".join(lines)
