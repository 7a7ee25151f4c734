"""The driver against a device that misbehaves: each failure by its name, once, and the socket closed."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from corner_bench import block

from drivers import registers
from drivers.errors import BusClosedError, BusError, BusProtocolError, BusTimeoutError, IdentityError
from drivers.frames import Command, DeviceIdentity
from drivers.modbus import ModbusHardware

pytestmark = pytest.mark.alone

Behave = Callable[[bytes, socket.socket], None]


class Device:
    """Answers identity and status like a servo controller, and FC23 as told; keeps what it was sent."""

    def __init__(self, behave: Behave) -> None:
        self.behave = behave
        self.requests: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.connections: list[socket.socket] = []
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()

    def listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections.append(connection)
                self.answer(connection)

    def answer(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while request := connection.recv(400):
                self.requests.append(request)
                if request[7] == 3:
                    words = IDENTITY if request[8:10] == b"\0\0" else [0] * registers.STATUS_LENGTH
                    connection.sendall(reply(request, words))
                else:
                    self.behave(request, connection)

    def close(self) -> None:
        for each in (*self.connections, self.listener):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self.thread.join()


IDENTITY = registers.encode_identity(DeviceIdentity(registers.MAP_VERSION, 3, 7, 500, 150, 1000, 250))


def reply(request: bytes, words: list[int]) -> bytes:
    body = request[6:8] + bytes([2 * len(words)]) + b"".join(word.to_bytes(2, "big") for word in words)
    return request[:4] + len(body).to_bytes(2, "big") + body


def frame(echo: int, last: int | None = None) -> list[int]:
    words = [registers.MAP_VERSION, 1, 4, 0, 0, echo, 0, 0, 0, 0, 0, 0, 0, echo if last is None else last]
    return words + [0] * (registers.feedback_length(8, 7) - len(words))


@contextlib.contextmanager
def opened(behave: Behave, timeout_s: float = 1.0) -> Iterator[tuple[ModbusHardware, Device]]:
    device = Device(behave)
    hardware = ModbusHardware(*device.listener.getsockname(), 1, 3, 7, 500, timeout_s, lead_samples=8)
    try:
        hardware.open()
        device.requests.clear()
        yield hardware, device
    finally:
        hardware.close()
        device.close()


def sequence_of(request: bytes) -> int:
    return int.from_bytes(request[17:19], "big")


def behave_well(request: bytes, connection: socket.socket) -> None:
    connection.sendall(reply(request, frame(sequence_of(request))))


def say_nothing(request: bytes, connection: socket.socket) -> None:
    pass


def hang_up(request: bytes, connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def refuse(request: bytes, connection: socket.socket) -> None:
    connection.sendall(request[:4] + bytes.fromhex("0003 01 97 04"))


def answer_torn(request: bytes, connection: socket.socket) -> None:
    connection.sendall(reply(request, frame(sequence_of(request), last=77)))


def answer_the_one_before(request: bytes, connection: socket.socket) -> None:
    connection.sendall(reply(request, frame(sequence_of(request) - 1)))


def answer_short(request: bytes, connection: socket.socket) -> None:
    connection.sendall(reply(request, frame(sequence_of(request))[:20]))


def answer_as_another_unit(request: bytes, connection: socket.socket) -> None:
    answer = reply(request, frame(sequence_of(request)))
    connection.sendall(answer[:6] + b"\x05" + answer[7:])


def test_golden_bytes_of_an_exchange() -> None:
    """What the driver puts on the wire: FC23, 70 registers from 300, the frame to 100."""
    with opened(behave_well) as (hardware, device):
        answer = hardware.exchange(block(Command.ARM))
        golden = "0000 0019 01 17 012c 0046 0064 0007 0e 0001 0001 0001 0008 0000 0000 0000"
        assert device.requests[0][2:].hex() == golden.replace(" ", "")
        assert answer.sequence_echo == 1


@pytest.mark.parametrize(
    ("behave", "error", "why"),
    [
        (say_nothing, BusTimeoutError, "no answer"),
        (hang_up, BusClosedError, "closed"),
        (refuse, BusProtocolError, "exception code 4"),
        (answer_torn, BusProtocolError, "torn"),
        (answer_the_one_before, BusProtocolError, "stale"),
        (answer_short, BusProtocolError, "20 registers"),
        (answer_as_another_unit, BusError, "answer"),
    ],
)
def test_each_failure_has_its_name_and_closes_the_socket(behave: Behave, error: type[BusError], why: str) -> None:
    """One request went out, never a second; afterwards the wire is not touched again."""
    with opened(behave, timeout_s=0.1) as (hardware, device):
        with pytest.raises(error, match=why):
            hardware.exchange(block())
        for _ in range(3):
            with pytest.raises(BusClosedError):
                hardware.exchange(block())
        assert len(device.requests) == 1


def test_nobody_there() -> None:
    """A refused connection is said in plain words."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    hardware = ModbusHardware(*address, 1, 3, 7, 500, 0.1)
    with pytest.raises(BusClosedError, match="no servo controller at"):
        hardware.open()
    assert hardware.safe() is False


