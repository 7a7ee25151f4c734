"""Faults on demand: what can be broken on the simulated rig, as plain data with strict checking.

A fault is a mapping: ``fault`` is its name, ``at_sample`` and ``for_samples`` say when (see `base.AnyFault`), the
rest are its parameters. It comes over a back door (`simulators.backdoor`) or from a file (``kind: faults``). To add
one: a class with a name under ``fault``, its parameters, and what `begin` and `end` do to the device or the bench, in
the file of its layer; then a word in `Every`, and a test.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from profiles.schema import InputError, Strict, load
from profiles.yaml_nodes import Fault as YamlFault
from profiles.yaml_nodes import read_document
from simulators.faults.actuators import ActuatorDelay, ActuatorFrozen, ActuatorGain
from simulators.faults.base import Anatomy, AnyFault, DeviceFault, InstrumentFault
from simulators.faults.device import (
    ClampOff,
    ClockRate,
    ClockStop,
    FifoCapacity,
    OtherIdentity,
    Reboot,
    Underrun,
    WatchdogOff,
)  # fmt: skip
from simulators.faults.frames import (
    FrameBadState,
    FrameFrozenCounters,
    FrameLost,
    FrameMapVersion,
    FrameNone,
    FrameRepeated,
    FrameStaleEcho,
    FrameTorn,
)  # fmt: skip
from simulators.faults.instruments import (
    DeadSensor,
    InstrumentClosed,
    InstrumentErrorQueue,
    InstrumentGarbage,
    InstrumentIdentity,
    InstrumentLateAnswer,
    InstrumentTimeout,
    Overload,
)  # fmt: skip
from simulators.faults.line import ModbusException, ModbusLate, ModbusSilent
from simulators.faults.parsing import FaultError, parse_told
from simulators.faults.sensors import (
    SensorDrift,
    SensorFlipped,
    SensorGain,
    SensorNan,
    SensorNoiseless,
    SensorOffset,
    SensorSaturated,
    SensorSpike,
    SensorStuck,
)  # fmt: skip
from simulators.faults.supplies import EmergencyStop, LowPressure, OpenInterlock, OverTemperature

__all__ = ["AnyFault", "DeviceFault", "FaultError", "InstrumentFault", "check_faults", "names", "parse", "read_faults"]

Every = Annotated[
    SensorStuck | SensorNan | SensorSaturated | SensorSpike | SensorDrift | SensorFlipped | SensorGain | SensorOffset
    | SensorNoiseless | ActuatorGain | ActuatorDelay | ActuatorFrozen | EmergencyStop | OpenInterlock | LowPressure
    | OverTemperature | Reboot | OtherIdentity | ClockRate | ClockStop | FifoCapacity | Underrun | WatchdogOff
    | ClampOff | FrameTorn | FrameStaleEcho | FrameFrozenCounters | FrameNone | FrameLost | FrameRepeated
    | FrameBadState | FrameMapVersion | ModbusException | ModbusSilent | ModbusLate
    | InstrumentTimeout | InstrumentGarbage | InstrumentClosed | InstrumentLateAnswer | InstrumentErrorQueue
    | InstrumentIdentity | DeadSensor | Overload,
    Field(discriminator="fault"),
]  # fmt: skip


class _Told(Strict):
    it: Every


class _File(Strict):
    kind: Literal["faults"]
    name: str
    description: str = ""
    faults: tuple[Every, ...]


def names() -> list[str]:
    """The names of all faults."""
    return [name for one in classes() for name in get_args(one.model_fields["fault"].annotation)]


def classes() -> tuple[type[AnyFault], ...]:
    """All faults there are, in the order of the documentation."""
    return get_args(get_args(Every)[0])


def parse(told: Mapping[str, Any]) -> AnyFault:
    """The fault that a mapping of plain values describes.

    Raises:
        FaultError: with everything that is wrong with it.
    """
    return parse_told(told, _Told, "fault", names()).it


def check_faults(path: Path, faults: tuple[AnyFault, ...], anatomy: Anatomy) -> None:
    """Check that a bench can have the faults of a file.

    Raises:
        InputError: with all that it can't.
    """
    document = read_document(path)
    found = [
        YamlFault(str(path), document.place(("faults", index, key)).line, f"faults.{index}.{key}", found, allowed)
        for index, fault in enumerate(faults)
        for key, found, allowed in fault.refusals(anatomy)
    ]
    if found:
        raise InputError(found)


def read_faults(path: Path) -> tuple[AnyFault, ...]:
    """The faults in a file of ``kind: faults``.

    Raises:
        InputError: with all faults of the file.
    """
    return load(path, _File).faults
