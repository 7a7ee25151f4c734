"""A plan's figures as tables on the screen."""

from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.table import Table

from rig.plan import Plan
from rig.plan.plan import places
from rig.plan.summary import COMPARED_DAMAGE, GroundFigures, LegFigures, Summary
from rig.record.manifest import HealthInfo

MOST_SLOWED = 20
_HYDRAULIC = {"m": ("mm", 1000.0)}


def print_summary(console: Console, plan: Plan, found: Summary, *, segments: bool) -> None:
    """Everything that a plan says."""
    console.print(_head(found), soft_wrap=True)
    for notice in found.notices:
        console.print(f"note: {notice}", soft_wrap=True, style="yellow")
    if len(found.legs) > 1:
        console.print(_legs(found.legs))
    if found.health is not None:
        console.print(_health(found.health), soft_wrap=True)
    console.print(_grounds(found))
    console.print(_axes(found, plan))
    console.print(_damage(found, plan))
    if segments:
        console.print(_segments(plan))
    console.print(_usage(found, plan))
    if found.slowed_zones:
        console.print(_slowed(found))
    console.print(_worst(found))
    console.print(f"road   sha256 {found.road_sha256}", soft_wrap=True)
    console.print(f"drive  sha256 {found.drive_sha256}", soft_wrap=True)
    console.print(f"rig    {found.rig}: {_verdict(found)}", soft_wrap=True)


def hours(seconds: float) -> str:
    """``75.6 h``, ``12.3 min`` or ``45 s``."""
    if seconds >= 3600.0:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.1f} min" if seconds >= 60.0 else f"{seconds:.0f} s"


def _head(found: Summary) -> str:
    besides = "rests and health blocks" if found.health else "rests"
    rests = "" if found.duration_s - found.driving_s < 1.0 else f" ({hours(found.duration_s)} with {besides})"
    return (
        f"{found.name}: {found.km:g} km, {hours(found.driving_s)}{rests}, mean {found.mean_kmh:.1f} km/h, "
        f"top {found.top_kmh:.0f} km/h; {found.vehicle}, {found.style}, seed {found.seed}"
    )


def _health(health: HealthInfo) -> str:
    places = ", ".join(f"{at_km:.3f}" for at_km in health.at_km[:MOST_SLOWED])
    more = f" and {len(health.at_km) - MOST_SLOWED} more" if len(health.at_km) > MOST_SLOWED else ""
    often = f"{hours(health.block_s)} each, about every {health.every_min:g} min of driving"
    return f"health: {health.words}; {often}, at km {places}{more}"


def _verdict(found: Summary) -> str:
    state = "inside the envelope" if not found.outside else f"OUTSIDE the envelope in {places(found.outside)}"
    return "; ".join((state, *found.fitted))


def _table(title: str, heads: Sequence[str], left: int, rows: Iterator[Sequence[str]]) -> Table:
    """A table whose first columns are words and the rest numbers."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for index, head in enumerate(heads):
        table.add_column(head, justify="left" if index < left else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _legs(legs: Sequence[LegFigures]) -> Table:
    heads = ("stage", "day", "from km", "to km", "driving", "km/h", "rest before", "air °C", "damper °C", "outside")
    rows = (
        (
            leg.name, leg.day, f"{leg.start_km:.1f}", f"{leg.end_km:.1f}", hours(leg.driving_s), f"{leg.mean_kmh:.1f}",
            hours(leg.rest_before_s) if leg.rest_before_s else "", f"{leg.ambient_degc:.0f}",
            f"{leg.damper_hottest_degc:.0f}", str(leg.outside) if leg.outside else "",
        )
        for leg in legs
    )  # fmt: skip
    return _table("Stages", heads, 2, rows)


def _grounds(found: Summary) -> Table:
    heads = (
        "ground", "surface", "km", "share", "driving", "mean km/h", "top", "body m/s²", "strut kN", "damper W", "°C"
    )  # fmt: skip
    rows = (
        (
            g.label, g.surface, f"{g.km:.2f}", f"{g.share:.0%}", hours(g.driving_s), f"{g.mean_kmh:.1f}",
            f"{g.top_kmh:.0f}", f"{g.body_rms_mps2:.2f}", f"{g.strut_peak_n / 1000:.1f}", f"{g.damper_mean_w:.0f}",
            f"{g.damper_hottest_degc:.0f}",
        )
        for g in found.grounds
    )  # fmt: skip
    return _table("Ground (body: RMS; strut: peak above static; damper: mean and hottest)", heads, 2, rows)


def shown(plan: Plan, axis: str) -> tuple[str, str, float]:
    """An axis as people read it: its name without the unit, the unit, the factor to it."""
    unit = next(one.unit for one in plan.rig.axes if one.name == axis)
    named, factor = _HYDRAULIC.get(unit, (unit, 1.0))
    return axis.rsplit("_", 1)[0].replace("_", " "), named, factor


def _axes(found: Summary, plan: Plan) -> Table:
    """RMS and peak of each axis' set point on each ground."""
    heads = ["ground"]
    for axis in plan.rig.axes:
        name, unit, _ = shown(plan, axis.name)
        heads += [f"{name}\nRMS, {unit}", "\npeak"]
    rows = (
        [
            g.label,
            *(
                f"{value * shown(plan, axis.name)[2]:.4g}"
                for axis in plan.rig.axes
                for value in (g.axes[axis.name].rms, g.axes[axis.name].peak)
            ),
        ]
        for g in found.grounds
    )
    return _table("Set points", heads, 1, rows)


