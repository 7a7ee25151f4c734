"""What ``rig survival plan`` computes and prints."""

import math

import msgspec
from rich.markup import escape
from rich.table import Table

from profiles.schema import Fault, InputError
from rig.cli.console import result_console
from rig.survival.planning import Plan, plan_over, plan_with, specimens_needed
from rig.survival.words import percent

_SPECIMENS = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20)
"""For which a plan is shown where no number was asked for."""


class Asked(msgspec.Struct, frozen=True):
    """What was asked; see ``rig survival plan --help``."""

    reliability: float
    confidence: float
    shape: float | None
    failures: int
    specimens: int | None
    lives: float | None
    life_km: float | None


def plans_of(asked: Asked) -> list[Plan]:
    """The plans that were asked for; one of whole lives among them.

    Raises:
        InputError: what was asked does not go together.
    """
    if asked.specimens is not None and asked.lives is not None:
        raise _misfit("--specimens and --lives", "both", "one of them: the other is what is computed")
    if asked.shape is None and (asked.specimens is not None or asked.lives not in (None, 1.0)):
        raise _misfit("--shape", "nothing", "Weibull's beta: without it only tests of one life can be planned")
    if asked.specimens is not None and asked.specimens <= asked.failures:
        raise _misfit("--specimens", f"{asked.specimens}", f"more than the {asked.failures} that may fail")
    try:
        return _plans(asked)
    except (ValueError, ArithmeticError) as error:
        found = f"R {asked.reliability:g}, C {asked.confidence:g}, {asked.lives or 1:g} lives: {error}"
        raise _misfit("--reliability", found, "what a test of this world can show") from None


def _plans(asked: Asked) -> list[Plan]:
    goal = (asked.reliability, asked.confidence)
    if asked.shape is None or asked.lives is not None:
        return [plan_over(asked.lives or 1.0, *goal, asked.shape or 1.0, asked.failures, asked.life_km)]
    if asked.specimens is not None:
        return [plan_with(asked.specimens, *goal, asked.shape, asked.failures, asked.life_km)]
    whole = specimens_needed(*goal, asked.failures)
    counts = sorted({*_SPECIMENS, whole})
    shape, failures, life_km = asked.shape, asked.failures, asked.life_km
    return [
        plan_over(1.0, *goal, shape, failures, life_km)
        if count == whole
        else plan_with(count, *goal, shape, failures, life_km)
        for count in counts
        if count > asked.failures
    ]


def show_plans(asked: Asked, plans: list[Plan]) -> None:
    """A table, and what it assumes."""
    console = result_console()
    goal = f"R {percent(asked.reliability)} at {percent(asked.confidence)} confidence (one-sided)"
    console.print(f"to show {goal} at one life, with at most {asked.failures} failed:", style="bold")
    table = Table("specimens", "lives each", "km each", "km together")
    for one in plans:
        whole = "bold" if one.lives == 1.0 else ""
        lives = f"{math.ceil(one.lives * 1000.0 - 1e-6) / 1000.0:.3f}"
        table.add_row(f"{one.specimens:,}", lives, _at_least(one.distance_km), _at_least(one.total_km), style=whole)
    console.print(table)
    console.print(escape(_assumed(asked)), style="dim", soft_wrap=True)


def _at_least(distance_km: float | None) -> str:
    """Rounded up: a little less would not show it."""
    return "–" if distance_km is None else f"{math.ceil(distance_km - 1e-6):,}"


def _assumed(asked: Asked) -> str:
    n_form = "n form: binomial, n = ⌈ln(1 − C) / ln R⌉ where none may fail; the n + 1 form gives one less"
    if asked.shape is None:
        return f"assumed: nothing of how lives are distributed; {n_form}."
    longer = "R(k lives) = R^(k^β): what the test shows beyond or short of one life stands and falls with β"
    return f"assumed: Weibull with β {asked.shape:g}, from elsewhere; {longer}; {n_form}."


def _misfit(key: str, found: str, allowed: str) -> InputError:
    return InputError([Fault("rig survival plan", 0, key, found, allowed)])
