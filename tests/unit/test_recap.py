"""What the record says of an interrupted run: where the drive stood, and from where on the road is owed."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rig.config import load_rig
from rig.record.events import Event, EventKind
from rig.record.files import to_json
from rig.record.rows import row_dtype
from rig.rt.beginning import LEARNED, Beginning
from rig.rt.control import WINDOW, ControlLaw, Mode, outcome_of
from rig.rt.outbox import STATE_OF_MODE
from rig.supervisor.played import START, Part, Played, parts_of
from rig.supervisor.progress import ReducedSpan
from rig.supervisor.recap import begin, recap, spans_of

RIG = load_rig("one_corner")
AXES, CHANNELS = len(RIG.axes), len(RIG.channels)
DTYPE = row_dtype(AXES, CHANNELS)


def play(law: ControlLaw, first: int, asked: dict[int, Mode], samples: int, ends_at: int = 100_000) -> np.ndarray:
    """Rows of a law that plays a drive whose rows are 1 cm apart; at some samples something is asked of it."""
    rows, out = np.zeros(samples, DTYPE), outcome_of(1, AXES)
    feedback, requests = np.zeros((WINDOW, CHANNELS), np.int16), np.full(WINDOW, -1, np.int64)
    drive = np.zeros((1 << 13, 2 * AXES + 3))
    drive[:, -3] = 0.01 * np.arange(len(drive))
    for k in range(samples):
        if k in asked:
            law.ask(asked[k])
        law.command(k, feedback, requests, drive, ends_at, out, 1)
        rows[k]["sample"], rows[k]["distance_m"] = first + k, out["place"][0, 0]
        rows[k]["span"], rows[k]["state"] = out["span"][0], STATE_OF_MODE[out["mode"][0]]
    return rows


def read(rows: np.ndarray, parts: list[Part], cuts: list[int] | None = None) -> Played:
    """What rows come to, read in blocks."""
    found = Played(parts)
    for block in np.split(rows, cuts or []):
        if len(block):
            found.read(block)
    return found


@settings(deadline=None, max_examples=40)
@given(
    holds=st.lists(st.tuples(st.integers(1, 1500), st.sampled_from([Mode.HOLD, Mode.RUN])), max_size=4),
    dies=st.integers(1, 2000),
    cuts=st.lists(st.integers(0, 2000), max_size=3),
)
def test_the_drive_stood_where_the_law_stood(holds: list[tuple[int, Mode]], dies: int, cuts: list[int]) -> None:
    """Counted from states and spans alone, through holds and resumes, wherever it died and however it is read."""
    law = ControlLaw(RIG, 1e9)
    rows = play(law, 0, dict(holds), dies)
    found = read(rows, [START], sorted(cut for cut in cuts if cut < dies))
    assert (found.row, found.samples) == (law.drive_index, dies)
    settled = [
        int(row["sample"]) for row, before in zip(rows, np.roll(rows, 1), strict=True)
        if row["span"] == 1.0 and (row["sample"] == 0 or before["span"] == 1.0) and row["state"] == STATE_OF_MODE[0]
    ]  # fmt: skip
    assert found.full_row <= found.row
    assert bool(settled) == (found.full_row > 0)


def test_what_was_played_in_a_ramp_down_is_owed() -> None:
    """A stop goes on along the road while the span falls: those metres were not played in full."""
    law = ControlLaw(RIG, 1e9)
    found = read(play(law, 0, {1000: Mode.STOP}, 1400), [START])
    assert found.full_row == 1000
    assert found.row == 1400
    assert found.distance_m == pytest.approx(13.99)


def test_what_was_played_in_a_ramp_up_is_owed() -> None:
    """It died before the span was what it had been: all since the hold was not played in full."""
    law = ControlLaw(RIG, 1e9)
    found = read(play(law, 0, {500: Mode.HOLD, 1200: Mode.RUN}, 1400), [START])
    assert found.full_row == 500
    assert found.row == law.drive_index > 1100


def test_a_part_counts_from_where_it_began() -> None:
    """Its run-up is not owed; where it died in it, the same is owed as before."""
    first = play(ControlLaw(RIG, 1e9), 0, {}, 1000)
    again = ControlLaw(RIG, 1e9, Beginning(1000, run_up=True))
    second = play(again, 1000, {}, 700)
    parts = [START, Part(1000, 499, 1000, run_up=True)]
    whole = read(np.concatenate([first, second]), parts)
    assert (whole.row, whole.full_row) == (499 + 700, 499 + 700)
    died_in_it = read(np.concatenate([first, second[:300]]), parts)
    assert (died_in_it.row, died_in_it.full_row) == (499 + 300, 1000)
    died_at_once = read(first, parts)
    assert died_at_once.full_row == 1000


def event(kind: EventKind, sample: int, **data: Any) -> Event:
    return Event(number=0, time_s=0.0, kind=kind, text="", sample=sample, data=data, prev="")


def test_parts_and_spans_by_the_events() -> None:
    """Only spans that the loop took count."""
    told = [
        event("run_started", 0),
        event("operator_span", 70, taken=True, span=0.5),
        event("operator_span", 80, taken=False, span=0.7),
        event("run_recovered", 1000, first_row=400, full_row=900),
    ]
    assert parts_of(told) == [START, Part(1000, 400, 900, run_up=True)]
    assert spans_of(told) == [(70, 0.5)]


class Judge:
    """Notes which samples it is shown."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.heard: list[tuple[int, float, float, int]] = []

    def consume(self, rows: np.ndarray) -> list[None]:
        """Noted."""
        self.seen += rows["sample"].tolist()
        return []

    def consume_readings(self, sample: int, distance_km: float, values: Mapping[str, Any]) -> list[None]:
        """Noted, with the last row before it."""
        self.heard.append((sample, distance_km, values["hub_temperature_degc"], self.seen[-1]))
        return []


