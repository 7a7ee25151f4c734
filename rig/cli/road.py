"""``rig road``."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from profiles.road.segments import USUAL_TRACK_M
from profiles.road_analysis.coherence import WAVELENGTHS_M
from profiles.road_analysis.figures import SIDES, GroundFigures, RoadFigures
from profiles.road_analysis.fit import Fit
from profiles.road_analysis.source import USUAL_SURFACE_KM, load_road
from profiles.road_analysis.survey import survey_course
from rig.cli.console import result_console
from rig.cli.planning import with_bar
from rig.plan import HIGHEST_SEED
from rig.report.road_page import write_road_page
from rig.report.words import number

NARROWEST_M, WIDEST_M = 0.5, 4.0
_DASH = "–"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("road")(road)


def road(
    what: Annotated[
        str,
        typer.Argument(
            metavar="ROAD",
            help="A terrain, stage, surface, campaign or roadbook, or a measured road (.crg, .csv): "
            "a file, or a library name.",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON, in SI units.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write a page with plots, to open offline.")] = None,
    km: Annotated[
        float | None,
        typer.Option(
            min=0.02, max=100.0, help=f"How much of a surface to look at; {USUAL_SURFACE_KM:g} km by default."
        ),
    ] = None,
    track_m: Annotated[
        float, typer.Option(min=NARROWEST_M, max=WIDEST_M, help="Between the wheels, in metres.")
    ] = USUAL_TRACK_M,
    seed: Annotated[int | None, typer.Option(min=0, max=HIGHEST_SEED, help="Seed; the road's own by default.")] = None,
) -> None:
    """Say what road this is: roughness class, IRI, coherence of the tracks, obstacles.

    For each kind of ground and for the whole: length and grade; the class of
    ISO 8608 with G0 and waviness, fitted to the spectrum of each track; the
    IRI of the golden car; the RMS about the mean over 60 ft; the coherence of
    the tracks; then the largest obstacles. Nothing moves.
    """
    course = load_road(what, seed, km)
    found, curves = with_bar(f"looking at {course.name}", lambda told: survey_course(course, track_m, told))
    if html is not None:
        write_road_page(html, found, curves)
    if as_json:
        sys.stdout.write(json.dumps(as_document(found), indent=1) + "\n")
        return
    console = result_console()
    print_road(console, found)
    if html is not None:
        console.print(f"page   {html}", soft_wrap=True)


def as_document(found: RoadFigures) -> dict[str, Any]:
    """The figures for JSON: units are in the names; null where there is no value."""
    document: dict[str, Any] = msgspec.to_builtins(found, str_keys=True)
    return document


def print_road(console: Console, found: RoadFigures) -> None:
    """Everything that the figures say."""
    console.print(
        f"{found.name}: {found.length_m / 1000:.6g} km, track {found.track_m:g} m, seed {found.seed}, "
        f"stations of {found.step_m:g} m",
        soft_wrap=True,
    )
    for notice in found.notices:
        console.print(f"note: {notice}", soft_wrap=True, style="yellow")
    rows = [*found.grounds, found.whole] if len(found.grounds) > 1 else list(found.grounds)
    _grades(console, rows)
    _fits(console, rows)
    for ground in rows:
        if ground.fit_note:
            console.print(f"{ground.label}: {ground.fit_note}", soft_wrap=True, style="yellow", markup=False)
    _shaking(console, rows)
    _coherence(console, rows)
    for rows_of, tell in ((found.obstacles, _obstacles), (found.obstacle_types, _types), (found.excursions, _places)):
        if rows_of:
            tell(console, found)


def _tell(console: Console, title: str, heads: Sequence[str], left: int, rows: Iterator[Sequence[str]]) -> None:
    """A table under its title; its first columns are words and the rest numbers."""
    console.print(title, style="bold", soft_wrap=True, markup=False)
    table = Table()
    for index, head in enumerate(heads):
        table.add_column(head, justify="left" if index < left else "right", overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    console.print(table)


def _grades(console: Console, grounds: Sequence[GroundFigures]) -> None:
    heads = ("ground", "surface", "km", "share", "grade %", "lowest", "highest", "climb m", "descent m")
    rows = (
        (
            g.label, g.surface.replace("_", " "), f"{g.length_m / 1000:.3f}", f"{g.share:.0%}",
            _rounded(g.grade_mean_pct, 2), _rounded(g.grade_min_pct, 1), _rounded(g.grade_max_pct, 1),
            f"{g.climb_m:.1f}", f"{g.descent_m:.1f}",
        )
        for g in grounds
    )  # fmt: skip
    _tell(console, "Length and grade (obstacles that tilt the whole car are in it)", heads, 2, rows)


def _rounded(value: float, digits: int) -> str:
    return f"{round(value, digits) + 0.0:.{digits}f}"  # never -0.0


def _fits(console: Console, grounds: Sequence[GroundFigures]) -> None:
    heads = ("ground", "track", "class", "G0, 1e-6 m³", "×÷", "waviness", "±", "cycle/m", "windows", "off dB")
    rows = ((g.label if side == SIDES[0] else "", side, *_fit(g.tracks[side].fit)) for g in grounds for side in SIDES)
    title = (
        "Roughness after ISO 8608: G0 at 0.1 cycle/m, fitted to third-octave bands (×÷ and ±: 95 %; off: bands, RMS)"
    )
    _tell(console, title, heads, 2, rows)


def _fit(fit: Fit | None) -> tuple[str, ...]:
    if fit is None:
        return (_DASH,) * 8
    return (
        fit.iso_class, number(fit.g0_m3 * 1e6), f"{fit.g0_high_m3 / fit.g0_m3:.2f}",
        f"{fit.waviness:.2f}", f"{fit.waviness_error:.2f}", f"{fit.lowest_per_m:.2g} to {fit.highest_per_m:.3g}",
        f"{fit.windows} x {fit.window_m:.0f} m", f"{fit.off_db:.1f}",
    )  # fmt: skip


def _shaking(console: Console, grounds: Sequence[GroundFigures]) -> None:
    heads = ("ground", "IRI m/km, left", "right", "RMS mm, left", "right")

    def row(g: GroundFigures) -> Sequence[str]:
        tracks = [g.tracks[side] for side in SIDES]
        return (
            g.label, *(_or_dash(t.iri_m_per_km, "{:.2f}") for t in tracks),
            *(_or_dash(t.detrended_rms_m, "{:.1f}", 1000.0) for t in tracks),
        )  # fmt: skip

    _tell(console, "IRI (golden car, 80 km/h), RMS about the mean over 60 ft (18.29 m)", heads, 1, map(row, grounds))


def _or_dash(value: float | None, form: str, factor: float = 1.0) -> str:
    return _DASH if value is None else form.format(value * factor)


def _coherence(console: Console, grounds: Sequence[GroundFigures]) -> None:
    def row(g: GroundFigures) -> Sequence[str]:
        found = {round(one.wavelength_m, 6): one for one in g.coherence}
        cells = [found.get(wavelength) for wavelength in WAVELENGTHS_M]
        words = (_DASH if c is None else _coherent(c.gamma_squared, c.least) for c in cells)
        return (g.label, *words)

    heads = ("ground", *(f"{wavelength:g} m" for wavelength in WAVELENGTHS_M))
    title = "Coherence of the tracks by wavelength (<: no more than independent tracks show; –: too short a road)"
    _tell(console, title, heads, 1, map(row, grounds))


def _coherent(value: float, least: float) -> str:
    return f"{value:.2f}" if value > least else f"< {max(least, 0.005):.2f}"


def _obstacles(console: Console, found: RoadFigures) -> None:
    rows = (
        (one.type.replace("_", " "), one.label, one.side, f"{one.km:.3f}", f"{one.height_m:.3g}", f"{one.length_m:.3g}")
        for one in found.obstacles
    )
    _tell(console, "The largest obstacles", ("obstacle", "ground", "wheels", "km", "height m", "length m"), 3, rows)


def _types(console: Console, found: RoadFigures) -> None:
    rows = (
        (one.type.replace("_", " "), f"{one.count:,}", f"{one.per_km:.3g}", f"{one.largest_m:.3g}")
        for one in found.obstacle_types
    )
    _tell(console, "All obstacles", ("obstacle", "number", "per km of road", "largest, m"), 1, rows)


def _places(console: Console, found: RoadFigures) -> None:
    rows = ((one.label, one.side, f"{one.km:.4f}", f"{one.height_m * 1000:.0f}") for one in found.excursions)
    title = "Measured road: farthest from the mean over 60 ft (of laps, in the first)"
    _tell(console, title, ("ground", "track", "km", "mm"), 2, rows)
