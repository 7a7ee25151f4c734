"""The drivers over VISA: set-up, blocks, recovery after a timeout, and what reaches the bench."""

import math
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import numpy as np
import pytest
from instrument_bench import instrument_process
from pyvisa_py.tcpip import TCPIPSocketSession

from drivers.errors import InstrumentError
from drivers.instruments import DataAcquisition, Supply, WaveformGenerator
from drivers.scpi import ScpiSession

Serve = Callable[[socket.socket, int], None]


@pytest.fixture(scope="module")
def bench() -> Iterator[Any]:
    with instrument_process() as running:
        yield running


@contextmanager
def odd_instrument(serve: Serve) -> Iterator[str]:
    """A server in a thread that answers as a test wants: called with each connection and its number."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)

    def run() -> None:
        for number in range(2):
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(ConnectionError):  # a client that gives up is part of the tests
                connection.settimeout(10)
                serve(connection, number)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield f"TCPIP0::127.0.0.1::{listener.getsockname()[1]}::SOCKET"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)
        assert not thread.is_alive()


def test_data_acquisition(bench: Any) -> None:
    """Thermocouples and strain are configured, scanned at once, and scanned by the clock into memory."""
    bench.wires.damper_temperature_degc = 80.0
    bench.wires.lower_arm_strain = 5e-4
    with closing(DataAcquisition(ScpiSession(bench.resources["data_acquisition"]))) as daq:
        assert "DAQ970A" in daq.identify("DAQ970A")
        daq.configure_thermocouples([101, 104])
        daq.configure_strain([201], gauge_factor=2.0, resistance_ohm=120.0)
        daq.set_scan([101, 104, 201])
        found = daq.scan()
        assert found == pytest.approx({101: 80.0, 104: 20.0, 201: 5e-4}, abs=0.4)
        assert found[201] == pytest.approx(5e-4, abs=1e-5)
        daq.start_scanning(period_s=0.01)
        taken: list[tuple[int, float]] = []
        while len(taken) < 6:
            taken += daq.take_readings(100)
        assert [channel for channel, _ in taken[:3]] == [101, 104, 201]
        daq.stop_scanning()


def test_dead_and_missing_sensors(bench: Any) -> None:
    """9.91E+37 is NaN, an open input is infinite: neither is taken for a temperature."""
    bench.wires.damper_temperature_degc = math.nan
    with closing(DataAcquisition(ScpiSession(bench.resources["data_acquisition"]))) as daq:
        daq.reset()
        daq.configure_thermocouples([101, 120])
        daq.set_scan([101, 120])
        found = daq.scan()
    bench.wires.damper_temperature_degc = 80.0
    assert math.isnan(found[101])
    assert found[120] == math.inf


def test_supply(bench: Any) -> None:
    """Voltage and current are set and measured; a trip is seen and cleared; a wrong voltage is the caller's fault."""
    with closing(Supply(ScpiSession(bench.resources["supply"]))) as supply:
        supply.reset()
        supply.configure_output(2, current_limit_a=1.0, protection_v=20.0)
        supply.set_voltage(2, 12.0)
        assert supply.measure_voltage_v(2) == pytest.approx(12.0)
        assert supply.measure_current_a(2) == pytest.approx(0.4)
        assert bench.wires.fan_voltage_v == 12.0
        supply.set_voltage(2, 21.0)
        assert supply.protection_tripped(2)
        assert bench.wires.fan_voltage_v == 0.0
        supply.set_voltage(2, 1.0)
        supply.clear_protection(2)
        supply.switch(2, True)
        assert bench.wires.fan_voltage_v == 1.0
        with pytest.raises(InstrumentError, match=r"voltage of output 1.*-222"):
            supply.set_voltage(1, 12.0)
        supply.set_voltage(1, 5.0)


