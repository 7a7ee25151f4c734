"""A plan as a page: its figures, height, speed and loads over the distance, spectra, counts, the worst places."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from rig.plan import Plan
from rig.plan.panels import distance_panels, drive_panels, road_panels
from rig.plan.plan import places
from rig.plan.summary import COMPARED_DAMAGE, GroundFigures, Summary
from rig.record.files import write_asked_for
from rig.report.document import Plots, document, section
from rig.report.panels import plain
from rig.report.tables import COLOURS, table
from rig.report.words import duration, in_words, number, spoken

Planned = tuple[Plan, Summary]


def write_plan_page(path: Path, planned: Sequence[Planned]) -> None:
    """Write the page of a plan; further plans are set beside the first.

    Raises:
        InputError: the file can't be written.
    """
    write_asked_for(path, _page(planned), "--html")


def _page(planned: Sequence[Planned]) -> str:
    plots, plans = Plots(), [plan for plan, _ in planned]
    plan, found = planned[0]
    km, panels = distance_panels(plans)
    grounds = list(dict.fromkeys(part.label for part in plan.segments if part.end_m > part.start_m))
    legend = "".join(
        f'<span><i class="surface-{k % COLOURS}"></i>{escape(one)}</span>' for k, one in enumerate(grounds)
    )
    note = '<p class="note">The shading is the ground.</p>'
    body = "".join(
        (
            _head(found),
            *(f'<p class="notice">{escape(notice)}</p>' for notice in found.notices),
            *(section(_title(one), _facts(one)) for _, one in planned),
            section("Over the distance", f'{note}<div class="legend">{legend}</div>{plots.boxes(panels)}'),
            *(section(f"Ground: {_title(one)}", _grounds(one) + _loads(made, one)) for made, one in planned),
            section("Stages", _legs(found) if len(found.legs) > 1 else ""),
            section("Envelope of the rig", _usage(found)),
            section("The car is slowed here", _slowed(found) if found.slowed_zones else ""),
            section("The worst places", _worst(found)),
            section("The road's spectra", f'<div class="grid">{plots.boxes(road_panels(plan), "half")}</div>'),
            section("The drive", f'<div class="grid">{plots.boxes(drive_panels(plans), "half")}</div>'),
        )
    )
    data: dict[str, Any] = {
        "x": {"distance_km": plain(km, 9)},
        "panels": plots.panels,
        "stretches": [
            {"surface": part.label, "label": part.label, "distance_km": [part.start_m / 1000.0, part.end_m / 1000.0]}
            for part in _merged(plan)
        ],
        "surfaces": grounds,
        "marks": [],
    }
    return document(f"plan: {found.name}", body, data)


def _merged(plan: Plan) -> list[Any]:
    """The segments of a plan; of very many only those that a screen can show."""
    least_m = plan.distance_m / 3000.0
    return [part for part in plan.segments if part.end_m - part.start_m >= least_m]


def _title(found: Summary) -> str:
    return f"{found.name}, {found.vehicle}, {found.style}"


def _head(found: Summary) -> str:
    state = "OUTSIDE" if found.outside else "CLIPPED" if any(found.clipped.values()) else "INSIDE"
    css = {"OUTSIDE": "failed", "CLIPPED": "failed", "INSIDE": "survived"}[state]
    words = f"{state} the envelope" if state != "CLIPPED" else "CLIPPED to the envelope"
    line = (
        f"{found.km:,.6g} km in {duration(found.driving_s)}, mean {found.mean_kmh:.1f} km/h; {found.vehicle}, "
        f"{found.style}, rig {found.rig}"
    )
    badge = f'<span class="badge {css}">{words}</span>'
    return f"<header>{badge}<h1>{escape(found.name)}</h1><p>{escape(line)}</p></header>"


def _facts(found: Summary) -> str:
    cut = ", ".join(f"{count:,} samples of {spoken(axis)}" for axis, count in found.clipped.items() if count)
    facts = {
        "distance": f"{found.km:,.6g} km",
        "driving": duration(found.driving_s),
        f"on the rig, with {'rests and health blocks' if found.health else 'rests'}": duration(found.duration_s),
        **({"health blocks": escape(found.health.words)} if found.health else {}),
        "mean and top speed": f"{found.mean_kmh:.1f} and {found.top_kmh:.0f} km/h",
        "body acceleration": f"{found.whole.body_rms_mps2:.2f} m/s² RMS",
        "strut force, peak above static": f"{found.whole.strut_peak_n / 1000:.1f} kN",
        "one damper": f"{found.whole.damper_mean_w:,.0f} W mean, {found.whole.damper_hottest_degc:.0f} °C at most",
        "seed": str(found.seed),
        "samples": f"{found.samples:,}",
        "outside the envelope": places(found.outside),
        "slowed to stay in it": places(found.slowed),
        "clipped": cut or "nothing",
        "road": f'<code class="hash">{found.road_sha256}</code>',
        "drive": f'<code class="hash">{found.drive_sha256}</code>',
    }
    return "<dl>" + "".join(f"<div><dt>{key}</dt><dd>{value}</dd></div>" for key, value in facts.items()) + "</dl>"


def _grounds(found: Summary) -> str:
    heads = (
        "ground", "surface", "km", "share", "driving", "mean km/h", "top km/h", "body, m/s² RMS", "strut peak, kN",
        "damper mean, W", "hottest, °C",
    )  # fmt: skip
    return table(heads, (_ground(g) for g in found.grounds))


def _ground(g: GroundFigures) -> tuple[str, ...]:
    return (
        _name(g), escape(spoken(g.surface)), f"{g.km:,.2f}", f"{g.share:.1%}",
        duration(round(g.driving_s)), f"{g.mean_kmh:.1f}", f"{g.top_kmh:.0f}", f"{g.body_rms_mps2:.2f}",
        f"{g.strut_peak_n / 1000:.1f}", f"{g.damper_mean_w:,.0f}", f"{g.damper_hottest_degc:.0f}",
    )  # fmt: skip


def _loads(plan: Plan, found: Summary) -> str:
    """RMS and peak of each axis' set point; shares of the pseudo-damage of strut force and axes."""
    heads = ["set point"]
    for axis in plan.rig.axes:
        heads += [f"{in_words(axis.name)}, {axis.unit} RMS", "peak"]
    rows = ([_name(g), *(number(v) for a in plan.rig.axes for v in (g.axes[a.name].rms, g.axes[a.name].peak))]
            for g in found.grounds)  # fmt: skip
    damage = ["share of the expected pseudo-damage", "of the distance"]
    damage += [f"strut force, m = {m}" for m in found.whole.strut_damage]
    damage += [f"{spoken(axis.rsplit('_', 1)[0])}, m = {COMPARED_DAMAGE}" for axis in found.loads]
    return table(heads, rows) + table(damage, (_damage(g, found) for g in found.grounds))