def test_safe_says_false_when_the_device_does_not_acknowledge() -> None:
    """An answer that shows no trip is no acknowledgement: again by the device's numbering, then on a new connection."""
    with opened(behave_well) as (hardware, device):
        assert hardware.safe() is False
        assert sum(request[7] == 23 for request in device.requests) == 3


def test_safe_writes_nothing_to_a_device_that_is_not_the_one_described() -> None:
    """Whatever answers with another identity is only read: nobody knows what a write would move there."""
    device = Device(behave_well)
    hardware = ModbusHardware(*device.listener.getsockname(), 1, 3, 6, 500, 0.1)
    try:
        with pytest.raises(IdentityError, match="channels 7, wanted 6"):
            hardware.open()
        assert hardware.safe() is False
        assert {request[7] for request in device.requests} == {3}
    finally:
        hardware.close()
        device.close()


def test_what_does_not_fit_is_refused_at_construction() -> None:
    """A lead that no exchange can carry, and transactions that are not built yet."""
    with pytest.raises(ValueError, match="lead"):
        ModbusHardware("127.0.0.1", 1, 1, 3, 7, 500, 0.1, lead_samples=16)
    with pytest.raises(ValueError, match="FC23"):
        ModbusHardware("127.0.0.1", 1, 1, 3, 7, 500, 0.1, transaction="fc16_fc03")


def answer_twice(request: bytes, connection: socket.socket) -> None:
    connection.sendall(2 * reply(request, frame(sequence_of(request))))


def test_an_answer_that_comes_twice_is_taken_once() -> None:
    """Its second copy is told by its transaction number, also where the next answer comes behind it."""
    with opened(answer_twice) as (hardware, _):
        echoes = [hardware.exchange(block()).sequence_echo for _ in range(3)]
    assert echoes == [1, 2, 3]


def drip(request: bytes, connection: socket.socket) -> None:
    """A byte of the answer each 0.15 s, for longer than anybody waits."""
    for byte in reply(request, frame(sequence_of(request)))[:20]:
        time.sleep(0.15)
        connection.sendall(bytes([byte]))


def begin_late(request: bytes, connection: socket.socket) -> None:
    """The beginning of an answer just before the time is over, and no more."""
    time.sleep(0.4)
    connection.sendall(reply(request, frame(sequence_of(request)))[:20])


@pytest.mark.parametrize("behave", [drip, begin_late])
def test_an_answer_in_pieces_gets_no_more_time_than_a_whole_one(behave: Behave) -> None:
    """The timeout is that of the answer, not of each of its pieces."""
    with opened(behave, timeout_s=0.5) as (hardware, _):
        started_s = time.monotonic()
        with pytest.raises(BusTimeoutError):
            hardware.exchange(block())
        assert time.monotonic() - started_s < 0.7


def test_after_a_timeout_the_connection_is_torn_down_so_that_nothing_sent_earlier_is_sent_again() -> None:
    """A reset, no orderly end: for that the system would go on to deliver what was written, once the line is back."""
    seen: list[str] = []
    done = threading.Event()

    def listen_on(request: bytes, connection: socket.socket) -> None:
        try:
            seen.append("end" if connection.recv(400) == b"" else "more")
        except ConnectionResetError:
            seen.append("reset")
        done.set()

    with opened(listen_on, timeout_s=0.1) as (hardware, _):
        with pytest.raises(BusTimeoutError):
            hardware.exchange(block())
        assert done.wait(5.0)
    assert seen == ["reset"]
