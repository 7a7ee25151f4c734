"""What the VISA worker decides, without a wire: the fan's law, the shaker's voltages, rest after failures."""

import json
import math

import numpy as np
import pytest

from drivers.errors import InstrumentError
from drivers.instruments import WaveformGenerator
from drivers.scpi import ScpiSession
from profiles.schema import InputError
from rig.config import Rig, load_rig
from rig.visa.fan import FanLaw
from rig.visa.shaker import shaker_volts
from rig.visa.stations import ShakerStation, Station
from rig.visa.worker import Poll, SlowWorker


@pytest.fixture
def rig() -> Rig:
    return load_rig("one_corner")


@pytest.fixture
def law(rig: Rig) -> FanLaw:
    assert rig.fan is not None
    return FanLaw(rig.fan)


def test_fan_is_off_below_the_target_and_full_far_above(law: FanLaw) -> None:
    """70 °C is the target; 0.5 V/K reaches the fan's 24 V within 48 K above it."""
    assert law.voltage_v(50.0, 1.0) == 0.0
    assert law.voltage_v(71.0, 1.0) == pytest.approx(0.5, abs=0.02)
    assert law.voltage_v(130.0, 1.0) == 24.0


def test_fan_integral_neither_winds_up_nor_down(law: FanLaw) -> None:
    """After hours at the stop in either direction it answers at once."""
    for _ in range(10_000):
        law.voltage_v(200.0, 1.0)
    assert law.voltage_v(20.0, 1.0) == 0.0
    for _ in range(10_000):
        law.voltage_v(20.0, 1.0)
    assert law.voltage_v(75.0, 1.0) == pytest.approx(2.55)


def test_fan_integral_takes_the_rest_away(law: FanLaw) -> None:
    """A constant excess raises the voltage by 0.01 V for each kelvin and second."""
    first = law.voltage_v(72.0, 1.0)
    for _ in range(99):
        last = law.voltage_v(72.0, 1.0)
    assert last - first == pytest.approx(99 * 2 * 0.01)


@pytest.mark.parametrize("unknown", [math.nan, math.inf, -math.inf])
def test_fan_is_full_where_the_temperature_is_unknown(law: FanLaw, unknown: float) -> None:
    """A dead sensor must not leave the damper uncooled, in a run or after it."""
    assert law.voltage_v(unknown, 1.0) == 24.0
    assert law.after_run_v(math.nan) == 24.0
    assert law.voltage_v(50.0, 1.0) == 0.0


def test_fan_after_a_run(law: FanLaw) -> None:
    """A hot damper is cooled on; a cool one needs nothing."""
    assert (law.after_run_v(90.0), law.after_run_v(69.0)) == (24.0, 0.0)


def test_shaker_volts_scale_and_refuse(rig: Rig) -> None:
    """0.1 V for 1 m/s²; more than the generator's 10 V, or NaN, is a fault of the input and never clipped."""
    blocks = [np.array([0.0, 50.0, -100.0]), np.zeros(3)]
    np.testing.assert_allclose(shaker_volts(rig, blocks)[0], [0.0, 5.0, -10.0])
    with pytest.raises(InputError, match="segment 1"):
        shaker_volts(rig, [blocks[0], np.array([101.0])])
    with pytest.raises(InputError, match="segment 0"):
        shaker_volts(rig, [np.array([math.nan])])
    assert shaker_volts(rig.model_copy(update={"shaker": None}), blocks) == ()


def test_poll_row_is_json(rig: Rig) -> None:
    """A sensor that gives nothing is null in the record, not NaN, which JSON does not know."""
    row = Poll(500, 12.5, {"a": 1.0, "b": math.nan, "c": math.inf}, None, ()).row()
    assert json.loads(json.dumps(row, allow_nan=False)) == {
        "sample": 500,
        "distance_km": 0.0125,
        "a": 1.0,
        "b": None,
        "c": None,
    }


