"""What the doctor reads out of the kernel's texts, and how it judges what it finds."""

from pathlib import Path

import pytest

from rig.config import load_rig
from rig.doctor import machine
from rig.doctor.attempt import Given
from rig.doctor.host import Host, load_of, preemption
from rig.doctor.lines import Line, Mark, conclusion, exit_code, grade_of
from rig.doctor.loop import against, permission_lines, steal, wake_lines
from rig.doctor.machine import machine_lines
from rig.rt.realtime import Timing
from rig.rt.timing import LoopTiming

CLOCK = "sys/devices/system/clocksource/clocksource0/current_clocksource"
PERIOD_US, LEAD_US = 2000.0, 16_000.0
DYNAMIC = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.0"
FILES = {
    "sys/devices/system/cpu/online": "0-3\n",
    "sys/devices/system/cpu/isolated": "3\n",
    "proc/sys/kernel/version": "#1 SMP PREEMPT_RT Debian 6.1.0\n",
    "sys/kernel/realtime": "1\n",
    "proc/cmdline": "quiet isolcpus=3\n",
    CLOCK: "tsc\n",
    "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance\n",
    "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor": "performance\n",
    "proc/loadavg": "0.25 0.20 0.18 1/123 4567\n",
    "dev/shm/nothing": "",
}


def a_machine(root: Path, **changed: str | None) -> dict[str, Line]:
    """The lines of a machine with `FILES`, some of them changed or (None) not there; by what they are about."""
    for path, text in {**FILES, **changed}.items():
        if text is not None:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
    return {line.what: line for line in machine_lines(Host(root), load_rig("one_corner"), root / "runs")}


def timing(*late_us: float, late_cycles: int = 0) -> LoopTiming:
    """A loop that woke so late."""
    made = LoopTiming(late_cycles=late_cycles)
    for one in late_us:
        made.wake_up.add(round(1000 * one))
    return made


def test_a_machine_that_is_made_for_it_is_good_in_every_line(tmp_path: Path) -> None:
    """Eight lines, each with what was found; no cure where there is nothing to cure."""
    lines = a_machine(tmp_path)
    assert len(lines) == 8
    assert {line.mark for line in lines.values()} == {Mark.GOOD}, lines
    assert all(line.found and not line.do for line in lines.values())
    assert "4 online, isolated: 3" in lines["processors"].found
    assert lines["kernel"].figures["preemption"] == "rt"


@pytest.mark.parametrize(
    ("path", "text", "what", "mark", "said"),
    [
        ("sys/devices/system/cpu/online", "0\n", "processors", Mark.CAUTION, "shares the only one"),
        ("sys/devices/system/cpu/online", None, "processors", Mark.CAUTION, "not told"),
        ("sys/devices/system/cpu/online", "many", "processors", Mark.CAUTION, "not told"),
        (CLOCK, "hpet", "clock source", Mark.CAUTION, "tsc"),
        (CLOCK, None, "clock source", Mark.CAUTION, "not"),
        ("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave", "governor", Mark.CAUTION, "cpupower"),
        ("proc/loadavg", "9.75 4.00 3.00 5/99 1\n", "load", Mark.CAUTION, "9.8 busy processes on 4 processors"),
        ("proc/loadavg", "nonsense", "load", Mark.CAUTION, "not told"),
        ("proc/loadavg", "nan 0 0", "load", Mark.CAUTION, "busy"),
    ],
)  # fmt: skip
def test_what_is_less_is_said_with_a_cure(
    tmp_path: Path, path: str, text: str | None, what: str, mark: Mark, said: str
) -> None:
    """One thing is worse than it should be, or not told: its line says so, the others stay good."""
    lines = a_machine(tmp_path, **{path: text})
    assert lines[what].mark is mark
    assert said in lines[what].words
    assert {line.mark for line in lines.values() if line.what != what} == {Mark.GOOD}


@pytest.mark.parametrize(
    ("version", "realtime", "modes", "command_line", "model"),
    [
        ("#1 SMP PREEMPT_RT", None, None, None, "rt"),
        ("#1 SMP", "1", None, None, "rt"),
        ("#1 SMP PREEMPT", None, None, None, "full"),
        ("#1 SMP", None, None, "preempt=full", "none"),
        (DYNAMIC, None, "none voluntary (full) ", "preempt=none", "full"),
        (DYNAMIC, None, "none (voluntary) full", None, "voluntary"),
        (DYNAMIC, None, None, "quiet preempt=none", "none"),
        (DYNAMIC, None, None, "quiet", "dynamic"),
        (DYNAMIC, None, "none voluntary full (lazy)", None, "lazy"),
    ],
)
def test_the_kernels_preemption(
    version: str, realtime: str | None, modes: str | None, command_line: str | None, model: str
) -> None:
    """What the present mode is outranks what the kernel was started with; a kernel without modes knows none."""
    assert preemption(version, realtime, modes, command_line) == model
    caution = model in ("none", "voluntary")
    assert (machine.kernel(version, realtime, modes, command_line).mark is Mark.CAUTION) == caution


@pytest.mark.parametrize(("text", "load"), [("0.12 1 2 3/4 5", 0.12), ("", None), (None, None), ("x", None)])
def test_load_from_its_text(text: str | None, load: float | None) -> None:
    """The first number; nothing is made up."""
    assert load_of(text) == load


