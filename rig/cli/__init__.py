"""The command line: one file for each group of commands, all thin."""

import os
import sys
import traceback

import typer

from profiles.schema import InputError
from rig.cli import check, library, plan, review, run
from rig.cli.console import say_error

app = typer.Typer(
    name="rig",
    help="Endurance rig controller: from a terrain file to a verdict on each component.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for module in (run, plan, check, review, library):
    module.register(app)


def run_command_line() -> None:
    """Entry of ``rig``. Exit codes: 0 good, 1 a component failed, 2 bad input, 3 rig fault, 4 stopped by a person."""
    try:
        app()
    except InputError as error:
        say_error(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        say_error("stopped before anything moved")
        sys.exit(4)
    except Exception as error:  # noqa: BLE001 - the last resort: people get a sentence, developers the traceback
        if os.environ.get("RIG_DEBUG"):
            traceback.print_exc()
        kind = type(error).__name__
        say_error(
            f"a fault of this program, not of your input: {kind}: {error}\nRIG_DEBUG=1 shows where; please report it"
        )
        sys.exit(3)
