"""YAML text into plain values with the place of each, refusing what YAML 1.1 silently reads as something else."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a file, in words for the person who wrote it."""

    file: str
    line: int
    key: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: found {self.found}; allowed: {self.allowed}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands, and the text of it."""

    line: int
    text: str


Path_ = tuple[str | int, ...]


@dataclass(slots=True)
class Document:
    """A file's plain value (dict, tuple, str, int, float, bool, None), the place of each part, and its faults."""

    path: Path
    value: Any = None
    places: dict[Path_, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

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


def read_document(path: Path) -> Document:
    """A YAML file's content; never raises for what a person wrote: the faults are in the document."""
    document = Document(path)
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        document.faults.append(Fault(str(path), 1, "(the whole file)", reason, "a file that can be read"))
        return document
    except UnicodeDecodeError as error:
        document.faults.append(Fault(str(path), 1, "(the whole file)", f"byte {error.start} is no UTF-8", "UTF-8 text"))
        return document
    except yaml.YAMLError as error:
        document.faults.append(_syntax_fault(path, error))
        return document
    if node is not None:
        document.value = _construct(document, node, ())
    return document


def _syntax_fault(path: Path, error: yaml.YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return Fault(str(path), mark.line + 1 if mark else 1, "(the text)", f"no YAML: {problem}", "YAML")


def _construct(document: Document, node: yaml.Node, where: Path_) -> Any:
    if isinstance(node, yaml.MappingNode):
        document.places[where] = Place(node.start_mark.line + 1, "a mapping")
        return _construct_mapping(document, node, where)
    if isinstance(node, yaml.SequenceNode):
        document.places[where] = Place(node.start_mark.line + 1, "a list")
        return tuple(_construct(document, item, (*where, index)) for index, item in enumerate(node.value))
    document.places[where] = Place(node.start_mark.line + 1, repr(node.value) if node.value else "nothing")
    return _construct_scalar(document, node, where)


def _construct_mapping(document: Document, node: yaml.MappingNode, where: Path_) -> dict[str, Any]:
    result: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        line = key_node.start_mark.line + 1
        if key in result:
            document.add_fault(key_node, (*where, key), f"a duplicate key (first on line {lines[key]})", "each key once")
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
    if getattr(node, "style", None) in ("'", '"', "|", ">"):
        return text
    if _NOT_A_NUMBER.fullmatch(text):
        document.add_fault(node, where, f"{text!r}, which is not a number", "a finite number")
        return None
    tag = node.tag.rpartition(":")[2]
    if tag == "str" and _NUMBER_READ_AS_TEXT.fullmatch(text):
        document.add_fault(node, where, f"{text!r}, which YAML reads as text", f"a number such as {float(text)!r}")
        return None
    return _typed(document, node, where, tag)


def _typed(document: Document, node: yaml.Node, where: Path_, tag: str) -> Any:
    text: str = node.value
    if tag == "null":
        return None
    if tag == "bool":
        if text in ("true", "false"):
            return text == "true"
        document.add_fault(node, where, f"{text!r}, which YAML reads as a truth value", 'true, false, or "…" in quotes')
        return None
    if tag == "int":
        if _PLAIN_INTEGER.fullmatch(text):
            return int(text)
        document.add_fault(node, where, f"{text!r}, which YAML reads as another number", "a plain decimal number")
        return None
    if tag == "float":
        if _PLAIN_FLOAT.fullmatch(text):
            return float(text)
        document.add_fault(node, where, f"{text!r}, which YAML reads as another number", "a plain decimal number")
        return None
    return text
