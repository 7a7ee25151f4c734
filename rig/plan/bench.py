"""What a rig file means for the preparation of drives."""

from pathlib import Path

from drivers.registers import check_fit
from profiles.drive.actuator import Actuator
from profiles.drive.prepare import Bench, drive_faults
from profiles.schema import Fault, InputError
from rig.config import Rig


def check_rig(path: Path, rig: Rig) -> None:
    """Check that drives can be made for a rig's axes and its band, and that its samples fit the wire.

    Raises:
        InputError: they can't, or don't.
    """
    faults = [Fault(str(path), 0, fault.key, fault.found, fault.allowed) for fault in drive_faults(bench_of(rig))]
    try:
        check_fit(len(rig.axes), len(rig.channels), rig.lead_samples)
    except ValueError as error:
        faults.append(Fault(str(path), 0, "lead_samples", str(rig.lead_samples), str(error)))
    if faults:
        raise InputError(faults)


def bench_of(rig: Rig) -> Bench:
    """The rig file as the drive preparation wants it."""
    return Bench(_actuators_of(rig), rig.sample_rate_hz, rig.band_low_hz, rig.band_high_hz, rig.corner)


def _actuators_of(rig: Rig) -> tuple[Actuator, ...]:
    return tuple(
        Actuator(
            name=axis.name,
            natural_frequency_hz=axis.actuator.natural_frequency_hz,
            damping_ratio=axis.actuator.damping_ratio,
            delay_s=axis.actuator.delay_s,
            lowest=axis.actuator.lowest,
            highest=axis.actuator.highest,
            rate_per_s=axis.actuator.rate_per_s,
            acceleration_per_s2=axis.actuator.acceleration_per_s2,
            force_n=axis.actuator.force_n,
        )
        for axis in rig.axes
    )
