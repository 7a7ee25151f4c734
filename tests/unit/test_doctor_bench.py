"""What the doctor asks of a bench, and what it says of one that is wrong, silent or not there."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from corner_bench import corner, driver, served
from instrument_bench import instrument_process

from drivers import modbus
from drivers.frames import DeviceIdentity, DeviceState, FaultCode, Interlock
from drivers.scpi import ScpiSession
from rig.config import Instrument, load_rig
from rig.doctor import bench
from rig.doctor.bench import RigFile, bench_lines, controller_lines, instrument_line, state_line, trips_line
from rig.doctor.lines import Line, Mark
from rig.rt.timing import Histogram

LOOP: Any = SimpleNamespace(read_status=lambda *asked: fast_trips(asked[-1]))
"""Stands for the process that stands for the loop."""
FILE = RigFile(Path("x.yaml"), load_rig("one_corner"))


def unhurried() -> None:
    """Nobody stops anything."""


def changed(**keys: Any) -> RigFile:
    """The library's rig with other values."""
    return RigFile(FILE.path, FILE.rig.model_copy(update=keys))


def fast_trips(reads: int) -> Histogram:
    """Half a millisecond each."""
    trips = Histogram()
    for _ in range(reads):
        trips.add(500_000)
    return trips


@contextmanager
def a_port(listening: bool) -> Iterator[int]:
    """A port of our own where nobody answers: refused, or accepted by the kernel and left without a word."""
    with socket.socket() as ours:
        ours.bind(("127.0.0.1", 0))
        if listening:
            ours.listen()
        yield ours.getsockname()[1]


def asked(file: RigFile, address: str) -> list[Line]:
    """What is said of the servo controller there."""
    return list(controller_lines(file, address, LOOP))


