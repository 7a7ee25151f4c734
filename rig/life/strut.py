"""The strut, identified from what is measured: force regressed on travel and velocity.

    F = k d + c₊ v⁺ + c₋ v⁻ + s₊ clip(v, 0, v_k) + s₋ clip(v, -v_k, 0) + F₀,  |d| < 0.12 m

with the velocity terms scaled to 20 °C by exp(-α (T - 20)). Regressed stiffness scatters by about 0.1 % and damping by
1 % a block where peaks scatter by 9 % (physics notes §5.4), so peaks are never judged. A window's sums (its moments)
add up to those of a block and of a baseline, so each sample is touched once.

The velocity is the five-point central difference of the travel (error below 0.3 % up to 40 Hz at 500 Hz); force, travel
and velocity then pass the same seven-point smoothing (Savitzky and Golay 1964, quadratic), so that none lags another.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

TRAVEL_LIMIT_M = 0.12
"""Beyond it bump stops begin to speak (design value; the stops of the nominal car begin at 0.17 m)."""
EDGE = 5
"""Samples lost at each end of a window to the differentiator and the smoothing."""
_SMOOTHING = np.array([-2.0, 3.0, 6.0, 7.0, 6.0, 3.0, -2.0]) / 21.0
_DIFFERENCE = np.array([-1.0, 8.0, 0.0, -8.0, 1.0]) / 12.0
_TRAVEL_GAIN = float((_SMOOTHING**2).sum())
_SPEED_GAIN = float((np.convolve(_SMOOTHING, _DIFFERENCE) ** 2).sum())
_COLUMNS = 7
_TERMS = 6
_ILL_CONDITIONED = 1e10
_TOGETHER = 0.95


@njit(cache=True)
def add_moments(columns: FloatArray, sums: FloatArray) -> None:
    """Add the sum over samples of x xᵀ to ``sums`` for ``columns`` float64[n, samples], sample after sample."""
    count, samples = columns.shape
    for i in range(samples):
        for row in range(count):
            for column in range(row + 1):
                sums[row, column] += columns[row, i] * columns[column, i]
    for row in range(count):
        for column in range(row):
            sums[column, row] = sums[row, column]


def moments_of(columns: FloatArray) -> FloatArray:
    """The sum over samples of x xᵀ, float64[n, n], for ``columns`` float64[n, samples]."""
    sums = np.zeros((len(columns), len(columns)))
    add_moments(np.ascontiguousarray(columns), sums)
    return sums


def smooth(values: FloatArray) -> FloatArray:
    """Seven-point quadratic smoothing, float64[samples - 6]."""
    count = len(values) - 6
    result = np.zeros(count)
    for offset, weight in enumerate(_SMOOTHING):
        result += weight * values[offset : offset + count]
    return result


def differentiate(values: FloatArray, rate_hz: float) -> FloatArray:
    """Five-point central difference a second, float64[samples - 4]."""
    return np.asarray((8.0 * (values[3:-1] - values[1:-3]) - (values[4:] - values[:-4])) * (rate_hz / 12.0))


@dataclass(frozen=True, slots=True)
class Strut:
    """What is fixed in the regression: the sample rate, the damper's knee, and how its oil fades with heat."""

    rate_hz: float
    knee_mps: float
    fade_per_k: float

    def columns(self, force_n: FloatArray, travel_m: FloatArray, temperature_degc: float) -> FloatArray:
        """The regression's terms and the force, float64[7, samples - 2 EDGE]."""
        travel, force = smooth(travel_m)[2:-2], smooth(force_n)[2:-2]
        speed = smooth(differentiate(travel_m, self.rate_hz))
        faded = np.exp(-self.fade_per_k * (temperature_degc - 20.0))
        return np.stack(
            [
                travel,
                faded * np.maximum(speed, 0.0),
                faded * np.minimum(speed, 0.0),
                faded * np.clip(speed, 0.0, self.knee_mps),
                faded * np.clip(speed, -self.knee_mps, 0.0),
                np.ones_like(travel),
                force,
            ]
        )

    def sums(self, force_n: FloatArray, travel_m: FloatArray, temperature_degc: float) -> "Sums":
        """The window's sums over the samples within `TRAVEL_LIMIT_M`."""
        columns = self.columns(force_n, travel_m, temperature_degc)
        inside = columns[:, np.abs(columns[0]) < TRAVEL_LIMIT_M]
        noise = noise_variance(travel_m) * inside.shape[1]
        return Sums(moments_of(inside), noise * _TRAVEL_GAIN, noise * _SPEED_GAIN * self.rate_hz**2)


