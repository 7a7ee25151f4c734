"""The rig file: axes, channels, limits, rates, watchdog, instruments. `wiring` builds from what it says."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from drivers.channel import Channel
from profiles.catalogue import find
from profiles.schema import Misfit, Strict, load

Positive = Annotated[float, Field(gt=0)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]

Pace = Literal["real", "stepped"]
Corner = Literal["front_left", "front_right", "rear_left", "rear_right"]
"""Which corner of the car the rig holds."""
Word = Annotated[str, Field(min_length=1, pattern=r"^[^\x00]*$")]

LAUNCHED = "launched"
"""In place of an address: what the ``launch`` command prints."""

LIBRARY = Path(__file__).parent / "library"
FOLDER = LIBRARY / "rigs"


class ActuatorModel(Strict):
    """What the actuator can do, and how it answers a set point: second order with a dead time."""

    natural_frequency_hz: Positive
    damping_ratio: Positive
    delay_s: Annotated[float, Field(ge=0, le=0.1)]
    lowest: float
    highest: float
    rate_per_s: Positive
    acceleration_per_s2: Positive | None = None
    force_n: Positive | None = None
    source: str


class ControlLaw(Strict):
    """How the host helps an axis: a slow mean-position integral (device) or PI on top of feed-forward (host)."""

    closed_by: Literal["device", "host"]
    proportional: Annotated[float, Field(ge=0, le=2)] = 0.0
    integral_per_s: Annotated[float, Field(ge=0, le=50)] = 0.0
    trim_limit: Annotated[float, Field(ge=0)] = 0.0


class Quantity(Strict):
    """A channel on the wire: value = offset + scale x code (int16)."""

    name: Name
    unit: str
    scale: Positive
    offset: float = 0.0
    description: str


class Axis(Quantity):
    """An axis that is commanded. Its feedback is the channel of the same name."""

    neutral: float = 0.0
    actuator: ActuatorModel
    control: ControlLaw


JUDGED_BY_VALUE = ("upper", "lower", "following_error", "underpeak", "rate")
"""The kinds of limits that compare with a value; the others (validity) know none."""
JUDGED_BY_AXIS = ("following_error", "underpeak")
"""The kinds of limits that compare with the set point of an axis."""
LimitKind = Literal["upper", "lower", "following_error", "underpeak", "rate", "saturated", "stuck", "stale", "nan"]
LimitAction = Literal["indicate", "hold", "stop", "trip"]


class Limit(Strict):
    """One judgement of one channel, sample by sample."""

    channel: Name
    kind: LimitKind
    value: float | None = None
    action: LimitAction
    persistence_samples: Annotated[int, Field(ge=1, le=100_000)] = 1


def _host_and_port(address: str) -> str:
    host, _, port = address.rpartition(":")
    good = bool(re.fullmatch(r"[A-Za-z0-9._-]+", host)) and bool(re.fullmatch(r"[0-9]{1,5}", port))
    if address != LAUNCHED and not (good and 1 <= int(port) <= 65_535):
        raise ValueError("'launched', or a host and a port such as '192.168.1.10:502'")
    return address


class Modbus(Strict):
    """Where the servo controller is. `launched` takes the address that the `launch` command prints."""

    address: Annotated[str, AfterValidator(_host_and_port)]  # "launched" or "host:port"
    unit_id: Annotated[int, Field(ge=0, le=255)] = 1
    timeout_ms: Annotated[int, Field(ge=2, le=10_000)]


_VISA_NAME = re.compile(r"TCPIP\d*::[^:\s]+::\d{1,5}::SOCKET|(TCPIP|USB|GPIB|ASRL)[^:\s]*(::[^:\s]+)+")


def _visa_name(resource: str) -> str:
    if resource != LAUNCHED and (not _VISA_NAME.fullmatch(resource) or re.fullmatch(r".*::\D+::SOCKET", resource)):
        raise ValueError("'launched', or a VISA resource name such as 'TCPIP0::192.168.1.11::5025::SOCKET'")
    return resource


class Instrument(Strict):
    """One VISA instrument. `launched` takes the resource that the `launch` command prints."""

    role: Literal["data_acquisition", "supply", "waveform_generator"]
    resource: Annotated[str, AfterValidator(_visa_name)]  # "launched" or a VISA resource name
    identity: Word  # what *IDN? must contain
    timeout_ms: Annotated[int, Field(ge=50, le=60_000)] = 2000


class FanLoop(Strict):
    """Damper cooling: the supply's voltage follows the damper's temperature, over VISA, once a period."""

    period_s: Annotated[float, Field(ge=1)]  # the instruments are polled once a second
    target_degc: float
    gain_v_per_k: Positive
    integral_v_per_ks: Annotated[float, Field(ge=0)]
    lowest_v: Annotated[float, Field(ge=0)]
    highest_v: Positive
    temperature_channel: Annotated[int, Field(ge=101, le=322)]
    supply_output: Annotated[int, Field(ge=1, le=9)] = 2  # of an E36312A the first that reaches 24 V
    current_limit_a: Positive = 1.0


class Shaker(Strict):
    """The body-mount shaker: what lies above the hydraulics' band, as waveform blocks switched at segment borders."""

    rate_hz: Annotated[float, Field(ge=1, le=1e6)]
    points: Annotated[int, Field(ge=64, le=65_536)]
    volts_per_mps2: Positive


