"""The simulated instruments, by transcripts of what is sent and what comes back, and by what they do to the bench."""

import math

import pytest
from instrument_bench import Conversation, FakeWires

from simulators.instruments.cabling import cabled_instruments

NO_ERROR = '+0,"No error"'


@pytest.fixture
def wires() -> FakeWires:
    return FakeWires()


def talk(wires: FakeWires, role: str, seed: int = 1) -> Conversation:
    return Conversation(cabled_instruments(wires, seed)[role])  # type: ignore[arg-type]


@pytest.fixture
def daq(wires: FakeWires) -> Conversation:
    return talk(wires, "data_acquisition")


@pytest.fixture
def psu(wires: FakeWires) -> Conversation:
    return talk(wires, "supply")


def numbers(reply: str) -> list[float]:
    return [float(part) for part in reply.split(",")]


@pytest.mark.parametrize(
    ("role", "model"),
    [("data_acquisition", "DAQ970A"), ("supply", "E36312A"), ("waveform_generator", "33500B")],
)
def test_identity_has_four_fields_and_the_model(wires: FakeWires, role: str, model: str) -> None:
    """*IDN? gives maker, model, serial number and version; *RST and *TST? pass without an error."""
    ask = talk(wires, role)
    assert ask("*IDN?").split(",")[1] == model
    assert len(ask("*IDN?").split(",")) == 4
    assert ask("*RST;*TST?;:SYST:ERR?") == f"+0;{NO_ERROR}"


# -- data acquisition


def test_scan_of_temperatures_and_strain(daq: Conversation) -> None:
    """The configured channels are read in the order of the scan list, near their true values."""
    daq("CONF:TEMP TC,K,(@101:104)")
    daq("CONF:STR:QUAR (@201);:SENS:STR:GFAC 2,(@201);RES 120,(@201)")
    daq("ROUT:SCAN (@101:104,201)")
    assert daq("ROUT:SCAN?") == "#222(@101,102,103,104,201)"
    values = numbers(daq("READ?"))
    assert values[:4] == pytest.approx([80.0, 40.0, 30.0, 20.0], abs=0.3)
    assert values[4] == pytest.approx(5e-4, abs=6e-6)
    assert daq("SYST:ERR?") == NO_ERROR


def test_noise_depends_on_seed_channel_and_count_only(wires: FakeWires) -> None:
    """The same readings come again for the same seed, others for another, and no two in a row are the same."""

    def readings(seed: int) -> list[str]:
        daq = talk(wires, "data_acquisition", seed)
        daq("CONF:TEMP TC,K,(@101)")
        return [daq("READ?") for _ in range(4)]

    assert readings(1) == readings(1)
    assert readings(1) != readings(2)
    assert len(set(readings(1))) == 4


def test_format_adds_unit_time_and_channel_and_configuring_clears_it(daq: Conversation) -> None:
    """FORM:READ shapes each reading; CONF puts it back, as on the real one."""
    daq("CONF:TEMP TC,K,(@101,102);:FORM:READ:CHAN ON;UNIT ON;TIME ON")
    fields = daq("READ?").split(",")
    assert len(fields) == 6
    assert fields[0].endswith(" C")
    assert (fields[1], fields[2], fields[5]) == ("000000000.000", "101", "102")
    assert daq("CONF:TEMP TC,K,(@101);:FORM:READ:CHAN?") == "0"


def test_timed_scans_fill_a_memory_that_is_taken_in_parts(daq: Conversation) -> None:
    """A scan each half second; R? takes readings out as a block, DATA:REM? exactly so many or none."""
    daq("CONF:TEMP TC,K,(@101,102);:TRIG:SOUR TIM;TIM 0.5;COUN INF;:INIT")
    daq.now_s = 1.6
    assert daq("DATA:POIN?") == "+8"  # at 0, 0.5, 1.0 and 1.5 s
    reply = daq("R? 2")
    length = int(reply[2 : 2 + int(reply[1])])
    assert len(reply) == 2 + int(reply[1]) + length
    assert len(numbers(reply[2 + int(reply[1]) :])) == 2
    assert len(numbers(daq("DATA:REM? 5"))) == 5
    assert daq("DATA:REM? 5;:SYST:ERR?") == '-222,"Data out of range"'
    assert daq("ABOR;:DATA:POIN?") == "+1"
    daq.now_s = 10.0
    assert daq("DATA:POIN?;:R?;:R?").startswith("+1;#2")
    assert daq("R?") == "#10"


def test_read_waits_for_all_its_triggers(daq: Conversation) -> None:
    """READ? with three timed triggers answers when the last scan is done, with all readings."""
    daq("CONF:TEMP TC,K,(@101);:TRIG:SOUR TIM;TIM 0.5;COUN 3")
    assert len(numbers(daq("READ?"))) == 3
    assert daq.now_s == pytest.approx(1.0, abs=0.02)
    daq("INIT")
    assert daq("*OPC?") == "1"
    assert daq.now_s == pytest.approx(2.0, abs=0.04)
    assert len(numbers(daq("FETC?"))) == 3


def test_bus_trigger(daq: Conversation) -> None:
    """*TRG does one scan where it is waited for; READ? would wait for ever, and says so."""
    daq("CONF:TEMP TC,K,(@101);:TRIG:SOUR BUS;COUN 2")
    assert daq("*TRG;:SYST:ERR?") == '-211,"Trigger ignored"'
    assert daq("READ?;:SYST:ERR?") == '-214,"Trigger deadlock"'
    assert daq("INIT;*TRG;:DATA:POIN?") == "+1"
    assert daq("INIT;:SYST:ERR?") == '-213,"Init ignored"'
    assert daq("*TRG;*OPC?;:DATA:POIN?") == "1;+2"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("READ?", -221),
        ("FETC?", -230),
        ("CONF:TEMP TC,K,(@121)", -222),
        ("CONF:TEMP (@101)", -109),
        ("CONF:TEMP TC,J,(@101)", -224),
        ("SENS:STR:GFAC 9,(@201)", -222),
        ("TRIG:SOUR EXT", -224),
        ("TRIG:TIM 0", -222),
        ("DATA:REM? 0", -222),
        ("SYST:BEEP", -113),
    ],
)
def test_data_acquisition_refuses(daq: Conversation, message: str, code: int) -> None:
    """What can't be done is refused with its number, and answers nothing."""
    assert daq(message) == ""
    assert daq("SYST:ERR?").startswith(f"{code},")


