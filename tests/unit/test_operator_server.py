"""The run's end of the socket: nobody who is slow, silent, greedy or talks garbage can hold a turn up or crash it."""

import contextlib
import json
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rig.clock import RealClock
from rig.operator import server as serving
from rig.operator.client import NoAnswerError, ask_once
from rig.operator.folder import live_runs
from rig.operator.protocol import LONGEST_QUESTION, Answer, Command, Question, question_of, to_line
from rig.operator.server import MOST_CLIENTS, OperatorServer
from tests.callers import Caller, half_close, turns


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OperatorServer]:
    """Published."""
    with OperatorServer(tmp_path / "run", tmp_path / "erg") as made:
        made.publish()
        yield made


@pytest.fixture
def folder(tmp_path: Path, server: OperatorServer) -> Path:
    """Where it is."""
    return tmp_path / "erg"


def works(server: OperatorServer, folder: Path) -> bool:
    """Whether a new client is served."""
    with Caller(folder) as caller:
        caller.ask("status")
        for _ in range(3):
            for client, _question in server.turn():
                server.answer(client, Answer(True, "here"))
        return [answer["text"] for answer in caller.heard()] == ["here"]


def test_a_question_comes_with_the_user_that_the_kernel_names(server: OperatorServer, folder: Path) -> None:
    """The name is that of the connected process' user; nothing in the message counts."""
    with Caller(folder) as caller:
        caller.ask("span", span_permille=500)
        ((client, question),) = [asked for _ in range(3) for asked in server.turn()]
        assert (client.uid, client.user) == (os.getuid(), serving.name_of(os.getuid()))
        assert question == Question(Command.SPAN, 500)


@pytest.mark.parametrize(("uid", "served"), [(0, True), (4242, False)])
def test_only_the_owner_and_root_are_served(
    uid: int, served: bool, server: OperatorServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody else is told so and hung up on, and nothing that they sent is looked at."""
    monkeypatch.setattr(serving, "_uid_of", lambda _: uid)
    server._owner, server._names = 1000, {0: "root", 1000: "anna"}
    with Caller(folder) as caller:
        caller.ask("trip")
        assert bool(turns(server)) is served
        if not served:
            assert caller.heard()[0]["text"] == "this run belongs to anna; uid 4242 may not operate it"
            assert caller.hung_up


def test_the_uid_is_that_of_the_peer(server: OperatorServer, folder: Path) -> None:
    """As SO_PEERCRED gives it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        packed = ours.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        assert serving._uid_of(ours) == struct.unpack("3i", packed)[1] == os.getuid()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"hold",
        b"{}",
        b"[]",
        b'{"command": "explode"}',
        b'{"command": "hold", "user": "root"}',
        b'{"command": "span"}',
        b'{"command": "span", "span_permille": 0}',
        b'{"command": "span", "span_permille": 1001}',
        b'{"command": "span", "span_permille": NaN}',
        b'{"command": "hold", "span_permille": 500}',
        b"\xff\xfe\x00",
        b"[" * 2000,
    ],
)
def test_what_is_no_question_is_answered_as_such(line: bytes, server: OperatorServer, folder: Path) -> None:
    """Said in words; the connection goes on, and the next question is understood."""
    with Caller(folder) as caller:
        caller.say(line + b"\n")
        assert turns(server) == []
        (answer,) = caller.heard()
        assert not answer["done"]
        assert answer["text"]
        caller.ask("status")
        assert turns(server) == [Question(Command.STATUS)]


def test_half_a_line_is_waited_for(server: OperatorServer, folder: Path) -> None:
    """Byte by byte, while others are served."""
    with Caller(folder) as caller:
        for byte in b'{"command": "hold"}':
            caller.say(bytes([byte]))
            assert turns(server, 1) == []
        assert works(server, folder)
        caller.say(b"\n")
        assert turns(server) == [Question(Command.HOLD)]


def test_a_line_without_an_end_is_cut_off(server: OperatorServer, folder: Path) -> None:
    """After so many bytes it is told, and hung up on."""
    with Caller(folder) as caller:
        caller.say(b"x" * (LONGEST_QUESTION + 1))
        assert turns(server) == []
        assert "a line of more than" in caller.heard()[0]["text"]
        assert caller.hung_up
    assert works(server, folder)


def test_who_sends_and_says_no_more_is_answered(server: OperatorServer, folder: Path) -> None:
    """As `echo … | nc -U` does: the end of what it says is no hanging up."""
    with Caller(folder) as caller:
        caller.ask("status")
        half_close(caller)
        asked = [each for _ in range(3) for each in server.turn()]
        server.answer(asked[0][0], Answer(True, "well"))
        assert caller.heard()[0]["text"] == "well"
        turns(server)
        assert caller.hung_up


