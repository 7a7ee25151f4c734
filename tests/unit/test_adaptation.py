"""Adaptation of gain and delay: what an axis makes of the drive comes to be what the set point says, slowly."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.channel import CODE_NAN
from rig.bridge import End
from rig.config import Adaptation, Axis, Rig
from rig.rt.control import WINDOW, ControlLaw, Mode, outcome_of
from tests.in_process import Patched
from tests.loop_bench import AXES, CHANNELS, RIG, device_of, rig_with, run_on

FloatArray = NDArray[np.float64]

PAN, LEAD, RATE_HZ = 0, RIG.lead_samples, RIG.sample_rate_hz
ADAPT = Adaptation(least_rms=0.003)
SAMPLES_OF_WINDOW = round(ADAPT.window_s * RATE_HZ)
FIRST_WHOLE = 2 * SAMPLES_OF_WINDOW
"""Where the first window ends that is whole: the run's first samples have no neighbours."""
SHIFT_LIMIT = ADAPT.delay_limit_s * RATE_HZ
WAVES = ((0.4, 0.015), (1.1, 0.012), (2.3, 0.006), (4.1, 0.003))
"""Frequencies (Hz) and amplitudes (m) of the set point."""


def adapting(adapt: Adaptation | None = ADAPT) -> Rig:
    """The library's rig with this adaptation of its pan, or none; no mean-position integral that would mix in."""
    control = RIG.axes[PAN].control.model_copy(update={"adapt": adapt, "integral_per_s": 0.0})
    pan = RIG.axes[PAN].model_copy(update={"control": control})
    return rig_with(progress=False).model_copy(update={"axes": (pan, *RIG.axes[1:])})


def setpoint_at(time_s: FloatArray, derivative: int = 0) -> FloatArray:
    """The set point, or a derivative of it by time."""
    value = np.zeros_like(time_s)
    for frequency_hz, amplitude_m in WAVES:
        omega = 2 * np.pi * frequency_hz
        value += amplitude_m * omega**derivative * np.sin(omega * time_s + derivative * np.pi / 2)
    return value


def rows_of(setpoint: FloatArray, drive: FloatArray | None = None) -> FloatArray:
    """Drive rows that move the pan only; the drive is the set point, where it is not given."""
    rows = np.zeros((len(setpoint), 2 * AXES + 3))
    rows[:, PAN] = setpoint if drive is None else drive
    rows[:, AXES + PAN] = setpoint
    return rows


@dataclass
class Simple:
    """An axis that does a share of what it is told, so many samples later, and a sensor with noise.

    ``missing``: numbers of samples at which the sensor is not there.
    """

    gain: float = 1.0
    delay: float = 0.0
    noise_m: float = 0.0
    missing: frozenset[int] = frozenset()

    def codes(self, commands: FloatArray, numbers: NDArray[np.int64]) -> NDArray[np.int16]:
        """What is measured at samples, int16[numbers], after commands float64[samples]."""
        base = max(0, int(numbers[0]) - 20)
        measured = self.gain * np.interp(numbers - self.delay - base, np.arange(len(commands) - base), commands[base:])
        if self.noise_m:
            measured += self.noise_m * np.random.default_rng(numbers.tolist()).normal(size=len(numbers))
        codes = np.rint(measured / RIG.axes[PAN].scale)
        return np.where(np.isin(numbers, list(self.missing)), CODE_NAN, codes).astype(np.int16)


@dataclass
class Adapted:
    """Each sample's command (m), feedback (m), gain and shift (samples) of the pan."""

    commands: FloatArray
    feedback: FloatArray
    gain: FloatArray
    shift: FloatArray
    law: ControlLaw


