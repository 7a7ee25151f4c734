"""Mean stress: the range, or the amplitude, without a mean that does the damage of one with it."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def smith_watson_topper(ranges: ArrayLike, means: ArrayLike) -> FloatArray:
    """The range at mean 0 of the same damage, in the unit of the ranges, shape of both together.

    Smith, Watson and Topper 1970: the amplitude is √(highest · amplitude); 0 where a cycle never comes above 0, as no
    crack opens then.
    """
    amplitudes, means = 0.5 * np.asarray(ranges, np.float64), np.asarray(means, np.float64)
    highest = np.maximum(means + amplitudes, 0.0)
    return np.asarray(2.0 * np.sqrt(highest * amplitudes))


def goodman(ranges: ArrayLike, means: ArrayLike, ultimate: float) -> FloatArray:
    """The range at mean 0 of the same damage, in the unit of the ranges; infinite where the mean alone breaks the part.

    Goodman 1899, as the straight line from the fatigue to the ultimate strength: range / (1 - mean / ultimate). A mean
    below 0 changes nothing: what pressure may bring is not counted on.

    Raises:
        ValueError: an ultimate strength that is not more than 0.
    """
    if not ultimate > 0.0:
        raise ValueError(f"ultimate is {ultimate}, wanted more than 0")
    left = 1.0 - np.maximum(np.asarray(means, np.float64), 0.0) / ultimate
    broken = np.full(np.broadcast(ranges, left).shape, np.inf)
    return np.asarray(np.divide(ranges, left, out=broken, where=left > 0.0))


def fkm_amplitude(amplitudes: ArrayLike, means: ArrayLike, sensitivity: float) -> FloatArray:
    """The amplitude at mean 0 (stress ratio -1) of the same damage, in the unit of the amplitudes.

    FKM guideline "Analytical strength assessment" (6th edition 2012, §2.4.2.1), overload case F2 (constant stress
    ratio), with its four fields of the stress ratio R: above 1, to 0, to 0.5, and beyond.

    Args:
        amplitudes, means: of each cycle; amplitudes are not below 0.
        sensitivity: mean stress sensitivity M of the material, 0 or more (0.3 is usual for steel of high strength).

    Raises:
        ValueError: an amplitude below 0 or a sensitivity below 0.
    """
    amplitudes, means = np.broadcast_arrays(np.asarray(amplitudes, np.float64), np.asarray(means, np.float64))
    if not sensitivity >= 0.0 or not (amplitudes >= 0.0).all():
        raise ValueError(f"sensitivity is {sensitivity}, wanted 0 or more; amplitudes are not below 0")
    third = sensitivity / 3.0
    pulled = (1.0 + sensitivity) / (1.0 + third) * (amplitudes + third * means)  # 0 < R < 0.5
    high = (1.0 + sensitivity) ** 2 / (1.0 + third) * amplitudes  # R >= 0.5: the mean is 3 amplitudes or more
    fields = [means < -amplitudes, means <= amplitudes, means < 3.0 * amplitudes]
    low = (1.0 - sensitivity) * amplitudes  # R > 1: all of it is pressure
    return np.asarray(np.select(fields, [low, amplitudes + sensitivity * means, pulled], high))
