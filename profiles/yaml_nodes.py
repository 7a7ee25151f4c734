"""YAML text into plain values with the place of each, refusing what YAML 1.1 silently reads as something else."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

LARGEST_FILE_BYTES = 1 << 20
"""Far more than a person writes; a file of data given by mistake, or one without an end, is not read."""
_LONGEST_SHOWN = 80


def shown(text: str) -> str:
    """A text in quotes for a message, cut where it is long."""
    return repr(text) if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]!r}… ({len(text)} characters)"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a file, in words for the person who wrote it. Line 0 is for what has no lines."""

    file: str
    line: int
    key: str
    found: str
    allowed: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.key}: found {self.found}; allowed: {self.allowed}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands, and the text of it."""

    line: int
    text: str


Path_ = tuple[str | int, ...]


@dataclass(slots=True)
class Document:
    """A file's plain value (dict, tuple, str, int, float, bool, None), the place of each part, and its faults.

    `faulty` has the paths of the parts that have a fault; `unreadable` says that there is no value at all.
    """

    path: Path
    value: Any = None
    places: dict[Path_, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    faulty: set[Path_] = field(default_factory=set)
    unreadable: bool = False

    def part(self, where: Path_) -> Any:
        """The plain value of a part that the file has."""
        value = self.value
        for step in where:
            value = value[step]
        return value

    def place(self, where: Path_) -> Place:
        """The place of a part, or of the nearest part above it that the file has."""
        while where and where not in self.places:
            where = where[:-1]
        return self.places.get(where, Place(1, "nothing"))

    def known_path(self, loc: tuple[Any, ...]) -> Path_:
        """An error's location with what is no part of the file (such as the tag of a union) left out."""
        where: Path_ = ()
        for part in loc:
            if (*where, part) in self.places:
                where = (*where, part)
        return where

    def add_fault(self, node: yaml.Node, where: Path_, found: str, allowed: str) -> None:
        """Note a fault at a node."""
        key = ".".join(str(part) for part in where) or "(the whole file)"
        self.faults.append(Fault(str(self.path), node.start_mark.line + 1, key, found, allowed))
        self.faulty.add(where)

    def fail(self, line: int, key: str, found: str, allowed: str) -> "Document":
        """Note that nothing can be read."""
        self.faults.append(Fault(str(self.path), line, key, found, allowed))
        self.unreadable = True
        return self