def test_waveform_generator(bench: Any) -> None:
    """A block of all byte values is uploaded, selected, played, and replaced by another."""
    points = np.linspace(-1.0, 1.0, 4096)
    with closing(WaveformGenerator(ScpiSession(bench.resources["waveform_generator"]))) as generator:
        generator.reset()
        generator.prepare(rate_hz=1000.0, peak_v=3.0)
        generator.upload("RAMP", points)
        generator.upload("NONE", np.zeros(64))
        assert generator.names() == ["RAMP", "NONE"]
        generator.select("RAMP")
        generator.switch(True)
        volts, rate_hz, _ = bench.wires.read_waveform()
        np.testing.assert_allclose(volts, 3.0 * points, atol=3.0 / 32767)
        assert (rate_hz, bench.wires.shaker_on) == (1000.0, True)
        generator.select("NONE")
        assert len(bench.wires.read_waveform()[0]) == 64
        generator.switch(False)
        assert not bench.wires.shaker_on
        with pytest.raises(ValueError, match="not within -1 to 1"):
            generator.upload("LOUD", np.array([0.0, math.nan]))


def test_wrong_identity_is_refused(bench: Any) -> None:
    """A cable in the wrong place is found before anything is set."""
    told = "a E36312A was expected, not 'erg simulators,DAQ970A"
    session = ScpiSession(bench.resources["data_acquisition"])
    with closing(Supply(session)) as supply, pytest.raises(InstrumentError, match=told):
        supply.identify("E36312A")


@pytest.mark.parametrize("resource", ["TCPIP0::127.0.0.1::1::SOCKET", "nonsense", "TCPIP0::127.0.0.1::SOCKET"])
def test_unreachable_or_misspelt_resource(resource: str) -> None:
    """Whatever is wrong with an address, it is an InstrumentError that names it."""
    with closing(ScpiSession(resource, timeout_s=0.3)) as session, pytest.raises(InstrumentError, match=resource):
        session.query("*IDN?")


def test_late_answer_is_never_taken_for_the_next_one() -> None:
    """After a timeout the session starts afresh: the old question's answer goes to nobody."""
    timed_out = threading.Event()

    def serve(connection: socket.socket, number: int) -> None:
        question = connection.recv(100)
        if number == 0:
            timed_out.wait(10)
        connection.sendall(b"answer to " + question)

    with odd_instrument(serve) as resource, closing(ScpiSession(resource, timeout_s=0.2)) as session:
        with pytest.raises(InstrumentError, match="tmo"):
            session.query("FIRST?")
        timed_out.set()
        assert session.query("SECOND?") == "answer to SECOND?"


def test_closed_connection_is_an_error_and_the_next_use_opens_again() -> None:
    """An instrument that is switched off and on again is found again."""

    def serve(connection: socket.socket, number: int) -> None:
        connection.recv(100)
        if number == 1:
            connection.sendall(b"back\n")

    with odd_instrument(serve) as resource, closing(ScpiSession(resource, timeout_s=0.3)) as session:
        with pytest.raises(InstrumentError):
            session.query("*IDN?")
        assert session.query("*IDN?") == "back"


@pytest.mark.parametrize("data", [b"\n" * 200_000, bytes(range(256)), b""])
def test_blocks_are_read_by_their_length(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Newlines in a block neither end it nor cut it into many reads, and the session goes on with the next line."""
    reads = 0
    read = TCPIPSocketSession.read

    def counted(self: TCPIPSocketSession, count: int) -> tuple[bytes, int]:
        nonlocal reads
        reads += 1
        return read(self, count)

    monkeypatch.setattr(TCPIPSocketSession, "read", counted)

    def serve(connection: socket.socket, number: int) -> None:
        length = str(len(data)).encode()
        connection.recv(100)
        connection.sendall(b"#" + str(len(length)).encode() + length + data + b"\n")
        connection.recv(100)
        connection.sendall(b"next\n")

    with odd_instrument(serve) as resource, closing(ScpiSession(resource)) as session:
        assert session.query_block("BLOCK?") == data
        assert reads <= 4 + len(data) // 10_000
        assert session.query("NEXT?") == "next"


@pytest.mark.parametrize("answer", [b"no block\n", b"#0\n", b"#x3abc\n", b"#13abcd\n"])
def test_answer_that_is_no_block_is_an_error(answer: bytes) -> None:
    """A broken block is not guessed at, and the connection is given up."""

    def serve(connection: socket.socket, number: int) -> None:
        connection.recv(100)
        connection.sendall(answer)
        connection.recv(100)

    with odd_instrument(serve) as resource, closing(ScpiSession(resource, timeout_s=1.0)) as session:
        with pytest.raises(InstrumentError) as refused:
            session.query_block("BLOCK?")
        assert resource in str(refused.value)
