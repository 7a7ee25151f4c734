"""The loop test: how late our pacer wakes at the rig's sample rate, against a loop in C, in turns."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from rig.config import Rig
from rig.doctor.attempt import Attempt, Given
from rig.doctor.lines import Line, Mark
from rig.doctor.reference import NoReferenceError, Reference, compile_reference
from rig.rt.realtime import ADVICE, steal_ticks
from rig.rt.timing import LoopTiming

Told = Callable[[str, float, float], None]
"""Is told what is being done, and how much of how much is."""
Glance = Callable[[], None]
"""Called again and again while something is waited for; what it raises ends the examination."""

MOST_P50, MOST_P99 = 1.25, 2.0
"""How many times as late as the loop in C a wake-up of ours may be."""
MOST_LATE, MOST_STOLEN = 1e-3, 0.01
"""Shares: of the cycles that may be late, of the processors' time that a hypervisor may take."""
_TICK_S = 0.01
_SLICE_S = 2.5


def period_ns(rig: Rig) -> int:
    """Between two cycles of the loop."""
    return round(1e9 * rig.samples_per_cycle / rig.sample_rate_hz)


def loop_lines(rig: Rig, attempt: Attempt, seconds: float, told: Told, glance: Glance) -> Iterator[Line]:
    """What the loop's process is given, and how it wakes; the first lines come before the test, the rest after.

    Args:
        rig: its sample rate and lead are what is tested.
        attempt: the process that stands for the loop.
        seconds: how long the test takes, half of them ours.
        told, glance: see there.

    Raises:
        AttemptError: the process is gone.
    """
    yield from permission_lines(attempt.given)
    try:
        yield from _tested(rig, attempt, seconds, told, glance)
    except (NoReferenceError, OSError) as error:
        means, do = "it did not come to its end", "is there room in the folder for temporary files? Ask again"
        yield _line("loop test", Mark.CAUTION, str(error), means, do)


def permission_lines(given: Given) -> Iterator[Line]:
    """What a process was given that asked as the loop does."""
    timing, slack_ns = given
    figures = {"grade": timing.grade, "cpu": timing.cpu, "slack_ns": slack_ns}
    if timing.grade == "A":
        yield _line("scheduling", Mark.GOOD, f"grade A: {timing.reason}", figures=figures)
    else:
        means = "a busy machine delays the loop, and may cost a run its lead"
        found = f"grade B: {timing.reason.removesuffix(ADVICE).rstrip('; ')}"
        yield _line("scheduling", Mark.CAUTION, found, means, f"{ADVICE} for the ways to grade A", figures)
    if slack_ns is None or slack_ns > 1:
        found = "not told" if slack_ns is None else f"{slack_ns} ns"
        means = "the kernel may wake the loop later by so much"
        yield _line("timer slack", Mark.CAUTION, found, means, "a kernel that knows PR_SET_TIMERSLACK")
    else:
        yield _line("timer slack", Mark.GOOD, f"{slack_ns} ns", figures={"slack_ns": slack_ns})


def _tested(rig: Rig, attempt: Attempt, seconds: float, told: Told, glance: Glance) -> Iterator[Line]:
    slices = max(2, round(seconds / 2 / _SLICE_S))
    slice_s = seconds / 2 / slices
    cycles, words = max(10, round(slice_s * 1e9 / period_ns(rig))), f"loop test, {seconds:g} s"
    with tempfile.TemporaryDirectory(prefix="rig-doctor-") as folder:
        name, peer, alike = _peer(Path(folder), attempt, period_ns(rig), glance)
        before = steal_ticks()
        for number in range(slices):
            told(words, 2 * number * slice_s, seconds)
            theirs = peer(cycles, slice_s)
            told(words, (2 * number + 1) * slice_s, seconds)
            ours = attempt.wake("pacer", cycles, slice_s)
        stolen = steal_ticks() - before
    told(words, seconds, seconds)
    yield from wake_lines(ours, 1e-3 * period_ns(rig), 1e6 * rig.lead_samples / rig.sample_rate_hz)
    yield against(ours, theirs, name, alike())
    yield steal(stolen, seconds)


def _peer(
    folder: Path, attempt: Attempt, period: int, glance: Glance
) -> tuple[str, Callable[[int, float], LoopTiming], Callable[[], bool]]:
    """What we compare with: its name, how to let it wake, and whether it was given what we were given."""
    try:
        reference = Reference(compile_reference(folder), period, attempt.given.timing, glance)
    except NoReferenceError as error:
        name = f"clock_nanosleep called from Python, as there is {error}"
        return name, lambda cycles, seconds: attempt.wake("ctypes", cycles, seconds), lambda: True
    return "a loop in C", reference.wake, lambda: reference.alike


