"""The limits of a rig file: one judgement of one channel each, sample by sample."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from profiles.schema import Misfit, Strict
from rig.config.quantities import Axis, Name, Quantity, listed, wire_of

JUDGED_BY_VALUE = ("upper", "lower", "following_error", "underpeak", "rate", "end_of_count")
"""The kinds of limits that compare with a value; the others (validity) know none."""
JUDGED_BY_AXIS = ("following_error", "underpeak")
"""The kinds of limits that compare with the set point of an axis."""
LimitKind = Literal[
    "upper",
    "lower",
    "following_error",
    "underpeak",
    "rate",
    "end_of_count",
    "saturated",
    "stuck",
    "stale",
    "nan",
]
LimitAction = Literal["indicate", "hold", "stop", "trip"]


class Limit(Strict):
    """One judgement of one channel, sample by sample.

    ``end_of_count`` breaks at cycle number ``cycles`` of the feedback; a cycle is one in which it falls and rises again
    by at least ``value``.
    """

    channel: Name
    kind: LimitKind
    value: float | None = None
    cycles: Annotated[int, Field(ge=1)] | None = None
    action: LimitAction
    persistence_samples: Annotated[int, Field(ge=1, le=100_000)] = 1


def limit_misfits(
    where: tuple[str | int, ...], limit: Limit, axes: tuple[Axis, ...], channels: tuple[Quantity, ...]
) -> Iterator[Misfit]:
    """A channel that there is not, or a value that the kind does not have, needs, or can't be measured."""
    channel = next((channel for channel in channels if channel.name == limit.channel), None)
    if channel is None:
        yield Misfit((*where, "channel"), f"a channel of this rig; {listed(channels)}")
        return
    if limit.kind in JUDGED_BY_AXIS and limit.channel not in [axis.name for axis in axes]:
        yield Misfit((*where, "kind"), f"{' and '.join(JUDGED_BY_AXIS)} only for axes; {listed(axes)}")
    yield from _count_misfits(where, limit)
    if limit.kind == "stale" and limit.action != "trip":
        yield Misfit((*where, "action"), "trip: without feedback nothing else is safe")
    if limit.kind not in JUDGED_BY_VALUE:
        if limit.value is not None:
            yield Misfit((*where, "value"), f"no value for the kind {limit.kind}")
    elif limit.value is None:
        yield Misfit((*where, "value"), f"a value, which the kind {limit.kind} compares with")
    elif limit.kind not in ("upper", "lower"):
        if not limit.value > 0:
            yield Misfit((*where, "value"), "more than 0")
    elif not wire_of(channel).lowest < limit.value < wire_of(channel).highest:
        reach = f"{wire_of(channel).lowest:g} to {wire_of(channel).highest:g}"
        yield Misfit((*where, "value"), f"between what the channel can measure, {reach}")


def _count_misfits(where: tuple[str | int, ...], limit: Limit) -> Iterator[Misfit]:
    counts = limit.kind == "end_of_count"
    if counts and limit.cycles is None:
        yield Misfit((*where, "cycles"), "a number of cycles, at which the count ends")
    if not counts and limit.cycles is not None:
        yield Misfit((*where, "cycles"), f"no cycles for the kind {limit.kind}")
    if counts and limit.persistence_samples != 1:
        yield Misfit((*where, "persistence_samples"), "1 or nothing: a count that has ended stays ended")
