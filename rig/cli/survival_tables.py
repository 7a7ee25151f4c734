"""What ``rig survival`` prints."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rig.cli.console import result_console
from rig.report.words import number
from rig.survival.answer import Answer, Section
from rig.survival.fit import Estimate, Fit
from rig.survival.words import bounds, differing, figure, headline, km, percent, sentences, used_assumptions


def show(found: Answer) -> None:
    """All figures, and what they assume."""
    console = result_console()
    console.print(escape(f"{found.source}: {headline(found)}"), style="bold", soft_wrap=True)
    for notice in found.notices:
        console.print(escape(f"! {notice}"), style="yellow", soft_wrap=True)
    for section in found.sections:
        _section(console, section, found)
    for component, one in found.differences.items():
        console.print(escape(differing(component, one, found.settings.confidence)), soft_wrap=True)
    console.print("\nassumed:", style="dim")
    for name, words in used_assumptions(found).items():
        console.print(escape(f"  {name.replace('_', ' ')}: {words}"), style="dim", soft_wrap=True)


def _section(console: Console, section: Section, found: Answer) -> None:
    counts = f"{len(section.specimens)} specimens, {section.failures} failed, {section.suspensions} suspended"
    ran = f"{number(section.total_km, 4)} km together, longest {km(section.longest_km)}"
    median = "" if section.median_km is None else f"; Kaplan-Meier: half have failed by {km(section.median_km)}"
    console.print(escape(f"\n{section.title}: {counts}; {ran}{median}"), style="bold", soft_wrap=True)
    if section.weibull and section.lognormal:
        console.print(_fits(section.weibull, section.lognormal))
    for words in sentences(section, found.settings):
        console.print(escape(words), soft_wrap=True)


def _fits(*fits: Fit) -> Table:
    at = percent(fits[0].confidence)
    table = Table("", "figure", "value", f"{at}, profile likelihood", f"{at}, Wald", "ln L")
    for one in fits:
        symbols = ("β", "η") if one.family == "weibull" else ("σ", "median")
        rows = {symbols[0]: one.shape, f"{symbols[1]}, km": one.scale_km}
        rows |= {f"{name}, km": life for name, life in one.b_lives_km.items()}
        for k, (name, found) in enumerate(rows.items()):
            first = (one.family, f"{one.log_likelihood:.4f}") if k == 0 else ("", "")
            table.add_row(first[0], name, *_cells(found), first[1], end_section=k == len(rows) - 1)
    return table


def _cells(one: Estimate) -> list[str]:
    return [figure(one.value), bounds(one.profile), bounds(one.wald)]
