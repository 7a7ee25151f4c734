"""The checks before a run as people see them in a terminal."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rig.record.checks import CheckResult, Checks

_WORDS = {True: "[green]passed[/]", False: "[bold red]FAILED[/]"}


def show_checks(console: Console, checks: Checks) -> None:
    """What the checks came to: one line, and the failed ones as a table."""
    style = {"passed": "", "overridden": "yellow"}.get(checks.outcome, "bold red")
    console.print(f"checks before the run: {checks.summary()}", style=style, markup=False, soft_wrap=True)
    if checks.failed:
        console.print(check_table(checks.failed))
        for result in checks.failed:
            console.print(result.words, markup=False, soft_wrap=True)


def check_table(results: tuple[CheckResult, ...]) -> Table:
    """A row a check: what was measured, what is allowed."""
    table = Table()
    for heading in ("check of", "what", "measured", "allowed", "unit", ""):
        table.add_column(heading, justify="right" if heading in ("measured", "allowed") else "left", overflow="fold")
    for result in results:
        found, wanted = escape(measured(result)), escape(allowed(result))
        table.add_row(result.subject, result.what, found, wanted, result.unit, _WORDS[result.passed])
    return table


def measured(result: CheckResult) -> str:
    """What was found."""
    return result.found or ("nothing" if result.measured is None else f"{result.measured:.4g}")


def allowed(result: CheckResult) -> str:
    """The range, or what was expected."""
    if result.expected:
        return result.expected
    if result.lowest is None:
        return "" if result.highest is None else f"at most {result.highest:.4g}"
    return f"at least {result.lowest:.4g}" if result.highest is None else f"{result.lowest:.4g} to {result.highest:.4g}"