class Rig(Strict):
    """A rig file."""

    kind: Literal["rig"]
    name: Name
    description: str
    sample_rate_hz: Annotated[int, Field(ge=10, le=2000)]
    lead_samples: Annotated[int, Field(ge=1, le=10)]
    samples_per_cycle: Annotated[int, Field(ge=1, le=10)]
    watchdog_ms: Annotated[int, Field(ge=10, le=5000)]
    ramp_s: Annotated[float, Field(gt=0, le=60)]
    band_low_hz: Positive
    band_high_hz: Positive
    corner: Corner = "front_left"
    pace: Pace
    launch: Annotated[tuple[Word, ...], Field(min_length=1)] | None = None
    modbus: Modbus
    axes: Annotated[tuple[Axis, ...], Field(min_length=1, max_length=8)]
    channels: Annotated[tuple[Quantity, ...], Field(min_length=1, max_length=16)]
    limits: tuple[Limit, ...]
    instruments: tuple[Instrument, ...] = ()
    fan: FanLoop | None = None
    shaker: Shaker | None = None

    def misfits(self) -> Iterator[Misfit]:
        """Names that nothing has or that two have, ranges the wrong way round, what can't be judged or reached."""
        yield from self._doubles()
        for index, axis in enumerate(self.axes):
            yield from _axis_misfits(("axes", index), axis, self.channels)
        for index, limit in enumerate(self.limits):
            yield from _limit_misfits(("limits", index), limit, self)
        yield from self._addresses()
        yield from self._helpers()
        if not self.samples_per_cycle <= self.lead_samples:
            yield Misfit(("samples_per_cycle",), f"at most lead_samples, {self.lead_samples}")
        cycle_ms = 1000.0 * self.samples_per_cycle / self.sample_rate_hz
        if not self.watchdog_ms > 2.0 * cycle_ms:
            yield Misfit(("watchdog_ms",), f"more than two cycles, {2.0 * cycle_ms:g} ms")

    def _doubles(self) -> Iterator[Misfit]:
        named: tuple[tuple[str, str, list[str]], ...] = (
            ("axes", "name", [axis.name for axis in self.axes]),
            ("channels", "name", [channel.name for channel in self.channels]),
            ("instruments", "role", [instrument.role for instrument in self.instruments]),
        )
        for part, key, names in named:
            for index, name in enumerate(names):
                if name in names[:index]:
                    yield Misfit((part, index, key), f"each {key} once; {part}.{names.index(name)} has it already")

    def _addresses(self) -> Iterator[Misfit]:
        if self.launch is not None:
            return
        allowed = "an address, as there is no 'launch' command that would print it"
        if self.modbus.address == LAUNCHED:
            yield Misfit(("modbus", "address"), allowed)
        for index, instrument in enumerate(self.instruments):
            if instrument.resource == LAUNCHED:
                yield Misfit(("instruments", index, "resource"), allowed)

    def _helpers(self) -> Iterator[Misfit]:
        roles = [instrument.role for instrument in self.instruments]
        if self.fan is not None:
            for role in ("data_acquisition", "supply"):
                if role not in roles:
                    yield Misfit(("fan",), f"a fan only where there is an instrument of the role {role}")
            if not self.fan.lowest_v < self.fan.highest_v:
                yield Misfit(("fan", "lowest_v"), f"less than highest_v, {self.fan.highest_v:g}")
        if self.shaker is not None and "waveform_generator" not in roles:
            yield Misfit(("shaker",), "a shaker only where there is an instrument of the role waveform_generator")


