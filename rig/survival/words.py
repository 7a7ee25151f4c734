"""Figures of life data in sentences: what they prove, and no more."""

import math

from rig.report.words import number
from rig.survival.answer import Answer, OfMode, Section, Settings
from rig.survival.few import SuccessRun, Weibayes
from rig.survival.fit import Estimate, Fit
from rig.survival.shape import Difference, Shape

_RATE = {
    Shape.INFANT: "infant: the failure rate falls with distance (the interval is below 1)",
    Shape.WEAR_OUT: "wear-out: the failure rate grows with distance (the interval is above 1, the failures come late)",
    Shape.UNTOLD: "infant or wear-out can't be told (1 lies in the interval, or the failures are too few)",
}


def percent(share: float, digits: int = 4) -> str:
    """A share as people say it, never rounded up to a whole."""
    text = f"{100.0 * share:.{digits}g}"
    return f"{text} %" if text != "100" or share == 1.0 else "> 99.99 %"


_VAST = 1e7
"""A distance, km, beyond which digits would only look exact."""


def figure(value: float) -> str:
    """A number to four digits, a vast one as a power; in words where there is none."""
    if value <= 0.0 or value == math.inf:
        return "unbounded"
    return number(value, 4) if value < _VAST else f"10^{math.log10(value):.0f}"


def km(value: float | None) -> str:
    """A distance in km to four digits; a dash where it is not known."""
    return "–" if value is None else f"{figure(value)} km"


def bounds(pair: tuple[float, float]) -> str:
    """Two bounds, to four digits."""
    return f"{figure(pair[0])} to {figure(pair[1])}"


def estimate(one: Estimate) -> str:
    """A value with the bounds of its profile likelihood."""
    return f"{figure(one.value)} ({bounds(one.profile)})"


def sentences(section: Section, settings: Settings) -> list[str]:
    """What the figures of a section say."""
    said = []
    if section.weibull and section.failure_rate:
        said.append(("All modes together: " if section.modes else "") + _rate(section.weibull, section.failure_rate))
    if section.no_fit:
        said.append(f"No distribution can be fitted: {section.no_fit}.")
    said += [_mode(one) for one in section.modes]
    if section.weibull and section.lognormal:
        said.append(_which(section.weibull, section.lognormal))
    if section.weibayes:
        said.append(_weibayes(section.weibayes))
    elif not section.failures:
        said.append(
            "Nothing failed: with a shape from elsewhere (--shape) there is a lower bound of the life (Weibayes)."
        )
    if section.success_run:
        said.append(_success(section.success_run))
    elif settings.at_km:
        said.append(f"Nobody reached {km(settings.at_km)} or failed before: nothing is shown there.")
    return said


def _rate(found: Fit, rate: Shape) -> str:
    return f"β {estimate(found.shape)}: {_RATE[rate]}."


def _mode(one: OfMode) -> str:
    how = f"{one.failures} failed" if one.failures > 1 else "1 failed"
    if one.weibull is None or one.failure_rate is None:
        return f"Mode {one.mode} ({how}): {one.no_fit}."
    return f"Mode {one.mode} ({how}, the others suspended): {_rate(one.weibull, one.failure_rate)}"


def _which(weibull: Fit, lognormal: Fit) -> str:
    gain = weibull.log_likelihood - lognormal.log_likelihood
    better = "Weibull" if gain > 0.0 else "log-normal"
    b1 = f"B1 is {km(weibull.b_lives_km['B1'].value)} by the one, {km(lognormal.b_lives_km['B1'].value)} by the other"
    return f"Of Weibull and log-normal the {better} is likelier, by {number(abs(gain), 3)} in ln L; {b1}."


def _weibayes(found: Weibayes) -> str:
    at = f"at {percent(found.confidence)} confidence, one-sided"
    b10 = km(found.b_lives_lower_km["B10"])
    most_likely = f", most likely {km(found.scale_km)}" if found.scale_km else ""
    return (
        f"Weibayes, β {found.shape:g} assumed, {found.failures} failed: η at least {km(found.scale_lower_km)}"
        f"{most_likely}; B10 at least {b10}; {at}."
    )


def _success(run: SuccessRun) -> str:
    one = run.tried == 1
    who = "1 specimen" if one else f"{run.tried} specimens"
    outcome = f"{run.failures} of them failed" if run.failures else f"{'it' if one else 'none'} did not fail by then"
    outcome = outcome if run.failures or one else "none of them failed"
    left = f" ({run.suspended_before} suspended before, left out)" if run.suspended_before else ""
    at = km(run.distance_km)
    return (
        f"Counted at {at}: {who} came so far or failed on the way{left}, {outcome}. That shows R({at}) of at least "
        f"{percent(run.reliability_50)} at 50 % confidence, {percent(run.reliability)} at {percent(run.confidence)}, "
        "one-sided, and no more."
    )


def differing(component: str, found: Difference, confidence: float) -> str:
    """Whether the groups of a component are told apart."""
    shown = found.p_value <= 1.0 - confidence
    which = "the groups differ" if shown else "no difference is shown, which is not to say that there is none"
    chance = f"chance alone gives as much in {percent(found.p_value, 2)} of cases"
    figures = f"likelihood ratio {number(found.statistic, 3)}, {found.permutations} permutations"
    return f"{component or 'Groups'}: {which} ({figures}; {chance})."


def headline(found: Answer) -> str:
    """The counts of all of it."""
    failed, count = sum(one.failures for one in found.sections), sum(len(one.specimens) for one in found.sections)
    at = percent(found.settings.confidence)
    return f"{count} specimens, {failed} failed, {count - failed} suspended; bounds at {at}"


def used_assumptions(found: Answer) -> dict[str, str]:
    """What the figures that are there assume, by figure."""
    used = {"km", "kaplan_meier"}
    for one in found.sections:
        used |= {"weibull", "wald", "profile", "failure_rate"} if one.weibull else set()
        for name in ("lognormal", "weibayes", "success_run"):
            used |= {name} if getattr(one, name) else set()
        used |= {"modes"} if one.modes else set()
    used |= {"differences"} if found.differences else set()
    return {name: words for name, words in found.assumes.items() if name in used}
