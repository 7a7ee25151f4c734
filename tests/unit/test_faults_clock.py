"""Faults of the device's clocks, with time told to it: how fast it plays, and whether its watchdog bites."""

from types import SimpleNamespace

import pytest
from servo_bench import Bench, real

from drivers.frames import Command, DeviceState, FaultCode, Status
from simulators.faults import DeviceFault, parse
from simulators.servo.device import Device


def broken(bench: Bench, name: str, **parameters: float) -> Device:
    """A device around the bench's servo controller, with one fault from now on."""
    wires = SimpleNamespace(samples_played=0.0)
    device = Device(bench.servo._config, bench.servo, None, lambda: bench.now_s, wires)  # type: ignore[arg-type]
    fault = parse({"fault": name, **parameters})
    assert isinstance(fault, DeviceFault)
    device.add(fault)
    return device


@pytest.mark.parametrize(("factor", "played"), [(1.5, 75), (1.0, 50), (0.5, 25)])
def test_clock_rate(factor: float, played: int) -> None:
    """In 0.1 s a device of 500 Hz plays 50 samples, or so many times as many."""
    bench = real()
    bench.run(samples=100)
    broken(bench, "clock_rate", factor=factor)
    bench.wait(0.1)
    assert bench.send().samples_played == pytest.approx(played, abs=1)


def test_a_fast_clock_runs_dry() -> None:
    """A host that sends 500 samples a second to a device that plays 750 is late at last."""
    bench = real()
    bench.run(samples=8)
    broken(bench, "clock_rate", factor=1.5)
    while bench.servo.state == DeviceState.RUN and bench.sent < 200:
        bench.wait(0.002)
        bench.send(samples_m=[0.05])
    assert bench.servo.first_fault == FaultCode.UNDERRUN
    assert 20 <= bench.sent <= 30


def test_clock_stops_at_a_sample_and_goes_on() -> None:
    """No sample is played any more from there on; the watchdog goes on; the end of the fault lets it play."""
    bench = real()
    device = broken(bench, "clock_stop", at_sample=10)
    bench.run(samples=100)
    bench.wait(0.018)
    bench.now_s += 0.0045  # two samples are due at once, of which one is played
    bench.wait(0.1)
    assert bench.send().samples_played == 10
    device.clear()
    bench.wait(0.02)
    assert bench.send().samples_played == 20
    device.add(parse({"fault": "clock_stop"}))
    bench.wait(0.16)
    assert bench.servo.first_fault == FaultCode.WATCHDOG


@pytest.mark.parametrize("shown", [False, True])
def test_watchdog_off(shown: bool) -> None:
    """It does not bite, and seems to be armed unless told otherwise; cleared, it bites at once."""
    bench = real()
    bench.run(samples=200)
    bench.send(Command.HOLD)
    device = broken(bench, "watchdog_off", shown=shown)
    bench.wait(1.0)
    assert bench.servo.state == DeviceState.HOLD
    assert (Status.WATCHDOG_ARMED in bench.servo.status_bits()) is not shown
    device.clear()
    bench.wait(0.002)
    assert bench.servo.first_fault == FaultCode.WATCHDOG


def test_faults_begin_exactly_at_pace_real() -> None:
    """A stop at sample 37 lets 37 samples be played, however the server's ticks fall."""
    bench = real()
    broken(bench, "emergency_stop", at_sample=37)
    bench.run(samples=100)
    bench.now_s += 0.0031  # ticks that are no multiple of the period
    bench.wait(0.1)
    assert (bench.servo.state, bench.servo.fifo.played) == (DeviceState.EMERGENCY_STOP, 37)
