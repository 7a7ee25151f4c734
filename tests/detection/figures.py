"""The figures of a demonstration, as Markdown: what was asked for, and what was measured."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest, chi2

from rig.life.verdict import FAILURE
from tests.detection.courses import HEALTHY_FIRST
from tests.detection.markdown import table_of
from tests.detection.modes import TRUE_MODES, TrueMode, not_covered
from tests.detection.trial import Result, Said

CONFIDENCE = 0.95
RUN_KM = 5000.0


def share(good: int, of: int) -> str:
    """``39/40, 97.5 % (86.8 to 99.9)``: with its Clopper-Pearson interval of 95 %; ``-`` of none."""
    if of == 0:
        return "-"
    low, high = binomtest(good, of).proportion_ci(CONFIDENCE, "exact")
    return f"{good}/{of}, {100 * good / of:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def most_per_run(events: int, distance_km: float) -> float:
    """The exact upper bound, one-sided at 95 %, of a Poisson rate in events per 5,000 km."""
    return float(chi2.ppf(CONFIDENCE, 2 * (events + 1))) / 2.0 * RUN_KM / distance_km


def spread(values: Sequence[float], unit: str = "", digits: int = 1) -> str:
    """``12.3 (4.5)``: the median and, in brackets, the tenth percentile; ``-`` of none."""
    if not len(values):
        return "-"
    return f"{np.median(values):.{digits}f}{unit} ({np.percentile(values, 10):.{digits}f})"


@dataclass(frozen=True, slots=True)
class Case:
    """One specimen's result, and how it failed."""

    result: Result
    true: TrueMode

    @property
    def ours(self) -> tuple[Said, ...]:
        """Findings that blame the specimen."""
        return tuple(one for one in self.result.said if one.component == self.true.component)

    @property
    def first(self) -> Said | None:
        """The first of them, a failure included: who is told of a failure before the break is warned."""
        return next(iter(self.ours), None)

    @property
    def warned(self) -> bool:
        """Whether it came before the true end."""
        return self.first is not None and (self.first.true_damage or 0.0) < 1.0

    @property
    def ended(self) -> bool:
        """Whether the part came to its end, or the judge stopped the run before; else it says nothing."""
        return self.result.broke_at >= 0 or self.result.ended == "judge"

    @property
    def failure(self) -> Said | None:
        """The finding that closed the case, whomever it blames."""
        return next((one for one in self.result.said if one.severity == FAILURE), None)

    @property
    def called(self) -> str:
        """What the judge called the failure, or what came instead."""
        failure = self.failure
        if failure is not None:
            return f"{failure.component} {failure.mode}"
        if self.result.ended == "course":
            return "not over yet" if self.result.broke_at < 0 else "not before the course's end"
        return "missed" if self.result.ended == "missed" else "a limit stopped the rig"

    @property
    def right(self) -> bool:
        """Whether the failure was found and called by one of its names."""
        failure = self.failure
        return failure is not None and failure.component == self.true.component and failure.mode in self.true.names

    @property
    def off_samples(self) -> int | None:
        """Sample at which the judge puts the break less the true one; None where it was no break that was found."""
        failure = self.failure
        broke = self.true.breaks and self.result.broke_at >= 0 and failure is not None
        sudden = broke and failure is not None and failure.mode == self.true.names[0] and self.right
        return failure.sample - self.result.broke_at if sudden and failure is not None else None

    @property
    def off_m(self) -> float | None:
        """The same in metres of the stage."""
        failure = self.failure
        if self.off_samples is None or failure is None or self.result.life_km is None:
            return None
        return 1000.0 * (failure.distance_km - self.result.life_km)


def cases_of(results: Iterable[Result]) -> list[Case]:
    """The specimens, each with its true mode."""
    known = {(each.component, each.mode): each for each in TRUE_MODES}
    return [Case(one, known[one.component, one.mode]) for one in results if one.component]


def report(results: Sequence[Result]) -> str:
    """All of it."""
    cases = [case for case in cases_of(results) if case.ended]
    missing = f"\n\nNot covered: {', '.join(not_covered())}." if not_covered() else ""
    return (
        "\n\n".join(
            [warnings_table(cases), breaks_table(cases), confusion(results), false_alarms(results), unwarned(cases)]
        )
        + missing
    )


