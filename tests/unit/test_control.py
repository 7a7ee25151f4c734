"""The control law sample by sample: hold, resume, stop, the drive's end, the target."""

import numpy as np
import pytest

from rig.rt.control import Mode
from rig.rt.limits import HOLD, STOP
from tests.law_bench import AXES, LEAD, PAN, RAMP, Bench, constant_drive


def test_hold_ramps_to_neutral_and_the_drive_stands_still() -> None:
    """From the sample at which a limit asks, the span falls in equal steps; then nothing moves and no row is used."""
    bench = Bench(constant_drive(4 * RAMP))
    bench.play(20)
    bench.play(1, request=HOLD)
    assert bench.modes[19:21] == [Mode.RUN, Mode.HOLD]
    bench.play(RAMP + 50)
    pan = bench.column(PAN)
    assert np.allclose(np.diff(pan[19 : 20 + RAMP]), -0.1 / RAMP)
    assert pan[20 + RAMP :].tolist() == [0.0] * 51
    used = bench.law.drive_index
    bench.play(100)
    assert bench.law.drive_index == used
    assert bench.law.done_at == -1


def test_resume_out_of_a_hold_has_no_bump() -> None:
    """The command goes on from rest, where the drive stood, in steps no larger than the ramp's."""
    bench = Bench(constant_drive(4 * RAMP))
    bench.play(20)
    assert bench.law.ask(Mode.HOLD)
    bench.play(RAMP + 40)
    place = bench.places[-1]
    assert bench.law.ask(Mode.RUN)
    bench.play(RAMP + 10)
    assert np.abs(np.diff(bench.column(PAN))).max() <= 0.1 / RAMP * (1 + 1e-9)
    assert bench.column(PAN)[-1] == pytest.approx(0.1)
    assert bench.places[20 + RAMP + 40] == place + 1


