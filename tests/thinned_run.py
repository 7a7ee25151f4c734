"""Run directories of which most samples have been thinned: the same writers, invented signals."""

from pathlib import Path

import numpy as np

from rig.record import manifest
from rig.record.checkpoint import Checkpoint
from rig.record.columns import Columns
from rig.record.seals import Sealer
from rig.record.segments import FOLDER
from rig.record.thinning import Thinner
from tests.synthetic_run import RATE_HZ, Recipe, make_run


def make_thinned_run(folder: Path, recipe: Recipe) -> Path:
    """A run by the recipe that was recorded as a summary; returns `folder`. Only what may be thinned is."""
    recipe.recording = "summary"
    make_run(folder, recipe)
    rows = int(recipe.seconds * RATE_HZ)
    Checkpoint(folder).write({"sample": rows - 1})
    thin(folder, rows)
    return folder


def thin(folder: Path, rows: int) -> None:
    """As the recorder does when it has written so many rows."""
    sealer = Sealer(folder / FOLDER)
    try:
        thinner = Thinner(folder, Columns(manifest.read(folder)), sealer, RATE_HZ)
        for _ in range(rows // (60 * RATE_HZ) + 1):
            thinner.turn(rows)
    finally:
        sealer.close()


def kept_by_hand(rows: np.ndarray, samples: list[int]) -> np.ndarray:
    """Whole seconds from 10 s before to 5 s after each of these samples, a row at a time."""
    second = rows["sample"].astype(int) // RATE_HZ
    there = np.zeros(len(rows), bool)
    for sample in samples:
        there |= (second >= (sample - 10 * RATE_HZ) // RATE_HZ) & (second <= (sample + 5 * RATE_HZ) // RATE_HZ)
    return there