def test_the_judge_sees_only_what_it_has_not_judged() -> None:
    """Each sample once: a checkpoint stands for those before it."""
    rows, judge = play(ControlLaw(RIG, 1e9), 0, {}, 900), Judge()
    fake: Any = judge
    found = begin([event("operator_span", 0, taken=True, span=0.5)], {}, 400, 0)
    assert found is not None
    recap(found, np.split(rows, [250, 600]), [], fake, 400)
    assert judge.seen == list(range(400, 900))
    assert found.reduced.last_wanted == 0.5


def test_the_judge_hears_each_reading_right_after_the_row_of_its_sample() -> None:
    """Also those that came after the checkpoint's state was taken; not those of rows that were lost."""
    rows, judge = play(ControlLaw(RIG, 1e9), 0, {}, 900), Judge()
    fake: Any = judge
    found = begin([], {}, 400, 0)
    told = [
        {"sample": sample, "distance_km": 0.5, "hub_temperature_degc": 40.0 + sample} for sample in (410, 599, 700, 905)
    ]
    assert found is not None
    recap(found, np.split(rows, [250, 600]), told, fake, 400)
    assert judge.seen == list(range(400, 900))
    assert judge.heard == [(sample, 0.5, 40.0 + sample, sample) for sample in (410, 599, 700)]


