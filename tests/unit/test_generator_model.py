"""The simulated waveform generator, by transcripts and by what reaches the shaker."""

import numpy as np
import pytest
from instrument_bench import Conversation, FakeWires

from simulators.instruments.cabling import cabled_instruments
from simulators.scpi.values import format_block

NO_ERROR = '+0,"No error"'


@pytest.fixture
def wires() -> FakeWires:
    return FakeWires()


@pytest.fixture
def awg(wires: FakeWires) -> Conversation:
    return Conversation(cabled_instruments(wires, 1)["waveform_generator"])  # type: ignore[arg-type]


def load(awg: Conversation, name: str, codes: list[int]) -> None:
    assert awg.raw(f"DATA:ARB:DAC {name},".encode() + format_block(np.array(codes, ">i2").tobytes())) == b""


def test_waveform_block_reaches_the_shaker(wires: FakeWires, awg: Conversation) -> None:
    """Codes are scaled so that full scale is half the peak-to-peak amplitude, about the offset."""
    codes = [0, 32767, 0, -32767, 10, 2570, 2570, 10]  # 2570 is two newlines
    load(awg, "seg1", codes)
    awg("FUNC:ARB SEG1;ARB:SRAT 1000;:VOLT 4;VOLT:OFFS 0.5;:FUNC ARB")
    assert not wires.shaker_on
    awg("OUTP1 ON")
    volts, rate_hz = wires.waveforms[-1]
    assert wires.shaker_on
    assert rate_hz == 1000.0
    np.testing.assert_allclose(volts, 0.5 + 2.0 * np.array(codes) / 32767)
    assert awg("SYST:ERR?") == NO_ERROR


def test_byte_order(wires: FakeWires, awg: Conversation) -> None:
    """FORM:BORD SWAP takes the low byte first."""
    awg("FORM:BORD SWAP")
    awg.raw(b"DATA:ARB:DAC a," + format_block(np.arange(8, dtype="<i2").tobytes()))
    awg("FUNC:ARB A;:FUNC ARB;:VOLT 2;:OUTP ON")
    np.testing.assert_allclose(wires.waveforms[-1][0], np.arange(8) / 32767)


def test_switching_waveforms_and_the_catalogue(wires: FakeWires, awg: Conversation) -> None:
    """Blocks are kept by name; switching puts the other on the cable once; clearing forgets them."""
    assert awg("DATA:VOL:CAT?") == '""'
    load(awg, "SEG1", [1] * 8)
    load(awg, "SEG2", [2] * 8)
    assert awg("DATA:VOL:CAT?;FREE?") == '"SEG1","SEG2";+999984'
    awg("FUNC:ARB SEG1;:FUNC ARB;:VOLT 2;:OUTP ON")
    before = len(wires.waveforms)
    awg("FUNC:ARB SEG2")
    awg("FUNC:ARB SEG2")
    assert len(wires.waveforms) == before + 1
    assert wires.waveforms[-1][0][0] == pytest.approx(2 / 32767)
    assert awg("FUNC:ARB SEG9;:SYST:ERR?") == '-256,"File name not found"'
    awg("DATA:VOL:CLE")
    assert awg("DATA:VOL:CAT?") == '""'


def test_sine_by_apply(wires: FakeWires, awg: Conversation) -> None:
    """APPL:SIN sets frequency, amplitude and offset and switches on."""
    awg("APPL:SIN 5,2,0.5")
    volts, rate_hz = wires.waveforms[-1]
    assert wires.shaker_on
    assert rate_hz / len(volts) == pytest.approx(5.0)
    assert (volts.max(), volts.min()) == (pytest.approx(1.5), pytest.approx(-0.5))
    awg("OUTP OFF")
    assert not wires.shaker_on


def test_triggered_burst_ends_after_its_cycles(wires: FakeWires, awg: Conversation) -> None:
    """*TRG plays three cycles of 5 Hz, then it is quiet again."""
    awg("APPL:SIN 5,2,0")
    awg("TRIG:SOUR BUS;:BURS:MODE TRIG;NCYC 3;STAT ON")
    assert not wires.shaker_on
    awg("*TRG")
    assert wires.shaker_on
    awg.now_s = 0.59
    assert awg("BURS:STAT?") == "1"
    assert wires.shaker_on
    awg.now_s = 0.61
    awg("*OPC?")
    assert not wires.shaker_on


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("VOLT 30", -222),
        ("VOLT:OFFS 9.99;:VOLT 10", -221),
        ("SOUR2:FREQ 5", -114),
        ("OUTP2 ON", -114),
        ("*TRG", -211),
        ("FUNC TRI", -224),
        ("DATA:ARB:DAC a,1", -104),
        ("DATA:ARB:DAC a,#14abcd", -223),
        ("DATA:ARB:DAC a,#15abcde", -161),
        ("DATA:ARB a,0,0,0,0,0,0,0,1.1", -222),
        ("DATA:ARB:DAC 1bad,#14abcd", -224),
        ("DATA:ARB:DAC a,#216" + 8 * "\x80\x00", -222),
    ],
)
def test_generator_refuses(awg: Conversation, message: str, code: int) -> None:
    """What can't be done is refused with its number, and nothing changes on the cable."""
    assert awg(message) == ""
    assert awg("SYST:ERR?").startswith(f"{code},")
