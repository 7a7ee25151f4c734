"""What a sensor can do wrong. Each acts in the converter: on the analog value, or on its code."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from drivers.channel import CODE_MAX, CODE_MIN, CODE_NAN
from simulators.faults.base import Anatomy, DeviceFault, Refusal

if TYPE_CHECKING:
    from simulators.servo.device import Device

FloatArray = NDArray[np.float64]
Codes = NDArray[np.int16]


class SensorFault(DeviceFault):
    """A fault of the sensor of one channel.

    Attributes:
        channel: its name in the rig file.
    """

    channel: str

    def values(self, values: FloatArray, since: int, rate_hz: int) -> FloatArray:
        """What arrives at the converter instead of float64[samples]; ``since`` samples have been measured with it."""
        del since, rate_hz
        return values

    def codes(self, codes: Codes, last: int | None) -> Codes:
        """What the converter gives instead of int16[samples]; ``last`` is the last code before the fault, if any."""
        del last
        return codes

    def begin(self, device: "Device") -> None:
        """From the next sample on."""
        device.plant.converter.spoil(self)

    def end(self, device: "Device") -> None:
        """The sensor is well again."""
        device.plant.converter.mend(self)

    def refusals(self, anatomy: Anatomy) -> Iterator[Refusal]:
        """A channel that the device does not have."""
        yield from super().refusals(anatomy)
        if self.channel not in anatomy.channels:
            yield Refusal("channel", repr(self.channel), ", ".join(anatomy.channels))


class SensorStuck(SensorFault):
    """Its code does not change any more."""

    fault: Literal["sensor_stuck"]

    def codes(self, codes: Codes, last: int | None) -> Codes:
        """The last one before it stuck, or the first one that there is."""
        return np.full_like(codes, codes[0] if last is None else last)


class SensorNan(SensorFault):
    """It is not there: the code for no number (-32768)."""

    fault: Literal["sensor_nan"]

    def codes(self, codes: Codes, last: int | None) -> Codes:
        """No number, always."""
        del last
        return np.full_like(codes, CODE_NAN)


class SensorSaturated(SensorFault):
    """Its converter is at the high or the low end of its range."""

    fault: Literal["sensor_saturated"]
    limit: Literal["high", "low"] = "high"

    def codes(self, codes: Codes, last: int | None) -> Codes:
        """The end code, always."""
        del last
        return np.full_like(codes, CODE_MAX if self.limit == "high" else CODE_MIN)


class SensorSpike(SensorFault):
    """Single samples are ``value``: the first one, and from there one in ``every_samples`` where that is given.

    Attributes:
        value: what they are, in the channel's unit.
        every_samples: one in so many, the first one at once; None is the first one only.
    """

    fault: Literal["sensor_spike"]
    value: float
    every_samples: Annotated[int, Field(ge=1)] | None = None

    def values(self, values: FloatArray, since: int, rate_hz: int) -> FloatArray:
        """The spikes in place of what was measured."""
        del rate_hz
        number = since + np.arange(len(values))
        struck = number == 0 if self.every_samples is None else number % self.every_samples == 0
        return np.where(struck, self.value, values)


class SensorDrift(SensorFault):
    """It runs away from where it is in a straight line, by ``per_s`` of the channel's unit a second."""

    fault: Literal["sensor_drift"]
    per_s: float

    def values(self, values: FloatArray, since: int, rate_hz: int) -> FloatArray:
        """With what has come together up to each sample."""
        return values + self.per_s * (since + 1 + np.arange(len(values))) / rate_hz


class SensorFlipped(SensorFault):
    """Its sign is wrong: it is mirrored at ``about``, which is in the channel's unit."""

    fault: Literal["sensor_flipped"]
    about: float = 0.0

    def values(self, values: FloatArray, since: int, rate_hz: int) -> FloatArray:
        """Mirrored."""
        del since, rate_hz
        return 2.0 * self.about - values


class SensorGain(SensorFault):
    """It shows ``factor`` times what it should."""

    fault: Literal["sensor_gain"]
    factor: float

    def values(self, values: FloatArray, since: int, rate_hz: int) -> FloatArray:
        """Multiplied."""
        del since, rate_hz
        return self.factor * values


class SensorOffset(SensorFault):
    """It shows ``value`` more than it should, in the channel's unit."""

    fault: Literal["sensor_offset"]
    value: float

    def values(self, values: FloatArray, since: int, rate_hz: int) -> FloatArray:
        """Shifted."""
        del since, rate_hz
        return values + self.value


class SensorNoiseless(SensorFault):
    """It has no noise, as no live sensor is."""

    fault: Literal["sensor_noiseless"]

    def begin(self, device: "Device") -> None:
        """Without noise from the next sample on."""
        device.plant.set_noise(self.channel, on=False)

    def end(self, device: "Device") -> None:
        """With its noise again, which depends on the number of the sample only."""
        device.plant.set_noise(self.channel, on=True)
