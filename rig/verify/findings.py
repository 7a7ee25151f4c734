"""What was found in a record, in words."""

from enum import StrEnum

import msgspec


class Mark(StrEnum):
    """How grave a finding is: ``bad`` is what a run never leaves by itself, ``note`` what a death or a person does."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at: which part of the record, and what was found, in words."""

    mark: Mark
    part: str
    text: str


class Verification(msgspec.Struct, frozen=True):
    """What was found.

    ``whole``: nothing bad. ``head``: the hash that stands for all, up to the end of the run; empty where it has none.
    """

    run: str
    whole: bool
    head: str
    findings: tuple[Finding, ...]
