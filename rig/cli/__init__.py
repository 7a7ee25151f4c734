"""The command line: one file for each group of commands, all thin."""

import importlib
import os
import sys
import traceback

import typer

from profiles.schema import InputError
from rig.cli import operate, version
from rig.cli.console import patient_streams, say_error
from rig.supervisor.interrupt import StoppedEarly

MODULES = {
    **dict.fromkeys(("run", "recover", "precheck", "plan", "road")),
    **dict.fromkeys(operate.WORDS, "operate"),
    **dict.fromkeys(("reset", "check", "doctor", "runs", "failures", "survival", "equivalence", "edit", "sql")),
    "report": "review",
    **dict.fromkeys(("data", "cycles", "spectrum", "export", "verify", "note")),
    "list": "library",
}
"""Where each command is, in the order in which they are listed; None: in the file of its name."""


def command_line(first: str = "") -> typer.Typer:
    """The commands; where the first word is one of them, that alone: it is there without what the others need."""
    app = typer.Typer(
        name="rig",
        help="Endurance rig controller: from a terrain file to a verdict on each component.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )
    version.register(app)
    alone = "status" if first == "--version" else first  # a group needs a command, and that one is the quickest
    wanted = {alone: MODULES[alone]} if alone in MODULES else MODULES
    for name in dict.fromkeys(module or command for command, module in wanted.items()):
        importlib.import_module(f"rig.cli.{name}").register(app)
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