@dataclass(frozen=True, slots=True)
class Sums:
    """What is kept of some samples.

    Attributes:
        moments: float64[7, 7], the sum of x xᵀ over the regression's terms and the force.
        travel_noise, speed_noise: the sum over samples of the variance that the travel sensor's noise adds to the
            smoothed travel (m²) and to the speed (m²/s²).
    """

    moments: FloatArray
    travel_noise: float
    speed_noise: float

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.moments + other.moments,
            self.travel_noise + other.travel_noise,
            self.speed_noise + other.speed_noise,
        )

    @property
    def samples(self) -> float:
        """How many samples."""
        return float(self.moments[5, 5])

    @property
    def spring_hidden(self) -> float:
        """The share by which noise makes the spring look weak: noise passes for travel without force. 1 at rest."""
        travel = self.moments[0, 0] - self.moments[0, 5] ** 2 / max(self.samples, 1.0)
        return float(min(1.0, self.travel_noise / travel)) if travel > 0.0 else 1.0

    @property
    def damper_hidden(self) -> float:
        """The share by which noise makes the damper look weak: noise passes for speed without force. 1 at rest."""
        speed = self.moments[1, 1] + self.moments[2, 2]
        return float(min(1.0, self.speed_noise / speed)) if speed > 0.0 else 1.0


def noise_variance(values: FloatArray) -> float:
    """The variance of a sensor's white noise, from third differences: motion below 40 Hz hardly shows in them."""
    return float(np.mean(np.diff(values, 3) ** 2) / 20.0)


def solve(normal: FloatArray, right: FloatArray) -> FloatArray | None:
    """The least-squares solution, or None where the samples do not determine it."""
    scale = np.sqrt(np.diag(normal))
    if not (scale > 0.0).all():
        return None
    scaled = normal / np.outer(scale, scale)
    if not np.linalg.cond(scaled) < _ILL_CONDITIONED:
        return None
    return np.asarray(np.linalg.solve(scaled, right / scale) / scale)


def regress(moments: FloatArray) -> FloatArray | None:
    """The coefficients k, c₊, c₋, s₊, s₋, F₀, float64[6]; None where the motion does not determine them."""
    return solve(moments[:_TERMS, :_TERMS], moments[:_TERMS, _TERMS])


def nominal(stiffness: float, compression: tuple[float, float], rebound: tuple[float, float]) -> FloatArray:
    """The coefficients of a strut as drawn; damping as (below the knee, beyond it), N·s/m."""
    (c_low, c_fast), (r_low, r_fast) = compression, rebound
    return np.array([stiffness, c_fast, r_fast, c_low - c_fast, r_low - r_fast, 0.0])


@dataclass(frozen=True, slots=True)
class Share:
    """What is left of a reference, 1 = all of it, and the standard error of that."""

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class StrutShares:
    """What is left of the spring's force, and of the damper's in each direction."""

    spring: Share
    compression: Share
    rebound: Share


