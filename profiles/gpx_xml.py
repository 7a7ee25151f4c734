"""GPX files read with a plain XML parser that keeps line numbers; document types and entities are refused.

One place for it: what a stranger's XML may do to a reader must not be guarded against twice.
"""

from pathlib import Path
from typing import Protocol
from xml.parsers import expat

from profiles.schema import Fault, InputError


class Handler(Protocol):
    """What is told of a file while it is read. Tags are their namespace, a space and their name."""

    def start(self, tag: str, attributes: dict[str, str], line: int) -> None:
        """An element begins at a line."""

    def text(self, text: str) -> None:
        """The next piece of text."""

    def end(self, tag: str) -> None:
        """An element ends."""


def read_gpx(path: Path, handler: Handler) -> None:
    """Tell a handler all of a file; what the handler raises goes through.

    Raises:
        InputError: it can't be read, is not XML, has a document type, or an encoding that can't be read.
    """
    file = str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        found = (error.strerror or str(error)).lower()
        raise InputError([Fault(file, 0, "(the file)", found, "a file that can be read")]) from None
    try:
        _parser(file, handler).Parse(data, True)
    except expat.ExpatError as error:
        found = f"no XML: {expat.errors.messages[error.code]}"
        raise InputError([Fault(file, error.lineno, "(the file)", found, "a GPX file")]) from None
    except (LookupError, ValueError) as error:  # what Python makes of the encoding that the first line names
        raise InputError([Fault(file, 1, "(the file)", str(error), "UTF-8 or another plain encoding")]) from None


def _parser(file: str, handler: Handler) -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(tag: str, attributes: dict[str, str]) -> None:
        handler.start(tag, attributes, parser.CurrentLineNumber)

    def refuse(*_: object) -> None:
        line, allowed = parser.CurrentLineNumber, "plain GPX without <!DOCTYPE"
        raise InputError([Fault(file, line, "(the file)", "a document type", allowed)])

    parser.StartElementHandler = start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = refuse
    return parser
