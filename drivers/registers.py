"""Frames to registers and back: the only place with addresses, word order and the layout of the servo controller's map.

All are Modbus holding registers, addresses as in the PDU (from 0), numbers of two registers with the high word first.

| from | registers | what | access |
|---|---|---|---|
| 0 | 8 | identity: magic, map version, axes, channels, sample rate, watchdog, ramp, FIFO capacity | read |
| 16 | 10 | status: state, status, interlocks, first fault, sequence, key, FIFO level, played (2), underruns | read |
| 32 | 16 | present feedback, one code per channel | read |
| 48 | 8 | present set point, one code per axis | read |
| 56 | 8 | valve command, one per axis, int16, 0.01 % of full opening | read |
| 64 | 1 | oil pressure, int16, 0.1 bar | read |
| 65 | 1 | oil temperature, int16, 0.1 °C | read |
| 66 | 1 | chamber temperature, int16, 0.1 °C | read |
| 100 | to 121 | set point frame: sequence, command, key, most frames, count, first sample (2), codes | write, whole |
| 300 | to 125 | feedback frame: head, codes, the sequence echo again | read |

Codes stand sample by sample. The head of a feedback frame: map version, state, status, interlocks, first fault,
sequence echo, FIFO level, samples played (2), underruns, count, first sample (2). The feedback frame is made when a
set point frame has been written, so one FC23 (which writes first) carries an exchange; reading it again gives the
same frame.
"""

import numpy as np
from numpy.typing import NDArray

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

MAP_VERSION = 2
MAGIC = 0x4552
"""The first register: 'ER'. Another value means another kind of device."""

MOST_READ, MOST_WRITTEN = 125, 121
"""The most registers that one FC23 reads and writes (Modbus Application Protocol V1.1b3, 6.17)."""

MOST_AXES, MOST_CHANNELS = 8, 16

IDENTITY_AT, IDENTITY_LENGTH = 0, 8
STATUS_AT = 16
FEEDBACK_NOW_AT, SETPOINT_NOW_AT = 32, 48
VALVE_AT, SUPPLIES_AT, SUPPLIES_LENGTH = 56, 64, 3
STATUS_LENGTH = SUPPLIES_AT + SUPPLIES_LENGTH - STATUS_AT
SETPOINT_FRAME_AT, SETPOINT_HEAD = 100, 7
FEEDBACK_FRAME_AT, FEEDBACK_HEAD = 300, 13
MAP_LENGTH = FEEDBACK_FRAME_AT + MOST_READ


def most_samples(axes: int) -> int:
    """How many samples one set point frame carries."""
    return (MOST_WRITTEN - SETPOINT_HEAD) // axes


def most_frames(channels: int) -> int:
    """How many frames of feedback one answer carries."""
    return (MOST_READ - FEEDBACK_HEAD - 1) // channels


def feedback_length(frames: int, channels: int) -> int:
    """Registers of a feedback frame with so many frames of feedback."""
    return FEEDBACK_HEAD + frames * channels + 1


def check_fit(axes: int, channels: int, lead_samples: int) -> None:
    """Check that a rig fits the wire.

    Raises:
        ValueError: too many axes or channels, or a lead of more samples than one exchange carries.
    """
    if not (1 <= axes <= MOST_AXES and 1 <= channels <= MOST_CHANNELS):
        raise ValueError(f"the wire carries 1 to {MOST_AXES} axes and 1 to {MOST_CHANNELS} channels")
    most = min(most_samples(axes), most_frames(channels))
    if not 1 <= lead_samples <= most:
        raise ValueError(
            f"with {axes} axes and {channels} channels one exchange carries 1 to {most} samples, "
            f"so the lead can't be {lead_samples}"
        )


def _high_low(number: int) -> tuple[int, int]:
    return number >> 16, number & 0xFFFF


def _to_words(codes: NDArray[np.int16]) -> list[int]:
    words: list[int] = np.ascontiguousarray(codes, dtype=np.int16).view(np.uint16).ravel().tolist()
    return words