def test_room_is_judged_by_what_a_run_needs() -> None:
    """The disk by hours of this rig's record, with an end; shared memory by what the processes share."""
    needed = machine.bytes_a_second(load_rig("one_corner"))
    assert needed == 2 * 10 * 500
    day = int(24 * 3600 * needed)
    assert machine.disk(day, Path("runs"), needed).mark is Mark.GOOD
    assert machine.disk(day - 4000, Path("runs"), needed).mark is Mark.CAUTION
    assert machine.disk(99_000_000, Path("runs"), needed).mark is Mark.BAD
    assert machine.disk(None, Path("runs"), needed).mark is Mark.BAD
    assert machine.shared_memory(64_000_000).mark is Mark.GOOD
    assert machine.shared_memory(63_000_000).mark is Mark.BAD
    assert machine.shared_memory(None).mark is Mark.BAD


def test_a_library_that_is_missing_is_bad() -> None:
    """A run would fail at its import."""
    line = machine.software({"python": "3.11", "numba": "not installed"})
    assert (line.mark, line.means) == (Mark.BAD, "not installed: numba")
    assert "numba" not in line.found


def test_grades_and_what_was_refused() -> None:
    """Grade B is a caution that says what was refused; slack that is coarse or not told is one too."""
    good = list(permission_lines(Given(Timing("A", True, True, "SCHED_FIFO, locked memory", 3), 1)))
    assert [line.mark for line in good] == [Mark.GOOD, Mark.GOOD]
    worse = list(
        permission_lines(Given(Timing("B", False, True, "SCHED_FIFO refused: why; see docs/realtime.md"), 50_000))
    )
    assert [line.mark for line in worse] == [Mark.CAUTION, Mark.CAUTION]
    assert worse[0].found == "grade B: SCHED_FIFO refused: why"
    assert "docs/realtime.md" in worse[0].do
    assert (grade_of(good), grade_of(worse), grade_of([])) == ("A", "B", None)
    assert list(permission_lines(Given(good_timing(), None)))[1].mark is Mark.CAUTION


def good_timing() -> Timing:
    """Grade A."""
    return Timing("A", True, True, "SCHED_FIFO, locked memory")


@pytest.mark.parametrize(
    ("late_us", "mark", "said"),
    [
        ([30.0] * 200, Mark.GOOD, "the lead is 16 ms"),
        ([30.0] * 198 + [1500.0, 1500.0, 1500.0], Mark.CAUTION, "much of the period of 2000 µs"),
        ([30.0] * 200 + [17_000.0], Mark.CAUTION, "would have tripped"),
        ([30.0] * 90 + [17_000.0] * 10, Mark.BAD, "the device would trip"),
    ],
)
def test_wake_ups_are_judged_by_period_and_lead(late_us: list[float], mark: Mark, said: str) -> None:
    """p99 beyond half of the period, one beyond the lead, more than one in a hundred beyond it."""
    line = next(wake_lines(timing(*late_us), PERIOD_US, LEAD_US))
    assert line.mark is mark
    assert said in line.means


def test_one_late_cycle_in_a_thousand_is_allowed() -> None:
    """Late cycles have skipped their wake-up: they count to all of them."""
    for woken, mark in ((999, Mark.GOOD), (998, Mark.CAUTION)):
        *_, line = wake_lines(timing(*[30.0] * woken, late_cycles=1), PERIOD_US, LEAD_US)
        assert line.mark is mark
        assert line.found.startswith(f"1 of {woken + 1} ")


@pytest.mark.parametrize(
    ("ours", "theirs", "alike", "mark"),
    [
        ([40.0] * 100, [40.0] * 100, True, Mark.GOOD),
        ([60.0] * 100, [40.0] * 100, True, Mark.CAUTION),
        ([40.0] * 95 + [200.0] * 5, [40.0] * 100, True, Mark.CAUTION),
        ([40.0] * 100, [40.0] * 100, False, Mark.CAUTION),
        ([40.0], [], True, Mark.CAUTION),
        ([], [40.0], True, Mark.CAUTION),
    ],
)
def test_against_c(ours: list[float], theirs: list[float], alike: bool, mark: Mark) -> None:
    """p50 at most 1.25 times, p99 at most twice; unlike things are never said to be as tight, nor is nothing."""
    assert against(timing(*ours), timing(*theirs), "a loop in C", alike).mark is mark


@pytest.mark.parametrize(("ticks", "mark"), [(0, Mark.GOOD), (20, Mark.GOOD), (21, Mark.CAUTION), (-1, Mark.CAUTION)])
def test_what_a_hypervisor_takes(ticks: int, mark: Mark) -> None:
    """A hundredth of the time is borne; what is not told is not good."""
    assert steal(ticks, 20.0).mark is mark


def test_the_worst_mark_decides() -> None:
    """Exit code and sentence."""
    good, caution, bad = (Line("machine", "a", mark, "b", figures={"grade": "B"}) for mark in Mark)
    assert [exit_code(lines) for lines in ([good], [good, caution], [caution, bad, good])] == [0, 1, 3]
    assert conclusion([good, caution]) == "usable at pace real, timing grade B, with 1 caution"
    assert conclusion([bad, caution, caution]) == "not fit for a run: 1 bad, 2 cautions"


def test_a_line_is_one_line() -> None:
    """Found, meaning and cure in one sentence; what there is not is left out."""
    line = Line("loop", "wake-up", Mark.CAUTION, "late", "too late", "hurry")
    assert line.words == "wake-up: late; too late. What to do: hurry"
    assert Line("loop", "wake-up", Mark.GOOD, "soon").words == "wake-up: soon"
