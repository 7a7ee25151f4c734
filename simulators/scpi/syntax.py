"""The grammar of SCPI: bytes into messages, messages into units, header patterns into matchers.

After IEEE 488.2-1992 chapter 7 and SCPI-1999 volume 1. Messages are handled as latin-1 text, so that a
binary block keeps its bytes one to one.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

MESSAGE_LIMIT = 16 * 1024 * 1024
"""Bytes of one message at most; a longer one is thrown away with error -363."""


class ScpiError(Exception):
    """A numbered error for the instrument's error queue."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(f"{code:+d},{text!r}")


class Unit(NamedTuple):
    """One command of a message: its header as sent (without ``?``), and its arguments as sent."""

    header: str
    query: bool
    arguments: tuple[str, ...]


class MessageSplitter:
    """Cuts a byte stream at the newlines that end messages, not at those inside blocks or quotes."""

    _MARKS = re.compile(rb"[\n#\"']")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._at = 0  # everything before has been looked at
        self._quote = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that are complete with these bytes, without their newline.

        Raises:
            ScpiError: -363, the message is longer than `MESSAGE_LIMIT`; the splitter starts afresh.
        """
        self._buffer += data
        while (end := self._find_end()) is not None:
            message = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._at = 0
            yield message
        if len(self._buffer) > MESSAGE_LIMIT:
            self._buffer.clear()
            self._at, self._quote = 0, b""
            raise ScpiError(-363, "Input buffer overrun")

    def _find_end(self) -> int | None:
        while (mark := self._MARKS.search(self._buffer, self._at)) is not None:
            sign = mark.group()
            if sign == b"\n":  # also ends a string that was never closed: that is an error, not a wait
                self._quote = b""
                return mark.start()
            if sign == b"#" and not self._quote:
                if not self._skip_block(mark.start()):
                    return None
                continue
            if sign != b"#" and self._quote in (b"", sign):
                self._quote = b"" if self._quote else sign
            self._at = mark.end()
        self._at = len(self._buffer)
        return None

    def _skip_block(self, start: int) -> bool:
        """Go past a definite-length block; False while not all of it has come."""
        self._at = start
        if len(self._buffer) < start + 2:
            return False
        length = block_extent(self._buffer[start : start + 11])
        if length is None:
            return False
        end = start + length
        if length > MESSAGE_LIMIT:
            self._buffer.clear()
            self._at = 0
            raise ScpiError(-363, "Input buffer overrun")
        if length and len(self._buffer) < end:
            return False
        self._at = end if length else start + 1
        return True


def block_extent(head: bytes | bytearray) -> int | None:
    """Bytes of the definite-length block that begins here, header included; 0 where it is none, None to wait."""
    digits = head[1] - 48 if len(head) > 1 else -1
    if not 1 <= digits <= 9:
        return 0
    number = head[2 : 2 + digits]
    if not number.isdigit():
        return 0 if number else None
    return 2 + digits + int(number) if len(number) == digits else None


def parse(message: bytes) -> Iterator[Unit]:
    """The units of a message, one by one, so that those before a faulty one are still executed.

    Raises:
        ScpiError: -102 syntax, -151 string data, -161 block data.
    """
    for part in _split(message.decode("latin-1"), ";"):
        text = part.strip(" \t\r") if "#" not in part else part.lstrip(" \t\r")
        if text:
            yield _unit(text)


def _unit(text: str) -> Unit:
    found = re.match(r"(\*[A-Za-z]+|:?[A-Za-z]\w*(?::[A-Za-z]\w*)*)(\?)?(?=[ \t\r]|$)", text)
    if found is None:
        raise ScpiError(-102, "Syntax error")
    rest = text[found.end() :].lstrip(" \t\r")
    arguments = tuple(_trimmed(argument) for argument in _split(rest, ",")) if rest.strip() else ()
    return Unit(found[1], found[2] is not None, arguments)


def _trimmed(argument: str) -> str:
    argument = argument.lstrip(" \t\r")
    return argument if argument.startswith("#") else argument.rstrip(" \t\r")


def _split(text: str, separator: str) -> Iterator[str]:
    """Parts of a text between separators that stand outside of blocks, quotes and parentheses."""
    start = at = 0
    marks = re.compile(rf"[{separator}#\"'(]")
    while (mark := marks.search(text, at)) is not None:
        if mark.group() == separator:
            yield text[start : mark.start()]
            start = at = mark.end()
        else:
            at = _end_of_group(text, mark.start())
    yield text[start:]


def _end_of_group(text: str, start: int) -> int:
    sign = text[start]
    if sign == "#":
        extent = block_extent(text[start : start + 11].encode("latin-1"))
        if extent is None or start + extent > len(text):
            raise ScpiError(-161, "Invalid block data")
        return start + max(extent, 1)
    end = text.find(")" if sign == "(" else sign, start + 1)
    if end < 0:
        raise ScpiError(-102, "Syntax error") if sign == "(" else ScpiError(-151, "Invalid string data")
    return end + 1


def keyword(pattern: str) -> str:
    """A regular expression for the short and the long form of a mnemonic such as ``VOLTage``."""
    short = "".join(letter for letter in pattern if not letter.islower())
    return f"(?:{short}|{pattern.upper()})" if short != pattern.upper() else short


def header_pattern(pattern: str) -> re.Pattern[str]:
    """A matcher for headers: ``[SOURce#:]VOLTage[:LEVel]``.

    Upper case is the short form, brackets are optional nodes, ``#`` is a numeric suffix (a group; empty is 1).
    """
    expression = ""
    for piece in re.findall(r"[A-Za-z]+|.", pattern):
        if piece.isalpha():
            expression += keyword(piece)
        else:
            expression += {"[": "(?:", "]": ")?", "#": r"(\d*)", "*": r"\*"}.get(piece, piece)
    return re.compile(expression, re.IGNORECASE)
