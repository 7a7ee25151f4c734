"""The SCPI core: cutting messages, finding commands, arguments, errors and status, on a toy instrument."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from instrument_bench import Conversation

from simulators.scpi.core import Call, Command, Instrument
from simulators.scpi.status import Status
from simulators.scpi.syntax import MESSAGE_LIMIT, MessageSplitter, ScpiError, header_pattern
from simulators.scpi.values import block, boolean, channels, choice, format_block, format_number, number, text


class Toy:
    """Remembers what was set."""

    def __init__(self) -> None:
        self.level = 0.0
        self.data = b""
        self.suffixes: tuple[int, ...] = ()
        self.left = 0
        self.status = Status()

    def set_level(self, call: Call) -> None:
        self.level, self.suffixes = number(call.arguments[0], 0.0, 10.0, "V"), call.suffixes

    def set_data(self, call: Call) -> None:
        self.data = block(call.arguments[1])

    def start(self, _: Call) -> None:
        self.left = 3

    def advance(self, _: float) -> None:
        self.left = max(self.left - 1, 0)

    def instrument(self) -> Instrument:
        commands = {
            "[SOURce#:]VOLTage[:LEVel]": Command(self.set_level, 1, 1),
            "[SOURce#:]VOLTage[:LEVel]?": Command(lambda _: format_number(self.level)),
            "[SOURce#:]VOLTage:LIMit?": Command(lambda _: "7"),
            "DATA:LOAD": Command(self.set_data, 2, 2),
            "DATA:READ?": Command(lambda _: format_block(self.data)),
            "START": Command(self.start),
        }
        return Instrument(
            "maker,model,1,2", commands, lambda: None, lambda: self.left > 0, lambda: None, self.advance, self.status
        )


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture
def ask(toy: Toy) -> Conversation:
    return Conversation(toy.instrument())


@pytest.mark.parametrize("header", ["VOLT", "volt", "VOLTage", "VOLTAGE:LEVEL", ":SOUR:VOLT", "source1:volt:lev"])
def test_short_long_and_optional_forms_mean_the_same(toy: Toy, ask: Conversation, header: str) -> None:
    """Every way of writing a header that the standard allows reaches the command."""
    assert ask(f"{header} 2.5") == ""
    assert toy.level == 2.5


@pytest.mark.parametrize("header", ["VOLTA", "VOL", "SOUR:LEV", "VOLT:LEVE", "SOURX:VOLT", "VOLT:LEV:VOLT"])
def test_other_abbreviations_are_undefined(toy: Toy, ask: Conversation, header: str) -> None:
    """Only the short and the long form exist, nothing in between."""
    ask(f"{header} 2.5")
    assert ask("SYST:ERR?") == '-113,"Undefined header"'
    assert toy.level == 0.0


def test_numeric_suffix_reaches_the_handler(toy: Toy, ask: Conversation) -> None:
    """SOUR3 is suffix 3, and no suffix is 1."""
    ask("SOUR3:VOLT 1")
    assert toy.suffixes == (3,)
    ask("VOLT 1")
    assert toy.suffixes == (1,)


def test_compound_messages_go_on_from_the_last_path(ask: Conversation) -> None:
    """A header after a semicolon starts where the last one's path ended; a colon starts at the root."""
    assert ask("SOUR:VOLT 4;VOLT:LIM?;:SOUR:VOLT?") == "7;+4.00000000E+00"
    assert ask("SOUR:VOLT:LEV 3;*CLS;LEV?") == "+3.00000000E+00"
    assert ask("VOLT:LEV 3;VOLT?") == ""
    assert ask("SYST:ERR?") == '-113,"Undefined header"'