def test_who_hangs_up_is_forgotten(server: OperatorServer, folder: Path) -> None:
    """Before and after asking; the answer goes nowhere."""
    Caller(folder).close()
    with Caller(folder) as caller:
        caller.ask("hold")
    asked = [each for _ in range(3) for each in server.turn()]
    for client, _ in asked:
        server.answer(client, Answer(True, "too late"))
    turns(server)
    assert server._clients == []


def test_the_silent_make_room(server: OperatorServer, folder: Path) -> None:
    """More connections than there is room for: the longest silent goes, a new one is always served."""
    callers = [Caller(folder)]
    try:
        for _ in range(MOST_CLIENTS + 4):
            turns(server, 1)
            callers.append(Caller(folder))
        turns(server)
        assert len(server._clients) <= MOST_CLIENTS
        assert callers[0].hung_up
        assert works(server, folder)
    finally:
        for caller in callers:
            caller.close()


def test_who_does_not_read_is_let_go(server: OperatorServer, folder: Path) -> None:
    """Its answers are kept to a bound, and no turn waits for it."""
    with Caller(folder) as caller:
        clock = RealClock()
        started_ns = clock.now_ns()
        for _ in range(3000):
            try:
                caller.ask("status")
            except BlockingIOError:
                pass
            except OSError:
                break
            for client, _ in server.turn():
                server.answer(client, Answer(True, "x" * 4000))
        assert server._clients == []
        assert clock.now_ns() - started_ns < 5e9
    assert works(server, folder)


def test_one_question_of_a_client_at_a_time(server: OperatorServer, folder: Path) -> None:
    """The next one waits until the first is answered, in order."""
    with Caller(folder) as caller:
        caller.ask("hold")
        caller.ask("resume")
        asked = [each for _ in range(4) for each in server.turn()]
        assert [question.command for _, question in asked] == [Command.HOLD]
        server.answer(asked[0][0], Answer(True, "held"))
        assert turns(server) == [Question(Command.RESUME)]


def test_the_end_of_the_run_delivers_what_waits(tmp_path: Path) -> None:
    """Then it hangs up."""
    with OperatorServer(tmp_path / "run", tmp_path / "erg") as server:
        server.publish()
        caller = Caller(tmp_path / "erg")
        caller.ask("trip")
        asked = [each for _ in range(3) for each in server.turn()]
        server.answer(asked[0][0], Answer(True, "tripped"))
    with caller:
        assert caller.heard()[0]["text"] == "tripped"
        assert caller.hung_up


def test_a_run_that_takes_no_turns_is_told_so(server: OperatorServer, folder: Path) -> None:
    """The client gives up by itself, and says what it knows."""
    (run,) = live_runs([folder], os.geteuid())
    with pytest.raises(NoAnswerError, match=r"asked, but .* has not answered within 0.1 s; its supervisor \(process"):
        ask_once(run, Question(Command.HOLD), 0.1)


PIECES = st.one_of(
    st.binary(max_size=300),
    st.sampled_from([b"\n", b"{", b'{"command": "hold"}\n', b'{"command"', b"x" * 5000, b"\0" * 64, b"[" * 500]),
    st.builds(
        lambda what: json.dumps(what).encode() + b"\n", st.recursive(st.none() | st.text(), st.lists, max_leaves=8)
    ),
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(talks=st.lists(st.lists(PIECES, max_size=6), min_size=1, max_size=4), hang_up=st.booleans())
def test_whatever_comes_the_next_one_is_served(
    talks: list[list[bytes]], hang_up: bool, server: OperatorServer, folder: Path
) -> None:
    """Garbage from several at once: no turn raises or waits, each line gets at most one answer, others are served."""
    callers = [Caller(folder) for _ in talks]
    try:
        for caller, pieces in zip(callers, talks, strict=True):
            for piece in pieces:
                try:
                    caller.say(piece)
                except OSError:
                    break
                for client, _ in server.turn():
                    server.answer(client, Answer(True, ""))
        if hang_up:
            callers[0].close()
        assert works(server, folder)
    finally:
        for caller in callers:
            caller.close()
        turns(server, 2)


@given(st.binary(max_size=200))
def test_a_line_is_a_question_or_a_sentence(line: bytes) -> None:
    """Nothing else comes out of reading it."""
    with contextlib.suppress(ValueError):
        question = question_of(line)
        assert question_of(to_line(question)) == question