def _to_codes(words: list[int], columns: int) -> NDArray[np.int16]:
    return np.array(words, dtype=np.uint16).view(np.int16).reshape(-1, columns)


def encode_setpoints(block: SetpointBlock, axes: int) -> list[int]:
    """The registers of a set point frame, from `SETPOINT_FRAME_AT`.

    Raises:
        ValueError: the codes are not int16[samples, axes], or more samples than fit.
    """
    if block.codes.ndim != 2 or block.codes.shape[1] != axes or block.codes.dtype != np.int16:
        raise ValueError(f"set points are int16[samples, {axes}], not {block.codes.dtype}{list(block.codes.shape)}")
    count = block.codes.shape[0]
    if count > most_samples(axes):
        raise ValueError(f"{count} samples do not fit one frame, which carries {most_samples(axes)}")
    head = [block.sequence, int(block.command), block.key, block.most_frames, count]
    return [*head, *_high_low(block.first_sample), *_to_words(block.codes)]


def decode_setpoints(registers: list[int], axes: int) -> SetpointBlock:
    """The set point frame in registers that were written from `SETPOINT_FRAME_AT`.

    Raises:
        BusProtocolError: the count does not fit the number of registers, or the command is none.
    """
    if len(registers) < SETPOINT_HEAD:
        raise BusProtocolError(f"a set point frame of {len(registers)} registers; its head has {SETPOINT_HEAD}")
    sequence, command, key, frames, count, high, low = registers[:SETPOINT_HEAD]
    codes = registers[SETPOINT_HEAD:]
    if len(codes) != count * axes:
        raise BusProtocolError(f"a set point frame of {count} samples with {len(codes)} codes for {axes} axes")
    try:
        asked = Command(command)
    except ValueError:
        raise BusProtocolError(f"command {command} is none") from None
    return SetpointBlock(sequence, asked, key, high << 16 | low, _to_codes(codes, axes), frames)


def encode_feedback(block: FeedbackBlock, channels: int) -> list[int]:
    """The registers of a feedback frame, from `FEEDBACK_FRAME_AT`.

    Raises:
        ValueError: the codes are not int16[frames, channels], or more frames than fit.
    """
    if block.codes.ndim != 2 or block.codes.shape[1] != channels or block.codes.dtype != np.int16:
        raise ValueError(f"feedback is int16[frames, {channels}], not {block.codes.dtype}{list(block.codes.shape)}")
    count = block.codes.shape[0]
    if count > most_frames(channels):
        raise ValueError(f"{count} frames do not fit one answer, which carries {most_frames(channels)}")
    state = [int(block.state), int(block.status), int(block.interlocks), int(block.first_fault)]
    played = [block.fifo_level, *_high_low(block.samples_played), block.underruns]
    head = [MAP_VERSION, *state, block.sequence_echo, *played, count, *_high_low(block.first_sample)]
    return [*head, *_to_words(block.codes), block.sequence_echo]


def decode_feedback(registers: list[int], channels: int, sequence: int | None = None) -> FeedbackBlock:
    """The feedback frame in registers that were read from `FEEDBACK_FRAME_AT`; they may go on after its end.

    Args:
        registers: as read.
        channels: how many the device has.
        sequence: of the set point frame that this must answer; None takes any.

    Raises:
        BusProtocolError: torn (the echo at its end is another), stale (it answers another frame), cut short,
            of another map version, or with a state that is none.
    """
    if len(registers) <= FEEDBACK_HEAD or registers[0] != MAP_VERSION:
        raise BusProtocolError(f"no feedback frame of map version {MAP_VERSION}")
    _, state, status, interlocks, fault, echo, level, high, low, underruns, count = registers[:11]
    end = FEEDBACK_HEAD + count * channels
    if end >= len(registers):
        raise BusProtocolError(f"a feedback frame that says {count} frames and has {len(registers)} registers")
    if registers[end] != echo:
        raise BusProtocolError(f"a torn feedback frame: it starts with echo {echo} and ends with {registers[end]}")
    if sequence is not None and echo != sequence:
        raise BusProtocolError(f"a stale feedback frame: it answers {echo}, not {sequence}")
    codes = _to_codes(registers[FEEDBACK_HEAD:end], channels)
    first = registers[11] << 16 | registers[12]
    return FeedbackBlock(
        *_state_words(state, status, interlocks, fault), echo, level, high << 16 | low, underruns, first, codes
    )