def play(rows: FloatArray, axis: Simple, rig: Rig | None = None, batch: int = 6) -> Adapted:
    """Let the law play drive rows on an axis."""
    samples, law, out = len(rows), ControlLaw(rig or adapting(), 1e9), outcome_of(WINDOW, AXES)
    codes, requests = np.zeros((WINDOW, CHANNELS), np.int16), np.full(WINDOW, -1, np.int64)
    commands, gain, shift = np.zeros(samples), np.zeros(samples), np.zeros(samples)
    for first in range(0, samples - batch, batch):
        numbers = np.arange(max(0, first - LEAD), first - LEAD + batch)
        if len(numbers):
            codes[numbers % WINDOW, PAN] = axis.codes(commands[:first], numbers)
        law.command(first, codes, requests, rows, samples, out, batch)
        commands[first : first + batch] = out["commands"][:batch, PAN]
        gain[first : first + batch], shift[first : first + batch] = law.axes["gain"][PAN], law.axes["shift"][PAN]
    feedback: FloatArray = axis.codes(commands, np.arange(samples)) * RIG.axes[PAN].scale
    return Adapted(commands, feedback, gain, shift, law)


def moving(seconds: float, size: float = 1.0) -> FloatArray:
    """Rows of the waves."""
    return rows_of(size * setpoint_at(np.arange(round(seconds * RATE_HZ)) / RATE_HZ))


def error_share(rows: FloatArray, feedback: FloatArray, part: slice) -> float:
    """RMS of the following error, as a share of the set point's."""
    setpoint = rows[part, AXES + PAN]
    return float(np.sqrt(np.mean((setpoint - feedback[part]) ** 2) / np.mean(setpoint**2)))


def rms_m(values: FloatArray) -> float:
    """Of a column."""
    return float(np.sqrt(np.mean(values**2)))


LAST = slice(-4 * RATE_HZ, -LEAD)


@pytest.mark.parametrize(("gain", "delay"), [(0.9, 1.0), (1.1, 1.0), (0.95, 1.7), (1.08, -0.8)])
def test_an_axis_that_is_weak_and_late_comes_to_follow(gain: float, delay: float) -> None:
    """From more than 5 % to less than 1 % of the set point's RMS; the drive has become larger, and earlier."""
    rows = moving(45.0)
    adapted = play(rows, Simple(gain, delay))
    assert error_share(rows, adapted.feedback, slice(RATE_HZ, 4 * RATE_HZ)) > 0.05
    assert error_share(rows, adapted.feedback, LAST) < 0.01
    assert adapted.gain[LAST].mean() == pytest.approx(1.0 / gain, abs=0.005)
    assert adapted.shift[LAST].mean() == pytest.approx(delay, abs=0.1)


def test_a_late_axis_makes_the_drive_earlier() -> None:
    """The command is the drive of a later row: by so many samples as the shift is."""
    rows = moving(40.0)
    adapted = play(rows, Simple(1.0, 2.0))
    shift = round(adapted.shift[-LEAD - 1])
    assert shift == 2
    last = np.arange(len(rows) - 1000, len(rows) - 500)
    earlier = rms_m(adapted.commands[last] - rows[last + shift, PAN])
    assert earlier < 0.1 * rms_m(adapted.commands[last] - rows[last, PAN])
    assert earlier < 0.01 * rms_m(rows[last + shift, PAN])


def test_gain_and_shift_slew_at_their_rates_and_no_faster() -> None:
    """However wrong the axis is: 0.005 a second and 0.2 ms a second, one sample after the other."""
    adapted = play(moving(14.0), Simple(0.8, 4.0), batch=1)
    assert np.abs(np.diff(adapted.gain[: -LEAD - 1])).max() == pytest.approx(ADAPT.gain_per_s / RATE_HZ)
    assert np.abs(np.diff(adapted.shift[: -LEAD - 1])).max() == pytest.approx(ADAPT.delay_s_per_s)
    assert (adapted.gain[: FIRST_WHOLE + LEAD] == 1.0).all(), "no window is over yet"


