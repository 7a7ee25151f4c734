"""Random roughness of a road: ISO 8608 spectra, left-right coherence, and seeded synthesis of both tracks."""

from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from profiles.schema import Strict
from profiles.signal import FloatArray

ISO_G0_M3 = {letter: 16e-6 * 4.0**index for index, letter in enumerate("ABCDEFGH")}
"""Geometric means of the displacement PSD at 0.1 cycle/m by class (ISO 8608:2016): A 16e-6 m³, four times more each."""

REFERENCE_PER_M = 0.1  # n0 of ISO 8608:2016
LOWEST_PER_M = 0.011  # the band of ISO 8608:2016, cycles per metre
HIGHEST_PER_M = 2.83

TILE_STATIONS = 20_480  # 1,024 m at 0.05 m; 2^12 x 5, quick to transform


class Roughness(Strict):
    """The displacement PSD of a track, G(n) = G0 (n/n0)^-w with n0 = 0.1 cycle/m: a class of ISO 8608, or G0 itself."""

    iso_class: Literal["A", "B", "C", "D", "E", "F", "G", "H"] | None = None
    g0_m3: Annotated[float, Field(gt=0, le=1.0)] | None = None
    waviness: Annotated[float, Field(ge=1.0, le=4.0)] = 2.0

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.iso_class is None) == (self.g0_m3 is None):
            raise ValueError("either iso_class (A to H) or g0_m3, one of the two")
        return self

    @property
    def level_m3(self) -> float:
        """G0, the PSD at 0.1 cycle/m."""
        return self.g0_m3 if self.g0_m3 is not None else ISO_G0_M3[self.iso_class or ""]

    def psd_m3(self, per_m: FloatArray) -> FloatArray:
        """The one-sided displacement PSD at spatial frequencies in cycles per metre; 0 outside the band."""
        inside = (per_m >= LOWEST_PER_M) & (per_m <= HIGHEST_PER_M)
        bounded = np.where(inside, per_m, REFERENCE_PER_M)
        return np.where(inside, self.level_m3 * (bounded / REFERENCE_PER_M) ** -self.waviness, 0.0)


class ExponentialCoherence(Strict):
    """Coherence that falls with frequency: gamma²(n) = exp(-4 mu n B).

    mu is 1 on firm ground, 0.3 in ruts, 3 in a rock garden (design values). It is one of several models in use;
    measured roads scatter widely around each.
    """

    model: Literal["exponential"]
    mu: Annotated[float, Field(gt=0, le=20)] = 1.0

    def squared(self, per_m: FloatArray, track_m: float) -> FloatArray:
        """gamma² at spatial frequencies in cycles per metre, for a track width."""
        return np.exp(-4.0 * self.mu * per_m * track_m)


class FixedCoherence(Strict):
    """The same coherence at all frequencies: 1 for equal tracks, 0 for independent ones."""

    model: Literal["fixed"]
    gamma_squared: Annotated[float, Field(ge=0, le=1)]

    def squared(self, per_m: FloatArray, track_m: float) -> FloatArray:  # noqa: ARG002 the interface of all models
        """gamma² at spatial frequencies in cycles per metre, for a track width."""
        return np.full_like(per_m, self.gamma_squared)


Coherence = Annotated[ExponentialCoherence | FixedCoherence, Field(discriminator="model")]
"""How alike both tracks are. A further model is one more class here with ``model`` and ``squared``."""


def generator(seed: int, segment: int, purpose: int, tile: int = 0) -> np.random.Generator:
    """The random numbers of one purpose in one tile of one segment: the same whatever was drawn elsewhere (Philox)."""
    key = np.array([seed, (segment << 8) | purpose], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=np.array([0, 0, 0, tile], dtype=np.uint64)))


LEFT, RIGHT, FEATURES, CORNERS, COURSE = 1, 2, 3, 4, 5  # purposes of `generator`


def synthesise_tile(
    roughness: Roughness, coherence: Coherence, track_m: float, step_m: float, seed: int, segment: int, tile: int
) -> FloatArray:
    """Heights of both tracks of one tile, float64[2, TILE_STATIONS] (m), periodic over the tile.

    Each line of the spectrum is A (xi + i eta) with A = N sqrt(G dn / 2) / sqrt(2), so that the PSD is G, not 2 G. The
    right track is gamma times the left plus sqrt(1 - gamma²) times an independent track, which keeps both PSDs.
    """
    per_m = np.asarray(np.fft.rfftfreq(TILE_STATIONS, step_m), dtype=np.float64)
    amplitude = 0.5 * TILE_STATIONS * np.sqrt(roughness.psd_m3(per_m) * (per_m[1] - per_m[0]))
    left = amplitude * _white(seed, segment, LEFT, tile, len(per_m))
    other = amplitude * _white(seed, segment, RIGHT, tile, len(per_m))
    gamma_squared = coherence.squared(per_m, track_m)
    right = np.sqrt(gamma_squared) * left + np.sqrt(1.0 - gamma_squared) * other
    heights = np.fft.irfft(np.stack([left, right]), n=TILE_STATIONS, axis=1)
    return np.asarray(heights, dtype=np.float64)


def _white(seed: int, segment: int, purpose: int, tile: int, lines: int) -> NDArray[np.complex128]:
    parts = generator(seed, segment, purpose, tile).standard_normal((2, lines))
    return np.asarray(parts[0] + 1j * parts[1], dtype=np.complex128)
