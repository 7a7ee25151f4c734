"""The register map: golden words for each message, and frames that are not what they should be."""

import numpy as np
import pytest

from drivers import registers
from drivers.errors import BusProtocolError, IdentityError
from drivers.frames import (
    Command,
    DeviceIdentity,
    DeviceState,
    DeviceStatus,
    FaultCode,
    FeedbackBlock,
    Interlock,
    SetpointBlock,
    Status,
)

SETPOINTS = SetpointBlock(7, Command.START, 3, 0x0001_0002, np.array([[1, -1], [-32767, 32767]], dtype=np.int16), 8)
SETPOINT_WORDS = [7, 2, 3, 8, 2, 1, 2, 1, 0xFFFF, 0x8001, 0x7FFF]

FEEDBACK = FeedbackBlock(
    DeviceState.RUN,
    Status.PRESSURE_HIGH | Status.WATCHDOG_ARMED,
    Interlock.DOOR | Interlock.WATCHDOG,
    FaultCode.UNDERRUN,
    7,
    4,
    0x0001_0004,
    1,
    0x0001_0003,
    np.array([[100, -32768]], dtype=np.int16),
)
FEEDBACK_WORDS = [2, 5, 0x21, 0x101, 2, 7, 4, 1, 4, 1, 1, 1, 3, 100, 0x8000, 7]

IDENTITY = DeviceIdentity(2, 3, 7, 500, 150, 1000, 250)
IDENTITY_WORDS = [0x4552, 2, 3, 7, 500, 150, 1000, 250]


def test_set_point_frame_has_golden_words() -> None:
    """Head, high word first, codes by sample as two's complement."""
    assert registers.encode_setpoints(SETPOINTS, axes=2) == SETPOINT_WORDS


def test_set_point_frame_comes_back() -> None:
    """What the device reads is what the host meant."""
    read = registers.decode_setpoints(SETPOINT_WORDS, axes=2)
    assert (read.sequence, read.command, read.key, read.first_sample, read.most_frames) == (7, 2, 3, 65538, 8)
    np.testing.assert_array_equal(read.codes, SETPOINTS.codes)


def test_set_point_frame_without_samples() -> None:
    """A heartbeat alone is a head alone."""
    empty = SetpointBlock(1, Command.NONE, 0, 0, np.empty((0, 3), dtype=np.int16))
    words = registers.encode_setpoints(empty, axes=3)
    assert words == [1, 0, 0, 0, 0, 0, 0]
    assert registers.decode_setpoints(words, axes=3).codes.shape == (0, 3)


def test_feedback_frame_has_golden_words() -> None:
    """State words, counters, codes, and the echo again at the end."""
    assert registers.encode_feedback(FEEDBACK, channels=2) == FEEDBACK_WORDS


def test_feedback_frame_comes_back_from_a_longer_area() -> None:
    """The host reads a fixed number of registers; what stands behind the frame does not matter."""
    read = registers.decode_feedback([*FEEDBACK_WORDS, 99, 99], channels=2, sequence=7)
    assert (read.state, read.status, read.interlocks, read.first_fault) == (5, 0x21, 0x101, 2)
    assert (read.sequence_echo, read.fifo_level, read.samples_played, read.underruns) == (7, 4, 65540, 1)
    assert read.first_sample == 65539
    np.testing.assert_array_equal(read.codes, FEEDBACK.codes)


def _with(words: list[int], at: int, value: int) -> list[int]:
    return [*words[:at], value, *words[at + 1 :]]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (_with(FEEDBACK_WORDS, 15, 6), "torn"),
        (_with(FEEDBACK_WORDS, 5, 6), "torn"),
        (_with(_with(FEEDBACK_WORDS, 5, 6), 15, 6), "stale"),
        (_with(FEEDBACK_WORDS, 0, 1), "map version"),
        (_with(FEEDBACK_WORDS, 10, 50), "says 50 frames"),
        (_with(FEEDBACK_WORDS, 1, 77), "state that is none"),
        (_with(FEEDBACK_WORDS, 4, 77), "state that is none"),
        (FEEDBACK_WORDS[:-1], "says 1 frames"),
        ([], "no feedback frame"),
    ],
)
def test_broken_feedback_frames_are_seen(words: list[int], why: str) -> None:
    """Torn, stale, cut short, of another version, or nonsense: never taken for feedback."""
    with pytest.raises(BusProtocolError, match=why):
        registers.decode_feedback(words, channels=2, sequence=7)


