"""From the body acceleration that is wanted to the voltages that the waveform generator plays."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from profiles.schema import Fault, InputError
from rig.config import Rig

HIGHEST_V = 10.0
"""Peak that the generator gives (33500B into an open circuit)."""


def shaker_volts(rig: Rig, blocks_mps2: Sequence[NDArray[np.float64]]) -> tuple[NDArray[np.float64], ...]:
    """Voltages of each segment's block, float64[points], from its body acceleration in m/s²; none without a shaker.

    Raises:
        InputError: a block needs more voltage than the generator has, or is not finite; nothing is clipped.
    """
    if rig.shaker is None:
        return ()
    volts = tuple(rig.shaker.volts_per_mps2 * np.asarray(block, dtype=np.float64) for block in blocks_mps2)
    faults = [_fault(rig, segment, block) for segment, block in enumerate(volts) if not _playable(block)]
    if faults:
        raise InputError(faults)
    return volts


def _playable(block: NDArray[np.float64]) -> bool:
    return bool((np.abs(block) <= HIGHEST_V).all())


def _fault(rig: Rig, segment: int, block: NDArray[np.float64]) -> Fault:
    found = f"a shaker block of {np.abs(block).max():.3g} V on segment {segment}"
    return Fault(f"rig {rig.name}", 0, "shaker.volts_per_mps2", found, f"at most {HIGHEST_V:g} V")
