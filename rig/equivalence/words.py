"""What runs prove of a target, in sentences, and no more."""

from collections.abc import Iterator

from rig.equivalence.answer import BY_SURFACE, DISTANCE, TURNS, Answer, LawEquivalent
from rig.equivalence.confidence import Sureness, least_range
from rig.equivalence.predicted import SET_POINT, STRUT_MODEL
from rig.equivalence.sure_words import about, between, range_words
from rig.report.words import number, spoken

_ASSUMED = {
    SET_POINT: "the axis of the target's drive does exactly what it is told",
    STRUT_MODEL: "the pan of the target's drive does what it is told, the top mount is rigid, and spring, stops and"
    " damper are those of the car's file, at the temperature that the car's damper would have",
    BY_SURFACE: "a kilometre of a surface does in the target what it did in the run",
}


def km(value: float | None) -> str:
    """A distance in km to three digits; a dash where it is not known."""
    return "–" if value is None else f"{number(value)} km"


def headline(found: Answer) -> str:
    """The least of all laws, and which it is."""
    least, of = found.headline, f"{km(found.target_km)} of {found.target}"
    if least is None:
        return f"nothing can be told of {of}"
    told = [one for law, one in zip(found.laws, found.sure, strict=True) if law.equivalent_km is not None]
    reach = least_range(told)
    sure = "of unknown range" if reach is None else between(reach)
    what = f"at most about {about(least.equivalent_km)} ({sure}) of {found.target} ({km(found.target_km)})"
    weakest = f"{spoken(least.law)} of {spoken(least.component)} {least.serial} is the weakest evidence"
    untold = sum(law.equivalent_km is None for law in found.laws)
    rest = f"; of {untold} more laws nothing can be told" if untold else ""
    return f"{km(found.run_km)} on the rig are worth {what} for all parts: {weakest}{rest}"


def proofs(found: Answer) -> Iterator[str]:
    """One sentence for each law: what was shown, or why it can't be told."""
    for law, sure in zip(found.laws, found.sure, strict=True):
        yield f"{spoken(law.component)} {law.serial}, {spoken(law.law)}: {_proof(law, sure, found.target)}"


def _proof(law: LawEquivalent, sure: Sureness, target: str) -> str:
    if law.equivalent_km is None:
        return _untold(law, target)
    words = f"at most about {about(law.equivalent_km)} of {target} ({range_words(sure)})"
    if law.scales_with == DISTANCE:
        words += "; it wears with distance and temperature only: leaving out mild road would not speed it up"
    if law.scales_with == TURNS:
        words += "; it wears with load and turns; heat, grease and dust are not in it: mild road may not be left out"
    if law.outcome == "FAILED":
        words += "; the part FAILED: this is what it bore, and no survival"
    return words


def _untold(law: LawEquivalent, target: str) -> str:
    if law.target_damage == 0.0:
        return f"can't be told: {target} does no damage by it"
    channels, missing = " and ".join(law.channels), ", ".join(map(spoken, law.unplayed))
    return f"can't be told: the plan does not hold {channels}, and the runs did not play {missing}"


def second_estimate(law: LawEquivalent) -> str:
    """The estimate by surfaces, or what it lacks."""
    if law.unplayed:
        return f"not played: {', '.join(map(spoken, law.unplayed))}"
    return about(law.by_surface_km)


def assumptions(found: Answer) -> dict[str, str]:
    """What each way of predicting the target takes for granted, for the ways that were used."""
    used = {way for law in found.laws for way in law.basis.split(" and ")}
    used |= {one.basis for one in found.channels}
    return {way: words for way, words in _ASSUMED.items() if way in used}


def notes(found: Answer) -> Iterator[str]:
    """What else a reader must know."""
    for name, count in found.excluded.items():
        yield f"{count:,} samples of {name} were no measurement and add no damage"
    if found.health_km:
        yield (
            f"the runs' damage is that of {found.run_km:.6g} km of their stages and of {found.health_km:.6g} km of"
            " health blocks beside them; the target has none"
        )
    yield "the target's damage is predicted, not measured: see docs/equivalence.md for how far that errs"
