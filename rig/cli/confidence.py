"""The tables of ``rig equivalence`` that say how sure its kilometres are, and what they show."""

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from rig.report.words import number, spoken

if TYPE_CHECKING:
    from rig.equivalence import Answer


def sureness_table(found: "Answer") -> Table:
    """One uncertainty a column, and all of them together."""
    from rig.equivalence.sure_words import between, exponents, range_words

    heads = ("part", "law", "range", "roads of the target", "exponent", "prediction", "such runs")
    table = Table(*heads, title=f"How sure the km of {found.target} are", title_justify="left")
    for one in found.sure:
        single = (between(one.target_roads_km), exponents(one), between(one.prediction_km), between(one.run_roads_km))
        cells = (f"{spoken(one.component)} {one.serial}", spoken(one.law), range_words(one), *single)
        table.add_row(*map(escape, cells))
    return table


def shown_table(found: "Answer") -> Table:
    """What the specimens of each component show together, by law."""
    from rig.equivalence.sure_words import DIGITS, chances, needed

    heads = ("part", "law", "lives", "β", "R at 50 %", f"R at {100.0 * found.confidence:g} %", "needed for R 90 %")
    table = Table(*heads, title=f"What is shown of {found.target}", title_justify="left")
    for one in found.shown:
        lives = ", ".join(number(each, DIGITS) for each in one.lives) or "–"
        told = (
            chances(one.reliability_50, one.reliability_50_range),
            chances(one.reliability, one.reliability_range),
            needed(one),
        )
        cells = (spoken(one.component), spoken(one.law), lives, f"{one.shape:g}", *told)
        table.add_row(*map(escape, cells))
    return table