def _damage(found: Summary, plan: Plan) -> Table:
    """Shares of the pseudo-damage of the strut force and of each axis."""
    exponents = list(found.whole.strut_damage)
    heads = ["ground", "distance", *(f"strut\nm = {m}" for m in exponents)]
    heads += [f"{shown(plan, axis)[0]}\nm = {COMPARED_DAMAGE}" for axis in found.loads]
    rows = (_damage_row(g, found, exponents) for g in found.grounds)
    return _table("Shares of the expected pseudo-damage, the sum of ranges^m", heads, 1, rows)


def _damage_row(ground: GroundFigures, found: Summary, exponents: list[int]) -> list[str]:
    whole, row = found.whole, [ground.label, f"{ground.share:.0%}"]
    row += [_share(ground.strut_damage[m], whole.strut_damage[m]) for m in exponents]
    for axis in found.loads:
        mine, all_of_it = (g.axes[axis].damage.get(COMPARED_DAMAGE, 0.0) for g in (ground, whole))
        row.append(_share(mine, all_of_it))
    return row


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if whole > 0.0 else ""


def _segments(plan: Plan) -> Table:
    axes = [axis.name for axis in plan.rig.axes]
    heads = ("segment", "surface", "from km", "to km", "time s", "top km/h", *(f"peak {axis}" for axis in axes))
    rows = (
        (
            part.label, part.surface, f"{part.start_m / 1000:.3f}", f"{part.end_m / 1000:.3f}",
            f"{part.duration_s:.1f}", f"{part.top_mps * 3.6:.1f}",
            *(f"{part.peak.get(axis, 0.0):.4g}" for axis in axes),
        )
        for part in plan.segments
    )  # fmt: skip
    return _table("Segments", heads, 2, rows)


def _usage(found: Summary, plan: Plan) -> Table:
    heads = ("axis", "quantity", "used", "at its most", "allowed there", "at km")
    rows = (
        (
            shown(plan, use.axis)[0], use.quantity, f"[{_colour(use.share)}]{use.share:.0%}[/]", f"{use.value:.4g}",
            f"{use.allowed:.4g}", f"{use.distance_m / 1000:.3f}",
        )
        for use in found.usage
    )  # fmt: skip
    return _table("Envelope of the rig (SI units; the rate that a valve allows falls under load)", heads, 2, rows)


def _colour(share: float) -> str:
    return "red" if not share <= 1.0 else "yellow" if share > 0.9 else "green"


def _slowed(found: Summary) -> Table:
    shown_zones = found.slowed_zones[:MOST_SLOWED]
    more = len(found.slowed_zones) - len(shown_zones)
    title = "The car is slowed here" + (f" (and in {places(more)} more: --json lists all)" if more else "")
    rows = ((z.why, f"{z.start_km:.3f}", f"{z.end_km:.3f}", f"{z.highest_kmh:.0f}") for z in shown_zones)
    return _table(title, ("for", "from km", "to km", "km/h"), 1, rows)


def _worst(found: Summary) -> Table:
    heads = ("ground", "what lies there", "km", "km/h", "strut kN", "pan mm")
    rows = (
        (
            place.label, place.obstacles, f"{place.km:.3f}", f"{place.kmh:.0f}",
            f"{place.strut_peak_n / 1000:.1f}", f"{place.pan_peak_m * 1000:.0f}",
        )
        for place in found.worst
    )  # fmt: skip
    return _table("The worst places, by strut force", heads, 2, rows)


_COMPARED: tuple[tuple[str, str, Callable[[Summary], float]], ...] = (
    ("distance", "km", lambda s: s.km),
    ("driving", "h", lambda s: s.driving_s / 3600.0),
    ("mean speed", "km/h", lambda s: s.mean_kmh),
    ("top speed", "km/h", lambda s: s.top_kmh),
    ("body", "m/s² RMS", lambda s: s.whole.body_rms_mps2),
    ("strut, peak", "kN", lambda s: s.whole.strut_peak_n / 1000.0),
    ("damper, mean", "W", lambda s: s.whole.damper_mean_w),
    ("damper, hottest", "°C", lambda s: s.whole.damper_hottest_degc),
    ("outside the envelope", "places", lambda s: float(s.outside)),
)


def print_comparison(console: Console, found: Sequence[Summary]) -> None:
    """Plans side by side, the first as the measure of the others."""
    heads = ["", "", *(f"{one.name}\n{one.vehicle}, {one.style}" for one in found)]
    console.print(_table("Side by side (in brackets: against the first)", heads, 2, _compared_rows(found)))
    labels = list(dict.fromkeys(g.label for one in found for g in one.grounds))
    rows = ([label, *(_speed_words(one, label) for one in found)] for label in labels)
    console.print(_table("Mean speed, km/h", ["ground", *heads[2:]], 1, rows))


def _speed_words(found: Summary, label: str) -> str:
    return next((f"{g.mean_kmh:.1f}" for g in found.grounds if g.label == label), "")


def _compared_rows(found: Sequence[Summary]) -> Iterator[list[str]]:
    for name, unit, figure in _COMPARED:
        values = [figure(one) for one in found]
        yield [name, unit, *(_against(value, values[0]) for value in values)]
    for exponent in found[0].whole.strut_damage:
        per_km = [one.whole.strut_damage[exponent] / one.km for one in found]
        yield [f"strut damage a km, m={exponent}", "ratio", *(f"{value / per_km[0]:.3g}" for value in per_km)]
    for axis in found[0].loads:
        per_km = [one.whole.axes[axis].damage[COMPARED_DAMAGE] / one.km for one in found if axis in one.whole.axes]
        name = axis.rsplit("_", 1)[0].replace("_", " ")
        yield [f"{name} damage a km, m={COMPARED_DAMAGE}", "ratio", *(f"{value / per_km[0]:.3g}" for value in per_km)]


def _against(value: float, first: float) -> str:
    change = f" ({value / first - 1:+.0%})" if first and value != first else ""
    return f"{value:.4g}{change}"
