"""The rig file: axes, channels, limits, rates, watchdog, instruments. `rig.wiring` builds from what it says."""

from rig.config.checks import AxisCheck, ChannelCheck, Checks, Follows, Pressure, ValveCheck
from rig.config.devices import LAUNCHED, FanLoop, Instrument, Modbus, Reading, Shaker
from rig.config.limits import JUDGED_BY_AXIS, JUDGED_BY_VALUE, Limit, LimitAction, LimitKind
from rig.config.quantities import ActuatorModel, Adaptation, Axis, ControlLaw, Name, Positive, Progress, Quantity
from rig.config.rig import FOLDER, LIBRARY, Corner, Pace, Rig, load_rig

__all__ = [
    "FOLDER",
    "JUDGED_BY_AXIS",
    "JUDGED_BY_VALUE",
    "LAUNCHED",
    "LIBRARY",
    "ActuatorModel",
    "Adaptation",
    "Axis",
    "AxisCheck",
    "ChannelCheck",
    "Checks",
    "ControlLaw",
    "Corner",
    "FanLoop",
    "Follows",
    "Instrument",
    "Limit",
    "LimitAction",
    "LimitKind",
    "Modbus",
    "Name",
    "Pace",
    "Positive",
    "Pressure",
    "Progress",
    "Quantity",
    "Reading",
    "Rig",
    "Shaker",
    "ValveCheck",
    "load_rig",
]
