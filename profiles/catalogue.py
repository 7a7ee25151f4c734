"""What an argument means: a file, or the bare name of a file in a library folder of the program."""

import difflib
import os
from pathlib import Path

from profiles.schema import Fault, InputError
from profiles.yaml_nodes import shown


def names(folder: Path) -> list[str]:
    """The bare names of the YAML files in a library folder, sorted."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def find(what: str, folder: Path, kind: str) -> Path:
    """The file that an argument means.

    Args:
        what: a path (it holds a ``/`` or ends in ``.yaml``), or a bare name looked up in the folder.
        folder: the library folder for this kind of file.
        kind: the word for what is looked for, such as ``terrain``, for the message.

    Raises:
        InputError: there is no such file, or no such name in the library.
    """
    if "/" in what or what.endswith(".yaml"):
        if not os.path.isfile(what):
            found = "a folder" if os.path.isdir(what) else "no such file"
            raise InputError([Fault(what, 0, kind, found, f"a {kind} file, or one of {_list(folder)}")])
        return Path(what)
    if what in names(folder):
        return folder / f"{what}.yaml"
    raise InputError([unknown(what, kind, names(folder))])


def unknown(what: str, kind: str, known: list[str]) -> Fault:
    """The fault of a bare name that the library has not."""
    close = difflib.get_close_matches(what, known, n=2)
    hint = f"did you mean {' or '.join(map(repr, close))}? " if close else ""
    listed = ", ".join(sorted(known)) or "nothing yet"
    return Fault("(argument)", 0, kind, shown(what), f"{hint}the library has {listed}; a file is named with its .yaml")


def _list(folder: Path) -> str:
    return ", ".join(names(folder)) or "nothing yet"
