"""How sure the kilometres are and what they show, in sentences: what is statistical apart from what is assumed."""

from collections.abc import Iterator

from rig.equivalence.answer import Answer
from rig.equivalence.confidence import PREDICTION, Interval, Sureness
from rig.equivalence.shown import WANTED_RELIABILITY, Shown
from rig.report.words import number, spoken

DIGITS = 2
"""Of a figure that is off by tens of per cent at best."""


def about(value: float | None) -> str:
    """Equivalent km to as many digits as are worth reading; a dash where they are not known."""
    return "–" if value is None else f"{_rounded(value)} km"


def between(pair: Interval | None, unit: str = " km") -> str:
    """An interval to as many digits; a dash where there is none."""
    return "–" if pair is None else f"{_rounded(pair[0])} to {_rounded(pair[1])}{unit}"


def _rounded(value: float) -> str:
    return number(float(f"{value:.{DIGITS}g}"))


def range_words(one: Sureness) -> str:
    """The range of equivalent km, or why there is none."""
    return f"how sure can't be told: {one.untold}" if one.range_km is None else between(one.range_km)


def chances(value: float | None, bounds: Interval | None) -> str:
    """A reliability in per cent, and in brackets those at the ends of the equivalent km; a dash where there is none."""
    if value is None:
        return "–"
    return f"{_share(value)} %" + ("" if bounds is None else f" ({_share(bounds[0])} to {_share(bounds[1])})")


def _share(value: float) -> str:
    """In whole per cents, never rounded to 0 or to 100."""
    return "<1" if value < 0.01 else ">99" if value > 0.99 else f"{100.0 * value:.0f}"


def exponents(one: Sureness) -> str:
    """What the exponent's range does to the equivalent km."""
    if one.exponent_range is None:
        return "no range is known"
    return f"k {one.exponent_range[0]:g} to {one.exponent_range[1]:g}: {between(one.exponent_km)}"


def needed(one: Shown) -> str:
    """How many such specimens would have to come as far."""
    if one.needed is None:
        return "–" if one.nothing_as else "over a million"
    return number(one.needed)


def demonstrations(found: Answer) -> Iterator[str]:
    """What each component's specimens show, by the law of which they bore least."""
    for component in dict.fromkeys(one.component for one in found.shown):
        mine = [one for one in found.shown if one.component == component]
        yield _demonstration(min(mine, key=lambda one: min(one.lives, default=0.0)), found)


def _demonstration(one: Shown, found: Answer) -> str:
    who = f"{spoken(one.component)} {', '.join(one.serials)}, {spoken(one.law)}"
    if one.nothing_as:
        return f"{who}: nothing is shown: {one.nothing_as}"
    lives = ", ".join(number(each, DIGITS) for each in one.lives)
    lives += " life" if lives == "1" else " lives"
    sound, why = (
        ("if inspected and found sound, ", f"; nothing shows how it is: {one.unseen}") if one.unseen else ("", "")
    )
    at = f"{100.0 * found.confidence:g} %"
    at_50 = chances(one.reliability_50, one.reliability_50_range)
    at_more = chances(one.reliability, one.reliability_range)
    wanted = f"R {100.0 * WANTED_RELIABILITY:g} % at {at} takes {needed(one)} of as many km, none failing"
    return (
        f"{who}: {sound}not failed by {lives} of {number(found.target_km)} km; that shows R of at least {at_50}"
        f" at 50 % confidence, {at_more} at {at}, β {one.shape:g} assumed, and no more; {wanted}{why}"
    )


def meanings(found: Answer) -> dict[str, str]:
    """What each uncertainty is, by the name of its column."""
    at = f"{100.0 * found.confidence:g} %"
    low, high = PREDICTION
    return {
        "roads of the target": f"statistical, {at}: {found.target} is one drive of many with other seeds; against their"
        " mean, by the scatter of the target's damage from stretch to stretch",
        "exponent": "assumed: from one end to the other of the range that the component's file gives",
        "prediction": f"assumed: the target's damage is predicted at {low:g} to {high:g} times what would be measured,"
        " as on the simulated corner (docs/equivalence.md); of another rig nothing is known",
        "range": "roads of the target, exponent and prediction, each at its worst at once; a missing one is left out",
        "such runs": f"statistical, {at}: what runs over as much such road are worth on average; no doubt about this"
        " run, whose damage was measured",
        "R": "reliability over the whole target, at least; Weibull's β as in the component's file; in brackets at the"
        " ends of the range. One survivor of one life shows 50 % at 50 % confidence and no more; only what is watched"
        " is seen to fail",
    }
