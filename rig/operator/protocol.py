"""What an operator and a run say to each other: one JSON object a line, a question and its answer."""

from enum import StrEnum
from typing import Annotated

import msgspec

LONGEST_QUESTION = 4096
"""Bytes of a question's line; a client that sends more without an end is cut off."""
LONGEST_ANSWER = 1 << 16
ANSWER_S = 5.0
"""How long a run waits for its loop to take a command before it says that it was asked only."""


class Command(StrEnum):
    """What an operator can ask of a run."""

    STATUS = "status"
    HOLD = "hold"
    RESUME = "resume"
    SPAN = "span"
    STOP = "stop"
    TRIP = "trip"


Permille = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A command; ``span_permille`` for a span, and for nothing else. Who asks is known from the socket."""

    command: Command
    span_permille: Permille | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a run stands. Spans are 0 to 1; ``left_s`` is None where it can't be told yet.

    ``worst``: the channel that is nearest to one of its limits, in words. ``holding``: why the rig holds, or empty.
    ``reduced_km``: played while the operator's span was below 100 %. ``note``: the last event. ``operator``: the
    last command of an operator, with the user's name.
    """

    run: str
    name: str
    rig: str
    pace: str
    state: str
    distance_km: float
    target_km: float
    speed_kmh: float = 0.0
    segment: str = ""
    surface: str = ""
    span: float = 1.0
    wanted_span: float = 1.0
    reduced_km: float = 0.0
    grade: str = ""
    late_cycles: int = 0
    underruns: int = 0
    gone_s: float = 0.0
    left_s: float | None = None
    worst: str = ""
    holding: str = ""
    note: str = ""
    operator: str = ""


class Answer(msgspec.Struct, frozen=True):
    """Whether it was done (taken by the loop, or told), what there is to say, and how the run stands after it."""

    done: bool
    text: str
    standing: Standing | None = None


def question_of(line: bytes) -> Question:
    """The question in a line.

    Raises:
        ValueError: it is none, in words.
    """
    try:
        question = msgspec.json.decode(line, type=Question)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f'not understood ({error}); a line is such as {{"command": "status"}}') from None
    if (question.command is Command.SPAN) != (question.span_permille is not None):
        raise ValueError("span_permille goes with the command span, and with no other")
    return question


def to_line(message: Question | Answer) -> bytes:
    """A message as its line."""
    return msgspec.json.encode(message) + b"\n"


def answer_of(line: bytes) -> Answer:
    """The answer in a line.

    Raises:
        ValueError: it is none.
    """
    try:
        return msgspec.json.decode(line, type=Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"an answer that is none: {error}") from None


def percent(span: float) -> str:
    """A span as people say it: ``80 %``."""
    return f"{100.0 * span:g} %"


def duration(seconds: float) -> str:
    """A time as people read it beside a run: ``3:07``, ``1:03:07``."""
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