def test_resume_in_the_middle_of_a_ramp_turns_it_round() -> None:
    """Half way down, up again: no jump either way."""
    bench = Bench(constant_drive(4 * RAMP))
    bench.play(10)
    bench.law.ask(Mode.HOLD)
    bench.play(RAMP // 2)
    bench.law.ask(Mode.RUN)
    bench.play(RAMP)
    spans = np.array(bench.spans)
    assert spans.min() == pytest.approx(0.5)
    assert np.abs(np.diff(spans)).max() <= 1.0 / RAMP * (1 + 1e-9)


def test_stop_ramps_down_and_is_done_at_rest() -> None:
    """A stop is a ramp; the first sample at rest is the first after the motion."""
    bench = Bench(constant_drive(4 * RAMP))
    bench.play(30)
    bench.play(1, request=STOP)
    bench.play(RAMP + 10)
    assert bench.law.done_at == 30 + RAMP - 1
    assert bench.column(PAN)[bench.law.done_at :].tolist() == [0.0] * 12
    assert bench.law.target_reached == 0


def test_stop_during_a_hold_s_ramp_goes_on_with_it() -> None:
    """It takes up the span where the hold's ramp left it."""
    bench = Bench(constant_drive(4 * RAMP))
    bench.play(10)
    bench.law.ask(Mode.HOLD)
    bench.play(RAMP // 2)
    bench.law.ask(Mode.STOP)
    bench.play(RAMP)
    assert np.abs(np.diff(bench.spans[: 10 + RAMP])).max() <= 1.0 / RAMP * (1 + 1e-9)
    assert bench.law.done_at == 10 + RAMP - 1


def test_stop_out_of_a_standing_hold_uses_no_drive_row() -> None:
    """At rest already: done at once, and the row that may not be there yet is not read."""
    bench = Bench(constant_drive(4 * RAMP))
    bench.play(10)
    bench.law.ask(Mode.HOLD)
    bench.play(RAMP + 5)
    used = bench.law.drive_index
    bench.drive[used:] = np.nan
    at = len(bench.commands)
    bench.play(1, request=STOP)
    assert (bench.law.done_at, bench.law.drive_index) == (at, used)
    assert np.isfinite(bench.commands[-1]).all()
    assert np.isfinite(bench.places[-1])


def test_the_drive_s_end_completes_a_run() -> None:
    """The last row is played; the sample after it is the first after the motion, and the target counts as reached."""
    bench = Bench(constant_drive(100), ends_at=100)
    bench.play(110)
    assert (bench.law.done_at, bench.law.target_reached) == (100, 1)
    assert bench.column(PAN)[99] == pytest.approx(0.1)


@pytest.mark.parametrize("mode", [Mode.STOP, Mode.HOLD])
def test_a_ramp_that_meets_the_drive_s_end_stays_a_ramp(mode: Mode) -> None:
    """The drive stands still at its end while the span goes on down: no jump to neutral, and no target reached."""
    bench = Bench(constant_drive(100), ends_at=100)
    bench.play(90)
    bench.law.ask(mode)
    bench.play(RAMP + 20)
    assert np.abs(np.diff(bench.column(PAN))).max() <= 0.1 / RAMP * (1 + 1e-9)
    assert bench.law.target_reached == 0
    assert bench.law.drive_index == 100
    assert (bench.law.done_at >= 0) is (mode is Mode.STOP)


def test_a_hold_at_the_drive_s_end_completes_only_when_it_is_resumed() -> None:
    """Nothing ends by itself while a person is to look."""
    bench = Bench(constant_drive(100), ends_at=100)
    bench.play(99)
    bench.law.ask(Mode.HOLD)
    bench.play(RAMP + 20)
    assert bench.modes[-1] == Mode.HOLD
    bench.law.ask(Mode.RUN)
    bench.play(2)
    assert (bench.modes[-1], bench.law.target_reached) == (Mode.DONE, 1)


def test_the_target_distance_is_reached_at_its_row_and_ends_as_a_ramp() -> None:
    """The row of the target is the first of the ramp down."""
    bench = Bench(constant_drive(4 * RAMP), target_m=50.0)
    bench.play(RAMP + 60)
    assert bench.modes[49:51] == [Mode.RUN, Mode.STOP]
    assert (bench.law.target_reached, bench.law.done_at) == (1, 50 + RAMP - 1)


def test_a_target_that_passes_while_a_hold_ramps_down_is_not_reached_yet() -> None:
    """It is when a person lets the run go on; at rest already, the motion is over then."""
    bench = Bench(constant_drive(4 * RAMP), target_m=50.0)
    bench.play(49)
    assert bench.law.target_reached == 0
    bench.law.ask(Mode.HOLD)
    bench.play(RAMP + 5)
    assert bench.law.target_reached == 0
    bench.law.ask(Mode.RUN)
    bench.play(1)
    assert (bench.law.target_reached, bench.modes[-1]) == (1, Mode.DONE)


@pytest.mark.parametrize("asked", [Mode.RUN, Mode.HOLD, Mode.STOP])
def test_nothing_leads_out_of_done(asked: Mode) -> None:
    """Once the motion is over, it is over."""
    bench = Bench(constant_drive(10), ends_at=10)
    bench.play(12)
    assert not bench.law.ask(asked)


def test_no_batching_changes_a_bit_through_hold_and_resume() -> None:
    """However samples are batched, also across changes of mode."""
    noise = np.random.default_rng(3).integers(-50, 50, (4000, AXES)).astype(np.int16)
    results = []
    for batch in (1, 4, LEAD):
        bench = Bench(constant_drive(4 * RAMP), error_codes=lambda sample: noise[sample])
        bench.play(40, batch=batch)
        bench.law.ask(Mode.HOLD)
        bench.play(LEAD * 80, batch=batch)
        bench.law.ask(Mode.RUN)
        bench.play(LEAD * 10, batch=batch)
        results.append(np.array(bench.commands))
    assert (results[0] == results[1]).all()
    assert (results[0] == results[2]).all()
