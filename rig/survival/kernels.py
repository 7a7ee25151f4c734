"""Maximum likelihood of a log-location-scale family with right-censoring, and the bounds of its quantiles.

With x = log distance, z = b x - a is of the standard family: smallest extreme value (Weibull; b is its shape) or normal
(log-normal; b is 1 / sigma). In a and b the log-likelihood is concave, as both densities are log-concave (Burridge
1981, J. R. Stat. Soc. B 43), and so it is along every line: Newton's step, halved while it goes down, always arrives.
A quantile x_p is the line a = b x_p - w_p, where w_p is the standard family's; a fixed shape is the line b = const.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

EXTREME_VALUE, NORMAL = 0, 1
"""The standard families: of log distances that are Weibull, and log-normal."""
_LOG_ROOT_TWO_PI = 0.5 * math.log(2.0 * math.pi)
_MOST_STEPS = 200
_FAR = 30.0
"""Beyond it the normal's tail is its asymptotic series (Abramowitz & Stegun 26.2.12), and no search begins."""
_BEYOND = 1e6
"""So many spreads of the logarithms away a bound is none."""


@njit(cache=True, error_model="numpy")
def _terms(family: int, z: float, failed: bool) -> tuple[float, float, float]:
    """Log density of a failure, log survival of a suspension, at z, with its first and second derivative."""
    if family == EXTREME_VALUE:
        power = math.exp(min(z, 700.0))
        return (z - power, 1.0 - power, -power) if failed else (-power, -power, -power)
    if failed:
        return -0.5 * z * z - _LOG_ROOT_TWO_PI, -z, -1.0
    if z > _FAR:
        hazard = z + 1.0 / z - 2.0 / z**3 + 10.0 / z**5
        log_tail = -0.5 * z * z - _LOG_ROOT_TWO_PI - math.log(hazard)
    else:
        tail = 0.5 * math.erfc(z / math.sqrt(2.0))
        log_tail = math.log(tail)
        hazard = math.exp(-0.5 * z * z - _LOG_ROOT_TWO_PI) / tail
    return log_tail, -hazard, -hazard * (hazard - z)


@njit(cache=True, error_model="numpy")
def _sums(family: int, x: FloatArray, failed: BoolArray, a: float, b: float, out: FloatArray) -> float:
    """Log-likelihood at (a, b); into ``out`` its derivatives: by a, by b, by aa, ab, bb."""
    value, out[:] = 0.0, 0.0
    for i in range(x.shape[0]):
        each, slope, bend = _terms(family, b * x[i] - a, failed[i])
        value += each
        out[0] -= slope
        out[1] += slope * x[i]
        out[2] += bend
        out[3] -= bend * x[i]
        out[4] += bend * x[i] * x[i]
        if failed[i]:
            value += math.log(b)
            out[1] += 1.0 / b
            out[4] -= 1.0 / (b * b)
    return value


@njit(cache=True, error_model="numpy")
def _climb(
    family: int, x: FloatArray, failed: BoolArray, a: float, b: float, da: float, db: float, out: FloatArray
) -> tuple[float, float, float, bool]:
    """The highest likelihood from (a, b) along (da, db), over the whole plane where both are 0: a, b, it, arrived."""
    value, step_a, step_b = -np.inf, 0.0, 0.0
    for _ in range(_MOST_STEPS):
        better = -np.inf
        if b + step_b > 0.0:
            better = _sums(family, x, failed, a + step_a, b + step_b, out)
        if not better >= value:
            step_a, step_b = 0.5 * step_a, 0.5 * step_b
            continue
        a, b, value = a + step_a, b + step_b, better
        if da == 0.0 and db == 0.0:
            determinant = out[2] * out[4] - out[3] ** 2
            step_a = (out[3] * out[1] - out[4] * out[0]) / determinant
            step_b = (out[3] * out[0] - out[2] * out[1]) / determinant
        else:
            bend = da * da * out[2] + 2.0 * da * db * out[3] + db * db * out[4]
            along = -(da * out[0] + db * out[1]) / bend
            step_a, step_b = along * da, along * db
        gain = 0.5 * (step_a * out[0] + step_b * out[1])
        if not gain > 1e-13 * (1.0 + abs(value)):
            return a, b, value, gain == gain
    return a, b, value, False