def test_command_error_ends_the_message_but_execution_error_does_not(ask: Conversation) -> None:
    """After an undefined header nothing more is done; after a value out of range the rest is."""
    assert ask("VOLT 99;VOLT?") == "+0.00000000E+00"
    assert ask("NONSENSE;VOLT?") == ""
    assert ask("*IDN?;NONSENSE") == "maker,model,1,2"
    errors = [ask("SYST:ERR?") for _ in range(4)]
    undefined = '-113,"Undefined header"'
    assert errors == ['-222,"Data out of range"', undefined, undefined, '+0,"No error"']


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("VOLT", -109),
        ("VOLT 1,2", -108),
        ("VOLT abc", -104),
        ("VOLT 1 A", -131),
        ("VOLT -1", -222),
        ("VOLT 1e999", -222),
        ("*IDN? 1", -108),
        ("DATA:LOAD x,1", -104),
        ("DATA:LOAD x,#14ab", -161),
        ("VOLT (1", -102),
        ("VOLT 'a", -151),
        ("VOLT=3", -102),
        ("*ESE 256", -222),
        ("\x80\xff", -102),
        ("!!", -102),
    ],
)
def test_each_mistake_has_its_error(ask: Conversation, message: str, code: int) -> None:
    """A mistake is answered by nothing, and queued under the standard's number."""
    assert ask(message) == ""
    assert ask("SYST:ERR?").startswith(f"{code},")
    assert ask("SYST:ERR?") == '+0,"No error"'


def test_error_queue_is_twenty_deep_and_says_that_it_overflowed(ask: Conversation) -> None:
    """The oldest errors stay; the last place tells of the overflow."""
    for _ in range(30):
        ask("NONSENSE")
    assert ask("SYST:ERR:COUN?") == "+20"
    errors = [ask("SYST:ERR?") for _ in range(21)]
    assert errors[18].startswith("-113")
    assert errors[19] == '-350,"Queue overflow"'
    assert errors[20] == '+0,"No error"'


def test_status_byte_sums_up_events_that_are_enabled(ask: Conversation) -> None:
    """Power-on, command and execution errors, the error queue and the masks show where IEEE 488.2 puts them."""
    assert ask("*ESR?") == "+128"
    assert ask("*STB?") == "+0"
    ask("NONSENSE")
    ask("VOLT 99")
    ask("*OPC")
    assert ask("*STB?") == "+4"
    ask("*ESE 32;*SRE 32")
    assert ask("*STB?") == str(f"+{4 + 32 + 64}")
    assert ask("*ESR?") == f"+{32 + 16 + 1}"
    assert ask("*ESR?;*ESE?;*SRE?") == "+0;+32;+32"
    ask("NONSENSE;")
    ask("*CLS")
    assert ask("SYST:ERR?;*ESR?") == '+0,"No error";+0'


def test_message_available_shows_while_a_reply_waits(ask: Conversation) -> None:
    """*STB? after another query of the same message sees that query's reply in the output queue."""
    assert ask("*ESR?;*STB?") == "+128;+16"


def test_questionable_register_latches_what_rises(toy: Toy, ask: Conversation) -> None:
    """A condition that came and went stays in the event register until it is read."""
    ask("STAT:QUES:ENAB 1")
    toy.status.questionable.set_condition(1)
    toy.status.questionable.set_condition(0)
    assert ask("STAT:QUES:COND?;:STAT:QUES:ENAB?") == "+0;+1"
    assert ask("*STB?") == "+8"
    assert ask("STAT:QUES?") == "+1"
    assert ask("STAT:QUES:EVEN?;:STAT:OPER?") == "+0;+0"


def test_operation_complete_waits_for_what_is_under_way(toy: Toy, ask: Conversation) -> None:
    """*OPC? answers and *WAI goes on only when the instrument is through."""
    ask("START")
    assert toy.left > 0
    assert ask("*OPC?") == "1"
    assert toy.left == 0
    assert ask("START;*WAI;*IDN?;:SYST:VERS?;*TST?") == "maker,model,1,2;1999.0;+0"


def test_binary_block_with_newlines_comes_through(toy: Toy, ask: Conversation) -> None:
    """Newlines, semicolons, commas, quotes and blanks in a block are data; it comes back the same."""
    data = b" \n;,'\"#19(\r\n "
    assert ask.raw(b"DATA:LOAD name," + format_block(data) + b";:DATA:READ?") == format_block(data) + b"\n"
    assert toy.data == data


