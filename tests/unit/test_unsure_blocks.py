"""What can't be told of a strut is not told: no loss where other forces rule, no survivor where noise hides it."""

import numpy as np
import pytest
from numpy.typing import NDArray
from strut_rows import RATE_HZ, codes, healthy_rows, new_judge

from rig.life.verdict import Finding, Outcome

Rows = NDArray[np.void]


def judged(rows: Rows) -> list[Finding]:
    """All findings about a run."""
    return new_judge().consume(rows)


def with_force_that_no_travel_explains(pieces: list[Rows], force_n: float, seed: int) -> Rows:
    """Rows one after the other, with so much force of 0.05 to 5 Hz that is none of the strut's."""
    rows = np.concatenate(pieces)
    rows["sample"] = np.arange(len(rows))
    frequency = np.fft.rfftfreq(len(rows), 1.0 / RATE_HZ)
    phases = np.exp(2j * np.pi * np.random.default_rng(seed).random(len(frequency)))
    slow = np.fft.irfft(np.where((frequency > 0.05) & (frequency < 5.0), phases, 0.0), len(rows))
    codes(rows, "strut_force_n")[:] += np.rint(force_n / slow.std() * slow / 3.0).astype(np.int16)
    return rows


@pytest.mark.parametrize("seed", [1, 100])
def test_a_car_that_rolls_to_a_stop_has_no_broken_spring(seed: int) -> None:
    """60 N that no travel explains: as the motion dies they are all there is, and pass for any stiffness."""
    pieces = [healthy_rows(60.0, seed=seed)]
    pieces += [healthy_rows(20.0, seed=seed + k, size_m=size) for k, size in enumerate((0.002, 0.001, 0.0007, 0.0005))]
    assert judged(with_force_that_no_travel_explains(pieces, 60.0, seed)) == []


def outcomes(rows: Rows) -> dict[str, Outcome]:
    """How each part's test ends when the target is reached with these rows."""
    judge = new_judge()
    assert judge.consume(rows) == []
    return {each.component: each.outcome for each in judge.verdicts(1.0, completed=True, reason="reached")}


def test_a_part_whose_blocks_say_nothing_is_no_survivor() -> None:
    """A noise that hides the strut, from the first block or for the last five minutes: to be inspected, not survived.

    What the torque tells of the half-shaft does not depend on it.
    """
    inspected = dict.fromkeys(("damper", "coil_spring", "top_mount"), Outcome.SUSPENDED)
    hidden = healthy_rows(330.0, size_m=0.0001)
    hidden["sample"] += np.uint64(60 * RATE_HZ)
    assert outcomes(healthy_rows(90.0)) == dict.fromkeys((*inspected, "half_shaft"), Outcome.SURVIVED)
    assert outcomes(healthy_rows(60.0, size_m=0.0001)) == {**inspected, "half_shaft": Outcome.SURVIVED}
    assert outcomes(np.concatenate([healthy_rows(60.0), hidden])) == {**inspected, "half_shaft": Outcome.SURVIVED}
    standing = hidden.copy()
    standing["distance_m"] = healthy_rows(60.0)["distance_m"][-1]
    assert Outcome.SUSPENDED not in outcomes(np.concatenate([healthy_rows(60.0), standing])).values()
    assert Outcome.SUSPENDED not in outcomes(np.concatenate([healthy_rows(60.0), hidden[: 120 * RATE_HZ]])).values()


@pytest.mark.parametrize("seed", [4, 5])
def test_slow_ground_with_other_forces_wears_nothing(seed: int) -> None:
    """200 N that no travel explains, on ground that moves the strut little for minutes: unsure, and nothing lost."""
    pieces = [healthy_rows(60.0, seed=seed)]
    pieces += [healthy_rows(60.0, seed=seed + k, size_m=size) for k, size in enumerate((0.01, 0.006, 0.004, 0.003))]
    assert judged(with_force_that_no_travel_explains(pieces, 200.0, seed)) == []
