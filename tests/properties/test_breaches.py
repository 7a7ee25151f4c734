"""From the breach of a limit to the first command that makes it safe: exact to the sample, whatever breaks and when."""

from contextlib import closing

import numpy as np
import pytest

from drivers.frames import Command, DeviceState
from drivers.hardware import Hardware
from rig.bridge import End, EventKind, Request
from rig.state import RigState
from rig.wiring import build_hardware
from tests.breach_cases import KINDS, RAMP_S, Case, make_case
from tests.in_process import InProcess
from tests.loop_bench import RIG, Run, Script, config_of, device_of, run_on, same
from tests.patched_server import Frame, PatchedServer, served_patched

CASES_OF_A_KIND = 60
WIRE_CASES = 20
RAMP = round(RAMP_S * RIG.sample_rate_hz)
SOME_AFTER = 10
"""Samples that go on after a hold has come to rest, or after an indication."""


def frames_of(device: InProcess) -> list[Frame]:
    """What has reached a device."""
    return [Frame(block.command, block.first_sample, len(block.codes)) for block, _ in device.sent]


def ended_at(case: Case) -> int:
    """Where the run is ended, if the limit does not."""
    return case.breach + 2 * case.lead + RAMP + SOME_AFTER


def script_of(case: Case) -> Script:
    """It is ended by a trip."""
    return {ended_at(case): lambda bridge: bridge.raise_request(Request.TRIP)}


def play(case: Case, limited: bool = True) -> tuple[Run, list[Frame]]:
    """Run a case, with its limit or without; the run and what the device got."""
    with device_of(case.rig, *case.patches, real_plant=case.real_plant, seed=case.seed) as device:
        run = run_on(case.rig if limited else case.without(), device, case.drive, case.batch, script_of(case))
        return run, frames_of(device)


def check_told(case: Case, run: Run) -> None:
    """The one limit that breaks is told, at its sample; no other is."""
    told = [(one.index, one.sample) for one in run.of_kind(EventKind.LIMIT)]
    assert told[:1] == [(case.index, case.breach)], str(case)
    assert {index for index, _ in told} == {case.index}, str(case)


def check_trip(case: Case, run: Run, frames: list[Frame]) -> None:
    """The very next frame after the one whose answer held the breach is the trip, and the last."""
    held = next(k for k, frame in enumerate(frames) if frame.first <= case.breach < frame.first + frame.count)
    assert [(one.command, one.count) for one in frames[held + 1 :]] == [(Command.TRIP, 0)], str(case)
    assert (run.end, run.state) == (End.TRIPPED, RigState.TRIPPED), str(case)
    assert run.states()[-1][0] is RigState.TRIPPED, str(case)
    assert len(run.rows) == frames[held].first + frames[held].count, str(case)


def check_ramp(case: Case, run: Run, frames: list[Frame]) -> None:
    """The span begins to fall exactly a lead after the breach, in the very next cycle where one carries a lead."""
    begins = case.breach + case.lead
    into = RigState.HOLDING if case.limit.action == "hold" else RigState.STOPPING
    falling = np.maximum(0.0, 1.0 - np.arange(1, RAMP + 1) / RAMP)
    assert (run.rows["span"][:begins] == 1.0).all(), str(case)
    moving = run.rows["span"][begins : begins + RAMP]
    assert np.allclose(moving, falling[: len(moving)], atol=1e-6), str(case)
    assert len(moving) >= RAMP - 1, str(case)
    assert (into, begins) in run.states(), str(case)
    assert set(run.rows["state"][:begins]) == {RigState.RUNNING}, str(case)
    assert set(run.rows["state"][begins:]) == {into}, str(case)
    cycle_of = {n: k for k, one in enumerate(frames) for n in range(one.first, one.first + one.count)}
    if case.batch == case.lead:
        assert cycle_of[begins] == cycle_of[case.breach] + 1, str(case)
    if into is RigState.STOPPING:
        asked = [frame.command for frame in frames if frame.command is not Command.NONE]
        assert (run.end, asked) == (End.RIG_STOP, [Command.ARM, Command.START, Command.STOP]), str(case)
    else:
        assert (run.rows["span"][begins + RAMP :] == 0.0).all(), str(case)
        assert len(run.rows) >= ended_at(case), str(case)


def check_indication(case: Case, run: Run, other: Run) -> None:
    """Nothing but the event tells that there is such a limit."""
    assert same(run.rows, other.rows), str(case)
    assert [one for one in run.events if one.kind is not EventKind.LIMIT] == other.events, str(case)


def check(case: Case, run: Run, frames: list[Frame]) -> None:
    """Whatever the limit's action promises."""
    check_told(case, run)
    if case.limit.action == "trip":
        check_trip(case, run, frames)
    elif case.limit.action != "indicate":
        check_ramp(case, run, frames)


@pytest.mark.parametrize("kind", KINDS)
def test_a_breach_acts_at_its_sample(kind: str) -> None:
    """Random channel, action, moment, persistence, batch and lead: told, tripped or ramping exactly where it must."""
    rng = np.random.default_rng(KINDS.index(kind))
    for _ in range(CASES_OF_A_KIND):
        case = make_case(rng, kind)
        run, frames = play(case)
        check(case, run, frames)
        if case.limit.action == "indicate":
            check_indication(case, run, play(case, limited=False)[0])


def test_there_are_enough_breaches() -> None:
    """At least five hundred, of every kind that is judged by samples, and with every action."""
    assert CASES_OF_A_KIND * len(KINDS) >= 500
    actions = {make_case(np.random.default_rng(seed), "upper").limit.action for seed in range(60)}
    assert actions == {"indicate", "hold", "stop", "trip"}


def play_over_wire(case: Case, server: PatchedServer) -> tuple[Run, list[Frame]]:
    """The same over Modbus TCP."""
    host, port = server.address
    hardware = build_hardware(case.rig, f"{host}:{port}", "stepped")
    with closing(hardware):
        make_off(hardware)
        server.begin(case.patches, case.seed, real_plant=case.real_plant)
        run = run_on(case.rig, hardware, case.drive, case.batch, script_of(case))
        return run, server.frames()


def make_off(hardware: Hardware) -> None:
    """Reset what the run before has left tripped."""
    hardware.open()
    for _ in range(100):
        if hardware.reset().state is DeviceState.OFF:
            return
    raise AssertionError("the device is not reset")


def test_the_wire_changes_nothing() -> None:
    """Over Modbus TCP to a process: the same rows, events and frames as in this process, bit for bit."""
    rng = np.random.default_rng(20)
    with served_patched(config_of(make_case(rng, "upper").rig)) as server:
        for number in range(WIRE_CASES):
            case = make_case(rng, KINDS[number % len(KINDS)])
            run, frames = play_over_wire(case, server)
            check(case, run, frames)
            other, expected = play(case)
            assert same(run.rows, other.rows), str(case)
            assert (str(run.events), frames) == (str(other.events), expected), str(case)  # no NaN equals another