def test_dead_and_missing_sensors(wires: FakeWires, daq: Conversation) -> None:
    """A dead sensor is 9.91E+37, an open input or a sensor of another kind 9.9E+37."""
    wires.damper_temperature_degc = math.nan
    daq("CONF:TEMP TC,K,(@101,105,201)")
    assert numbers(daq("READ?")) == [9.91e37, 9.9e37, 9.9e37]


def test_wrong_gauge_factor_gives_the_wrong_strain(daq: Conversation) -> None:
    """The gauge is what it is: twice the factor set is half the strain read; the unstrained offset is taken off."""
    daq("CONF:STR:QUAR (@201);:SENS:STR:GFAC 4,(@201)")
    assert numbers(daq("READ?"))[0] == pytest.approx(2.5e-4, abs=3e-6)
    daq("SENS:STR:UNST 0.12,(@201)")
    assert numbers(daq("READ?"))[0] == pytest.approx(0.0, abs=3e-6)
    assert numbers(daq("STR:GFAC? (@201)")) == [4.0]


def test_units_of_temperature_and_plain_voltage(daq: Conversation) -> None:
    """The same sensor in kelvin, in Fahrenheit, and as the thermocouple's voltage."""
    daq("CONF:TEMP TC,K,(@101);:UNIT:TEMP K")
    assert numbers(daq("READ?"))[0] == pytest.approx(353.15, abs=0.3)
    daq("UNIT:TEMP F")
    assert numbers(daq("READ?"))[0] == pytest.approx(176.0, abs=0.5)
    daq("CONF:VOLT:DC 10,1e-5,(@101)")
    assert numbers(daq("READ?"))[0] == pytest.approx(41e-6 * 57, abs=2e-5)


# -- supply


def test_fan_voltage_reaches_the_bench_only_while_the_output_is_on(wires: FakeWires, psu: Conversation) -> None:
    """The fan hangs on output 2; *RST switches it off."""
    psu("VOLT 12,(@2);CURR 1,(@2)")
    assert wires.fan_voltage_v == 0.0
    psu("OUTP ON,(@2)")
    assert wires.fan_voltage_v == 12.0
    assert numbers(psu("MEAS:VOLT? (@2);CURR? (@2)").replace(";", ",")) == [12.0, 0.4]
    assert psu("OUTP? (@1,2,3)") == "0,1,0"
    psu("*RST")
    assert (wires.fan_voltage_v, psu("VOLT? (@2)")) == (0.0, "+0.00000000E+00")


def test_current_limit_holds_the_voltage_down(wires: FakeWires, psu: Conversation) -> None:
    """At 30 ohm and 0.2 A the fan gets 6 V of the 12."""
    psu("VOLT 12,(@2);CURR 0.2,(@2);:OUTP ON,(@2)")
    assert wires.fan_voltage_v == pytest.approx(6.0)
    assert numbers(psu("MEAS:CURR? (@2)")) == [0.2]


def test_over_voltage_trips_and_stays_so_until_cleared(wires: FakeWires, psu: Conversation) -> None:
    """Above the protection level the output goes off, the questionable bit is set, and only a clear lets it on."""
    psu("VOLT:PROT 14,(@2);:CURR 1,(@2);:VOLT 12,(@2);:OUTP ON,(@2)")
    assert psu("VOLT:PROT:TRIP? (@2);:STAT:QUES:COND?") == "0;+0"
    psu("VOLT 15,(@2)")
    assert wires.fan_voltage_v == 0.0
    assert psu("VOLT:PROT:TRIP? (@2);:STAT:QUES:COND?;:OUTP? (@2)") == "1;+1;0"
    psu("VOLT 12,(@2)")
    assert psu("OUTP ON,(@2);:SYST:ERR?") == '-221,"Settings conflict"'
    psu("OUTP:PROT:CLE (@2);:OUTP ON,(@2)")
    assert wires.fan_voltage_v == 12.0
    assert psu("STAT:QUES:COND?;EVEN?") == "+0;+1"


def test_each_output_has_its_rating(psu: Conversation) -> None:
    """Output 1 gives 6 V at most; a list is refused as a whole where one of it can't."""
    assert psu("VOLT 7,(@1);:SYST:ERR?") == '-222,"Data out of range"'
    assert psu("VOLT 7,(@1,2);:SYST:ERR?") == '-222,"Data out of range"'
    assert psu("VOLT? (@1,2)") == "+0.00000000E+00,+0.00000000E+00"
    assert psu("VOLT 1,(@4);:SYST:ERR?") == '-222,"Data out of range"'
    assert psu("VOLT MAX,(@2);:VOLT? (@2)") == "+2.57500000E+01"


def test_selected_output_is_meant_where_none_is_listed(psu: Conversation) -> None:
    """INST chooses the output for commands without a channel list."""
    psu("INST CH3;:VOLT 5")
    assert psu("INST:NSEL?;:INST?;:VOLT? (@3)") == "3;CH3;+5.00000000E+00"
    assert psu("INST:NSEL 4;:SYST:ERR?") == '-222,"Data out of range"'
