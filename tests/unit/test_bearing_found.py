"""The simulated hub bearing, worn by its own turns, is found by its temperature: plant, codes, readings, judge."""

import numpy as np
from corner_bench import corner, wired

from rig.life.components import load_component
from rig.life.judge import Judge
from rig.life.specimens import Specimen, SpecimenFile
from rig.record.rows import row_dtype
from rig.state import RigState
from simulators.corner.kernels import DAMAGE, HUB
from simulators.corner.plant import Plant
from simulators.corner.specimens import SpecimenTruth
from simulators.wires import Wires
from tests.strut_rows import AXES, CHANNELS, RATE_HZ, RIG, SURFACES

SPEED_RADPS, KMH = 60.0, 86.0
FILE = SpecimenFile(kind="specimens", name="hub", specimens=(Specimen(component="hub_bearing", serial="B-1"),))


def judged(wires: Wires, failing_damage: float, seconds: int, used: float = 0.0) -> tuple[Judge, list[float]]:
    """A judge that has seen so many seconds of a bearing, and its true damage after each; 1 is where its life ends."""
    plant = Plant(corner(specimens=(SpecimenTruth("hub_bearing", "running_hot", failing_damage),)), wires)
    plant._parts[HUB, DAMAGE] = used * failing_damage
    judge, noise = Judge(RIG, [load_component("hub_bearing")], FILE, SURFACES), np.random.default_rng(5)
    setpoint = np.tile([0.0, 200.0, SPEED_RADPS], (RATE_HZ, 1))
    truth = []
    for second in range(seconds):
        rows = np.zeros(RATE_HZ, row_dtype(len(AXES), len(CHANNELS)))
        rows["sample"], rows["span"], rows["state"] = np.arange(RATE_HZ) + second * RATE_HZ, 1.0, int(RigState.RUNNING)
        rows["distance_m"] = KMH / 3.6 * rows["sample"] / RATE_HZ
        rows["feedback"] = plant.play(setpoint)
        judge.consume(rows)
        hot, air = (
            degc + 0.05 * noise.standard_normal()
            for degc in (wires.hub_temperature_degc, wires.ambient_temperature_degc)
        )
        values = {"hub_temperature_degc": hot, "ambient_temperature_degc": air}
        judge.consume_readings(int(rows["sample"][-1]), float(rows["distance_m"][-1]) / 1000.0, values)
        truth.append(plant.damage()["hub_bearing"])
    return judge, truth


def test_a_worn_bearing_is_warned_of_and_found() -> None:
    """Within three and a half minutes of half as much friction again, and of twice as much; not before it is worn."""
    with wired() as wires:
        judge, truth = judged(wires, 2.0e-5, 800, used=0.6)
    warning, failure = judge.findings
    assert [(each.severity, each.mode) for each in (warning, failure)] == [
        ("warning", "running_hot"),
        ("failure", "running_hot"),
    ]
    for finding, worn in ((warning, 0.9), (failure, 1.0)):
        since_s = finding.evidence.last_sample / RATE_HZ - np.searchsorted(truth, worn)
        assert 60.0 < since_s < 210.0, (finding.severity, since_s)


def test_a_new_bearing_is_left_alone() -> None:
    """From cold to warm."""
    with wired() as wires:
        judge, _ = judged(wires, 1e6, 400)
    assert judge.findings == ()
    assert not judge.verdicts(14.0, True, "reached")[0].to_inspect
