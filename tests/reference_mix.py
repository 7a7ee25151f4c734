"""The reference mix: how long each law of the library's components lasts on it, against the table of the physics notes.

``python -m tests.reference_mix`` plans five kilometres (reference_mix.yaml) with the library's car and an attacking
driver, plays the drive on the simulated corner without noise, feeds the production accounts, and holds the life of each
law as a multiple of the 5,000 km target against the table of physics notes §5.2. It ends with 1 where a law whose
reference value this calculation has set is more than a tenth away.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from profiles.catalogue import names
from rig.life.accounts import account_of
from rig.life.components import FOLDER, load_component
from rig.life.laws.schema import BasquinLaw, BearingLaw, EnergyLaw, JointLaw, Law
from rig.plan import Plan, Wanted, load_plan
from simulators.bench import bench_config
from simulators.corner.plant import Plant
from simulators.settings import QUANTITIES, CornerSettings
from tests.corner_bench import wired

FloatArray = NDArray[np.float64]

TARGET_KM = 5000.0
OFF = 0.1
HITS = {
    "strut_force_n": (1, (-7_500.0, 17_500.0)),
    "strut_travel_m": (1, (-0.09, 0.16)),
    "halfshaft_torque_nm": (200, (-2_000.0, 2_000.0)),
}
"""By channel, how often a kilometre and between what: what obstacles, starts and landings do that no roughness holds
(physics notes §0, fact 4). 25 kN and 0.25 m of range once, 4 kN·m two hundred times, as the files of damper, spring,
top mount and half-shaft count it."""
MULTIPLES = {
    ("control_arm_bush", "rubber_fatigue"): 3.0,
    ("lower_control_arm", "bending_fatigue"): 4.0,
    ("cv_joint", "ball_track_fatigue"): 3.0,
    ("propshaft", "weld_torsion_fatigue"): 5.0,
    ("differential_mount", "rubber_fatigue"): 3.0,
    ("body_mount", "rubber_fatigue"): 3.0,
}
"""Characteristic life over the target, for the laws that are set by this mix (physics notes §5.2; the CV joint's 2 to 4
taken as 3; the body mount as the other rubber parts)."""


def plan() -> Plan:
    """The mix as the library's car drives it; slowed where the rig could not play it."""
    return load_plan(Wanted(str(Path(__file__).with_suffix(".yaml")), style="attack", over="slow"))


def played(planned: Plan) -> dict[str, FloatArray]:
    """What the corner's sensors would show without noise, by channel, float64[samples]."""
    drive = np.concatenate([block.setpoint for block in planned.blocks()])
    axes = [axis.name for axis in planned.rig.axes]
    drive[:, axes.index("halfshaft_torque_nm")] /= CornerSettings().drive_gain  # as the host's control law does
    with wired() as wires:
        plant = Plant(bench_config(planned.rig, "stepped", 0, None), wires)
        for name in QUANTITIES:
            plant.set_noise(name, on=False)
        wires.fan_voltage_v = 24.0
        codes = plant.play(drive)
    found = {one.name: one.offset + one.scale * codes[:, k].astype(float) for k, one in enumerate(planned.rig.channels)}
    return with_hits(found, round(planned.distance_m / 1000.0))


def with_hits(channels: dict[str, FloatArray], km: int) -> dict[str, FloatArray]:
    """The same with the hits at the end, each a single range, while nothing turns and all else stands still."""
    still = {
        name: 0.0 if name in ("halfshaft_torque_nm", "shaft_speed_radps") else v[-1] for name, v in channels.items()
    }
    longest = 2 * km * max(often for often, _ in HITS.values())
    added = {name: np.full(longest, value) for name, value in still.items()}
    for name, (often, ends) in HITS.items():
        added[name][: 2 * km * often] = np.tile(ends, km * often)
    return {name: np.append(values, added[name]) for name, values in channels.items()}


def damage_of(law: Law, channels: dict[str, FloatArray], rate_hz: float) -> float:
    """The damage of the whole mix by one law."""
    account = account_of(law, 1, rate_hz)
    values = [channels[name] for name in law.channels]
    account.add(values, np.zeros(len(values[0]), np.int64))
    return float(account.by_surface().sum())


@dataclass(frozen=True)
class Life:
    """How long one law lasts: as a multiple of the target, what was wanted, and the reference that would give it."""

    component: str
    law: Law
    multiple: float

    @property
    def wanted(self) -> float | None:
        """The multiple of the table; None for a law that other data have set."""
        return MULTIPLES.get((self.component, self.law.name))

    @property
    def off(self) -> bool:
        """Whether it is not what was wanted."""
        return self.wanted is not None and not abs(self.multiple / self.wanted - 1.0) <= OFF

    def reference(self) -> tuple[str, float]:
        """The law's reference value, by name, that would give the wanted multiple."""
        law, longer = self.law, (self.wanted or self.multiple) / self.multiple
        match law:
            case BasquinLaw():
                return "reference_range", law.reference_range * longer ** (1.0 / law.exponent)
            case EnergyLaw():
                return "reference_energy_j", law.reference_energy_j * longer ** (1.0 / law.exponent)
            case JointLaw():
                return "reference_revolutions", law.reference_revolutions * longer
            case BearingLaw():
                return "dynamic_rating_n", law.dynamic_rating_n * longer ** (1.0 / law.exponent)
        return "life", longer


def lives(planned: Plan, channels: dict[str, FloatArray]) -> list[Life]:
    """Every law of the library on the mix."""
    share = planned.distance_m / 1000.0 / TARGET_KM
    rate_hz = float(planned.rig.sample_rate_hz)
    return [
        Life(name, law, share / damage_of(law, channels, rate_hz))
        for name in names(FOLDER)
        for law in load_component(name).damage
    ]


def figures(planned: Plan, channels: dict[str, FloatArray]) -> str:
    """What the mix is, in one line."""
    km, rate_hz = planned.distance_m / 1000.0, planned.rig.sample_rate_hz
    turns = np.abs(channels["shaft_speed_radps"]).sum() / rate_hz / (2 * np.pi)
    slid_m = np.abs(np.diff(channels["strut_travel_m"])).sum()
    force, torque = channels["strut_force_n"], channels["halfshaft_torque_nm"]
    return (
        f"{km:g} km at {3.6 * planned.distance_m / planned.driving_s:.1f} km/h: strut force {force.min():,.0f} to "
        f"{force.max():,.0f} N, {slid_m / km:.1f} m of sliding a km, torque {torque.min():,.0f} to {torque.max():,.0f} "
        f"N·m, {turns / km * TARGET_KM:.3g} turns in {TARGET_KM:g} km"
    )


def main() -> int:
    """Print the table; 1 where a law is off."""
    planned = plan()
    channels = played(planned)
    found = lives(planned, channels)
    sys.stdout.write(figures(planned, channels) + "\n")
    for life in found:
        wanted = (
            "" if life.wanted is None else f"wanted {life.wanted:g}: {life.reference()[0]} {life.reference()[1]:.4g}"
        )
        mark = "  OFF" if life.off else ""
        sys.stdout.write(f"{life.component:20} {life.law.name:22} {life.multiple:10.3g} x target  {wanted}{mark}\n")
    return int(any(life.off for life in found))


if __name__ == "__main__":
    sys.exit(main())
