"""The rig file as a whole: what it must hold, and how its parts must fit each other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from profiles.catalogue import find
from profiles.schema import Misfit, Strict, load
from rig.config.checks import Checks, checks_misfits
from rig.config.devices import LAUNCHED, FanLoop, Instrument, Modbus, Shaker, Word
from rig.config.limits import Limit, limit_misfits
from rig.config.quantities import Axis, Name, Positive, Quantity, axis_misfits

Pace = Literal["real", "stepped"]
Corner = Literal["front_left", "front_right", "rear_left", "rear_right"]
"""Which corner of the car the rig holds."""

MOST_SHIFT_SAMPLES = 12
"""The farthest that a drive may be played earlier or later: the queue keeps a few more rows on either side."""

LIBRARY = Path(__file__).parent.parent / "library"
FOLDER = LIBRARY / "rigs"


class Rig(Strict):
    """A rig file.

    ``late_cycles_per_s``: with more late cycles than this in a second, the rig holds. ``cpu``: the processor that the
    loop's process is kept on; without it one that the
    kernel isolates, else where the kernel puts it. ``checks``: what is looked at before a
    run; without it nothing is.
    """

    kind: Literal["rig"]
    name: Name
    description: str
    sample_rate_hz: Annotated[int, Field(ge=10, le=2000)]
    lead_samples: Annotated[int, Field(ge=1, le=10)]
    samples_per_cycle: Annotated[int, Field(ge=1, le=10)]
    watchdog_ms: Annotated[int, Field(ge=10, le=5000)]
    ramp_s: Annotated[float, Field(gt=0, le=60)]
    late_cycles_per_s: Annotated[int, Field(ge=1, le=2000)] = 15
    cpu: Annotated[int, Field(ge=0, le=4095)] | None = None
    band_low_hz: Positive
    band_high_hz: Positive
    corner: Corner = "front_left"
    pace: Pace
    launch: Annotated[tuple[Word, ...], Field(min_length=1)] | None = None
    modbus: Modbus
    axes: Annotated[tuple[Axis, ...], Field(min_length=1, max_length=8)]
    channels: Annotated[tuple[Quantity, ...], Field(min_length=1, max_length=16)]
    limits: tuple[Limit, ...]
    checks: Checks | None = None
    instruments: tuple[Instrument, ...] = ()
    fan: FanLoop | None = None
    shaker: Shaker | None = None

    def misfits(self) -> Iterator[Misfit]:
        """Names that nothing has or that two have, ranges the wrong way round, what can't be judged or reached."""
        yield from self._doubles()
        for index, axis in enumerate(self.axes):
            yield from axis_misfits(("axes", index), axis, self.channels)
            yield from self._shift_misfits(index, axis)
        for index, limit in enumerate(self.limits):
            yield from limit_misfits(("limits", index), limit, self.axes, self.channels)
        if self.checks is not None:
            yield from checks_misfits(self.checks, self.axes, self.channels, self.limits)
        yield from self._addresses()
        yield from self._helpers()
        if not self.samples_per_cycle <= self.lead_samples:
            yield Misfit(("samples_per_cycle",), f"at most lead_samples, {self.lead_samples}")
        cycle_ms = 1000.0 * self.samples_per_cycle / self.sample_rate_hz
        if not self.watchdog_ms > 2.0 * cycle_ms:
            yield Misfit(("watchdog_ms",), f"more than two cycles, {2.0 * cycle_ms:g} ms")

    def _shift_misfits(self, index: int, axis: Axis) -> Iterator[Misfit]:
        adapt = axis.control.adapt
        if adapt is not None and not adapt.delay_limit_s * self.sample_rate_hz <= MOST_SHIFT_SAMPLES:
            most_s = MOST_SHIFT_SAMPLES / self.sample_rate_hz
            yield Misfit(("axes", index, "control", "adapt", "delay_limit_s"), f"at most {most_s:g}: so much is kept")

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


def load_rig(what: str) -> Rig:
    """A rig file by its path, or by its name in the library.

    Raises:
        InputError: there is no such file, or its content is wrong.
    """
    return load(find(what, FOLDER, "rig"), Rig)