def _axis_misfits(where: tuple[str | int, ...], axis: Axis, channels: tuple[Quantity, ...]) -> Iterator[Misfit]:
    model, wire = axis.actuator, _wire(axis)
    if not model.lowest < model.highest:
        yield Misfit((*where, "actuator", "lowest"), f"less than highest, {model.highest:g}")
    elif not model.lowest <= axis.neutral <= model.highest:
        yield Misfit((*where, "neutral"), f"within the actuator's {model.lowest:g} to {model.highest:g}")
    if not wire.lowest <= model.lowest <= model.highest <= wire.highest and model.lowest < model.highest:
        reach = f"{wire.lowest:g} to {wire.highest:g}"
        yield Misfit((*where, "scale"), f"a scale that reaches the actuator's range on the wire; this one: {reach}")
    feedback = [channel for channel in channels if channel.name == axis.name]
    if not feedback:
        yield Misfit((*where, "name"), f"one with a feedback channel of its name; {_names(channels)}")
    elif feedback[0].unit != axis.unit:
        yield Misfit((*where, "unit"), f"the unit of its feedback channel, {feedback[0].unit!r}")


def _limit_misfits(where: tuple[str | int, ...], limit: Limit, rig: Rig) -> Iterator[Misfit]:
    channel = next((channel for channel in rig.channels if channel.name == limit.channel), None)
    if channel is None:
        yield Misfit((*where, "channel"), f"a channel of this rig; {_names(rig.channels)}")
        return
    if limit.kind in JUDGED_BY_AXIS and limit.channel not in [axis.name for axis in rig.axes]:
        yield Misfit((*where, "kind"), f"{' and '.join(JUDGED_BY_AXIS)} only for axes; {_names(rig.axes)}")
    if limit.kind not in JUDGED_BY_VALUE:
        if limit.value is not None:
            yield Misfit((*where, "value"), f"no value for the kind {limit.kind}")
    elif limit.value is None:
        yield Misfit((*where, "value"), f"a value, which the kind {limit.kind} compares with")
    elif limit.kind not in ("upper", "lower"):
        if not limit.value > 0:
            yield Misfit((*where, "value"), "more than 0")
    elif not _wire(channel).lowest < limit.value < _wire(channel).highest:
        reach = f"{_wire(channel).lowest:g} to {_wire(channel).highest:g}"
        yield Misfit((*where, "value"), f"between what the channel can measure, {reach}")


def _wire(quantity: Quantity) -> Channel:
    return Channel(quantity.name, quantity.unit, quantity.scale, quantity.offset)


def _names(quantities: Sequence[Quantity]) -> str:
    return "there are " + ", ".join(quantity.name for quantity in quantities)


def load_rig(what: str) -> Rig:
    """A rig file by its path, or by its name in the library.

    Raises:
        InputError: there is no such file, or its content is wrong.
    """
    return load(find(what, FOLDER, "rig"), Rig)