@pytest.mark.parametrize(
    "words", [SETPOINT_WORDS[:-1], SETPOINT_WORDS[:3], _with(SETPOINT_WORDS, 4, 3), _with(SETPOINT_WORDS, 1, 99)]
)
def test_broken_set_point_frames_are_refused(words: list[int]) -> None:
    """The device takes a whole frame with a command that is one, or nothing."""
    with pytest.raises(BusProtocolError):
        registers.decode_setpoints(words, axes=2)


def test_identity_has_golden_words_and_comes_back() -> None:
    """The first register says that this is a servo controller of this map."""
    assert registers.encode_identity(IDENTITY) == IDENTITY_WORDS
    assert registers.decode_identity(IDENTITY_WORDS) == IDENTITY


def test_another_device_is_no_servo_controller() -> None:
    """Without the magic word nothing else is believed."""
    with pytest.raises(IdentityError, match="no servo controller"):
        registers.decode_identity(_with(IDENTITY_WORDS, 0, 0))


def test_status_has_golden_words_and_comes_back() -> None:
    """State at 16, present feedback at 32, set point at 48, valve commands at 56, pressure and temperatures from 64."""
    feedback, setpoint, valve = (np.array(codes, dtype=np.int16) for codes in ([5, -6], [-7], [-10_000]))
    status = DeviceStatus(
        DeviceState.HOLD, Status(4), Interlock(2), FaultCode(0), 9, 8, 3, 65541, 2, feedback, setpoint, valve,
        209.97, 41.2, -5.0,
    )  # fmt: skip
    words = registers.encode_status(status)
    assert len(words) == registers.STATUS_LENGTH == 51
    assert words[:10] == [6, 4, 2, 0, 9, 8, 3, 1, 5, 2]
    assert words[32 - 16 :][:2] == [5, 0xFFFA]
    assert words[48 - 16 :][:2] == [0xFFF9, 0]
    assert words[56 - 16 :] == [0xD8F0, 0, 0, 0, 0, 0, 0, 0, 2100, 412, 0xFFCE]
    read = registers.decode_status(words, axes=1, channels=2)
    assert (read.state, read.samples_played, read.key) == (DeviceState.HOLD, 65541, 8)
    np.testing.assert_array_equal(read.feedback, feedback)
    np.testing.assert_array_equal(read.setpoint, setpoint)
    np.testing.assert_array_equal(read.valve, valve)
    assert (read.oil_pressure_bar, read.oil_temperature_degc, read.chamber_temperature_degc) == (210.0, 41.2, -5.0)


def test_areas_do_not_overlap() -> None:
    """Identity, status, set point frame and feedback frame lie one after the other."""
    assert registers.IDENTITY_AT + registers.IDENTITY_LENGTH <= registers.STATUS_AT
    assert registers.FEEDBACK_NOW_AT + registers.MOST_CHANNELS <= registers.SETPOINT_NOW_AT
    assert registers.SETPOINT_NOW_AT + registers.MOST_AXES <= registers.VALVE_AT
    assert registers.VALVE_AT + registers.MOST_AXES <= registers.SUPPLIES_AT
    assert registers.STATUS_AT + registers.STATUS_LENGTH <= registers.SETPOINT_FRAME_AT
    assert registers.SETPOINT_FRAME_AT + registers.MOST_WRITTEN <= registers.FEEDBACK_FRAME_AT


@pytest.mark.parametrize(("axes", "channels", "lead"), [(3, 7, 15), (8, 16, 6), (1, 1, 111)])
def test_what_fits_one_exchange(axes: int, channels: int, lead: int) -> None:
    """A lead of as many samples as one exchange carries fits, one more does not."""
    registers.check_fit(axes, channels, lead)
    with pytest.raises(ValueError, match="lead"):
        registers.check_fit(axes, channels, lead + 1)


@pytest.mark.parametrize(("axes", "channels"), [(0, 7), (9, 7), (3, 0), (3, 17)])
def test_too_many_axes_or_channels_do_not_fit(axes: int, channels: int) -> None:
    """The map has room for 8 axes and 16 channels."""
    with pytest.raises(ValueError, match="axes"):
        registers.check_fit(axes, channels, 1)


def test_set_points_of_another_shape_are_no_frame() -> None:
    """Wrong columns, wrong type or too many samples are the caller's mistake."""
    for codes in (np.zeros((1, 3), np.int16), np.zeros((1, 2)), np.zeros((58, 2), np.int16)):
        with pytest.raises(ValueError, match="samples"):
            registers.encode_setpoints(SetpointBlock(0, Command.NONE, 0, 0, codes), axes=2)
