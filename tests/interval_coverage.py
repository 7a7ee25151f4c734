"""How often the intervals of `rig survival` hold the truth: ``python -m tests.interval_coverage`` (about five minutes).

Lives are drawn from a known Weibull and censored; what is counted goes into docs/survival.md.
"""

import argparse
import contextlib
from collections.abc import Iterator

import numpy as np

from rig.survival.fit import Estimate, NoFitError, fit
from rig.survival.lives import Lives
from rig.survival.shape import Shape, difference, shape_of

SPECIMENS, ETA_KM, CONFIDENCE = 60, 5000.0, 0.9
CENSORING = {"complete": 0.0, "half censored": 0.5, "heavily censored": 0.85}
FAILURES = (1, 2, 3, 5, 10, 20)


def drawn(rng: np.random.Generator, specimens: int, shape: float, censored: float) -> Lives:
    """Lives of which about a share ``censored`` is suspended, at distances that have nothing to do with them.

    A censoring distance of the same Weibull shape comes before the failure with the probability that is asked for.
    """
    life_km = ETA_KM * rng.weibull(shape, specimens)
    if not censored:
        return Lives(life_km, np.ones(specimens, np.bool_))
    end_km = ETA_KM * ((1.0 - censored) / censored) ** (1.0 / shape) * rng.weibull(shape, specimens)
    return Lives(np.minimum(life_km, end_km), life_km <= end_km)


def with_failures(rng: np.random.Generator, specimens: int, failures: int, shape: float) -> Lives:
    """A test that ends for all when so many have failed (type II)."""
    life_km = np.sort(ETA_KM * rng.weibull(shape, specimens))
    return Lives(np.minimum(life_km, life_km[failures - 1] * (1.0 + 1e-9)), np.arange(specimens) < failures)


def b10_coverage(repeats: int, shape: float, censored: float) -> str:
    """Of Wald and profile likelihood: how often B10 lies below, within, above the interval, and the mean failures."""
    rng, truth = np.random.default_rng(60), ETA_KM * (-np.log(0.9)) ** (1.0 / shape)
    found: list[Estimate] = []
    failures, unfitted = 0, 0
    for _ in range(repeats):
        lives = drawn(rng, SPECIMENS, shape, censored)
        try:
            found.append(fit(lives, confidence=CONFIDENCE).b_lives_km["B10"])
            failures += lives.failures
        except NoFitError:
            unfitted += 1
    told = [f"{failures / len(found):5.1f}"]
    for bounds in ([one.wald for one in found], [one.profile for one in found]):
        low, high = np.array(bounds).T
        below, above = np.mean(truth < low), np.mean(truth > high)
        told.append(f"{1.0 - below - above:7.1%} ({below:5.1%}, {above:5.1%})")
    return " | ".join([*told, f"{unfitted}"])


def false_shapes(repeats: int, failures: int, specimens: int) -> str:
    """With a true shape of 1: how often it is said to be infant, or wear-out."""
    rng = np.random.default_rng(failures)
    drawn_lives = [with_failures(rng, specimens, failures, 1.0) for _ in range(repeats)]
    fits = [fit(lives, confidence=CONFIDENCE) for lives in drawn_lives]
    said = [shape_of(found, lives) for found, lives in zip(fits, drawn_lives, strict=True)]
    alone = np.mean([found.shape.profile[0] > 1.0 for found in fits])
    return f"{alone:6.1%} | " + " | ".join(
        f"{said.count(one) / repeats:6.1%}" for one in (Shape.INFANT, Shape.WEAR_OUT)
    )


def false_shapes_of_mixed_ends(repeats: int, censored: float) -> str:
    """The same of 20 specimens that are suspended anywhere."""
    rng, said = np.random.default_rng(20), list[Shape]()
    for _ in range(repeats):
        lives = drawn(rng, 20, 1.0, censored)
        with contextlib.suppress(NoFitError):
            said.append(shape_of(fit(lives, confidence=CONFIDENCE), lives))
    return " | ".join(f"{said.count(one) / len(said):6.1%}" for one in (Shape.INFANT, Shape.WEAR_OUT))


def differences(repeats: int, censored: float, times: float) -> str:
    """Two groups of 15, the second's lives so many times the first's: how often they are said to differ, at 10 %."""
    rng, said = np.random.default_rng(15), list[bool]()
    for _ in range(repeats):
        first, second = drawn(rng, 15, 2.0, censored), drawn(rng, 15, 2.0, censored)
        found = difference([first, Lives(times * second.distance_km, second.failed)])
        said.append(found is not None and found.p_value <= 1.0 - CONFIDENCE)
    return f"{np.mean(said):6.1%}"


def lines(repeats: int) -> Iterator[str]:
    """The tables."""
    yield f"B10 of {SPECIMENS} specimens, {CONFIDENCE:.0%} interval, {repeats} repeats: held (truth below, above)"
    yield "censoring | failures | Wald | profile likelihood | not fitted"
    for name, censored in CENSORING.items():  # the shape only stretches ln(distance): it changes nothing
        yield f"{name} | {b10_coverage(repeats, 2.0, censored)}"
    heads = "wear-out by beta's interval alone | said to be infant | wear-out"
    yield f"true shape 1, test ended at the last of these failures: {heads}"
    for failures in FAILURES:
        for specimens in (failures + 5, 60):
            yield f"{failures} of {specimens} | {false_shapes(repeats, failures, specimens)}"
    yield "true shape 1, 20 specimens suspended anywhere: said to be infant | wear-out"
    for name, censored in CENSORING.items():
        yield f"{name} | {false_shapes_of_mixed_ends(repeats, censored)}"
    few = max(1, repeats // 10)
    yield f"two groups of 15, {few} repeats: said to differ at 10 %, of equal lives | of lives 1 to 2"
    for name, censored in CENSORING.items():
        yield f"{name} | {differences(few, censored, 1.0)} | {differences(few, censored, 2.0)}"


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=2000)
    for line in lines(parser.parse_args().repeats):
        print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
