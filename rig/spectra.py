"""Fatigue damage and shock response spectra of whole channels, of one source or of several side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiles.schema import Fault, InputError
from rig.histories import History
from rig.life.response_spectra import LEAST_PER_PERIOD, Response, ResponseSpectra

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bank:
    """Which oscillators, and what is counted of them.

    Attributes:
        from_hz, to_hz: the lowest and the highest natural frequency; None: as high as the samples allow.
        points: how many, evenly spaced on a logarithmic scale.
        exponents: of the damage.
        quality: Q, 1 / (2 damping ratio).
        response: what is counted.
    """

    from_hz: float = 0.5
    to_hz: float | None = None
    points: int = 96
    exponents: tuple[float, ...] = (3.0, 5.0, 8.0)
    quality: float = 10.0
    response: Response = Response.ABSOLUTE_ACCELERATION

    def frequencies_hz(self, rate_hz: float) -> FloatArray:
        """The natural frequencies, float64[points].

        Raises:
            InputError: they are out of range for samples at this rate.
        """
        most_hz = rate_hz / LEAST_PER_PERIOD
        to_hz = most_hz if self.to_hz is None else self.to_hz
        if not 0.0 < self.from_hz < to_hz <= most_hz:
            found = f"{self.from_hz:g} to {to_hz:g} Hz"
            most = f"up to {most_hz:g} Hz ({LEAST_PER_PERIOD:g} samples a period)"
            allowed = f"from a lower above 0 to a higher one, {most}"
            raise InputError([Fault("rig spectrum", 0, "--from-hz, --to-hz", found, allowed)])
        return np.geomspace(self.from_hz, to_hz, self.points)


@dataclass(frozen=True, slots=True)
class Spectrum:
    """What a channel does to oscillators, lists over ``frequencies_hz``.

    Attributes:
        unit: of the channel.
        samples, seconds: of the stretch.
        damage: by exponent, pseudo-damage: sum of cycles times amplitude^exponent (half of the range), the residue's
            ranges as half cycles; in `answer_unit` to that power.
        shock: the largest response, either way, in `answer_unit`.
    """

    source: str
    channel: str
    unit: str
    rate_hz: float
    samples: int
    seconds: float
    quality: float
    response: Response
    frequencies_hz: list[float]
    damage: dict[str, list[float]]
    shock: list[float]

    @property
    def answer_unit(self) -> str:
        """Of what the oscillators do: a pseudo-velocity is an acceleration times a time."""
        if self.response is Response.ABSOLUTE_ACCELERATION or not self.unit:
            return self.unit
        return "m/s" if self.unit == "m/s²" else f"{self.unit}·s"


def spectrum_of(history: History, bank: Bank, rate_hz: float | None = None) -> Spectrum:
    """The spectra of a history; ``rate_hz``: of a file that does not tell its own.

    Raises:
        InputError: no rate, or two; frequencies out of range; no sample, or one without a value.
    """
    rate = _rate(history, rate_hz)
    frequencies = bank.frequencies_hz(rate)
    spectra = ResponseSpectra(rate, frequencies, bank.exponents, bank.quality, bank.response)
    samples = 0
    for values, _ in history.blocks():
        if missing := int(np.isnan(values).sum()):
            found = f"{missing} samples without a value among the {len(values)} from sample {samples} on"
            allowed = "a stretch whose samples all have one: an oscillator can't pass over any"
            raise InputError([Fault(history.source, 0, history.channel, found, allowed)])
        spectra.count(values)
        samples += len(values)
    if not samples:
        raise InputError([Fault(history.source, 0, history.channel, "no sample there", "at least one")])
    damage = spectra.damage()
    return Spectrum(
        history.source, history.channel, history.unit, rate, samples, samples / rate, bank.quality, bank.response,
        frequencies.tolist(),
        {f"{each:g}": damage[:, k].tolist() for k, each in enumerate(bank.exponents)},
        spectra.shock.tolist(),
    )  # fmt: skip


def _rate(history: History, rate_hz: float | None) -> float:
    if history.rate_hz is None:
        if rate_hz is None:
            found, allowed = "nothing", "samples a second, as the file does not tell them"
            raise InputError([Fault(history.source, 0, "--rate-hz", found, allowed)])
        return rate_hz
    return history.rate_hz


def ratios(one: Spectrum, other: Spectrum) -> dict[str, FloatArray]:
    """Of each exponent's damage, and of the shock (key ``shock``), one over the other; of the same frequencies."""
    pairs = {name: (np.array(values), np.array(other.damage[name])) for name, values in one.damage.items()}
    pairs["shock"] = np.array(one.shock), np.array(other.shock)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {name: np.asarray(over / under) for name, (over, under) in pairs.items()}


def comparable(found: Sequence[Spectrum]) -> None:
    """Check that spectra are of the same frequencies and unit.

    Raises:
        InputError: they are not.
    """
    for other in found[1:]:
        if other.frequencies_hz != found[0].frequencies_hz:
            words = f"up to {other.frequencies_hz[-1]:g} Hz, {found[0].source} up to {found[0].frequencies_hz[-1]:g} Hz"
            raise InputError([Fault(other.source, 0, "--to-hz", words, "one that all of them allow")])
        if other.unit and found[0].unit and other.unit != found[0].unit:
            words = f"{other.unit}, {found[0].source} has {found[0].unit}"
            raise InputError([Fault(other.source, 0, other.channel, words, "channels in the same unit")])
