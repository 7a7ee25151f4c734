"""A servo controller that is broken itself, or loses its supplies, seen at the wire."""

from collections.abc import Iterator

import numpy as np
import pytest
from corner_bench import corner
from faulty_bench import FaultyBench, Host, faulty, wave

from drivers.errors import BusClosedError, BusProtocolError, IdentityError
from drivers.frames import Command, DeviceState, FaultCode, Interlock, Status


@pytest.fixture
def bench() -> Iterator[FaultyBench]:
    with faulty(corner("stepped")) as running:
        yield running


def last(host: Host) -> tuple[str, str, int]:
    """State, first fault and samples played of the last answer."""
    answer = host.answers[-1]
    return answer.state.name, answer.first_fault.name, answer.samples_played


@pytest.mark.parametrize(("at", "batch"), [(0, 5), (13, 1), (13, 5), (15, 5)])
def test_emergency_stop_at_a_sample(bench: FaultyBench, at: int, batch: int) -> None:
    """Not one sample more is played, whether it comes within a batch, between two, or before the first."""
    bench.door.fault("emergency_stop", at_sample=at)
    host = bench.host()
    if at:
        host.ready().play(wave(20), batch)
    else:
        host.hardware.arm()
        while host.send().state == DeviceState.LOW_PRESSURE:
            pass
    assert last(host) == ("EMERGENCY_STOP", "EMERGENCY_STOP", at)
    assert sum(len(answer.codes) for answer in host.answers) == at
    assert host.answers[-1].interlocks == Interlock.EMERGENCY_STOP
    assert host.send(command=Command.RESET).state == DeviceState.EMERGENCY_STOP
    bench.door.clear()
    for _ in range(11):
        host.send()
    assert host.send(command=Command.RESET).state == DeviceState.OFF


@pytest.mark.parametrize("which", [one.name.lower() for one in Interlock if one is not Interlock.EMERGENCY_STOP])
def test_each_interlock_opens_and_closes(bench: FaultyBench, which: str) -> None:
    """The bit of its name, a trip where there is power, and closed again with the end of the fault."""
    host = bench.host().ready()
    host.play(wave(8))
    number = bench.door.fault("interlock", which=which)
    answer = host.send()
    if which != "watchdog":  # whoever talks closes that one
        assert answer.interlocks == Interlock[which.upper()]
    assert last(host) == ("FAULT", "INTERLOCK", 8)
    bench.door.clear(number)
    assert host.send().interlocks == Interlock(0)


def test_low_pressure_trips(bench: FaultyBench) -> None:
    """The pressure falls, its switch opens the interlock."""
    host = bench.host().ready()
    bench.door.fault("low_pressure", bar=55.0)
    host.send()
    assert last(host)[:2] == ("FAULT", "INTERLOCK")
    assert host.hardware.status().interlocks == Interlock.PRESSURE
    assert host.hardware.status().oil_pressure_bar == 55.0


def test_low_pressure_that_only_the_gauge_shows(bench: FaultyBench) -> None:
    """Without the switch the device goes on; the gauge shows it."""
    host = bench.host().ready()
    bench.door.fault("low_pressure", interlock=False, at_sample=4, for_samples=4)
    seen = []
    for start in (0, 4, 8):
        host.send(wave(12)[start : start + 4], Command.START if start == 0 else Command.NONE)
        seen.append(host.hardware.status().oil_pressure_bar)
    assert seen == [60.0, 210.0, 210.0]
    assert last(host) == ("RUN", "NONE", 12)


@pytest.mark.parametrize("where", ["oil", "chamber"])
@pytest.mark.parametrize("interlock", [True, False])
def test_over_temperature(bench: FaultyBench, where: str, interlock: bool) -> None:
    """The thermometer of that place shows it; with its switch, it trips."""
    host = bench.host().ready()
    bench.door.fault("over_temperature", where=where, degc=88.0, interlock=interlock)
    host.send()
    status = host.hardware.status()
    shown = {"oil": status.oil_temperature_degc, "chamber": status.chamber_temperature_degc}
    assert shown == {"oil": 40.0, "chamber": 21.5, where: 88.0}
    bit = Interlock.OIL_TEMPERATURE if where == "oil" else Interlock.CHAMBER_TEMPERATURE
    assert status.interlocks == (bit if interlock else Interlock(0))
    assert last(host)[0] == ("FAULT" if interlock else "READY")