def test_a_good_servo_controller_is_read_and_never_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Identity, protection and state, all by FC3; the device has taken no frame and stands as before."""
    monkeypatch.setattr(modbus._Link, "write_read", lambda *_: pytest.fail("the doctor has written"))
    with served(corner("stepped", ramp_ms=1000)) as (address, _), closing(driver(address)) as watcher:
        watcher.open()
        before = watcher.status()
        lines = asked(FILE, f"{address[0]}:{address[1]}")
        after = watcher.status()
    assert (after.sequence, after.key, after.state) == (before.sequence, before.key, before.state)
    assert [line.what for line in lines] == ["servo controller", "watchdog and ramp", "device state", "round trip"]
    assert [line.mark for line in lines] == [Mark.GOOD] * 4
    assert lines[2].figures["state"] == "OFF"
    assert f"in {bench.READS} status reads" in lines[3].found


def test_a_servo_controller_of_another_kind_is_bad() -> None:
    """Told what it is and what was wanted; nothing more is asked of it."""
    with served(corner("stepped")) as (address, _):
        (line,) = asked(changed(sample_rate_hz=400), f"{address[0]}:{address[1]}")
    assert line.mark is Mark.BAD
    assert "sample_rate_hz 500, wanted 400" in line.found
    assert "compare map, axes, channels and rate with x.yaml" in line.do


@pytest.mark.parametrize(("listening", "said"), [(False, "refused"), (True, "no answer")])
def test_a_servo_controller_that_is_not_there_is_bad(listening: bool, said: str) -> None:
    """Refused, or silent: its address, what happened, and where to look."""
    with a_port(listening) as port:
        (line,) = asked(FILE, f"127.0.0.1:{port}")
    assert line.mark is Mark.BAD
    assert f"127.0.0.1:{port}" in line.found
    assert said in line.found
    assert "x.yaml has its address under modbus:" in line.do


@pytest.mark.parametrize(
    ("found", "mark", "said"),
    [
        (DeviceIdentity(2, 3, 7, 500, 150, 1000, 8), Mark.GOOD, "as the rig file says"),
        (DeviceIdentity(2, 3, 7, 500, 150, 1000, 7), Mark.BAD, "too short for the lead of 8 samples"),
        (DeviceIdentity(2, 3, 7, 500, 200, 1000, 8), Mark.CAUTION, "says watchdog of 150 ms;"),
        (DeviceIdentity(2, 3, 7, 500, 200, 900, 8), Mark.CAUTION, "watchdog of 150 ms and ramp of 1000 ms"),
    ],
)
def test_protection_is_compared_with_the_rig_file(found: DeviceIdentity, mark: Mark, said: str) -> None:
    """The device does as it is set itself, so a rig file that says otherwise is a caution."""
    *_, line = bench._identity_lines(FILE, "host:1", found)
    assert line.mark is mark
    assert said in line.means


@pytest.mark.parametrize(
    ("state", "interlocks", "fault", "mark", "said"),
    [
        (DeviceState.OFF, Interlock(0), FaultCode.NONE, Mark.GOOD, "all interlocks closed"),
        (DeviceState.OFF, Interlock.DOOR | Interlock.OIL_LEVEL, FaultCode.NONE, Mark.CAUTION, "door, oil level"),
        (DeviceState.FAULT, Interlock(0), FaultCode.WATCHDOG, Mark.BAD, "WATCHDOG"),
        (DeviceState.EMERGENCY_STOP, Interlock.EMERGENCY_STOP, FaultCode.EMERGENCY_STOP, Mark.BAD, "by hand"),
    ],
)
def test_what_stands_in_the_way_of_power(
    state: DeviceState, interlocks: Interlock, fault: FaultCode, mark: Mark, said: str
) -> None:
    """Open interlocks can be closed before a run; a latched fault needs a person."""
    line = state_line(SimpleNamespace(state=state, interlocks=interlocks, first_fault=fault))
    assert line.mark is mark
    assert said in line.words


@pytest.mark.parametrize(
    ("trips_ms", "mark", "said"),
    [
        ([0.5] * 200, Mark.GOOD, "the time-out is 40 ms, the period 2000 µs"),
        ([0.5] * 200 + [50.0], Mark.CAUTION, "may trip now and then"),
        ([0.5] * 95 + [3.0] * 5, Mark.CAUTION, "cycles would be late"),
        ([0.5] * 95 + [50.0] * 5, Mark.BAD, "a run would trip"),
    ],
)
def test_round_trips_are_judged_by_timeout_and_period(trips_ms: list[float], mark: Mark, said: str) -> None:
    """p99 beyond the time-out is no network for a rig."""
    trips = Histogram()
    for one in trips_ms:
        trips.add(round(1e6 * one))
    line = trips_line(trips, FILE)
    assert line.mark is mark
    assert said in line.means


@pytest.mark.parametrize(
    ("command", "said"),
    [(("false",), "ended with exit code 1"), (("/no/such/bench",), "no such file"), (("echo", "hello"), "printed")],
)
def test_a_bench_that_does_not_launch_is_a_line(command: tuple[str, ...], said: str) -> None:
    """Whatever it did instead; nothing else can be asked then."""
    (line,) = bench_lines(changed(launch=command), LOOP, unhurried)
    assert line.mark is Mark.BAD
    assert said in line.found
    assert "launch: in x.yaml" in line.do


def test_instruments_say_who_they_are() -> None:
    """Good; another one; with errors from before, which are told once; not there."""
    with instrument_process() as found, a_port(listening=False) as port:
        resource = found.resources["supply"]

        def supply(identity: str = "E36312A", at: str = resource) -> Line:
            return instrument_line(FILE, Instrument(role="supply", resource=resource, identity=identity), at)

        assert (supply().mark, supply().means) == (Mark.GOOD, "no errors")
        other = supply("E36313A")
        assert other.mark is Mark.BAD
        assert "E36312A" in other.found
        assert "wants a E36313A" in other.means
        session = ScpiSession(resource)
        session.write("NO:SUCH:COMMAND")
        session.close()
        assert supply().mark is Mark.CAUTION
        assert supply().mark is Mark.GOOD
        gone = supply(at=f"TCPIP0::127.0.0.1::{port}::SOCKET")
    assert gone.mark is Mark.BAD
    assert f"127.0.0.1::{port}" in gone.found
    assert "under instruments:" in gone.do
