"""Fatigue damage spectrum and shock response spectrum: what a base motion does to oscillators of any tuning.

A bank of oscillators with one degree of freedom is driven by the channel. What is counted of each is its absolute
acceleration (or its pseudo-velocity): rainflow cycles by their amplitude, which is half of the range, to the power b,
summed as Miner does; and the extremes, for the shock response. Damage is pseudo-damage in unit^b: only a ratio of two
spectra means something, as the stress in the part is not known.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from rig.life.counting.classes import block_of, plain_state, restore_arrays
from rig.life.counting.collective import CycleCollective
from rig.life.rainflow import ResidueRule

FloatArray = NDArray[np.float64]

BLOCK = 4096
"""Samples that all oscillators answer to before their cycles are counted: the answers stay in the processor's cache."""
LEAST_PER_PERIOD = 10.0
"""Samples in a period of the fastest oscillator: with fewer its peaks lie between samples, by more than 5 %."""
LOWEST, HIGHEST = 0, 1


class Response(StrEnum):
    """What is counted of an oscillator; the input is the acceleration of its base."""

    ABSOLUTE_ACCELERATION = "absolute_acceleration"
    PSEUDO_VELOCITY = "pseudo_velocity"  # relative displacement times the natural angular frequency


@njit(cache=True)
def respond(
    values: FloatArray, bank: FloatArray, memory: FloatArray, answers: FloatArray, extremes: FloatArray
) -> None:
    """Write each oscillator's answer to ``answers``, float64[oscillators, samples], and widen its ``extremes``.

    ``bank`` holds b0, b1, b2, a1, a2 of each oscillator, ``memory`` its last two inputs and last two answers, newest
    first. What an answer adds to the one before comes last: the next one waits for nothing else.
    """
    for k in range(bank.shape[0]):
        b0, b1, b2, a1, a2 = bank[k, 0], bank[k, 1], bank[k, 2], bank[k, 3], bank[k, 4]
        newer, older, last, before = memory[k, 0], memory[k, 1], memory[k, 2], memory[k, 3]
        low, high = extremes[k, LOWEST], extremes[k, HIGHEST]
        for i in range(values.shape[0]):
            value = values[i]
            answer = (b0 * value + b1 * newer + b2 * older - a2 * before) - a1 * last
            answers[k, i] = answer
            newer, older, last, before = value, newer, answer, last
            high = answer if answer > high else high
            low = answer if answer < low else low
        memory[k, 0], memory[k, 1], memory[k, 2], memory[k, 3] = newer, older, last, before
        extremes[k, LOWEST], extremes[k, HIGHEST] = low, high


def filter_bank(frequencies_hz: FloatArray, rate_hz: float, quality: float, response: Response) -> FloatArray:
    """Coefficients b0, b1, b2, a1, a2 of each oscillator, float64[frequencies, 5].

    Ramp-invariant (exact for inputs that are straight between samples: Smallwood 1981, ISO 18431-4:2007), from the
    exponential of the oscillator with its input and the input's slope: closed forms cancel at low frequencies.
    """
    omega = 2.0 * np.pi * frequencies_hz
    turn = omega / rate_hz
    system = np.zeros(
        (len(omega), 4, 4)
    )  # relative velocity and displacement, scaled to the input's size; input; slope
    system[:, 0, 0], system[:, 0, 1], system[:, 0, 2] = -turn / quality, -turn, turn
    system[:, 1, 0], system[:, 2, 3] = turn, 1.0
    moved = _exponential(system)
    onward, by_slope = moved[:, :2, :2], moved[:, :2, 3]
    by_input = moved[:, :2, 2] - by_slope + np.einsum("kij,kj->ki", onward, by_slope)
    seen = np.stack([np.full_like(omega, 1.0 / quality), np.ones_like(omega)], axis=1)
    if response is Response.PSEUDO_VELOCITY:
        seen = np.stack([np.zeros_like(omega), -1.0 / omega], axis=1)
    trace, determinant = np.trace(onward, axis1=1, axis2=2), np.exp(-turn / quality)
    now, next_ = (seen * by_slope).sum(axis=1), (seen * by_input).sum(axis=1)
    later = np.einsum("ki,kij,kj->k", seen, onward, by_input) - trace * next_ + determinant * now
    return np.stack([now, next_ - trace * now, later, -trace, determinant], axis=1)


