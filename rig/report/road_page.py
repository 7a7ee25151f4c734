"""A road as a page: its figures, heights and IRI over the distance, spectra among the classes, coherence, obstacles."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources
from pathlib import Path

from profiles.road_analysis.coherence import WAVELENGTHS_M
from profiles.road_analysis.figures import SIDES, Curves, GroundFigures, RoadFigures
from rig.record.files import write_asked_for
from rig.report.document import Plots, document, section
from rig.report.road_panels import coherence_of, distance_panels, spectrum_of
from rig.report.tables import table
from rig.report.words import number, spoken

MOST_PLOTTED = 24
"""Grounds whose spectra are plotted, the longest ones."""


def write_road_page(path: Path, found: RoadFigures, curves: Curves) -> None:
    """Write the page of a road.

    Raises:
        InputError: the file can't be written.
    """
    write_asked_for(path, _page(found, curves), "--html")


def rows_of(found: RoadFigures) -> list[GroundFigures]:
    """Each ground, and the whole after them where there is more than one."""
    return [*found.grounds, found.whole] if len(found.grounds) > 1 else list(found.grounds)


def _page(found: RoadFigures, curves: Curves) -> str:
    plots, rows = Plots(), rows_of(found)
    labels = [ground.label for ground in found.grounds]
    over = plots.boxes(distance_panels(found, curves))
    spectra, boxes = _spectra(found, curves)
    body = "".join(
        (
            _head(found),
            *(f'<p class="notice">{escape(notice)}</p>' for notice in found.notices),
            section("Roughness", _fits(rows) + _notes(rows)),
            section("Length, grade, IRI", _grades(rows)),
            section("Over the distance", _legend(labels) + over),
            section("Spectra and coherence of the tracks", boxes),
            section("Coherence by wavelength", _coherence(rows)),
            section("The largest obstacles", _obstacles(found) if found.obstacles else ""),
            section("All obstacles", _types(found) if found.obstacle_types else ""),
            section("Farthest from the mean over 60 ft", _places(found) if found.excursions else ""),
            section("Made from", _files(found)),
            f"<script>{_script()}</script>",
        )
    )
    least_m = found.length_m / 3000.0
    stretches = [
        {"surface": label, "label": label, "distance_km": [start_m / 1000.0, end_m / 1000.0]}
        for label, start_m, end_m in curves.stretches
        if end_m - start_m >= least_m
    ]
    data = {
        "x": {"distance_km": []}, "panels": plots.panels, "stretches": stretches, "surfaces": labels, "marks": [],
        "spectra": spectra,
    }  # fmt: skip
    return document(f"road: {found.name}", body, data)


def _script() -> str:
    return (resources.files("rig.report") / "static" / "road.js").read_text(encoding="utf-8")


def _head(found: RoadFigures) -> str:
    fits = [found.whole.tracks[side].fit for side in SIDES]
    classes = "/".join(dict.fromkeys(one.iso_class for one in fits if one is not None))
    badge = f"ISO 8608 class {classes}" if classes else "no ISO 8608 class: too short"
    line = f"{found.length_m / 1000:,.6g} km, track {found.track_m:g} m, seed {found.seed}"
    return f'<header><span class="badge">{badge}</span><h1>{escape(found.name)}</h1><p>{escape(line)}</p></header>'


def _legend(labels: Sequence[str]) -> str:
    items = "".join(f'<span><i class="surface-{k % 12}"></i>{escape(one)}</span>' for k, one in enumerate(labels))
    note = '<p class="note">The shading is the ground. Drag to zoom, double click to see all.</p>'
    return f'{note}<div class="legend">{items}</div>'


def _spectra(found: RoadFigures, curves: Curves) -> tuple[dict[str, object], str]:
    """The data of the spectra by the id of their box, and the boxes, each with its coherence beside it."""
    shown = sorted(found.grounds, key=lambda ground: -ground.length_m)[:MOST_PLOTTED]
    kept = [ground for ground in rows_of(found) if ground in shown or ground is found.whole]
    data: dict[str, object] = {}
    boxes = ""
    for ground in kept:
        if ground.label not in curves.lines:
            continue
        for title, note, one in (
            (ground.label, ground.fit_note, spectrum_of(ground, curves)),
            (f"{ground.label}: coherence of the tracks", "", coherence_of(ground.label, curves)),
        ):
            if one is not None:
                data[f"spectrum-{len(data)}"] = one
                boxes += _box(f"spectrum-{len(data) - 1}", title, note)
            else:
                boxes += "<div></div>"  # keeps the next ground in the first column
    more = len(found.grounds) - len(shown)
    told = f" The {MOST_PLOTTED} longest grounds; {more} more are in the table." if more else ""
    note = (
        '<p class="note">Displacement PSD of each track, up to 2.83 cycle/m: lines, third-octave bands (dots) and the '
        f"fitted power law (dashed). Shaded: the classes A to H of ISO 8608, waviness 2. "
        f"Coherence: 19 of 20 independent tracks stay below the grey line.{told}</p>"
    )
    return data, f'{note}<div class="grid">{boxes}</div>' if data else ""


def _box(name: str, title: str, note: str) -> str:
    told = f'<p class="note">{escape(note)}</p>' if note else ""
    return f'<figure class="plot half" id="{name}"><h3>{escape(title)}</h3>{told}</figure>'


def _fits(rows: Iterable[GroundFigures]) -> str:
    heads = (
        "ground", "track", "class", "G₀ at 0.1 cycle/m, 10⁻⁶ m³", "95 %", "waviness", "±", "fitted over, cycle/m",
        "windows", "bands off, dB",
    )  # fmt: skip
    return table(heads, (_fit_row(ground, side) for ground in rows for side in SIDES))


def _fit_row(ground: GroundFigures, side: str) -> Sequence[str]:
    fit, label = ground.tracks[side].fit, f"<b>{escape(ground.label)}</b>" if side == SIDES[0] else ""
    if fit is None:
        return (label, side, *("–",) * 8)
    return (
        label, side, f"<b>{fit.iso_class}</b>", number(fit.g0_m3 * 1e6),
        f"{number(fit.g0_low_m3 * 1e6)} to {number(fit.g0_high_m3 * 1e6)}", f"{fit.waviness:.2f}",
        f"{fit.waviness_error:.2f}", f"{fit.lowest_per_m:.2g} to {fit.highest_per_m:.3g}",
        f"{fit.windows:,} × {fit.window_m:.0f} m", f"{fit.off_db:.1f}",
    )  # fmt: skip


def _notes(rows: Iterable[GroundFigures]) -> str:
    return "".join(
        f'<p class="note"><b>{escape(ground.label)}</b>: {escape(ground.fit_note)}</p>'
        for ground in rows
        if ground.fit_note
    )


def _grades(rows: Iterable[GroundFigures]) -> str:
    heads = (
        "ground", "surface", "km", "share", "grade, %", "lowest", "highest", "climb, m", "descent, m",
        "IRI left, m/km", "right", "RMS (60 ft) left, mm", "right",
    )  # fmt: skip
    return table(heads, (_grade_row(ground) for ground in rows))


def _grade_row(ground: GroundFigures) -> Sequence[str]:
    tracks = [ground.tracks[side] for side in SIDES]
    return (
        f"<b>{escape(ground.label)}</b>", escape(spoken(ground.surface)), f"{ground.length_m / 1000:,.3f}",
        f"{ground.share:.1%}", f"{round(ground.grade_mean_pct, 2) + 0.0:.2f}",  # + 0.0: never -0.0
        f"{round(ground.grade_min_pct, 1) + 0.0:.1f}", f"{round(ground.grade_max_pct, 1) + 0.0:.1f}",
        f"{ground.climb_m:,.1f}", f"{ground.descent_m:,.1f}",
        *("–" if t.iri_m_per_km is None else f"{t.iri_m_per_km:.2f}" for t in tracks),
        *("–" if t.detrended_rms_m is None else f"{t.detrended_rms_m * 1000:.1f}" for t in tracks),
    )  # fmt: skip


def _coherence(rows: Iterable[GroundFigures]) -> str:
    def row(ground: GroundFigures) -> Sequence[str]:
        by_length = {round(one.wavelength_m, 6): one for one in ground.coherence}
        cells = [by_length.get(wavelength) for wavelength in WAVELENGTHS_M]
        words = (
            "–" if one is None else f"{one.gamma_squared:.2f} (of {number(one.averages)}; {one.least:.2f})"
            for one in cells
        )  # fmt: skip
        return (f"<b>{escape(ground.label)}</b>", *words)

    note = (
        '<p class="note">In brackets: how many independent values it is from, and what independent tracks stay '
        "below 19 times of 20.</p>"
    )
    return note + table(("ground", *(f"{wavelength:g} m" for wavelength in WAVELENGTHS_M)), map(row, rows))


def _obstacles(found: RoadFigures) -> str:
    rows = (
        (
            f"<b>{escape(spoken(one.type))}</b>", escape(one.label), one.side, f"{one.km:,.3f}", number(one.height_m),
            number(one.length_m),
        )
        for one in found.obstacles
    )  # fmt: skip
    return table(("obstacle", "ground", "wheels", "km", "height, m", "length, m"), rows)


def _types(found: RoadFigures) -> str:
    rows = (
        (f"<b>{escape(spoken(one.type))}</b>", f"{one.count:,}", number(one.per_km), number(one.largest_m))
        for one in found.obstacle_types
    )
    return table(("obstacle", "number", "in a km of the whole road", "largest, m"), rows)


def _places(found: RoadFigures) -> str:
    rows = (
        (f"<b>{escape(one.label)}</b>", one.side, f"{one.km:,.4f}", f"{one.height_m * 1000:.0f}")
        for one in found.excursions
    )
    return table(("ground", "track", "km (of laps, in the first)", "mm"), rows)


def _files(found: RoadFigures) -> str:
    return "".join(f"<p><code>{escape(Path(name).name)}</code></p>" for name in found.files)