def _damage(g: GroundFigures, found: Summary) -> list[str]:
    row = [_name(g), f"{g.share:.1%}"]
    row += [_share(g.strut_damage.get(m, 0.0), value) for m, value in found.whole.strut_damage.items()]
    for axis in found.loads:
        mine, whole = (one.axes[axis].damage.get(COMPARED_DAMAGE, 0.0) for one in (g, found.whole))
        row.append(_share(mine, whole))
    return row


def _name(g: GroundFigures) -> str:
    return f"<b>{escape(g.label)}</b>"


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole > 0.0 else "–"


def _legs(found: Summary) -> str:
    heads = (
        "stage",
        "day",
        "from km",
        "to km",
        "driving",
        "mean km/h",
        "rest before",
        "air, °C",
        "damper, °C",
        "outside",
    )
    rows = (
        (
            escape(leg.name), escape(leg.day), f"{leg.start_km:,.1f}", f"{leg.end_km:,.1f}", duration(leg.driving_s),
            f"{leg.mean_kmh:.1f}", duration(leg.rest_before_s) if leg.rest_before_s else "–", f"{leg.ambient_degc:.0f}",
            f"{leg.damper_hottest_degc:.0f}", str(leg.outside),
        )
        for leg in found.legs
    )  # fmt: skip
    return table(heads, rows)


def _usage(found: Summary) -> str:
    rows = (
        (
            escape(in_words(use.axis)), use.quantity, f"{use.share:.1%}", number(use.value, 4), number(use.allowed, 4),
            f"{use.distance_m / 1000:,.3f}",
        )
        for use in found.usage
    )  # fmt: skip
    return table(("axis", "quantity", "used", "at its most", "allowed there", "at km"), rows)


def _slowed(found: Summary) -> str:
    rows = (
        (f"{z.start_km:,.3f}", f"{z.end_km:,.3f}", f"{z.highest_kmh:.0f}", escape(z.why)) for z in found.slowed_zones
    )
    return table(("from km", "to km", "km/h at most", "for"), rows)


def _worst(found: Summary) -> str:
    rows = (
        (
            f"{place.km:,.3f}", escape(place.label), escape(place.obstacles) or "–", f"{place.kmh:.0f}",
            f"{place.strut_peak_n / 1000:.1f}", f"{place.pan_peak_m * 1000:.0f}",
        )
        for place in found.worst
    )  # fmt: skip
    return table(("km", "ground", "what lies there", "km/h", "strut, kN", "pan, mm"), rows)
