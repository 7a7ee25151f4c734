"""How often something would happen that has not: peaks over a threshold, with the generalised Pareto distribution.

Coles, An Introduction to Statistical Modeling of Extreme Values (2001), chapters 4 and 5: maxima of clusters over a
threshold, and the profile likelihood of what is asked for.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import chi2, genpareto

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

CONFIDENCE = 0.95
FEWEST = 20
"""With fewer clusters nothing is estimated (design value)."""
_SHAPES, _REACH = 61, 5.0
"""So many shapes are tried, as far as so many of their standard errors, (1 + shape)/√n, to both sides."""
_SCALES, _WIDER = 41, 4.0
_EXPONENTIAL, _NEVER = 1e-9, -1e300


@dataclass(frozen=True, slots=True)
class Tail:
    """Peaks over a threshold, and the chance that one is beyond a level.

    Attributes:
        threshold: over which clusters were taken.
        clusters: how many.
        shape, scale: of the generalised Pareto distribution, by maximum likelihood.
        chance: that a cluster's peak is beyond the level; 0 where the distribution ends before it.
        at_most: upper bound of that, one-sided at 95 %, by profile likelihood.
    """

    threshold: float
    clusters: int
    shape: float
    scale: float
    chance: float
    at_most: float


def peaks_of(values: FloatArray, run: IntArray, threshold: float, apart: int) -> FloatArray:
    """The largest of each cluster over a threshold, float64[clusters].

    Args:
        values: float64[blocks], in the order of time within each run.
        run: int64[blocks]; a cluster ends with its run.
        threshold: a cluster begins beyond it.
        apart: so many values in a row at or below it end a cluster.
    """
    over = np.flatnonzero(values > threshold)
    if len(over) == 0:
        return np.zeros(0)
    starts = np.flatnonzero((np.diff(over) > apart) | (np.diff(run[over]) != 0)) + 1
    return np.array([values[part].max() for part in np.split(over, starts)])


def tail_of(peaks: FloatArray, threshold: float, level: float) -> Tail | None:
    """The distribution of peaks over a threshold, and the chance of one beyond a level; None of fewer than `FEWEST`.

    Raises:
        ValueError: the level is not above all peaks; what has been seen needs no extrapolation.
    """
    if len(peaks) < FEWEST:
        return None
    if not level > peaks.max():
        raise ValueError(f"a peak of {peaks.max():g} is beyond the level of {level:g}")
    excess, above = peaks - threshold, level - threshold
    shape, _, scale = (float(each) for each in genpareto.fit(excess, floc=0.0))
    chance = float(genpareto.sf(above, shape, 0.0, scale))
    return Tail(threshold, len(peaks), shape, scale, chance, at_most(excess, above, shape, scale))


def at_most(excess: FloatArray, above: float, shape: float, scale: float) -> float:
    """The largest chance of more than ``above`` of any distribution that is likely enough.

    Likely enough is what the profile likelihood of that chance asks for: at most half the 90 % point of χ² with one
    degree of freedom below the best, ``shape`` and ``scale``; so it is a bound of 95 %, one-sided.
    """
    least = likelihood(excess, shape, scale) - 0.5 * float(chi2.ppf(2.0 * CONFIDENCE - 1.0, 1))
    reach = _REACH * (1.0 + abs(shape)) / math.sqrt(len(excess))
    chances = [0.0]
    for each in np.linspace(shape - reach, shape + reach, _SHAPES):
        widest = _widest(excess, float(each), scale, least)
        if widest is not None:
            chances.append(float(genpareto.sf(above, each, 0.0, widest)))
    return max(chances)


def _widest(excess: FloatArray, shape: float, near: float, least: float) -> float | None:
    """The largest scale that is likely enough with a shape; None where none is."""
    scales = near * np.geomspace(1.0 / _WIDER, _WIDER, _SCALES)
    known = np.array([likelihood(excess, shape, float(each)) for each in scales])
    enough = np.flatnonzero(known >= least)
    if len(enough) == 0:
        return None
    last = enough[-1]
    if last == len(scales) - 1:
        return float(scales[-1])
    return float(brentq(lambda one: likelihood(excess, shape, one) - least, scales[last], scales[last + 1]))


def likelihood(excess: FloatArray, shape: float, scale: float) -> float:
    """Its logarithm, of the generalised Pareto distribution; a very small number where a peak can't be."""
    stretched = 1.0 + shape * excess / scale
    if not stretched.min() > 0.0:
        return _NEVER
    if abs(shape) < _EXPONENTIAL:
        return float(-len(excess) * math.log(scale) - excess.sum() / scale)
    return float(-len(excess) * math.log(scale) - (1.0 + 1.0 / shape) * np.log(stretched).sum())