class _Loader(yaml.SafeLoader):
    """The safe loader without aliases: written once and meant twice is hard to read, and may go round in circles."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark: Any = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "an alias; write it out", mark)
        return super().compose_node(parent, index)


def read_document(path: Path, text: str | None = None) -> Document:
    """A YAML file's content; never raises for what a person wrote: the faults are in the document.

    ``text``: what the file holds, where that is at hand; it is not looked for then.
    """
    document = Document(path)
    try:
        node = yaml.compose(_text_of(path) if text is None else text, Loader=_Loader)
    except IsADirectoryError:
        return document.fail(0, "(the whole file)", "a folder", "a file")
    except OSError as error:
        return document.fail(0, "(the whole file)", (error.strerror or str(error)).lower(), "a file that can be read")
    except OverflowError:
        return document.fail(
            0, "(the whole file)", f"more than {LARGEST_FILE_BYTES} bytes", "a file that a person wrote"
        )
    except UnicodeDecodeError as error:
        return document.fail(0, "(the whole file)", f"byte {error.start} is no UTF-8", "UTF-8 text")
    except yaml.YAMLError as error:
        return _syntax_fault(document, error)
    except (RecursionError, ValueError):
        return document.fail(0, "(the whole file)", "lists or mappings nested too deeply", "a few levels")
    if node is None:
        return document.fail(1, "(the whole file)", "nothing", "a mapping of keys to values")
    document.value = _construct(document, node, ())
    return document


def _text_of(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE_BYTES + 1)
    if len(data) > LARGEST_FILE_BYTES:
        raise OverflowError
    return data.decode("utf-8")


def _syntax_fault(document: Document, error: yaml.YAMLError) -> Document:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return document.fail(mark.line + 1 if mark else 1, "(the text)", f"no plain YAML: {problem}", "YAML")


_PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "str", "int", "float", "bool", "null")}
_READ_AS_TEXT = {f"tag:yaml.org,2002:{name}" for name in ("timestamp", "merge", "value")}


def _construct(document: Document, node: yaml.Node, where: Path_) -> Any:
    if node.tag not in _PLAIN_TAGS | _READ_AS_TEXT:
        document.add_fault(node, where, f"the tag {shown(node.tag)}", "plain values without a tag")
    if isinstance(node, yaml.MappingNode):
        document.places[where] = Place(node.start_mark.line + 1, "a mapping")
        return _construct_mapping(document, node, where)
    if isinstance(node, yaml.SequenceNode):
        document.places[where] = Place(node.start_mark.line + 1, "a list")
        return tuple(_construct(document, item, (*where, index)) for index, item in enumerate(node.value))
    document.places[where] = Place(node.start_mark.line + 1, shown(node.value) if node.value else "nothing")
    return _construct_scalar(document, node, where)


def _construct_mapping(document: Document, node: yaml.MappingNode, where: Path_) -> dict[str, Any]:
    result: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            document.add_fault(key_node, where, "a key that is no plain word", "plain words as keys")
            continue
        key = str(key_node.value)
        if key in result:
            found = f"a duplicate key (first on line {lines[key]})"
            document.add_fault(key_node, (*where, key), found, "each key once")
            continue
        lines[key] = line
        result[key] = _construct(document, value_node, (*where, key))
        place = document.places[(*where, key)]
        document.places[(*where, key)] = Place(line, place.text)
    return result


_NUMBER_READ_AS_TEXT = re.compile(r"[-+]?(\d[\d_]*)(\.[\d_]*)?[eE][-+]?\d+|[-+]?\.\d+[eE]\d+")
_NOT_A_NUMBER = re.compile(r"[-+]?\.?(nan|inf|infinity)", re.IGNORECASE)
_PLAIN_INTEGER = re.compile(r"[-+]?(0|[1-9]\d*)")
_PLAIN_FLOAT = re.compile(r"[-+]?(\d+\.\d*|\.\d+)([eE][-+]\d+)?")


def _construct_scalar(document: Document, node: yaml.Node, where: Path_) -> Any:
    text: str = node.value
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        document.add_fault(node, where, f"{shown(text)}, with half a character", "whole characters")
        return None
    if getattr(node, "style", None) in ("'", '"', "|", ">"):
        return text
    if _NOT_A_NUMBER.fullmatch(text):
        document.add_fault(node, where, f"{shown(text)}, which is not a number", "a finite number")
        return None
    tag = node.tag.rpartition(":")[2]
    if tag == "str" and _NUMBER_READ_AS_TEXT.fullmatch(text):
        document.add_fault(node, where, f"{shown(text)}, which YAML reads as text", f"a number such as {float(text)!r}")
        return None
    return _typed(document, node, where, tag)


def _typed(document: Document, node: yaml.Node, where: Path_, tag: str) -> Any:
    text: str = node.value
    if tag == "null":
        return None
    if tag == "bool":
        if text in ("true", "false"):
            return text == "true"
        found = f"{shown(text)}, which YAML reads as a truth value"
        document.add_fault(node, where, found, 'true, false, or "…" in quotes')
        return None
    if tag == "int":
        if _PLAIN_INTEGER.fullmatch(text) and len(text) <= 20:
            return int(text)
        document.add_fault(node, where, f"{shown(text)}, which YAML reads as another number", "a plain decimal number")
        return None
    if tag == "float":
        if _PLAIN_FLOAT.fullmatch(text):
            return float(text)
        document.add_fault(node, where, f"{shown(text)}, which YAML reads as another number", "a plain decimal number")
        return None
    return text
