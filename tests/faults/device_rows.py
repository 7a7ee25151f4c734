"""Rows: the servo controller itself, its supplies and its answers."""

from drivers.frames import Interlock
from tests.faults.making import AT_ONCE_MS, CYCLE_MS, RAMP_MS, WATCHDOG_MS, device, from_the_start, trip
from tests.faults.row import Must, Row
from tests.faults.stand import RIG

LOST = "bus_fault"
FAULT = "device_fault"


def _interlock(bit: Interlock) -> Row:
    name = str(bit.name)
    stop = bit is Interlock.EMERGENCY_STOP
    first, says = ("EMERGENCY_STOP", "emergency stop") if stop else ("INTERLOCK", f"open interlocks: {name}")
    if bit is Interlock.WATCHDOG:  # a fresh frame closes that one before anybody can be told of it
        says = "first out was INTERLOCK"
    must = trip(AT_ONCE_MS, says, FAULT, first_fault=first)
    return device(f"interlock_{name.lower()}", f"interlock {name} opens", must, "interlock", which=name.lower())


def _identity(key: str, words: str, value: int, says: str) -> Row:
    must = Must("OFFLINE", 100.0, says, (LOST,))
    return from_the_start(f"identity_{key}", f"another {words} than the rig file's", must, "identity", **{key: value})


SUPPLIES = (
    device("emergency_stop", "emergency stop pressed",
           trip(AT_ONCE_MS, "emergency stop", FAULT, first_fault="EMERGENCY_STOP"), "emergency_stop"),
    *(_interlock(bit) for bit in Interlock),
    device("low_pressure", "oil pressure falls",
           trip(AT_ONCE_MS, "open interlocks: PRESSURE", FAULT, first_fault="INTERLOCK"), "low_pressure"),
    device("hot_oil", "oil too hot",
           trip(AT_ONCE_MS, "open interlocks: OIL_TEMPERATURE", FAULT, first_fault="INTERLOCK"), "over_temperature"),
    device("hot_chamber", "chamber too hot",
           trip(AT_ONCE_MS, "open interlocks: CHAMBER_TEMPERATURE", FAULT, first_fault="INTERLOCK"),
           "over_temperature", where="chamber"),
)  # fmt: skip

IDENTITY = (
    _identity("magic", "kind of device", 7, "no servo controller of this map"),
    _identity("map_version", "map version", 1, "map_version 1, wanted"),
    _identity("axes", "number of axes", 2, "axes 2, wanted 3"),
    _identity("channels", "number of channels", 6, "channels 6, wanted 7"),
    _identity("sample_rate_hz", "sample rate", 1000, "sample_rate_hz 1000, wanted 500"),
)

ITSELF = (
    device("reboot", "power dip: the device reboots",
           trip(AT_ONCE_MS, "the servo controller closed the connection", LOST, neutral_ms=None), "reboot",
           also={"line_keeps": True}),
    device("reboot_quietly", "the device reboots, its connections live on",
           trip(AT_ONCE_MS, "the device is in BOOT while samples are played", FAULT, neutral_ms=None),
           "reboot", cut=False),
    device("underrun", "FIFO underrun", trip(AT_ONCE_MS, "first out was UNDERRUN", FAULT, first_fault="UNDERRUN",
           neutral_ms=WATCHDOG_MS + RAMP_MS), "underrun"),
    device("overflow", "FIFO overflow", trip(AT_ONCE_MS, "first out was OVERFLOW", FAULT, first_fault="OVERFLOW"),
           "fifo_capacity", samples=2),
    device("clock_slow", "the device's clock runs 2 % slow", Must("RUNNING", 0.0, ""), "clock_rate", factor=0.98),
    device("clock_fast", "the device's clock runs 2 % fast", Must("RUNNING", 0.0, ""), "clock_rate", factor=1.02),
    device("clock_stop", "the device plays no sample any more",
           trip(11 * CYCLE_MS + AT_ONCE_MS, "no new feedback for 10 cycles", FAULT, neutral_ms=None), "clock_stop"),
)  # fmt: skip


def _frame(name: str, words: str, says: str, kind: str, fault: str) -> Row:
    return device(name, words, trip(AT_ONCE_MS, says, kind), fault, times=1)


FRAMES = (
    _frame("torn", "a torn answer", "a torn feedback frame", LOST, "frame_torn"),
    _frame("stale_echo", "an answer to the question before", "a stale feedback frame", LOST, "frame_stale_echo"),
    device("torn_always", "every answer is torn", trip(AT_ONCE_MS, "a torn feedback frame", LOST, FAULT,
           acknowledged=False), "frame_torn"),
    device("frozen_counters", "frozen counters", trip(AT_ONCE_MS, "frames were lost", FAULT), "frame_frozen_counters"),
    device("no_frames", "samples are played, no feedback comes",
           trip(RIG.lead_samples * CYCLE_MS + AT_ONCE_MS, "first out was UNDERRUN", FAULT, first_fault="UNDERRUN",
                neutral_ms=RIG.lead_samples * CYCLE_MS + WATCHDOG_MS + RAMP_MS),
           "frame_none"),
    _frame("lost_frames", "frames of feedback are lost", "frames were lost", FAULT, "frame_lost"),
    _frame("repeated_frames", "frames of feedback come twice", "frames were lost", FAULT, "frame_repeated"),
    _frame("bad_state", "a device state that is none", "a device state that is none", LOST, "frame_bad_state"),
    _frame("map_version", "the map version changes in mid-run", "no feedback frame of map version", LOST,
           "frame_map_version"),
)  # fmt: skip

ROWS: tuple[Row, ...] = (*SUPPLIES, *IDENTITY, *ITSELF, *FRAMES)