def _state_words(
    state: int, status: int, interlocks: int, fault: int
) -> tuple[DeviceState, Status, Interlock, FaultCode]:
    try:
        return DeviceState(state), Status(status), Interlock(interlocks), FaultCode(fault)
    except ValueError as error:
        raise BusProtocolError(f"a device state that is none: {error}") from None


def encode_identity(identity: DeviceIdentity) -> list[int]:
    """The registers of the identity, from `IDENTITY_AT`."""
    shape = [identity.map_version, identity.axes, identity.channels, identity.sample_rate_hz]
    return [MAGIC, *shape, identity.watchdog_ms, identity.ramp_ms, identity.fifo_capacity]


def decode_identity(registers: list[int]) -> DeviceIdentity:
    """The identity in registers that were read from `IDENTITY_AT`.

    Raises:
        IdentityError: the magic is another: no servo controller of this map.
    """
    if len(registers) != IDENTITY_LENGTH or registers[0] != MAGIC:
        raise IdentityError(f"no servo controller of this map: register {IDENTITY_AT} is not {MAGIC:#06x}")
    return DeviceIdentity(*registers[1:])


def encode_status(status: DeviceStatus) -> list[int]:
    """The registers of the status, the present feedback, the present set point and the rest, from `STATUS_AT`.

    Raises:
        OverflowError: a pressure or a temperature that its register can't hold.
    """
    words = [int(status.state), int(status.status), int(status.interlocks), int(status.first_fault)]
    words += [status.sequence, status.key, status.fifo_level, *_high_low(status.samples_played), status.underruns]
    registers = words + [0] * (STATUS_LENGTH - len(words))
    supplies = (status.oil_pressure_bar, status.oil_temperature_degc, status.chamber_temperature_degc)
    tenths = np.array([round(10.0 * value) for value in supplies], dtype=np.int16)
    shown = ((FEEDBACK_NOW_AT, status.feedback), (SETPOINT_NOW_AT, status.setpoint), (VALVE_AT, status.valve))
    for address, codes in (*shown, (SUPPLIES_AT, tenths)):
        at = address - STATUS_AT
        registers[at : at + len(codes)] = _to_words(codes)
    return registers


def decode_status(registers: list[int], axes: int, channels: int) -> DeviceStatus:
    """The status in registers that were read from `STATUS_AT`.

    Raises:
        BusProtocolError: too few registers, or a state that is none.
    """
    if len(registers) != STATUS_LENGTH:
        raise BusProtocolError(f"a status of {len(registers)} registers, wanted {STATUS_LENGTH}")
    state, status, interlocks, fault, sequence, key, level, high, low, underruns = registers[:10]
    feedback_at, setpoint_at = FEEDBACK_NOW_AT - STATUS_AT, SETPOINT_NOW_AT - STATUS_AT
    valve_at, supplies_at = VALVE_AT - STATUS_AT, SUPPLIES_AT - STATUS_AT
    pressure, oil, chamber = (_to_codes(registers[supplies_at:], SUPPLIES_LENGTH)[0] / 10.0).tolist()
    return DeviceStatus(
        *_state_words(state, status, interlocks, fault),
        sequence,
        key,
        level,
        high << 16 | low,
        underruns,
        _to_codes(registers[feedback_at : feedback_at + channels], channels)[0],
        _to_codes(registers[setpoint_at : setpoint_at + axes], axes)[0],
        _to_codes(registers[valve_at : valve_at + axes], axes)[0],
        pressure,
        oil,
        chamber,
    )
