"""What travels between host and servo controller in one exchange, and the words of the wire.

Samples are numbered from START out of READY, which is sample 0; START out of HOLD goes on with the number after the
last one played. Only samples played in RUN have a number and a feedback frame; in every other state the device shows
its present feedback in the status registers, and its frames are empty. Samples are taken in READY and HOLD (to be
played after START) and in RUN; in any other state, and together with HOLD, STOP or TRIP, they are discarded.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag

import numpy as np
from numpy.typing import NDArray


class DeviceState(IntEnum):
    """The servo controller's own state."""

    BOOT = 0
    OFF = 1
    PUMP = 2
    LOW_PRESSURE = 3
    READY = 4
    RUN = 5
    HOLD = 6
    RAMP_DOWN = 7
    FAULT = 8
    EMERGENCY_STOP = 9


class Command(IntEnum):
    """What the host asks of the device; all but NONE need a new key, so a replayed write does nothing.

    A command that does not fit the device's state does nothing either; the state in the answer shows it.
    """

    NONE = 0
    ARM = 1  # OFF -> PUMP -> LOW_PRESSURE -> READY, by itself
    START = 2  # READY -> RUN: the FIFO is played
    HOLD = 3  # RUN -> HOLD: the FIFO is discarded, the axes stay where they are
    STOP = 4  # powered -> RAMP_DOWN -> OFF: to neutral over the ramp time, bypassing the FIFO
    RESET = 5  # FAULT or EMERGENCY_STOP -> OFF: only at neutral, and where no interlock is open
    TRIP = 6  # any -> FAULT with FaultCode.HOST_TRIP: ramps to neutral, pressure low, latched


class Status(IntFlag):
    """Status bits."""

    PRESSURE_HIGH = 1 << 0
    PRESSURE_LOW = 1 << 1
    AT_NEUTRAL = 1 << 2
    FIFO_UNDERRUN = 1 << 3
    FIFO_OVERFLOW = 1 << 4
    WATCHDOG_ARMED = 1 << 5


class Interlock(IntFlag):
    """Interlock bits; a set bit is an open interlock, 0 is all well."""

    DOOR = 1 << 0
    GUARD = 1 << 1
    PRESSURE = 1 << 2
    OIL_LEVEL = 1 << 3
    OIL_TEMPERATURE = 1 << 4
    CHAMBER_TEMPERATURE = 1 << 5
    OVER_TRAVEL = 1 << 6
    OVERLOAD = 1 << 7
    WATCHDOG = 1 << 8
    EMERGENCY_STOP = 1 << 9


class FaultCode(IntEnum):
    """The first-out fault: what came first, latched until reset."""

    NONE = 0
    WATCHDOG = 1
    UNDERRUN = 2
    OVERFLOW = 3
    OVER_TRAVEL = 4
    OVERLOAD = 5
    INTERLOCK = 6
    EMERGENCY_STOP = 7
    HOST_TRIP = 8
    BAD_SETPOINT = 9  # a sample number that is not the next one


@dataclass(slots=True)
class SetpointBlock:
    """Host to device.

    `Hardware.exchange` stamps ``sequence``, ``key`` and ``most_frames`` into the block that it is given, whatever they
    were: one place counts them, also across `arm` and `safe`. A frame with the sequence of the one before is a replay:
    the device takes neither samples nor command from it, and its watchdog does not count it.

    Attributes:
        sequence: u16, one more (modulo 65536) with each exchange; it is also the heartbeat.
        command, key: see `Command`; the key (u16) changes with every command that is not NONE.
        first_sample: u32, the number of the first sample in this block, counted from START out of READY.
        codes: int16[samples, axes], may have no samples.
        most_frames: the most feedback frames that the answer may hold.
    """

    sequence: int
    command: Command
    key: int
    first_sample: int
    codes: NDArray[np.int16]
    most_frames: int = 0


@dataclass(slots=True)
class FeedbackBlock:
    """Device to host: its state, and every frame of feedback that the host has not had yet.

    Attributes:
        sequence_echo: the sequence of the exchange that this answers.
        fifo_level: samples waiting to be played.
        samples_played: u32, samples played since START out of READY.
        underruns: how often the FIFO ran empty in RUN.
        first_sample: u32, the number of the first frame in this block; the next one that will come if it has none.
        codes: int16[samples, channels]; frame i was sampled when sample i had been played.
    """

    state: DeviceState
    status: Status
    interlocks: Interlock
    first_fault: FaultCode
    sequence_echo: int
    fifo_level: int
    samples_played: int
    underruns: int
    first_sample: int
    codes: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """What the device says that it is, read once by `Hardware.open`."""

    map_version: int
    axes: int
    channels: int
    sample_rate_hz: int
    watchdog_ms: int
    ramp_ms: int
    fifo_capacity: int


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """What any client may read at any time, without taking anything from anyone.

    Attributes:
        sequence, key: the last ones that the device took.
        feedback: int16[channels], the present feedback, in every state.
        setpoint: int16[axes], what the axes are commanded at present, by the FIFO or by the device's own ramp.
        valve: int16[axes], 0.01 % of full opening, positive where the axis is to move in its positive direction.
        oil_pressure_bar, oil_temperature_degc: of the hydraulic supply, in steps of 0.1.
        chamber_temperature_degc: of the air around the specimens, in steps of 0.1.
    """

    state: DeviceState
    status: Status
    interlocks: Interlock
    first_fault: FaultCode
    sequence: int
    key: int
    fifo_level: int
    samples_played: int
    underruns: int
    feedback: NDArray[np.int16]
    setpoint: NDArray[np.int16]
    valve: NDArray[np.int16]
    oil_pressure_bar: float
    oil_temperature_degc: float
    chamber_temperature_degc: float