@njit(cache=True, error_model="numpy")
def _lost(
    family: int, x: FloatArray, failed: BoolArray, best: FloatArray, w: float, at: float, out: FloatArray
) -> float:
    """Root of twice the log-likelihood lost where the quantile of w is held ``at`` x; where w is NaN, log b is."""
    if w != w:
        b, da, db = math.exp(at), 1.0, 0.0
        a = max(b * best[0] / best[1], b * x.max() - _FAR)
    else:
        widest = max(abs(x.max() - at), abs(x.min() - at))
        b, da, db = min(best[1], _FAR / widest), at, 1.0
        a = b * at - w
    return math.sqrt(max(0.0, 2.0 * (best[2] - _climb(family, x, failed, a, b, da, db, out)[2])))


@njit(cache=True, error_model="numpy")
def _bound(
    family: int, x: FloatArray, failed: BoolArray, best: FloatArray, w: float, at: float, step: float, z: float
) -> float:
    """Where, from ``at`` in steps that double, ``z`` is lost: a bound of the profile likelihood; or infinity."""
    out, near, near_lost, far, far_lost, side = np.empty(5), at, -z, at, np.nan, 0
    for _ in range(_MOST_STEPS):
        if far_lost != far_lost:
            middle, step = near + step, 2.0 * step
        else:  # the Illinois rule: the lost root is nearly straight
            middle = (near * far_lost - far * near_lost) / (far_lost - near_lost)
        if abs(middle - at) > _BEYOND:
            break
        lost = _lost(family, x, failed, best, w, middle, out) - z
        if abs(lost) < 1e-9 or (far_lost == far_lost and abs(far - near) < 1e-12 * abs(middle)):
            return middle
        if lost > 0.0:
            near_lost *= 0.5 if side == 1 else 1.0
            far, far_lost, side = middle, lost, 1
        else:
            far_lost *= 0.5 if side == -1 else 1.0
            near, near_lost, side = middle, lost, -1
    return math.copysign(np.inf, step)


@njit(cache=True, error_model="numpy")
def maximise(family: int, x: FloatArray, failed: BoolArray) -> tuple[FloatArray, FloatArray, bool]:
    """The most likely [a, b, log-likelihood], its second derivatives [aa, ab, bb], and whether the search arrived.

    ``x`` float64[n], centred and of a spread of about 1; ``failed`` bool[n]. Some failure is below the highest x.
    """
    out = np.empty(5)
    a, b, value, arrived = _climb(family, x, failed, 0.0, 1.0, 0.0, 0.0, out)
    return np.array([a, b, value]), out[2:].copy(), arrived


@njit(cache=True, error_model="numpy")
def quantile_bounds(
    family: int, x: FloatArray, failed: BoolArray, best: FloatArray, seconds: FloatArray, w: FloatArray, z: float
) -> FloatArray:
    """Of each quantile of the standard family, in x: value, Wald's bounds, profile likelihood's; float64[quantiles, 5].

    A ``w`` that is NaN stands for log b. ``z`` is the standard normal's two-sided quantile; Wald's standard errors are
    the delta method's from the observed information.
    """
    result = np.empty((w.shape[0], 5))
    a, b = best[0], best[1]
    determinant = seconds[0] * seconds[2] - seconds[1] ** 2
    for k in range(w.shape[0]):
        if w[k] != w[k]:
            at, by_a, by_b = math.log(b), 0.0, 1.0 / b
        else:
            at, by_a, by_b = (a + w[k]) / b, 1.0 / b, -(a + w[k]) / (b * b)
        bend = seconds[2] * by_a * by_a - 2.0 * seconds[1] * by_a * by_b + seconds[0] * by_b * by_b
        error = math.sqrt(-bend / determinant)
        result[k, 0], result[k, 1], result[k, 2] = at, at - z * error, at + z * error
        result[k, 3] = _bound(family, x, failed, best, w[k], at, -z * error, z)
        result[k, 4] = _bound(family, x, failed, best, w[k], at, z * error, z)
    return result
