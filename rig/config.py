"""The rig file: axes, channels, limits, rates, watchdog, instruments. `wiring` builds from what it says."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from profiles.catalogue import find
from profiles.schema import Strict, load

Positive = Annotated[float, Field(gt=0)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]

Pace = Literal["real", "stepped"]

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


LimitKind = Literal["upper", "lower", "following_error", "underpeak", "rate", "saturated", "stuck", "stale", "nan"]
LimitAction = Literal["indicate", "hold", "stop", "trip"]


class Limit(Strict):
    """One judgement of one channel, sample by sample."""

    channel: Name
    kind: LimitKind
    value: float | None = None
    action: LimitAction
    persistence_samples: Annotated[int, Field(ge=1, le=100_000)] = 1


class Modbus(Strict):
    """Where the servo controller is. `launched` takes the address that the `launch` command prints."""

    address: str  # "launched" or "host:port"
    unit_id: Annotated[int, Field(ge=0, le=255)] = 1
    timeout_ms: Annotated[int, Field(ge=2, le=10_000)]


class Instrument(Strict):
    """One VISA instrument. `launched` takes the resource that the `launch` command prints."""

    role: Literal["data_acquisition", "supply", "waveform_generator"]
    resource: str  # "launched" or a VISA resource name
    identity: str  # what *IDN? must contain
    timeout_ms: Annotated[int, Field(ge=50, le=60_000)] = 2000


class FanLoop(Strict):
    """Damper cooling: the supply's voltage follows the damper's temperature, over VISA, once a period."""

    period_s: Positive
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

    rate_hz: Positive
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
    ramp_s: Positive
    band_low_hz: Positive
    band_high_hz: Positive
    pace: Pace
    launch: tuple[str, ...] | None = None
    modbus: Modbus
    axes: Annotated[tuple[Axis, ...], Field(min_length=1, max_length=8)]
    channels: Annotated[tuple[Quantity, ...], Field(min_length=1, max_length=16)]
    limits: tuple[Limit, ...]
    instruments: tuple[Instrument, ...] = ()
    fan: FanLoop | None = None
    shaker: Shaker | None = None

    @model_validator(mode="after")
    def _names_fit(self) -> "Rig":
        channels = [channel.name for channel in self.channels]
        for axis in self.axes:
            if axis.name not in channels:
                raise ValueError(f"each axis to have a feedback channel of its name; {axis.name!r} has none")
        for limit in self.limits:
            if limit.channel not in channels:
                raise ValueError(f"limits on channels of this rig; {limit.channel!r} is none of {', '.join(channels)}")
        if self.samples_per_cycle > self.lead_samples:
            raise ValueError("samples_per_cycle of at most lead_samples")
        return self


def load_rig(what: str) -> Rig:
    """A rig file by its path, or by its name in the library.

    Raises:
        InputError: there is no such file, or its content is wrong.
    """
    return load(find(what, FOLDER, "rig"), Rig)
