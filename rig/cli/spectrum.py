"""``rig spectrum``."""

import math
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from profiles.schema import Fault, InputError
from rig.cli.console import progress_console, result_console
from rig.cli.selecting import exponents_of, refuse_target
from rig.record.files import to_json

if TYPE_CHECKING:
    from rig.spectra import Spectrum

ROWS = 16
"""Frequencies that a screen gets."""
MOST_SOURCES = 5
"""As many as a page has colours."""


class ResponseOption(StrEnum):
    """What is counted of an oscillator, as `rig.life.response_spectra.Response`."""

    absolute_acceleration = "absolute_acceleration"
    pseudo_velocity = "pseudo_velocity"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("spectrum")(spectrum)


def spectrum(
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="RUN|FILE.csv…", help="Runs or CSV files; the first is the reference."),
    ],
    channel: Annotated[str, typer.Option(help="A channel of the runs, or a column of the files: an acceleration.")],
    from_km: Annotated[float, typer.Option(help="From this kilometre on.")] = 0.0,
    to_km: Annotated[float, typer.Option(help="Up to this kilometre.")] = math.inf,
    from_hz: Annotated[float, typer.Option(help="The lowest natural frequency.")] = 0.5,
    to_hz: Annotated[
        float | None, typer.Option(help="The highest; by default a tenth of the samples a second, which is the most.")
    ] = None,
    points: Annotated[int, typer.Option(min=2, max=2000, help="How many frequencies, logarithmic.")] = 96,
    exponents: Annotated[str, typer.Option(help="Of the damage, with commas between.")] = "3,5,8",
    quality: Annotated[float, typer.Option(help="Q of the oscillators, 1 / (2 damping ratio).")] = 10.0,
    response: Annotated[
        ResponseOption, typer.Option(help="What is counted of an oscillator.")
    ] = ResponseOption.absolute_acceleration,
    rate_hz: Annotated[float | None, typer.Option(help="Samples a second of CSV files.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All of it as JSON.")] = False,
    out: Annotated[Path | None, typer.Option(help="The curves as an .html page.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Fatigue damage and shock response spectra of a channel; of several sources, each against the first.

    Exit codes: 0 good, 2 bad input: no such run, file or channel, samples that are
    not there, or frequencies that the samples don't allow.
    """
    slopes = tuple(exponents_of("rig spectrum", exponents))
    _refuse(sources, quality, rate_hz, out)
    if out is not None:
        refuse_target(out, force=force)
    from rig.histories import (
        open_history,  # numba's and Arrow's imports: every other command would start later for them
    )
    from rig.life.response_spectra import Response
    from rig.spectra import Bank, comparable, spectrum_of

    bank = Bank(from_hz, to_hz, points, slopes, quality, Response(response))
    found = [spectrum_of(open_history(path, channel, from_km, to_km), bank, rate_hz) for path in sources]
    comparable(found)
    if as_json:
        sys.stdout.write(to_json(found, indent=1).decode() + "\n")
    else:
        _show(found)
    if out is not None:
        from rig.report.spectrum_page import write_spectra

        write_spectra(out, found)
        progress_console().print(f"spectra in {out}", soft_wrap=True)


def _refuse(sources: list[Path], quality: float, rate_hz: float | None, out: Path | None) -> None:
    """What is wrong by the words alone, all of it at once."""
    faults = []
    if len(sources) > MOST_SOURCES:
        faults.append(Fault("rig spectrum", 0, "SOURCES", str(len(sources)), f"at most {MOST_SOURCES}"))
    if not 0.5 < quality < math.inf:
        faults.append(
            Fault("rig spectrum", 0, "--quality", f"{quality:g}", "more than 0.5: less than critical damping")
        )
    if rate_hz is not None and not 0.0 < rate_hz < math.inf:
        faults.append(Fault("rig spectrum", 0, "--rate-hz", f"{rate_hz:g}", "a number above 0"))
    if rate_hz is not None and all(path.is_dir() for path in sources):
        faults.append(Fault("rig spectrum", 0, "--rate-hz", f"{rate_hz:g}", "nothing: runs know their own"))
    if out is not None and out.suffix != ".html":
        faults.append(Fault(str(out), 0, "--out", repr(out.suffix), "a name that ends with .html"))
    if faults:
        raise InputError(faults)


def _show(found: list["Spectrum"]) -> None:
    from rig.spectra import ratios

    console, first = result_console(), found[0]
    at = sorted({round(k * (len(first.frequencies_hz) - 1) / (ROWS - 1)) for k in range(ROWS)})
    columns = {f"damage, exponent {name}": values for name, values in first.damage.items()}
    columns[f"shock, {first.answer_unit}" if first.answer_unit else "shock"] = first.shock
    console.print(_table(first, columns, at))
    for other in found[1:]:
        over = ratios(other, first)
        shock = over.pop("shock").tolist()
        told = {f"damage, exponent {name}": values.tolist() for name, values in over.items()} | {"shock": shock}
        console.print(_table(other, told, at, f"{other.source} over {first.source}"))
    for one in found:
        console.print(
            f"{one.source} {one.channel}: {one.samples:,} samples, {one.seconds:,.6g} s; "
            f"{one.response.replace('_', ' ')}, Q = {one.quality:g}",
            soft_wrap=True,
        )


def _table(one: "Spectrum", columns: dict[str, list[float]], at: list[int], title: str = "") -> Table:
    table = Table("natural frequency, Hz", *columns, title=title or one.source, title_justify="left")
    for k in at:
        table.add_row(f"{one.frequencies_hz[k]:.3g}", *(f"{values[k]:.4g}" for values in columns.values()))
    return table