def warnings_table(cases: Sequence[Case]) -> str:
    """The gradual failures: warned or not, and how long before the end."""
    gradual = [case for case in cases if case.true.gradual]
    groups = {each.label: [c for c in gradual if c.true == each] for each in TRUE_MODES if each.gradual}
    groups |= {
        "all gradual": gradual,
        "of these, young": [c for c in gradual if c.result.young],
        "of these, not young": [c for c in gradual if not c.result.young],
    }
    heads = (
        "true mode",
        "warned before the break",
        "life left, % of damage",
        "lead, km",
        "at failure, %",
    )
    return table_of(heads, ((name, *_warning_cells(group)) for name, group in groups.items()))


def _warning_cells(cases: Sequence[Case]) -> tuple[str, ...]:
    first = [(case, case.first) for case in cases if case.warned]
    left = [100.0 * (1.0 - (said.true_damage or 0.0)) for _, said in first if said]
    lead = [(case.result.life_km or 0.0) - said.detected_km for case, said in first if said]
    found = [100.0 * (1.0 - (case.failure.true_damage or 0.0)) for case in cases if case.failure and case.right]
    return share(len(first), len(cases)), spread(left), spread(lead, digits=2), spread(found)


def breaks_table(cases: Sequence[Case]) -> str:
    """The breaks that were found as breaks: how far from the true sample."""
    lines = []
    for each in (each for each in TRUE_MODES if each.breaks):
        ours = [case for case in cases if case.true == each]
        off = np.array([case.off_samples for case in ours if case.off_samples is not None])
        metres = np.abs([case.off_m for case in ours if case.off_m is not None])
        if len(off):
            near = share(int(np.sum(np.abs(off) <= 5)), len(off))
            cells = (
                f"{np.median(off):+.0f}",
                f"{off.min():+d} to {off.max():+d}",
                near,
                f"{np.median(metres):.3f}",
                f"{metres.max():.2f}",
            )
            lines.append((each.label, len(ours), len(off), *cells))
    heads = (
        "true mode",
        "specimens",
        "found as a break",
        "off, samples: median",
        "range",
        "within 5 samples",
        "off, m: median",
        "most",
    )
    return table_of(heads, lines)


def confusion(results: Sequence[Result]) -> str:
    """True mode by what the judge called it."""
    cases = cases_of(results)
    rows = {each.label: Counter(case.called for case in cases if case.true == each) for each in TRUE_MODES}
    healthy = [one for one in results if not one.component]
    rows["healthy"] = Counter(_called_healthy(one) for one in healthy)
    columns = sorted(
        {name for row in rows.values() for name in row} | {"missed"}, key=lambda name: (name.count(" ") != 1, name)
    )
    return table_of(
        ("true \\ called", *columns),
        ((name, *(row[column] or "." for column in columns)) for name, row in rows.items()),
    )


def _called_healthy(one: Result) -> str:
    failure = next((said for said in one.said if said.severity == FAILURE), None)
    if failure is not None:
        return f"{failure.component} {failure.mode}"
    return "no failure" if one.ended == "course" else "a limit stopped the rig"


def false_alarms(results: Sequence[Result]) -> str:
    """What was said of parts that had nothing, with bounds."""
    healthy, specimens = [r for r in results if not r.component], [r for r in results if r.component]
    alone = [r for r in healthy if r.course >= HEALTHY_FIRST]
    lines = []
    for name, group in (
        ("all parts healthy", healthy),
        ("of these, on roads of their own", alone),
        ("the other parts of the specimens' runs", specimens),
    ):
        said = [one for run in group for one in run.said if one.component != run.component]
        failures = sum(one.severity == FAILURE for one in said)
        km = sum(run.distance_km for run in group)
        if km > 0.0:
            most = most_per_run(failures, km), most_per_run(len(said) - failures, km)
            lines.append(
                (name, len(group), f"{km:,.0f}", failures, f"{most[0]:.2f}", len(said) - failures, f"{most[1]:.2f}")
            )
    heads = ("runs", "number", "km", "false failures", "at most per 5,000 km", "false warnings", "at most per 5,000 km")
    return table_of(heads, lines)


def unwarned(cases: Sequence[Case]) -> str:
    """The gradual failures without a warning, one by one: how much of their life went in the last 40 s."""
    lines = [
        f"{case.true.label}{' (young)' if case.result.young else ''}, life {case.result.life_km or 0.0:.2f} km, "
        f"true damage 40 s before its end {case.result.damage_before or 0.0:.2f}: called {case.called}"
        for case in cases
        if case.true.gradual and not case.warned
    ]
    return "\n".join(["Not warned:", "", *(f"- {line}" for line in lines)]) if lines else "Not warned: none."