@given(st.binary(max_size=60), st.lists(st.integers(1, 20), max_size=12))
def test_splitter_gives_the_same_messages_for_any_cutting(data: bytes, cuts: list[int]) -> None:
    """How TCP cuts the stream changes nothing."""
    stream = b"A " + format_block(data) + b'\nB \'x;y\',"#3"\n*IDN?\nC #\nD "open\nE #2\n'
    whole = list(MessageSplitter().feed(stream))
    assert whole[0] == b"A " + format_block(data)
    assert whole[1:] == [b"B 'x;y',\"#3\"", b"*IDN?", b"C #", b'D "open', b"E #2"]
    splitter = MessageSplitter()
    pieces, rest = [], stream
    for cut in cuts:
        pieces, rest = [*pieces, rest[:cut]], rest[cut:]
    assert [message for piece in [*pieces, rest] for message in splitter.feed(piece)] == whole


def test_message_that_never_ends_is_thrown_away() -> None:
    """Neither an endless line nor a block that claims a gigabyte fills the memory."""
    splitter = MessageSplitter()
    with pytest.raises(ScpiError, match="-363"):
        list(splitter.feed(b"x" * (MESSAGE_LIMIT + 1)))
    assert list(splitter.feed(b"*IDN?\n")) == [b"*IDN?"]
    with pytest.raises(ScpiError, match="-363"):
        list(splitter.feed(b"DATA #9999999999"))


@given(st.binary(max_size=200) | st.text("VOLTdata:;?#'\"(@)123,* \n").map(str.encode))
def test_any_message_is_answered_without_a_crash(message: bytes) -> None:
    """Rubbish ends in the error queue, never in an exception."""
    ask = Conversation(Toy().instrument())
    for line in MessageSplitter().feed(message + b"\n"):
        ask.raw(line)


@pytest.mark.parametrize(
    ("argument", "value"),
    [("1.5", 1.5), ("+2E1V", 20.0), ("300 mV", 0.3), ("0.02kv", 20.0), ("MIN", 0.0), ("maximum", 30.0), (".5", 0.5)],
)
def test_numbers_with_units(argument: str, value: float) -> None:
    """Prefixes and units are understood, whatever the case."""
    assert number(argument, 0.0, 30.0, "V") == pytest.approx(value)


def test_mega_and_milli_differ_by_unit() -> None:
    """1 MHZ is a million hertz, 1 MV a thousandth of a volt (SCPI-1999 7.4)."""
    assert number("1 MHZ", 0, 1e9, "HZ") == 1e6
    assert number("1 MV", 0, 1e9, "V") == 1e-3


def test_channel_lists() -> None:
    """Ranges run over gaps between slots; channels that are not there are refused."""
    allowed = (101, 102, 103, 201, 202)
    assert channels("(@103:201, 101)", allowed) == (103, 201, 101)
    assert channels("(@)", allowed) == ()
    for wrong, code in (("(@104)", -222), ("(@103:101)", -222), ("101", -104), ("(@1-3)", -104)):
        with pytest.raises(ScpiError, match=str(code)):
            channels(wrong, allowed)


def test_choices_booleans_and_names() -> None:
    """Keywords in both forms, booleans as words or numbers, names with or without quotes."""
    assert choice("immediate", "BUS", "IMMediate") == "IMM"
    with pytest.raises(ScpiError, match="-224"):
        choice("IMME", "BUS", "IMMediate")
    assert [boolean(word) for word in ("on", "OFF", "1", "0", "2")] == [True, False, True, False, True]
    assert (text('"a b"'), text("abc")) == ("a b", "abc")
    with pytest.raises(ScpiError, match="-104"):
        text("")


def test_replies_for_what_is_not_a_number() -> None:
    """NaN and overload have their agreed numbers."""
    assert format_number(math.nan) == "+9.91000000E+37"
    assert format_number(-math.inf) == "-9.90000000E+37"
    assert format_number(-0.25) == "-2.50000000E-01"


def test_header_pattern_keeps_nodes_apart() -> None:
    """An optional node may be left out, not half written; a suffix is a group."""
    pattern = header_pattern("OUTPut#[:STATe]")
    found = pattern.fullmatch("outp2:stat")
    assert found is not None
    assert found.groups() == ("2",)
    assert pattern.fullmatch("OUTPSTAT") is None
