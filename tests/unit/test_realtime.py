"""What the loop's process asks for, and that it says truly what it was given; each in a process of its own."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rig.rt.realtime import FIFO_PRIORITY, ROOM_MB, cpu_list, loop_cpu, memory_refusal

ROOT = Path(__file__).parent.parent.parent
MB = 1 << 20
ASK = """
import dataclasses, json, os, resource, sys, threading
from rig.rt.realtime import request_realtime
NOBODY = 65534
def without_privileges(fifo_limit, memory_limits):
    resource.setrlimit(resource.RLIMIT_RTPRIO, fifo_limit)
    resource.setrlimit(resource.RLIMIT_MEMLOCK, memory_limits)
    if os.geteuid() == 0:
        os.setuid(NOBODY)
{before}
timing = request_realtime({cpu})
policies = []
thread = threading.Thread(target=lambda: policies.append(os.sched_getscheduler(0)))
thread.start()
thread.join()
status = dict(line.split(':', 1) for line in open('/proc/self/status') if ':' in line)
print(json.dumps({{
    **dataclasses.asdict(timing),
    "policy": os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK,
    "priority": os.sched_getparam(0).sched_priority,
    "of_a_thread": policies[0],
    "locked_kb": int(status["VmLck"].split()[0]),
    "cpus": sorted(os.sched_getaffinity(0)),
    "slack_ns": int(open("/proc/self/timerslack_ns").read()),
}}))
"""


def asked(before: str = "", cpu: int | None = None) -> dict[str, Any]:
    """What `request_realtime` says in a process of its own, and what the kernel says of that process."""
    code = ASK.format(before=before, cpu=cpu)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    if "not allowed to raise maximum limit" in done.stderr:
        pytest.skip("this machine does not let the test give its process a limit to live with")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_it_says_is_what_the_kernel_says() -> None:
    """Scheduling, memory and grade, whatever this machine permits; nothing else of the process is FIFO."""
    found = asked()
    assert found["fifo"] == (found["policy"] == os.SCHED_FIFO)
    assert found["priority"] == (FIFO_PRIORITY if found["fifo"] else 0)
    assert found["memory_locked"] == (found["locked_kb"] > 1000)
    assert found["grade"] == ("A" if found["fifo"] and found["memory_locked"] else "B")
    assert found["of_a_thread"] == os.SCHED_OTHER


def test_without_permission_it_says_what_is_missing_and_how_to_get_it() -> None:
    """Grade B, no exception, the finest slack; both reasons, each with the limit that it may have at most."""
    found = asked(f"without_privileges((0, 0), ({4 * MB}, {8 * MB}))")
    assert (found["grade"], found["fifo"], found["memory_locked"]) == ("B", False, False)
    assert (found["policy"], found["locked_kb"], found["slack_ns"]) == (os.SCHED_OTHER, 0, 1)
    assert "RLIMIT_RTPRIO is 0, 60 is needed; allow LimitRTPRIO=60" in found["reason"]
    assert "RLIMIT_MEMLOCK is 8 MB, this process needs" in found["reason"]
    assert "docs/realtime.md" in found["reason"]


def test_a_limit_that_may_be_raised_is_raised() -> None:
    """A soft limit below a hard one that suffices is no reason for grade B."""
    found = asked(f"without_privileges((0, {FIFO_PRIORITY}), ({8 * MB}, resource.RLIM_INFINITY))")
    assert found["grade"] == "A", found["reason"]
    assert found["reason"] == "SCHED_FIFO, locked memory"


def test_it_is_kept_on_the_processor_that_is_wanted() -> None:
    """As asked, and said; without asking it stays where it was, unless the kernel isolates a processor."""
    last = max(os.sched_getaffinity(0))
    found = asked(cpu=last)
    assert (found["cpu"], found["cpus"]) == (last, [last])
    assert f"CPU {last}" in found["reason"]


def test_a_processor_that_is_not_there_is_told() -> None:
    """No exception, no silence."""
    found = asked(cpu=4000)
    assert found["cpu"] is None
    assert found["cpus"] == sorted(os.sched_getaffinity(0))
    assert "not kept on CPU 4000: there is none, or it is not permitted" in found["reason"]


@pytest.mark.parametrize(
    ("isolated", "wanted", "cpu"),
    [((), None, None), ((3,), None, 3), ((2, 3), None, 3), ((3,), 1, 1), ((), 0, 0)],
)
def test_where_the_loop_is_kept(isolated: tuple[int, ...], wanted: int | None, cpu: int | None) -> None:
    """Where a person wants it, CPU 0 too; else isolated from others; else nowhere."""
    assert loop_cpu(isolated, wanted) == cpu


@pytest.mark.parametrize(
    ("text", "cpus"), [("", ()), ("\n", ()), ("0-1\n", (0, 1)), ("1,3-5,7\n", (1, 3, 4, 5, 7)), ("2", (2,))]
)
def test_lists_as_the_kernel_writes_them(text: str, cpus: tuple[int, ...]) -> None:
    """Ranges and single numbers, or nothing."""
    assert cpu_list(text) == frozenset(cpus)


@pytest.mark.parametrize("text", ["none", "1-", "-1", "1 2"])
def test_what_is_no_list_is_refused(text: str) -> None:
    """A guess would pin the loop somewhere."""
    with pytest.raises(ValueError, match="invalid literal"):
        cpu_list(text)


def test_memory_fits_only_with_room_to_spare() -> None:
    """Exactly the room is enough; a byte less is not; without a limit everything fits."""
    needed = 500 * MB + ROOM_MB * MB
    assert memory_refusal(500 * MB, needed) is None
    assert memory_refusal(500 * MB, resource.RLIM_INFINITY) is None
    assert "564 MB" in (memory_refusal(500 * MB, needed - 1) or "")


AWAKE = """
import rig.rt.realtime as realtime
realtime._IDLE_STATES, realtime._LATENCY = realtime.Path("/"), realtime.Path({where!r})
"""


def test_idle_states_are_held_off_where_there_are_any(tmp_path: Path) -> None:
    """A latency of 0 is asked for in the kernel's file; that is told."""
    (tmp_path / "latency").touch()
    found = asked(AWAKE.format(where=str(tmp_path / "latency")))
    assert (tmp_path / "latency").read_bytes() == bytes(4)
    assert "no idle states" in found["reason"]


def test_idle_states_that_stay_do_not_change_the_grade(tmp_path: Path) -> None:
    """The reason says so, and what to allow."""
    found = asked(AWAKE.format(where=str(tmp_path / "none")))
    assert "idle states not held off: no such file or directory; allow writing" in found["reason"]
    assert found["grade"] == ("A" if found["fifo"] and found["memory_locked"] else "B")