@pytest.mark.parametrize(
    ("axis", "gain", "shift"),
    [
        (Simple(0.5, 0.0), ADAPT.highest_gain, 0.0),
        (Simple(1.6, 0.0), ADAPT.lowest_gain, 0.0),
        (Simple(1.0, 6.0), 1.0, SHIFT_LIMIT),
        (Simple(1.0, -3.5), 1.0, -SHIFT_LIMIT),
    ],
)
def test_they_go_no_further_than_their_limits(axis: Simple, gain: float, shift: float) -> None:
    """What adaptation can't make up for stays as a following error, which the limits judge."""
    adapted = play(moving(45.0), axis)
    assert adapted.gain[-LEAD - 5] == pytest.approx(gain, abs=0.02)
    assert adapted.shift[-LEAD - 5] == pytest.approx(shift, abs=0.06)
    assert adapted.gain.max() <= ADAPT.highest_gain
    assert adapted.gain[adapted.gain > 0].min() >= ADAPT.lowest_gain
    assert np.abs(adapted.shift).max() <= SHIFT_LIMIT


def test_a_window_with_too_little_motion_says_nothing() -> None:
    """Below the least RMS nothing adapts, and the commands are those of a rig without, bit for bit."""
    size = 0.99 * ADAPT.least_rms / rms_m(setpoint_at(np.arange(60 * RATE_HZ) / RATE_HZ))
    rows, axis = moving(17.0, size), Simple(0.8, 2.0)
    adapted = play(rows, axis)
    assert (adapted.law.axes["gain_wanted"][PAN], adapted.law.axes["shift_wanted"][PAN]) == (1.0, 0.0)
    assert (adapted.commands == play(rows, axis, adapting(None)).commands).all()


@pytest.mark.parametrize("axis", [Simple(0.8, 2.0, noise_m=0.02), Simple(-0.9), Simple(0.0, noise_m=1e-4)])
def test_a_window_that_is_badly_explained_says_nothing(axis: Simple) -> None:
    """Noise as large as the motion, a flipped sign, an axis that stands still: for limits and progress to judge."""
    rows = moving(17.0)
    adapted = play(rows, axis)
    assert (adapted.law.axes["gain_wanted"][PAN], adapted.law.axes["shift_wanted"][PAN]) == (1.0, 0.0)
    assert (adapted.commands == play(rows, axis, adapting(None)).commands).all()


def test_a_window_with_a_missing_sensor_says_nothing_and_the_next_does() -> None:
    """One sample is enough; it does not enter any sum, and the window after it is as good as any."""
    whole = play(moving(16.0), Simple(0.9, 2.0))
    blinded = play(moving(16.0), Simple(0.9, 2.0, missing=frozenset({FIRST_WHOLE - 800})))
    assert begins_at(whole) - FIRST_WHOLE in range(2 * LEAD)
    assert begins_at(blinded) - FIRST_WHOLE - SAMPLES_OF_WINDOW in range(2 * LEAD)
    wanted = blinded.law.axes["gain_wanted"][PAN]
    assert wanted == pytest.approx(whole.law.axes["gain_wanted"][PAN], abs=0.01)


def begins_at(adapted: Adapted) -> int:
    """The first sample with another gain."""
    return int(np.flatnonzero(np.diff(adapted.gain))[0]) + 1


def test_until_something_is_known_not_a_bit_changes() -> None:
    """With a shift of 0 the very row is played, not what a polynomial makes of it."""
    rows, axis = moving(12.0), Simple(0.9, 1.0)
    adapted, plain = play(rows, axis), play(rows, axis, adapting(None))
    known = FIRST_WHOLE + LEAD
    assert (adapted.commands[:known] == plain.commands[:known]).all()
    assert (plain.commands[: -LEAD - 4] == rows[: -LEAD - 4, PAN]).all()
    assert (adapted.commands[known + 8 : -LEAD - 4] != plain.commands[known + 8 : -LEAD - 4]).any()


