"""``rig precheck`` without processes: the test plays the loop, and whatever happens to it the rig ends safe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rig.bridge import EVENT_DTYPE, Bridge, End, EventKind, Request, Slot
from rig.cli import precheck as command
from rig.record.ring import Ring
from rig.state import RigState
from rig.supervisor import precheck, watch
from rig.supervisor.closing import ExitCode
from rig.supervisor.crew import SUPERVISOR, CrewError
from rig.supervisor.interrupt import Interrupt
from rig.supervisor.precheck import Prechecked
from tests.check_bench import healthy
from tests.commands import RIG_FILE, typed
from tests.fake_crew import Device, FakeMember

Play = Callable[["Scene"], None]


class Loop(FakeMember):
    """Answers when it is waited for."""

    def __init__(self, play: Callable[[], None]) -> None:
        super().__init__("loop")
        self._play = play

    def receive(self, timeout_s: float, glance: Callable[[], None] = lambda: None) -> Any:
        """One look, and the answer; nothing more can come."""
        glance()
        self._play()
        glance()
        if not self.connection.poll(0):
            raise CrewError("the loop process ended unexpectedly")
        return self.connection.recv()


class Scene:
    """What a test plays, and what the device saw."""

    def __init__(self, play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
        self.loop, self.device, self.interrupt = Loop(lambda: play(self)), Device(), Interrupt()
        self.bridge = Bridge.create(3, 16)
        self.bridge.set(Slot.STATE, RigState.CHECKING)
        self.events: Ring
        monkeypatch.setattr(watch, "build_hardware", lambda *_: self.device)
        monkeypatch.setattr(precheck, "Interrupt", lambda: self.interrupt)
        monkeypatch.setattr(precheck, "Crew", lambda *_: self.crew())

    @contextmanager
    def crew(self) -> Iterator[Any]:
        """In place of the processes."""
        with Ring.create(EVENT_DTYPE, 16, (SUPERVISOR,)) as self.events:
            try:
                yield SimpleNamespace(
                    loop=self.loop, bridge=self.bridge, events=self.events, visa=None, addresses={"modbus": "x:1"},
                    timing=lambda: None,
                )  # fmt: skip
            finally:
                self.loop.close()
                self.bridge.close()
                self.bridge.unlink()

    def say(self, word: str, report: object) -> None:
        """The loop says something."""
        self.loop.theirs.send((word, report))

    def tell(self, kind: EventKind, index: int, value: float) -> None:
        """The loop tells an event."""
        self.events.push(np.array([(int(kind), index, 0, 0.0, value, b"")], EVENT_DTYPE))


@pytest.fixture
def rig_file(tmp_path: Path) -> str:
    """The library's rig without instruments."""
    head, _ = RIG_FILE.read_text().split("\ninstruments:", 1)
    path = tmp_path / "bare.yaml"
    path.write_text(head + "\n")
    return str(path)


def checked(play: Play, rig_file: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Prechecked, Scene, ExitCode]:
    """Play it, and what came of it."""
    scene = Scene(play, monkeypatch)
    done = precheck.precheck(rig_file, None, "new_parts", Path(rig_file).parent)
    return done, scene, command._exit_code(done)


def test_a_good_rig_passes(rig_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 0, no reason, and the device was left alone."""
    done, scene, code = checked(
        lambda scene: scene.say("checked", {"end": int(End.COMPLETED), "seen": healthy()}), rig_file, monkeypatch
    )
    assert (code, done.end, done.checks.outcome, done.reason) == (0, End.NOT_YET, "passed", "")
    assert scene.device.safe_calls == 0


def test_a_trip_says_which_limit(rig_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 3, broken off, with the limit in words."""

    def trip(scene: Scene) -> None:
        scene.tell(EventKind.LIMIT, 0, 0.1985)
        scene.say("checked", {"end": int(End.TRIPPED)})

    done, _, code = checked(trip, rig_file, monkeypatch)
    assert (code, done.end, done.checks.outcome) == (3, End.TRIPPED, "broken_off")
    assert "pan_displacement_m upper: 0.1985" in done.reason


@pytest.mark.parametrize("word", ["nothing", "failed"])
def test_a_loop_that_fails_has_the_rig_made_safe(word: str, rig_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gone, or with a fault of the program: tripped on a connection of our own, and the loop is ended."""

    def fail(scene: Scene) -> None:
        if word == "failed":
            scene.say("failed", "ValueError: no such thing")

    done, scene, code = checked(fail, rig_file, monkeypatch)
    assert (code, scene.device.safe_calls, scene.device.close_calls, scene.loop.kills) == (3, 1, 1, 1)
    assert "trip acknowledged" in done.reason
    assert ("no such thing" in done.reason) == (word == "failed")


@pytest.mark.parametrize(("presses", "request_"), [(1, Request.STOP_FOR_PERSON), (2, Request.TRIP)])
def test_ctrl_c_stops_and_trips(
    presses: int, request_: Request, rig_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop is asked at the next look; once it has stopped for a person the exit code is 4."""
    asked = []

    class Panel(Bridge):
        def raise_request(self, request: Request) -> None:
            asked.append(request)
            super().raise_request(request)

    monkeypatch.setitem(globals(), "Bridge", Panel)

    def press(scene: Scene) -> None:
        scene.interrupt.total = presses
        scene.say("checked", {"end": int(End.PERSON if presses == 1 else End.TRIPPED)})

    done, scene, code = checked(press, rig_file, monkeypatch)
    assert asked == [request_]
    assert code == (4 if presses == 1 else 3)
    assert "by " in done.reason
    assert scene.device.safe_calls == 0


def test_what_a_person_reads(
    rig_file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table of all checks and what they came to; where the moves were broken off, why."""
    Scene(lambda scene: scene.say("checked", {"end": int(End.COMPLETED), "seen": healthy()}), monkeypatch)
    done = typed(capsys, monkeypatch, "precheck", "--rig", rig_file)
    assert done.code == 0
    assert "strut_force_n" in done.out
    assert "checks: all 32 passed" in done.out
    Scene(lambda _: None, monkeypatch)
    done = typed(capsys, monkeypatch, "precheck", "--rig", rig_file)
    assert done.code == 3
    assert "broken off: the loop process ended unexpectedly; trip acknowledged" in done.out