def _exponential(matrices: FloatArray) -> FloatArray:
    """Of many small matrices at once, by its series: an oscillator turns by less than 2π / `LEAST_PER_PERIOD`."""
    term = total = np.broadcast_to(np.eye(matrices.shape[-1]), matrices.shape)
    for power in range(1, 25):
        term = term @ matrices / power
        total = total + term
    return np.asarray(total)


class ResponseSpectra:
    """Fatigue damage spectrum and shock response spectrum of one channel, a base acceleration.

    The oscillators are at rest under the first sample: a constant, such as gravity, shakes nothing.

    Args:
        rate_hz: samples a second, at least `LEAST_PER_PERIOD` times the highest frequency.
        frequencies_hz: natural frequencies of the oscillators, float64[frequencies].
        exponents: b, slopes of the S-N curve.
        quality: Q, 1 / (2 damping ratio).
        response: what is counted.

    Raises:
        ValueError: a rate, frequency or quality out of range.
    """

    def __init__(
        self,
        rate_hz: float,
        frequencies_hz: ArrayLike,
        exponents: Sequence[float] = (8.0,),
        quality: float = 10.0,
        response: Response = Response.ABSOLUTE_ACCELERATION,
    ) -> None:
        self.frequencies_hz = np.array(frequencies_hz, np.float64)
        self.exponents = np.array(exponents, np.float64)
        _check(rate_hz, self.frequencies_hz, quality)
        count = len(self.frequencies_hz)
        self._bank = filter_bank(self.frequencies_hz, rate_hz, quality, response)
        still = response is Response.ABSOLUTE_ACCELERATION
        self._gain = np.ones(count) if still else -0.5 / (np.pi * self.frequencies_hz)  # of a constant
        self._memory, self._extremes = np.full((count, 4), np.nan), np.full((count, 2), np.nan)
        self._answers = np.empty((count, BLOCK))
        self._cycles = CycleCollective(count, exponents=exponents)

    def count(self, values: ArrayLike) -> None:
        """Take in the next samples, float64[samples].

        Raises:
            ValueError: a value that is not finite; nothing has been counted then.
        """
        (samples,) = block_of(np.atleast_2d(np.asarray(values, np.float64)), 1)
        if len(samples) and np.isnan(self._memory[0, 0]):
            self._memory[:, :2] = samples[0]
            self._memory[:, 2:] = self._extremes[:] = (samples[0] * self._gain)[:, None]
        for start in range(0, len(samples), BLOCK):
            part = samples[start : start + BLOCK]
            answers = self._answers if len(part) == BLOCK else np.empty((len(self._bank), len(part)))
            respond(part, self._bank, self._memory, answers, self._extremes)
            self._cycles.add(answers)

    def damage(self, rule: ResidueRule = ResidueRule.HALVES) -> FloatArray:
        """Sum of cycles times amplitude^b, float64[frequencies, exponents], as if the history ended here."""
        return self._cycles.collective(rule).sums / 2.0**self.exponents

    @property
    def shock(self) -> FloatArray:
        """Maximax response (the largest size, either way), float64[frequencies]; NaN before the first sample."""
        return np.asarray(np.abs(self._extremes).max(axis=1))

    @property
    def extremes(self) -> FloatArray:
        """Lowest and highest response, float64[frequencies, 2]; NaN before the first sample."""
        return self._extremes.copy()

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {"memory": self._memory, "extremes": self._extremes}

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as plain JSON values."""
        return {**plain_state(self._arrays()), "cycles": self._cycles.state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved `state`.

        Raises:
            ValueError: it is that of another bank of oscillators.
        """
        self._cycles.restore(state["cycles"])
        restore_arrays(self._arrays(), state)


def _check(rate_hz: float, frequencies_hz: FloatArray, quality: float) -> None:
    if frequencies_hz.ndim != 1 or not len(frequencies_hz) or not (frequencies_hz > 0.0).all():
        raise ValueError("frequencies_hz: wanted one frequency or more, all above 0")
    if not rate_hz >= LEAST_PER_PERIOD * frequencies_hz.max() or not np.isfinite(rate_hz):
        found, most = f"{rate_hz:g} samples a second for {frequencies_hz.max():g} Hz", rate_hz / LEAST_PER_PERIOD
        raise ValueError(f"{found}, wanted {LEAST_PER_PERIOD:g} in a period or more: up to {most:g} Hz")
    if not 0.5 < quality < np.inf:
        raise ValueError(f"quality is {quality}, wanted more than 0.5 (less than critical damping)")