def test_at_a_shift_of_0_no_other_row_is_looked_at() -> None:
    """One row that is no number is one command that is none, which the clamp refuses: not four."""
    rows, law, out = moving(1.0), ControlLaw(adapting(), 1e9), outcome_of(WINDOW, AXES)
    rows[11, PAN] = np.nan
    codes, requests = np.zeros((WINDOW, CHANNELS), np.int16), np.full(WINDOW, -1, np.int64)
    law.command(0, codes, requests, rows, len(rows), out, 24)
    assert np.flatnonzero(np.isnan(out["commands"][:24, PAN])).tolist() == [11]


def test_what_is_known_stays_through_a_hold() -> None:
    """Windows at rest say nothing; gain and shift go on where they were, and hold and resume have no bump."""
    adapted = play(moving(40.0), Simple(0.9, 1.0))
    law, rows = adapted.law, moving(60.0)
    law.law["drive_index"], law.law["mode"], law.law["done_at"] = 0, int(Mode.RUN), -1
    wanted = law.axes["gain_wanted"][PAN]
    assert wanted > 1.1
    assert law.ask(Mode.HOLD)
    commands = go_on(law, rows, 20_000, 12 * RATE_HZ)
    assert law.axes["gain_wanted"][PAN] == wanted
    assert law.ask(Mode.RUN)
    commands += go_on(law, rows, 20_000 + 12 * RATE_HZ, RATE_HZ)
    assert commands[RATE_HZ : 12 * RATE_HZ] == [0.0] * (11 * RATE_HZ)
    assert np.abs(np.diff(commands)).max() < 1.2 * wanted * np.abs(np.diff(rows[:, PAN])).max()


def go_on(law: ControlLaw, rows: FloatArray, first: int, count: int) -> list[float]:
    """The pan's commands for samples ``first`` and on, with an axis that stands still."""
    codes, requests = np.zeros((WINDOW, CHANNELS), np.int16), np.full(WINDOW, -1, np.int64)
    out, commands = outcome_of(WINDOW, AXES), []
    for number in range(first, first + count, 4):
        law.command(number, codes, requests, rows, len(rows), out, 4)
        commands += out["commands"][:4, PAN].tolist()
    return commands


def test_a_host_closed_axis_does_not_adapt() -> None:
    """It has PI on every sample; the rig file allows no adaptation there."""
    law = ControlLaw(RIG, 1e9)
    assert law.axes["window"].tolist() == [SAMPLES_OF_WINDOW, 0, 0]


def inverse_of(axis: Axis, time_s: FloatArray) -> FloatArray:
    """What the actuator of a rig file must be told so that it does what the set point says."""
    omega, at_s = 2 * np.pi * axis.actuator.natural_frequency_hz, time_s + axis.actuator.delay_s
    damping = 2.0 * axis.actuator.damping_ratio / omega
    return setpoint_at(at_s) + damping * setpoint_at(at_s, 1) + setpoint_at(at_s, 2) / omega**2


def test_the_simulated_actuator_with_another_gain_and_more_delay_comes_to_follow() -> None:
    """Gain 0.9 and 2 ms more delay than the rig file says, through the loop: below 1 % of RMS again."""
    time_s, rig = np.arange(45 * RATE_HZ) / RATE_HZ, adapting()
    fade = np.minimum(time_s, 1.0)
    rows = rows_of(fade * setpoint_at(time_s), fade * inverse_of(RIG.axes[PAN], time_s))
    with device_of(rig, real_plant=True) as device:
        plant = device.plant
        assert isinstance(plant, Patched)
        plant.plant.actuators.set_gain(RIG.axes[PAN].name, 0.9)  # type: ignore[attr-defined]
        plant.plant.actuators.set_extra_delay(RIG.axes[PAN].name, 0.002)  # type: ignore[attr-defined]
        run = run_on(rig, device, rows, LEAD, {})
    assert run.end is End.COMPLETED
    feedback = run.rows["feedback"][:, PAN] * RIG.axes[PAN].scale
    assert error_share(rows, feedback, slice(2 * RATE_HZ, 4 * RATE_HZ)) > 0.1
    assert error_share(rows, feedback, LAST) < 0.01
