"""The instruments on plain TCP sockets: what any client sees, whatever it sends."""

import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pytest
from instrument_bench import instrument_process

from simulators.scpi.values import format_block


@pytest.fixture(scope="module")
def bench() -> Iterator[Any]:
    with instrument_process() as running:
        yield running


class Client:
    """A line-based client on a plain socket."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._lines = self.socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(self, message: str) -> str:
        self.send(message.encode() + b"\n")
        return self.line()

    def line(self) -> str:
        return self._lines.readline().decode().removesuffix("\n")

    def close(self) -> None:
        self._lines.close()
        self.socket.close()


@pytest.fixture
def supply(bench: Any) -> Iterator[Client]:
    with closing(Client(bench.ports["supply"])) as client:
        client.ask("*RST;*CLS;*OPC?")
        yield client


@pytest.fixture
def generator(bench: Any) -> Iterator[Client]:
    with closing(Client(bench.ports["waveform_generator"])) as client:
        client.ask("*RST;*CLS;:DATA:VOL:CLE;*OPC?")
        yield client


def test_message_may_come_in_pieces_and_several_at_once(supply: Client) -> None:
    """TCP cuts where it likes: only the newline ends a message, with or without a carriage return."""
    for piece in (b"*ID", b"N?\r", b"\nVOLT? (@2)\n*OPC?\n"):
        supply.send(piece)
    assert supply.line().startswith("erg simulators,E36312A,")
    assert supply.line() == "+0.00000000E+00"
    assert supply.line() == "1"


def test_two_clients_talk_to_one_instrument(bench: Any, supply: Client) -> None:
    """What one sets the other reads; the error queue is the instrument's."""
    with closing(Client(bench.ports["supply"])) as other:
        supply.ask("VOLT 3,(@1);*OPC?")
        assert other.ask("VOLT? (@1)") == "+3.00000000E+00"
        other.ask("NONSENSE\n*OPC?")
        assert supply.ask("SYST:ERR?") == '-113,"Undefined header"'
        assert other.ask("SYST:ERR?") == '+0,"No error"'


def test_client_that_goes_away_leaves_the_others_alone(bench: Any, supply: Client) -> None:
    """In the middle of a message, before reading a reply, or with a reset: the next client is served."""
    for rubbish in (b"VOLT 1", b"*IDN?\n", b"DATA:ARB:DAC x,#45000"):
        other = Client(bench.ports["supply"])
        other.send(rubbish)
        other.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        other.close()
    assert supply.ask("*IDN?").startswith("erg simulators")
    assert supply.ask("SYST:ERR?") == '+0,"No error"'


def test_block_of_any_bytes_in_many_pieces(bench: Any, generator: Client) -> None:
    """A waveform of every int16 code, newlines among its bytes, reaches the shaker point by point."""
    codes = np.arange(-32767, 32768, 2, dtype=">i2")
    message = b"DATA:ARB:DAC ALL," + format_block(codes.tobytes()) + b"\n"
    for start in range(0, len(message), 9973):
        generator.send(message[start : start + 9973])
    assert generator.ask("FUNC:ARB ALL;:FUNC ARB;:VOLT 2;:OUTP ON;:SYST:ERR?") == '+0,"No error"'
    volts, _, _ = bench.wires.read_waveform()
    np.testing.assert_allclose(volts, codes.astype(np.float64) / 32767)


def test_endless_message_is_refused_and_the_next_one_read(generator: Client) -> None:
    """A block that claims a gigabyte is an error, not a wait for a gigabyte."""
    generator.send(b"DATA:ARB:DAC X,#9999999999")
    assert generator.ask("\nSYST:ERR?") == '-363,"Input buffer overrun"'


def test_abort_by_another_client_ends_a_wait(bench: Any) -> None:
    """READ? of a timed scan keeps its client waiting, and nobody else."""
    port = bench.ports["data_acquisition"]
    with closing(Client(port)) as waiting, closing(Client(port)) as other:
        waiting.ask("*RST;*CLS;:CONF:TEMP TC,K,(@101);:TRIG:SOUR TIM;TIM 3000;COUN 2;*OPC?")
        waiting.send(b"READ?\n")
        while other.ask("DATA:POIN?") != "+1":  # until the first of the two scans
            pass
        other.send(b"ABOR\n")
        assert len(waiting.line().split(",")) == 1
