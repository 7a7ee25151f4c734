"""The progress watch: what it finds, in which words, window by window."""

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.channel import CODE_NAN
from rig.config import Progress, Rig
from rig.rt.progress import ProgressWatch
from tests.loop_bench import AXES, CHANNELS, RIG

PAN, TORQUE, SPEED = range(AXES)
WINDOW = 500
SCALE = np.array([axis.scale for axis in RIG.axes])
PAN_WATCH = RIG.axes[PAN].progress
FloatArray = NDArray[np.float64]


def watching(axis: int = PAN, **keys: float) -> Rig:
    """The library's rig, which watches one axis only, with other keys if wanted."""
    watched = PAN_WATCH.model_copy(update=keys) if PAN_WATCH else None
    axes = [one.model_copy(update={"progress": watched if i == axis else None}) for i, one in enumerate(RIG.axes)]
    return RIG.model_copy(update={"axes": tuple(axes)})


def wave(samples: int = WINDOW, amplitude_m: float = 0.02, centre_m: float = 0.0) -> FloatArray:
    """Four periods a window, float64[samples]."""
    values: FloatArray = centre_m + amplitude_m * np.sin(2 * np.pi * np.arange(samples) / (WINDOW / 4))
    return values


def judged(
    setpoint: FloatArray, feedback: FloatArray, rig: Rig | None = None, axis: int = PAN, block: int = 8
) -> tuple[str, int]:
    """What the watch says of an axis' set point and feedback, in blocks; and after how many samples."""
    watch, samples = ProgressWatch(rig or watching(axis)), len(setpoint)
    expected, codes = np.zeros((64, AXES)), np.zeros((64, CHANNELS), np.int16)
    for first in range(0, samples, block):
        numbers = np.arange(first, min(first + block, samples))
        expected[numbers % 64, axis] = setpoint[numbers]
        values = feedback[numbers] / SCALE[axis]
        codes[numbers % 64, axis] = np.where(np.isnan(values), CODE_NAN, np.rint(np.nan_to_num(values)))
        if words := watch.judge(first, len(numbers), codes, expected):
            return words, first + len(numbers)
    return "", samples


def test_an_axis_that_follows_is_in_order() -> None:
    """Exactly, late by some samples, and a little weak; about any centre."""
    setpoint = wave(4 * WINDOW)
    for feedback in (setpoint, np.roll(setpoint, 5), 0.8 * setpoint):
        assert judged(setpoint, feedback) == ("", 4 * WINDOW)
    assert judged(wave(centre_m=0.1), wave(centre_m=0.1)) == ("", WINDOW)


@pytest.mark.parametrize("gain", [0.51, 1.0, 1.49])
def test_a_gain_within_its_bounds_is_in_order(gain: float) -> None:
    """From half to one and a half in the library; where the mean lies does not matter."""
    assert judged(wave(), gain * wave() + 0.05)[0] == ""


@pytest.mark.parametrize("gain", [0.49, 1.51, -1.0])
def test_a_gain_outside_its_bounds_is_told(gain: float) -> None:
    """A flipped sign is far outside."""
    words, samples = judged(wave(), gain * wave() + 0.05)
    told = f"pan_displacement_m does not move as it should: {gain:.3g} of its set point"
    assert words == f"{told}, allowed is 0.5 to 1.5"
    assert WINDOW <= samples < WINDOW + 8


def test_an_axis_that_stands_has_no_gain() -> None:
    """Frozen anywhere."""
    words, _ = judged(wave(), np.full(WINDOW, 0.1))
    assert words.startswith("pan_displacement_m does not move as it should: ")


def test_an_axis_that_moves_at_rest_is_told_as_that() -> None:
    """The set point's RMS is too small to regress on; the feedback's own RMS is judged."""
    assert PAN_WATCH is not None
    most = PAN_WATCH.most_rms_at_rest
    rest = np.zeros(WINDOW)
    assert judged(rest, wave(amplitude_m=0.99 * most * 2**0.5))[0] == ""
    words, _ = judged(rest, wave(amplitude_m=1.01 * most * 2**0.5))
    assert words == f"pan_displacement_m moves by {1.01 * most:.3g} RMS although its set point rests"


def test_where_it_is_at_rest_does_not_matter() -> None:
    """A rig that is held stands at neutral, a drive may stand anywhere."""
    assert judged(np.full(WINDOW, 0.12), np.full(WINDOW, 0.15))[0] == ""


@pytest.mark.parametrize("setpoint", [wave(), np.zeros(WINDOW)], ids=["moving", "at rest"])
def test_a_sensor_that_is_not_there_is_no_progress(setpoint: FloatArray) -> None:
    """One missing sample in a window is enough: what can't be judged is not in order."""
    feedback = setpoint.copy()
    feedback[321] = np.nan
    words, _ = judged(setpoint, feedback)
    assert words.startswith("pan_displacement_m does not move as it should: nan of its set point")


def test_a_set_point_that_is_no_number_is_no_progress() -> None:
    """Written so that NaN fails."""
    setpoint = wave()
    setpoint[10] = np.nan
    assert judged(setpoint, wave())[0] != ""


@pytest.mark.parametrize("from_sample", [0, 1, 250, 499, 500, 501, 730])
def test_it_is_found_with_the_first_whole_window(from_sample: int) -> None:
    """A window that is wrong in part may pass or not; one that is wrong as a whole never does."""
    setpoint = wave(4 * WINDOW)
    feedback = setpoint.copy()
    feedback[from_sample:] *= -1.0
    _, samples = judged(setpoint, feedback)
    assert from_sample < samples <= WINDOW * (-(-from_sample // WINDOW) + 1) + 8


@pytest.mark.parametrize("block", [1, 3, 7, 40])
def test_blocks_do_not_matter(block: int) -> None:
    """The same words, with the block that fills the window."""
    setpoint, feedback = wave(2 * WINDOW), 0.3 * wave(2 * WINDOW)
    words, samples = judged(setpoint, feedback, block=block)
    assert words == judged(setpoint, feedback)[0]
    assert WINDOW <= samples < WINDOW + block


def test_an_axis_without_a_watch_may_do_anything() -> None:
    """The torque of the library's rig is not watched."""
    assert judged(1e5 * wave(), -1e5 * wave(), RIG, TORQUE)[0] == ""


@pytest.mark.parametrize("axis", [PAN, SPEED])
def test_each_axis_has_a_watch_of_its_own(axis: int) -> None:
    """The one that is wrong is named, in its own unit and about its own neutral."""
    scale = {PAN: 1.0, SPEED: 500.0}[axis]
    words, _ = judged(scale * wave(), -scale * wave(), RIG, axis)
    assert words.startswith(RIG.axes[axis].name)


def test_the_window_is_the_rig_file_s() -> None:
    """A tenth of a second: found ten times as soon."""
    rig = watching(window_s=0.1)
    assert isinstance(rig.axes[PAN].progress, Progress)
    _, samples = judged(wave(), -wave(), rig)
    assert samples <= 56