def wake_lines(ours: LoopTiming, period_us: float, lead_us: float) -> Iterator[Line]:
    """How late the wake-ups are, against the period and the lead; how many cycles were late."""
    found, lead_ms = ours.wake_up.quantiles_us(), lead_us * 1e-3
    p99, longest = found["p99"], found["max"]
    figures = {f"{name}_us": value for name, value in found.items() if name != "count"}
    words = f"p50 {found['p50']:.0f} µs, p99 {p99:.0f} µs, worst {longest:.0f} µs in {found['count']} wake-ups"
    do = f"end what else is busy here; for grade A and a processor of its own {ADVICE}"
    if not p99 <= lead_us:
        means = f"more than one in a hundred is later than the lead of {lead_ms:g} ms: the device would trip"
        yield _line("wake-up", Mark.BAD, words, means, do, figures)
    elif not longest <= lead_us:
        means = f"the worst is later than the lead of {lead_ms:g} ms: a run would have tripped there"
        yield _line("wake-up", Mark.CAUTION, words, means, do, figures)
    elif not p99 <= 0.5 * period_us:
        means = f"much of the period of {period_us:.0f} µs is lost"
        yield _line("wake-up", Mark.CAUTION, words, means, do, figures)
    else:
        yield _line("wake-up", Mark.GOOD, words, f"the lead is {lead_ms:g} ms", figures=figures)
    yield _late(ours.late_cycles, ours.late_cycles + int(found["count"]), do)


def _late(late: int, cycles: int, do: str) -> Line:
    share = late / max(1, cycles)
    figures = {"late_cycles": late, "cycles": cycles}
    words = f"{late} of {cycles} ({share:.2%})"
    if share <= MOST_LATE:
        return _line("late cycles", Mark.GOOD, words, figures=figures)
    return _line("late cycles", Mark.CAUTION, words, f"more than {MOST_LATE:.1%} of them", do, figures)


def against(ours: LoopTiming, theirs: LoopTiming, name: str, alike: bool) -> Line:
    """Our wake-ups as multiples of what this machine can do at best."""
    us, them = ours.wake_up.quantiles_us(), theirs.wake_up.quantiles_us()
    if not (us["p50"] > 0.0 and them["p50"] > 0.0):
        found, means = "one of the two never slept", "this machine is too busy to say anything"
        return _line("against C", Mark.CAUTION, found, means, "end what else is busy here, and ask again")
    p50, p99 = us["p50"] / them["p50"], us["p99"] / them["p99"]
    found = f"p50 {p50:.2f} and p99 {p99:.2f} times {name} ({them['p50']:.0f} and {them['p99']:.0f} µs)"
    figures = {"ratio_p50": round(p50, 3), "ratio_p99": round(p99, 3)}
    figures |= {f"reference_{key}_us": them[key] for key in ("p50", "p99", "max")}
    if not alike:
        means = "not a fair comparison: the program in C was refused what our process was given"
        do = "to compare, permit by limits or ambient capabilities: setcap on Python is for Python alone"
        return _line("against C", Mark.CAUTION, found, means, do, figures)
    if p50 <= MOST_P50 and p99 <= MOST_P99:
        return _line("against C", Mark.GOOD, found, "as tight as this machine allows", figures=figures)
    means = f"more than {MOST_P50:g} and {MOST_P99:g} times; a few seconds on a busy machine say little"
    return _line("against C", Mark.CAUTION, found, means, "ask again for longer: --seconds 60", figures)


def steal(ticks: int, seconds: float) -> Line:
    """What the hypervisor took meanwhile. ``ticks``: of 10 ms, over all processors; negative where it is not told."""
    if ticks < 0:
        return _line("steal time", Mark.CAUTION, "not told by the kernel", figures={"stolen_s": None})
    stolen_s = ticks * _TICK_S
    found, figures = f"{stolen_s:.2f} s in {seconds:g} s", {"stolen_s": stolen_s}
    if stolen_s <= MOST_STOLEN * seconds:
        return _line("steal time", Mark.GOOD, found, figures=figures)
    means = "a hypervisor gave this machine's processors to others: the figures above are also theirs"
    return _line("steal time", Mark.CAUTION, found, means, "a machine of its own, or processors of its own", figures)


def _line(
    what: str, mark: Mark, found: str, means: str = "", do: str = "", figures: Mapping[str, float | str | None] = {}
) -> Line:
    return Line("loop", what, mark, found, means, do, figures)
