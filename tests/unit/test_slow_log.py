"""The readings of the slow instruments on the disk: appended, and read as far as they hold."""

from pathlib import Path

import pytest

from profiles.schema import InputError
from rig.record.slow import FILE_NAME, SlowLog, read_slow

READINGS = [{"sample": 500 * k, "damper_temperature_degc": 20.5 + k, "strain": None} for k in range(3)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with three readings."""
    log = SlowLog(tmp_path)
    for row in READINGS:
        log.append(row)
    log.close()
    return tmp_path / FILE_NAME


def test_what_is_appended_is_read(path: Path) -> None:
    """Also by a second writer, who goes on; closing twice is no fault."""
    assert read_slow(path) == (READINGS, False)
    log = SlowLog(path.parent)
    log.append({"sample": 1500})
    log.close()
    log.close()
    assert read_slow(path) == ([*READINGS, {"sample": 1500}], False)


def test_no_file_has_no_readings(tmp_path: Path) -> None:
    """A run without slow instruments."""
    assert read_slow(tmp_path / FILE_NAME) == ([], False)


@pytest.mark.parametrize("left", [b'{"sample":15', bytes(70), bytes(70) + b"\n", b"\n\n", b'{"sa\n{"sample":500}\n'])
def test_what_a_loss_of_power_left_of_a_line_is_left_out(path: Path, left: bytes) -> None:
    """Whatever bytes are there, as long as none says that it came later."""
    path.write_bytes(path.read_bytes() + left)
    assert read_slow(path) == (READINGS, True)


def test_a_line_that_is_none_before_a_reading_is_told(path: Path) -> None:
    """Each line is brought to the disk before the next: this one was whole once."""
    first, _, third = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + bytes(9) + b"\n" + third)
    with pytest.raises(InputError, match=r"slow\.jsonl:2"):
        read_slow(path)