def checkpoint_of(rows: np.ndarray, told: list[Event], until: int) -> dict[str, Any]:
    """As the supervisor writes it, of its rows so far."""
    reduced, played = ReducedSpan(), Played(parts_of(told))
    for sample, span in spans_of(told):
        reduced.wanted(sample, span)
    for block in np.split(rows[:until], [until // 3]):
        reduced.rows(block)
        played.read(block)
    return json.loads(to_json({"reduced": reduced.state(), "played": played.state()}))


@settings(deadline=None, max_examples=30)
@given(
    holds=st.lists(st.tuples(st.integers(1, 1500), st.sampled_from([Mode.HOLD, Mode.RUN])), max_size=4),
    until=st.integers(10, 1900),
)
def test_what_was_thinned_is_known_from_the_checkpoint(holds: list[tuple[int, Mode]], until: int) -> None:
    """Read on from there it is what all rows say."""
    rows = play(ControlLaw(RIG, 1e9), 0, dict(holds), 2000)
    told, judge = [event("operator_span", 300, taken=True, span=0.5)], Judge()
    fake: Any = judge
    whole = begin(told, {}, 0, 0)
    thinned = begin(told, checkpoint_of(rows, told, until), until, until - 5)
    assert whole is not None
    assert thinned is not None
    recap(whole, [rows], [], Judge(), 0)  # type: ignore[arg-type]
    recap(thinned, [rows[until:]], [], fake, until)
    assert thinned.played == whole.played
    assert thinned.reduced.settle() == pytest.approx(whole.reduced.settle())
    assert judge.seen == list(range(until, 2000))
    assert (thinned.is_whole, thinned.digest) == (True, None)


@pytest.mark.parametrize("spoiled", ["nothing", "played", "reduced", "samples", "short", "ahead", "full", "back"])
def test_without_a_checkpoint_nothing_is_known_of_what_was_thinned(spoiled: str) -> None:
    """Nor with one that is older than what was thinned, or is none."""
    rows = play(ControlLaw(RIG, 1e9), 0, {}, 900)
    saved = checkpoint_of(rows, [], 900)
    if spoiled in saved:
        saved[spoiled] = {"samples": "x"}
    if spoiled == "samples":
        saved["played"]["samples"] = 899
    for name, key, value in (("ahead", "row", 901), ("full", "full_row", 901), ("back", "row", -1)):
        saved["played"] |= {key: value} if spoiled == name else {}
    found = begin([], saved, 900, 901 if spoiled == "short" else 600)
    assert (found is None) == (spoiled != "nothing")


def test_what_is_restored_must_be_what_the_record_says() -> None:
    """Of its last sample: another place, time or span is another run's."""
    rows = play(ControlLaw(RIG, 1e9), 0, {}, 900)
    rows["mono_ns"], rows["segment"] = 5 * rows["sample"], 2
    found = read(rows, [START])
    assert found.stands_at(rows[-1])
    assert not found.stands_at(rows[-2])
    for name, value in (("distance_m", 8.5), ("distance_m", np.nan), ("mono_ns", 1), ("segment", 3), ("span", 0.5)):
        other = rows[-1:].copy()
        other[name] = value
        assert not found.stands_at(other[0])


PAN = (1.02, 1.03, -1.5, -1.0, 0.0)
"""What can have been learned of an axis that adapts; of one that does not, nothing but its trim."""


def learned_of(pan: tuple[float, ...] = PAN, trim: float = 5.0) -> tuple[tuple[float, ...], ...]:
    """For the axes of the library's rig, of which the first adapts and the second has a trim."""
    return (pan, (1.0, 1.0, 0.0, 0.0, trim), (1.0, 1.0, 0.0, 0.0, 0.0))


def test_a_law_goes_on_with_what_it_had_learned() -> None:
    """Gain, shift and integral come back; the span ramps up from 0 to what was wanted."""
    law = ControlLaw(RIG, 1e9, Beginning(5, run_up=True, wanted_span=0.5, learned=learned_of()))
    kept = np.zeros((AXES, len(LEARNED)))
    law.learned(kept)
    assert tuple(map(tuple, kept.tolist())) == learned_of()
    rows = play(law, 5, {}, 400)
    assert rows["span"][0] == pytest.approx(1.0 / (RIG.ramp_s * RIG.sample_rate_hz))
    assert rows["span"][-1] == np.float32(0.5)


@pytest.mark.parametrize(
    "beginning",
    [
        *(Beginning(learned=learned_of(pan=(*PAN[:k], 50.0, *PAN[k + 1 :]))) for k in range(5)),
        *(Beginning(learned=learned_of(pan=(*PAN[:k], np.nan, *PAN[k + 1 :]))) for k in range(5)),
        Beginning(learned=learned_of(trim=1e6)),
        Beginning(learned=learned_of(trim=np.nan)),
        Beginning(learned=learned_of()[:2]),
        Beginning(learned=(PAN[:4],) * 3),
        Beginning(learned=(PAN,) * 3),
        *(Beginning(wanted_span=span) for span in (0.0, 1.001, -1.0, np.nan)),
    ],
)  # fmt: skip
def test_a_law_begins_with_nothing_that_it_can_not_have_learned(beginning: Beginning) -> None:
    """It would be multiplied with each command; NaN is refused as well, and gains of an axis that does not adapt."""
    with pytest.raises(ValueError):  # noqa: PT011 - a wrong count is told by zip and unpacking
        ControlLaw(RIG, 1e9, beginning)


def test_the_target_is_done_only_where_it_was_reached_in_full() -> None:
    """The first row that is owed tells: a stop just before the target goes on beyond it in its ramp down."""
    done, stopped = ControlLaw(RIG, 10.0), ControlLaw(RIG, 10.0)
    reached = read(play(done, 0, {}, 1300), [START], [700])
    assert reached.owed_m == pytest.approx(10.0)
    early = read(play(stopped, 0, {900: Mode.STOP}, 1400), [START], [901])
    assert early.owed_m == pytest.approx(9.0)
    assert early.distance_m > 10.0
    assert read(play(ControlLaw(RIG, 10.0), 0, {}, 700), [START]).owed_m is None
