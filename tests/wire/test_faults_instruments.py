"""Broken instruments, seen by a VISA session and on the raw socket."""

import math
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from backdoor import Backdoor, BackdoorError
from instrument_bench import instrument_process

from drivers.errors import InstrumentError
from drivers.instruments import DataAcquisition, Supply
from drivers.scpi import ScpiSession

SUPPLY, DAQ = "supply", "data_acquisition"


@pytest.fixture(scope="module")
def rack() -> Iterator[Any]:
    with instrument_process() as running:
        yield running


@pytest.fixture
def door(rack: Any) -> Iterator[Backdoor]:
    with Backdoor(rack.backdoor) as opened:
        yield opened
        opened.clear()


@pytest.fixture
def session(rack: Any) -> Iterator[ScpiSession]:
    with closing(ScpiSession(rack.resources[SUPPLY], timeout_s=0.15)) as opened:
        opened.query("*RST;*CLS;*OPC?")
        yield opened


@pytest.fixture
def daq(rack: Any) -> Iterator[DataAcquisition]:
    with closing(ScpiSession(rack.resources[DAQ])) as opened:
        one = DataAcquisition(opened)
        one.reset()
        one.configure_thermocouples([101, 102])
        one.set_scan([101, 102])
        yield one


def raw(port: int, *messages: bytes) -> list[bytes]:
    """Send messages at once on one connection, and give as many lines as come until ``*OPC?`` answers, that last."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection, connection.makefile("rb") as lines:
        connection.sendall(b"".join(message + b"\n" for message in (*messages, b"*OPC?")))
        found = [lines.readline()]
        while found[-1] != b"1\n":
            found.append(lines.readline())
        return found


def test_no_answer(door: Backdoor, session: ScpiSession) -> None:
    """After so many good answers, so many queries time out; commands go on, and another instrument, too."""
    door.fault("instrument_timeout", role=SUPPLY, after=1, times=1)
    assert session.query("*OPC?") == "1"
    session.write("VOLT 3,(@2)")
    with pytest.raises(InstrumentError, match="tmo"):
        session.query("VOLT? (@2)")
    assert session.query("VOLT? (@2)") == "+3.00000000E+00"


def test_a_query_that_times_out_is_not_executed(rack: Any, door: Backdoor) -> None:
    """It sets nothing, as the instrument never got to it."""
    door.fault("instrument_timeout", role=SUPPLY, times=1)
    assert raw(rack.ports[SUPPLY], b"VOLT 5,(@3);VOLT? (@3)", b"VOLT? (@3)") == [b"+0.00000000E+00\n", b"1\n"]


def test_garbage(rack: Any, door: Backdoor, session: ScpiSession) -> None:
    """A line of random bytes, the same for the same seed, and no number for the driver."""
    supply = Supply(session)
    door.fault("instrument_garbage", role=SUPPLY, seed=3, times=2)
    first, second, last = raw(rack.ports[SUPPLY], b"*IDN?", b"*IDN?")
    assert (len(first), last) == (25, b"1\n")
    assert first != second
    door.fault("instrument_garbage", role=SUPPLY, seed=3)
    assert raw_line(rack.ports[SUPPLY], b"*IDN?") == first
    with pytest.raises(InstrumentError):
        supply.measure_voltage_v(2)


def raw_line(port: int, message: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection, connection.makefile("rb") as lines:
        connection.sendall(message + b"\n")
        return lines.readline()


def test_connection_reset_on_use(rack: Any, door: Backdoor, session: ScpiSession) -> None:
    """A reset instead of an answer; the next connection is served."""
    door.fault("instrument_closed", role=SUPPLY, times=1)
    with pytest.raises(ConnectionResetError):
        raw_line(rack.ports[SUPPLY], b"*IDN?")
    assert session.query("*IDN?").startswith("erg simulators,E36312A")


def test_new_connections_are_refused_until_cleared(rack: Any, door: Backdoor, session: ScpiSession) -> None:
    """From the first query on; the port stays taken, and afterwards serves again."""
    door.fault("instrument_closed", role=SUPPLY, refuses=True)
    with pytest.raises(InstrumentError):
        session.query("*IDN?")
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            raw_line(rack.ports[SUPPLY], b"*IDN?")
    door.clear()
    assert session.query("*IDN?").startswith("erg simulators,E36312A")


def test_error_queue(door: Backdoor, session: ScpiSession) -> None:
    """Entries that the driver finds where it looks."""
    door.fault("instrument_error_queue", role=SUPPLY, entries=2)
    door.fault("instrument_error_queue", role=SUPPLY, code=-310, text="System error")
    with pytest.raises(InstrumentError) as told:
        session.check("voltage")
    assert str(told.value).count('-222,"Data out of range"') == 2
    assert '-310,"System error"' in str(told.value)
    session.check("voltage")


def test_late_answer(rack: Any, door: Backdoor, session: ScpiSession) -> None:
    """It comes before the next one; a session that closes after a timeout never takes it for the next one."""
    door.fault("instrument_late_answer", role=SUPPLY, times=1)
    assert raw(rack.ports[SUPPLY], b"SYST:VERS?", b"*CLS")[0] == b"1999.0\n"
    door.fault("instrument_late_answer", role=SUPPLY, times=1)
    with pytest.raises(InstrumentError, match="tmo"):
        session.query("SYST:VERS?")
    assert session.query("*OPC?") == "1"


def test_late_answer_by_the_clock(rack: Any, door: Backdoor) -> None:
    """Where a time is given it comes then, if nothing else has called for it."""
    door.fault("instrument_late_answer", role=SUPPLY, times=1, by_ms=50.0)
    assert raw_line(rack.ports[SUPPLY], b"SYST:VERS?") == b"1999.0\n"


def test_another_identity(door: Backdoor, session: ScpiSession) -> None:
    """Whoever expects the right one says so."""
    number = door.fault("instrument_identity", role=SUPPLY, identity="ACME,E36313A,7,1")
    with pytest.raises(InstrumentError, match="a E36312A was expected, not 'ACME,E36313A,7,1'"):
        Supply(session).identify("E36312A")
    door.clear(number)
    Supply(session).identify("E36312A")


@pytest.mark.parametrize(
    ("name", "sent", "read"),
    [
        ("instrument_dead_sensor", "+9.91000000E+37", math.nan),
        ("instrument_overload", "+9.90000000E+37", math.inf),
    ],
)
def test_broken_inputs(door: Backdoor, daq: DataAcquisition, name: str, sent: str, read: float) -> None:
    """The number that is agreed for it, on that channel alone; afterwards it measures again."""
    number = door.fault(name, channel=101)
    assert daq.session.query("READ?").split(",")[0] == sent
    scanned = daq.scan()
    assert str(scanned[101]) == str(read)
    assert scanned[102] == pytest.approx(20.0, abs=1.0)
    door.clear(number)
    assert daq.scan()[101] == pytest.approx(20.0, abs=1.0)


def test_at_a_sample_of_the_device(rack: Any, door: Backdoor, daq: DataAcquisition) -> None:
    """It begins and ends with the samples that the servo controller has played, as the wires tell."""
    door.fault("instrument_dead_sensor", channel=102, at_sample=100, for_samples=50)
    seen = []
    for played in (-1.0, 0.0, 99.0, 100.0, 149.0, 150.0, 151.0):
        rack.wires.samples_played = played
        seen.append(math.isnan(daq.scan()[102]))
    assert seen == [False, False, False, True, True, False, False]


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        ("instrument_timeout", {"role": "suply"}, "role: found 'suply'; allowed: data_acquisition, supply, wave"),
        ("instrument_dead_sensor", {"channel": 105}, "channel: found 105; allowed: 101, 102, 103, 104, 201"),
        ("instrument_closed", {"role": SUPPLY, "refuses": True, "times": 1}, "times: found times beside refuses"),
        ("emergency_stop", {}, "instruments; the device has a door of its own"),
    ],
)
def test_refusals(door: Backdoor, name: str, parameters: dict[str, Any], said: str) -> None:
    """What this rack can't have, and why."""
    with pytest.raises(BackdoorError, match=said):
        door.fault(name, **parameters)