def test_reboot_forgets_everything(bench: FaultyBench) -> None:
    """At its sample: BOOT, then OFF; sequence, key and counters are zero, so the answer under way is a stale one."""
    bench.door.fault("reboot", at_sample=10, cut=False)
    host = bench.host().ready()
    with pytest.raises(BusProtocolError, match="it answers 0"):
        host.play(wave(16), 8)
    host.hardware.open()
    status = host.hardware.status()
    assert (status.sequence, status.key, status.samples_played, status.fifo_level) == (0, 0, 0, 0)
    assert status.state in (DeviceState.BOOT, DeviceState.OFF)
    assert Status.AT_NEUTRAL in status.status
    assert host.send().state == DeviceState.OFF
    states = [one["state"] for one in bench.door.log()["changes"] if one["what"] == "state"]
    assert states == ["PUMP", "LOW_PRESSURE", "READY", "RUN", "BOOT", "OFF"]


def test_reboot_resets_the_connections(bench: FaultyBench) -> None:
    """As a power dip does; a new connection finds a device that is off."""
    host = bench.host().ready()
    bench.door.fault("reboot")
    with pytest.raises(BusClosedError):
        host.send()
    assert bench.host().send().state == DeviceState.OFF


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"magic": 1}, "register 0 is not 0x4552"),
        ({"map_version": 1}, "map_version 1, wanted 2"),
        ({"axes": 2, "channels": 6}, "axes 2, wanted 3; channels 6, wanted 7"),
        ({"sample_rate_hz": 1000}, "sample_rate_hz 1000, wanted 500"),
    ],
)
def test_another_identity(bench: FaultyBench, parameters: dict[str, int], said: str) -> None:
    """Only what was given is other; cleared, it is itself again."""
    bench.door.fault("identity", **parameters)
    with pytest.raises(IdentityError, match=said):
        bench.host()
    bench.door.clear()
    bench.host()


@pytest.mark.parametrize("at", [4, 6])
def test_stopped_clock(bench: FaultyBench, at: int) -> None:
    """Samples are taken and not played, within a batch, too; afterwards it goes on where it was."""
    bench.door.fault("clock_stop", at_sample=at)
    host = bench.host().ready()
    host.play(wave(12), 4)
    assert (host.answers[-1].samples_played, host.answers[-1].fifo_level) == (at, 12 - at)
    bench.door.clear()
    assert (host.send().samples_played, host.answers[-1].fifo_level) == (12, 0)


def test_small_fifo_overflows(bench: FaultyBench) -> None:
    """With room for six, eight samples at once are an overflow; its identity says nothing of it."""
    bench.door.fault("fifo_capacity", samples=6)
    host = bench.host().ready()
    assert host.hardware.open().fifo_capacity == 250
    host.send(wave(6))
    host.send(wave(8)[6:], Command.NONE)
    assert last(host) == ("FAULT", "OVERFLOW", 0)
    assert Status.FIFO_OVERFLOW in host.answers[-1].status


def test_underrun_at_a_sample(bench: FaultyBench) -> None:
    """What waits is lost, the device says what happened, and ramps."""
    bench.door.fault("underrun", at_sample=6)
    host = bench.host().ready()
    host.play(wave(8), 4)
    assert last(host) == ("FAULT", "UNDERRUN", 6)
    assert (host.answers[-1].underruns, host.answers[-1].fifo_level) == (1, 0)
    assert Status.FIFO_UNDERRUN in host.answers[-1].status


def test_clamp_off(bench: FaultyBench) -> None:
    """A set point beyond the travel is played: the pan goes where it must not."""
    bench.door.fault("clamp_off")
    host = bench.host().ready()
    seen = host.play(np.tile([0.25, 0.0, 0.0], (200, 1)), 8)
    assert last(host) == ("RUN", "NONE", 200)
    assert seen[-1, 0] == pytest.approx(25_000, abs=50)
    bench.door.clear()
    host.send(np.array([[0.25, 0.0, 0.0]]))
    assert last(host)[1] == FaultCode.OVER_TRAVEL.name
