"""Planning with a bar that says how far it has come, on standard error."""

from collections.abc import Callable
from typing import TypeVar

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from rig.cli.console import progress_console
from rig.plan import Told

T = TypeVar("T")


def with_bar(words: str, work: Callable[[Told], T]) -> T:
    """What ``work`` returns, which is given a function to be told how many metres have been planned, and of how many.

    The bar goes away when it is done; where standard error is no terminal, none is drawn.
    """
    console = progress_console()
    columns = (
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[km]}"),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(words, total=None, km="")

        def told(planned_m: float, whole_m: float) -> None:
            km = f"{planned_m / 1000:.0f} of {whole_m / 1000:.0f} km"
            bar.update(task, completed=planned_m, total=whole_m, km=km)

        return work(told)
