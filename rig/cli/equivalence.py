"""``rig equivalence``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from profiles.schema import Fault, InputError
from rig.cli.confidence import shown_table, sureness_table
from rig.cli.console import progress_console, result_console
from rig.cli.options import OverOption
from rig.cli.planning import with_bar
from rig.cli.selecting import exponents_of
from rig.plan import HIGHEST_SEED, Over
from rig.record.files import to_json
from rig.report.words import number, spoken

if TYPE_CHECKING:
    from rig.equivalence import Answer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("equivalence")(equivalence)


def equivalence(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN…", help="Run directories; their damage adds up.")],
    target: Annotated[str, typer.Option(help="A stage, campaign or other course: a file, or a library name.")],
    until_km: Annotated[float | None, typer.Option(help="Only so far of the target.")] = None,
    style: Annotated[
        str | None, typer.Option(help="Who drives the target: a file or library name; the course's own by default.")
    ] = None,
    vehicle: Annotated[str | None, typer.Option(help="The target's car; that of the runs by default.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=HIGHEST_SEED, help="Seed of the target; the course's own by default.")
    ] = None,
    over_envelope: Annotated[
        OverOption | None, typer.Option(help="Where the target leaves the rig's envelope; as of the runs by default.")
    ] = None,
    exponents: Annotated[str, typer.Option(help="Of the pseudo-damage, with commas between.")] = "3,5,8",
    confidence: Annotated[
        float, typer.Option(help="Of what is told, 0 to 1: intervals are two-sided, what is shown is one-sided.")
    ] = 0.9,
    as_json: Annotated[bool, typer.Option("--json", help="All of it as JSON.")] = False,
    html: Annotated[Path | None, typer.Option(help="All of it as a page, to open offline.")] = None,
) -> None:
    """How many kilometres of a target course the damage of some runs is worth: by part, by channel, and the least.

    The target is planned for the runs' rig and car; its damage is predicted from that drive. Nothing moves.

    Exit codes: 0 told, 2 bad input: no such run or course, runs that don't belong together or lack samples.
    """
    slopes = tuple(exponents_of("rig equivalence", exponents))
    if not 0.0 < confidence < 1.0:
        raise InputError(
            [Fault("rig equivalence", 0, "--confidence", f"{confidence:g}", "between 0 and 1, such as 0.9")]
        )
    if html is not None and not html.absolute().parent.is_dir():
        raise InputError([Fault(str(html), 0, "--html", "no such folder", "a file in a folder that exists")])
    from rig.equivalence import Asked  # numba's and Arrow's imports: every other command would start later for them
    from rig.equivalence import equivalence as answer
    from rig.runs import open_run

    over: Over | None = None if over_envelope is None else over_envelope.value
    asked = Asked(target, style, seed, vehicle, over, until_km, slopes, confidence)
    opened = [open_run(path) for path in runs]
    found = with_bar(f"counting, and planning {target}", lambda told: answer(opened, asked, told))
    if as_json:
        sys.stdout.write(to_json(found, indent=1).decode() + "\n")
    else:
        _show(found)
    if html is not None:
        from rig.equivalence.page import write_equivalence_page

        write_equivalence_page(html, found)
        progress_console().print(f"page in {html}", soft_wrap=True, markup=False)


def _show(found: "Answer") -> None:
    from rig.equivalence.sure_words import demonstrations, meanings
    from rig.equivalence.words import assumptions, headline, notes, proofs

    console = result_console()
    for table in (_laws(found), _channels(found), sureness_table(found), shown_table(found)):
        console.print(table)
    console.print(headline(found), soft_wrap=True, markup=False, style="bold")
    for words in proofs(found):
        console.print(f"  {words}", soft_wrap=True, markup=False)
    console.print("what the parts show", style="bold")
    for words in demonstrations(found):
        console.print(f"  {words}", soft_wrap=True, markup=False)
    for name, words in meanings(found).items():
        console.print(f"{name}: {words}", soft_wrap=True, markup=False)
    for way, words in assumptions(found).items():
        console.print(f"{way}: {words}", soft_wrap=True, markup=False)
    for words in notes(found):
        console.print(f"note: {words}", soft_wrap=True, markup=False)


def _laws(found: "Answer") -> Table:
    from rig.equivalence.sure_words import about
    from rig.equivalence.words import second_estimate

    heads = ("part", "serial", "law", "scales with", "runs", "target", "equivalent", "by surfaces", "verdict")
    table = Table(*heads, title=f"Damage, and km of {found.target} that it is worth", title_justify="left")
    for law in found.laws:
        name = spoken(law.law) if law.exponent is None else f"{spoken(law.law)} (k {law.exponent:g})"
        target = "–" if law.target_damage is None else f"{law.target_damage:.2e}"
        cells = (spoken(law.component), law.serial, name, law.scales_with, f"{law.run_damage:.2e}", target)
        told = (about(law.equivalent_km), second_estimate(law), law.outcome or "none")
        style = "bold" if law is found.headline else ""
        table.add_row(*(escape(cell) for cell in (*cells, *told)), style=style)
    return table


def _channels(found: "Answer") -> Table:
    slopes = list(dict.fromkeys(one.exponent for one in found.channels))
    table = Table("channel", "gate", "largest range", "target by", *(f"m = {m:g}, km" for m in slopes))
    for name in dict.fromkeys(one.channel for one in found.channels):
        mine = [one for one in found.channels if one.channel == name]
        first = mine[0]
        sizes = (f"{number(size)} {first.unit}" for size in (first.gate, first.largest_range))
        worth = (number(one.equivalent_km) for one in mine)
        table.add_row(*(escape(cell) for cell in (name, *sizes, first.basis, *worth)))
    return table
