"""``rig survival`` and ``rig survival plan``."""

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from profiles.schema import Fault, InputError
from rig.cli.console import result_console, say_error
from rig.record.files import to_json
from rig.survival.logs import By

if TYPE_CHECKING:
    from rig.survival.answer import Answer

_OF_DATA = "of"
_SHARE = "a number above 0 and below 1"
_ABOVE_ZERO = "a finite number above 0"


class _DataOrPlan(TyperGroup):
    """``rig survival plan …`` plans; anything else after ``rig survival`` is life data."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if args[:1] != ["plan"]:
            args = [_OF_DATA, *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        name, command, rest = super().resolve_command(ctx, args)
        return "" if name == _OF_DATA else name, command, rest  # as it is typed


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(cls=_DataOrPlan, help="Survival statistics of components from many runs; plans of tests.")
    group.command(_OF_DATA)(survival)
    group.command("plan")(plan)
    app.add_typer(group, name="survival")


def survival(
    data: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="RUNS|FILE.csv", help="Run directories or folders of them, by default 'runs'; or a table."
        ),
    ] = None,
    component: Annotated[str, typer.Option(help="Only this component.")] = "",
    by: Annotated[By | None, typer.Option(help="Groups of specimens that are set side by side.")] = None,
    confidence: Annotated[float, typer.Option(help="Of all bounds, 0 to 1: intervals are two-sided.")] = 0.9,
    shape: Annotated[float | None, typer.Option(help="Weibull's beta from elsewhere, for Weibayes.")] = None,
    at_km: Annotated[float | None, typer.Option(help="The distance at which successes are counted.")] = None,
    each_run_new: Annotated[
        bool, typer.Option("--each-run-new", help="Every run had new parts, whatever their serial numbers say.")
    ] = False,
    html: Annotated[Path | None, typer.Option(help="Write a page with plots, to open offline.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """How long components last: Kaplan-Meier, Weibull and log-normal with bounds, Weibayes, success run, modes.

    From the failure logs of runs, or from a table with the columns distance_km, event (failed or suspended) and, where
    there are any, group, component, serial, mode, damage. How many specimens a test needs: rig survival plan --help.

    Exit codes: 0 told, 2 bad input, 3 a run can't be read.
    """
    from rig.cli.survival_data import Wanted, read_data  # scipy: every other command would start later for it
    from rig.survival.answer import Settings, answer

    _check("--confidence", confidence, _SHARE, good=0.0 < confidence < 1.0)
    for name, value in (("--shape", shape), ("--at-km", at_km)):
        _check(name, value, _ABOVE_ZERO, good=value is None or 0.0 < value < math.inf)
    if html is not None and not html.absolute().parent.is_dir():
        raise InputError([Fault(str(html), 0, "--html", "no such folder", "a file in a folder that exists")])
    read, unreadable = read_data(data, Wanted(component, by, each_run_new))
    found = answer(read, Settings(confidence, shape, at_km))
    _tell(found, html, as_json=as_json)
    for words in unreadable:
        say_error(words)
    if unreadable:
        sys.exit(3)


def _tell(found: "Answer", html: Path | None, *, as_json: bool) -> None:
    from rig.cli.survival_tables import show
    from rig.survival.page import write_survival_page

    if as_json:
        sys.stdout.write(to_json(found, indent=1).decode() + "\n")
    else:
        show(found)
    if html is not None:
        write_survival_page(html, found)
        if not as_json:
            result_console().print(f"page   {html}", soft_wrap=True)


def plan(
    reliability: Annotated[float, typer.Option(help="To be shown, at one life; 0 to 1.")] = 0.9,
    confidence: Annotated[float, typer.Option(help="With which it is to be shown, one-sided; 0 to 1.")] = 0.9,
    shape: Annotated[
        float | None, typer.Option(help="Weibull's beta; without one, nothing but a whole life counts.")
    ] = None,
    failures: Annotated[int, typer.Option(min=0, max=100, help="How many may fail.")] = 0,
    specimens: Annotated[int | None, typer.Option(min=1, help="How far must so many run? By default 1 to 20.")] = None,
    lives: Annotated[float | None, typer.Option(help="How many specimens, if each runs so many lives?")] = None,
    life_km: Annotated[float | None, typer.Option(help="The life, km, for which the reliability is asked.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """How many specimens, over which distance, show a reliability: the plans of a test.

    R(k lives) = R^(k^beta): longer tests need fewer specimens, as far as the shape that is assumed goes.

    Exit codes: 0 told, 2 bad input.
    """
    from rig.cli.survival_plans import Asked, plans_of, show_plans

    for name, share in (("--reliability", reliability), ("--confidence", confidence)):
        _check(name, share, _SHARE, good=0.0 < share < 1.0)
    for name, value in (("--shape", shape), ("--lives", lives), ("--life-km", life_km)):
        _check(name, value, _ABOVE_ZERO, good=value is None or 0.0 < value < math.inf)
    asked = Asked(reliability, confidence, shape, failures, specimens, lives, life_km)
    found = plans_of(asked)
    if as_json:
        sys.stdout.write(to_json({"asked": asked, "plans": found}, indent=1).decode() + "\n")
    else:
        show_plans(asked, found)


def _check(name: str, value: float | None, allowed: str, *, good: bool) -> None:
    if not good:
        raise InputError([Fault("rig survival", 0, name, f"{value:g}", allowed)])
