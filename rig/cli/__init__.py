"""The command line: one file for each group of commands, all thin."""

import os
import sys
import traceback

import typer

from profiles.schema import InputError
from rig.cli import operate
from rig.cli.console import patient_streams, say_error
from rig.supervisor.interrupt import StoppedEarly


def command_line(first: str = "") -> typer.Typer:
    """The commands; where the first word is an operator's, only those: they are there without what plans and runs."""
    app = typer.Typer(
        name="rig",
        help="Endurance rig controller: from a terrain file to a verdict on each component.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )
    if first in operate.WORDS:
        operate.register(app)
        return app
    from rig.cli import check, doctor, library, plan, precheck, recover, reset, road, run

    for module in (run, recover, precheck, plan, road, operate, reset, check, doctor):
        module.register(app)
    from rig.cli import cycles, data, export, failures, note, review, runs, sql, survival, verify

    for module in (runs, failures, survival, sql, review, data, cycles, export, verify, note, library):
        module.register(app)
    return app


def run_command_line() -> None:
    """Entry of ``rig``. Exit codes: 0 good, 1 a component failed, 2 bad input, 3 rig fault, 4 stopped by a person."""
    code = 3
    try:
        with patient_streams():
            code = _run()
    except OSError as error:
        say_error(f"the result can't be written: {(error.strerror or str(error)).lower()}")
        code = 3
    sys.exit(code)


def _run() -> int:
    try:
        command_line(*sys.argv[1:2])()
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 0
    except InputError as error:
        say_error(str(error))
        return 2
    except (StoppedEarly, KeyboardInterrupt):
        say_error("stopped before anything moved")
        return 4
    except OSError as error:
        if error.filename is None:
            raise  # of standard output
        say_error(f"{error.filename}: {(error.strerror or str(error)).lower()}")
        return 3
    except Exception as error:  # noqa: BLE001 - the last resort: people get a sentence, developers the traceback
        if os.environ.get("RIG_DEBUG"):
            traceback.print_exc()
        kind = type(error).__name__
        say_error(
            f"a fault of this program, not of your input: {kind}: {error}\nRIG_DEBUG=1 shows where; please report it"
        )
        return 3
    return 0