class FakeGenerator(WaveformGenerator):
    """Notes what is asked of it, and fails as often as it is told."""

    def __init__(self) -> None:
        super().__init__(ScpiSession("TCPIP0::127.0.0.1::1::SOCKET"))
        self.calls: list[str] = []
        self.failing = False
        self.codes: dict[str, float] = {}

    def _did(self, what: str) -> None:
        if self.failing:
            self.calls.append("failed")
            raise InstrumentError("no answer")
        self.calls.append(what)

    def identify(self, expected: str) -> str:
        self._did("identify")
        return expected

    def reset(self) -> None:
        self._did("reset")

    def prepare(self, rate_hz: float, peak_v: float) -> None:
        self._did(f"prepare {rate_hz:g} Hz {peak_v:g} V")

    def upload(self, name: str, fractions: np.ndarray) -> None:
        self.codes[name] = float(np.abs(fractions).max())
        self._did(f"upload {name}")

    def select(self, name: str) -> None:
        self._did(f"select {name}")

    def switch(self, on: bool) -> None:
        self._did(f"switch {on}")


@pytest.fixture
def device() -> FakeGenerator:
    return FakeGenerator()


@pytest.fixture
def station(rig: Rig, device: FakeGenerator) -> ShakerStation:
    assert rig.shaker is not None
    blocks = [np.full(8, 1.0), np.full(8, 4.0), np.full(8, 1.0)]
    return ShakerStation(device, "33500B", rig.shaker, blocks)


def test_shaker_uploads_ahead_and_switches_at_borders_only(station: ShakerStation, device: FakeGenerator) -> None:
    """Equal blocks are uploaded once, all at one peak; within a segment nothing is sent."""
    faults: list[str] = []
    station.prepare(faults)
    upload = ["identify", "reset", "prepare 1000 Hz 4 V", "upload SEG0", "upload SEG1"]
    assert device.calls == upload
    assert device.codes == {"SEG0": 0.25, "SEG1": 1.0}
    played = [station.play(segment, faults) for segment in (0, 0, 1, 2, 2)]
    assert played == ["SEG0", None, "SEG1", "SEG0", None]
    assert device.calls[len(upload) :: 2] == ["select SEG0", "select SEG1", "select SEG0"]
    assert faults == []


def test_failed_instrument_rests_longer_and_longer_then_is_set_up_again(
    station: ShakerStation, device: FakeGenerator
) -> None:
    """Tries come after 1, 2, 4, 8 polls; every failure is told; what was uploaded is uploaded again."""
    faults: list[str] = []
    station.play(0, faults)
    device.failing = True
    device.calls.clear()
    told = []
    for poll in range(16):
        before = len(faults)
        station.play(1, faults)
        told += [poll] * (len(faults) - before)
    assert told == [0, 1, 3, 7, 15]
    assert faults[0] == "waveform_generator: no answer"
    device.failing = False
    device.calls.clear()
    polls = next(poll for poll in range(1, 40) if station.play(1, faults))
    assert polls == 16
    assert device.calls[:2] == ["identify", "reset"]
    assert device.calls[-2:] == ["select SEG1", "switch True"]


def test_leaving_does_not_wait_for_a_rest_to_end(station: Station, device: FakeGenerator) -> None:
    """At the end of a run the shaker's output is switched off, however often it failed before."""
    device.failing = True
    faults: list[str] = []
    for _ in range(10):
        station.prepare(faults)
    device.failing = False
    station.finish(faults)
    assert device.calls[-1] == "switch False"


def test_rig_without_instruments_has_nothing_to_do(rig: Rig) -> None:
    """The worker copes with a rig file that names none."""
    worker = SlowWorker(rig.model_copy(update={"instruments": ()}), {}, ())
    assert worker.open() == ({}, ())
    assert worker.poll(0, 0.0, 0) == Poll(0, 0.0, {}, None, ())
    assert worker.close() == ()
