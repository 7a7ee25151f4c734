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
    from rig.spectra import Bank, Spectrum

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
    channel: Annotated[
        str, typer.Option(help="A channel of runs and plans, or a column of the files: an acceleration.")
    ],
    sources: Annotated[
        list[Path] | None,
        typer.Argument(metavar="RUN|FILE.csv…", help="Runs or CSV files; the first is the reference."),
    ] = None,
    plan: Annotated[
        list[str] | None,
        typer.Option(help="Also the planned drive of this course, after the sources: a file or a name; repeatable."),
    ] = None,
    rig: Annotated[str, typer.Option(help="The rig that is planned for: a file or a name.")] = "one_corner",
    vehicle: Annotated[str, typer.Option(help="The car that is planned for: a file or a name.")] = "d7xr",
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

    Of a plan the channel is an axis' set point, the strut by the car's model, or the body's acceleration.

    Exit codes: 0 good, 2 bad input: no such run, file, course or channel, samples that are
    not there, or frequencies that the samples don't allow.
    """
    slopes = tuple(exponents_of("rig spectrum", exponents))
    paths, courses = sources or [], plan or []
    _refuse(paths, courses, quality, rate_hz, out)
    if out is not None:
        refuse_target(out, force=force)
    from rig.life.response_spectra import Response
    from rig.spectra import Bank, comparable

    bank, stretch_km = Bank(from_hz, to_hz, points, slopes, quality, Response(response)), (from_km, to_km)
    found = [_of_source(path, channel, stretch_km, bank, rate_hz) for path in paths]
    found += [_of_plan(course, rig, vehicle, channel, stretch_km, bank) for course in courses]
    comparable(found)
    if as_json:
        sys.stdout.write(to_json(found, indent=1).decode() + "\n")
    else:
        _show(found)
    if out is not None:
        _write(out, found)


def _write(out: Path, found: list["Spectrum"]) -> None:
    from rig.report.spectrum_page import write_spectra

    write_spectra(out, found)
    progress_console().print(f"spectra in {out}", soft_wrap=True)


def _of_source(
    path: Path, channel: str, stretch_km: tuple[float, float], bank: "Bank", rate_hz: float | None
) -> "Spectrum":
    from rig.histories import open_history  # numba and Arrow: every other command would start later for them
    from rig.spectra import spectrum_of

    return spectrum_of(open_history(path, channel, *stretch_km), bank, rate_hz)


def _of_plan(
    course: str, rig: str, vehicle: str, channel: str, stretch_km: tuple[float, float], bank: "Bank"
) -> "Spectrum":
    from rig.cli.planning import with_bar
    from rig.plan import Wanted, load_plan
    from rig.planned import plan_history
    from rig.spectra import spectrum_of

    plan = with_bar(f"planning {course}", lambda told: load_plan(Wanted(course, vehicle=vehicle, rig=rig), told))
    return spectrum_of(plan_history(plan, channel, *stretch_km), bank)


def _refuse(paths: list[Path], courses: list[str], quality: float, rate_hz: float | None, out: Path | None) -> None:
    """What is wrong by the words alone, all of it at once."""
    faults, many = [], len(paths) + len(courses)
    if not 1 <= many <= MOST_SOURCES:
        allowed = f"at least 1 run, file or plan, and at most {MOST_SOURCES}"
        faults.append(Fault("rig spectrum", 0, "SOURCES, --plan", str(many), allowed))
    if not 0.5 < quality < math.inf:
        faults.append(
            Fault("rig spectrum", 0, "--quality", f"{quality:g}", "more than 0.5: less than critical damping")
        )
    if rate_hz is not None and not 0.0 < rate_hz < math.inf:
        faults.append(Fault("rig spectrum", 0, "--rate-hz", f"{rate_hz:g}", "a number above 0"))
    if rate_hz is not None and all(path.is_dir() for path in paths):
        faults.append(
            Fault("rig spectrum", 0, "--rate-hz", f"{rate_hz:g}", "nothing: runs know their own, as plans do")
        )
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
