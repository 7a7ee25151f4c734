"""However samples are batched into cycles, the data are the same bit for bit: over the simulated device and corner."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from rig.bridge import Bridge, End, EventKind, Operate, Request
from rig.config import Adaptation, Limit, Rig
from tests.in_process import Patch
from tests.loop_bench import RIG, Run, Script, device_of, rig_with, run_on, same, waves

SAMPLES, LEAD = 600, RIG.lead_samples
TEMPERATURE, TRAVEL, ACCELERATION = 6, 4, 5
BAD = np.array([30_000], np.int16)
"""A code that no quiet sensor gives."""


SEEDS = st.integers(0, 2**30)
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""A failure is told as it was found: looking for a smaller one takes minutes."""


class Happening(NamedTuple):
    """Something that happens at a sample."""

    sample: int
    what: str


def adapting_rig() -> Rig:
    """The library's, with limits that hold, stop and trip, short ramps, and adaptation in short windows."""
    limits = (
        Limit(channel="damper_temperature_degc", kind="upper", value=200.0, action="hold"),
        Limit(channel="strut_travel_m", kind="upper", value=0.25, action="stop"),
        Limit(channel="body_acceleration_mps2", kind="upper", value=550.0, action="trip"),
        *(limit for limit in RIG.limits if limit.kind == "stale"),
    )
    control = RIG.axes[0].control
    adapt = Adaptation(window_s=0.5, least_rms=0.003)
    pan = RIG.axes[0].model_copy(update={"control": control.model_copy(update={"adapt": adapt})})
    return rig_with(*limits, ramp_s=0.1).model_copy(update={"axes": (pan, *RIG.axes[1:])})


ADAPTING = adapting_rig()
BY_LIMIT = {"limit_hold": TEMPERATURE, "limit_stop": TRAVEL, "limit_trip": ACCELERATION}
BY_WORD: dict[str, Callable[[Bridge], object]] = {
    "hold": lambda bridge: bridge.operate(Operate.HOLD),
    "resume": lambda bridge: bridge.operate(Operate.RESUME),
    "half_span": lambda bridge: bridge.operate(Operate.SPAN, 500),
    "full_span": lambda bridge: bridge.operate(Operate.SPAN, 1000),
    "stop": lambda bridge: bridge.raise_request(Request.STOP_FOR_PERSON),
}


def script_of(happenings: list[Happening]) -> Script:
    """What is asked for at which sample; who holds at the end is tripped."""
    script = {one.sample: BY_WORD[one.what] for one in happenings if one.what in BY_WORD}
    return {**script, SAMPLES + 120: lambda bridge: bridge.raise_request(Request.TRIP)}


def play(seed: int, batch: int, happenings: list[Happening]) -> Run:
    """A random drive on the simulated corner."""
    patches = [Patch(BY_LIMIT[one.what], one.sample, BAD) for one in happenings if one.what in BY_LIMIT]
    drive = waves(SAMPLES, np.random.default_rng(seed))
    with device_of(ADAPTING, *patches, real_plant=True, seed=seed) as device:
        return run_on(ADAPTING, device, drive, batch, script_of(happenings))


BREACHED_AFTER_THE_END = [
    Happening(92, "hold"),
    Happening(225, "limit_stop"),
    Happening(104, "hold"),
    Happening(336, "resume"),
    Happening(246, "limit_stop"),
]
"""Over at sample 233, so a lead later at 241; only a cycle of several samples comes to see sample 246."""


def happenings(*words: str) -> st.SearchStrategy[list[Happening]]:
    """A few of these, at random samples."""
    one = st.builds(Happening, st.integers(5, SAMPLES - 50), st.sampled_from(words))
    return st.lists(one, max_size=5, unique_by=lambda one: one.sample)


@given(SEEDS, happenings("limit_hold", "limit_stop", "hold", "resume", "half_span", "full_span", "stop"))
@example(156, BREACHED_AFTER_THE_END)
@settings(max_examples=12, deadline=None, phases=PHASES)
def test_batching_changes_nothing(seed: int, what: list[Happening]) -> None:
    """Cycles of 1, 2, 3 and lead samples: the same rows and events, through holds, resumes, spans and stops."""
    reference = play(seed, LEAD, what)
    assert len(reference.rows) > 0
    for batch in (1, 2, 3):
        other = play(seed, batch, what)
        assert same(reference.rows, other.rows)
        assert (reference.end, reference.events) == (other.end, other.events)


@given(SEEDS, st.integers(0, SAMPLES - 50), happenings("limit_hold", "hold", "resume", "half_span"))
@settings(max_examples=10, deadline=None, phases=PHASES)
def test_before_a_trip_batching_changes_nothing(seed: int, at: int, what: list[Happening]) -> None:
    """The rows up to the breach are the same, and none is there after its own cycle."""
    what = [*what, Happening(at, "limit_trip")]
    reference = play(seed, 1, what)
    assert (reference.end, len(reference.rows)) == (End.TRIPPED, at + 1)
    for batch in (2, 3, LEAD):
        other = play(seed, batch, what)
        assert other.end is End.TRIPPED
        assert at + 1 <= len(other.rows) <= at + batch
        assert same(reference.rows, other.rows[: at + 1])
        told = [one.sample for one in other.of_kind(EventKind.LIMIT)]  # also of later samples of the same cycle
        assert [sample for sample in told if sample <= at][-1] == at


def test_the_law_adapts_in_these_runs() -> None:
    """Else the others would not show that adaptation does not see the batches: gain and shift have moved."""
    law = play(1, LEAD, []).law[0]
    assert law["shift"] > 0.01
    assert law["gain"] != 1.0