def shares(moments: FloatArray, reference: FloatArray) -> StrutShares | None:
    """How much of a reference's forces the measured force shows; None where the motion does not determine it.

    Four unknowns (spring, compression, rebound, offset) where `regress` has six: half a second determines them, and
    slow ground, which never reaches the damper's knee, does not extrapolate.
    """
    onto = np.zeros((_COLUMNS, 5))
    onto[0, 0] = reference[0]
    onto[[1, 3], 1] = reference[[1, 3]]
    onto[[2, 4], 2] = reference[[2, 4]]
    onto[5, 3] = onto[6, 4] = 1.0
    small = onto.T @ moments @ onto
    values = solve(small[:4, :4], small[:4, 4])
    freedom = moments[5, 5] - 4.0
    if values is None or not freedom > 0.0:
        return None
    scatter = max(float(small[4, 4] - values @ small[:4, 4]), 0.0) / freedom
    errors = np.sqrt(scatter * np.diag(np.linalg.inv(small[:4, :4])))
    spring, compression, rebound = (Share(float(values[i]), float(errors[i])) for i in range(3))
    return StrutShares(spring, compression, rebound)


def residual(columns: FloatArray, reference: FloatArray) -> FloatArray:
    """Measured force less the reference's, float64[samples - 2 EDGE]."""
    return np.asarray(columns[_TERMS] - reference @ columns[:_TERMS])


def parts_of(columns: FloatArray, reference: FloatArray) -> FloatArray:
    """The forces of the reference's spring and of its damper, and ones, float64[3, samples - 2 EDGE]."""
    spring, damper = reference[0] * columns[0], reference[1:5] @ columns[1:5]
    return np.stack([spring, damper, np.ones_like(spring)])


def unexplained_n(moments: FloatArray, reference: FloatArray) -> float:
    """The RMS of the measured force less the reference's, N: friction, noise, and whatever else the model has not."""
    left = np.append(-reference, 1.0)
    return float(np.sqrt(max(left @ moments @ left, 0.0) / moments[5, 5]))


def force_rms_n(moments: FloatArray, reference: FloatArray) -> tuple[float, float]:
    """The RMS of the reference's spring force and of its damper force, each about its mean, N."""
    found = []
    for terms in (slice(0, 1), slice(1, 5)):
        part = np.zeros(_COLUMNS)
        part[terms] = reference[terms]
        mean = part @ moments[:, 5] / moments[5, 5]
        found.append(float(np.sqrt(max(part @ moments @ part / moments[5, 5] - mean**2, 0.0))))
    return found[0], found[1]


def energy_shares(moments: FloatArray, reference: FloatArray) -> tuple[float, float]:
    """Second features, free of any fit: (∫F d, ∮F v) of the measured force over those of the reference's force.

    Both are taken about the mean travel and the mean force; the first feels the spring, the second the damper.
    """
    count = moments[5, 5]
    model = moments[:, :_TERMS] @ reference
    measured = moments[:, _TERMS]
    centred_travel = (measured[0] - moments[0, 5] * measured[5] / count, model[0] - moments[0, 5] * model[5] / count)
    mean_speed = (moments[1, 5] + moments[2, 5]) / count
    work = (measured[1] + measured[2] - mean_speed * measured[5], model[1] + model[2] - mean_speed * model[5])
    return float(centred_travel[0] / centred_travel[1]), float(work[0] / work[1])


@dataclass(frozen=True, slots=True)
class MountStiffness:
    """The stiffness of a mount in series, N/m: force regressed on deflection, deflection on force, and the error."""

    by_deflection: float
    by_force: float
    relative_error: float


def mount_stiffness(moments: FloatArray) -> MountStiffness | None:
    """The stiffness from ``moments`` float64[3, 3] of (deflection, force, 1).

    None where deflection and force do not go together, their correlation squared at most 0.95: noise would take more
    than 5 % from the stiffness by deflection.
    """
    count = moments[2, 2]
    if not count > 2.0:
        return None
    centred = moments[:2, :2] - np.outer(moments[:2, 2], moments[:2, 2]) / count
    deflection, force, both = centred[0, 0], centred[1, 1], centred[0, 1]
    if not (both > 0.0 and both * both > _TOGETHER * deflection * force):
        return None
    together = both * both / (deflection * force)
    error = float(np.sqrt((1.0 - together) / (together * (count - 2.0))))
    return MountStiffness(float(both / deflection), float(force / both), error)
