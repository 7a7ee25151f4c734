"""Another project's Modbus client reads the simulated servo controller."""

import re
import shutil
import subprocess

import pytest
from corner_bench import corner, driver, make_ready, served

from drivers import registers
from drivers.frames import DeviceState

pytestmark = pytest.mark.peer


@pytest.fixture(autouse=True)
def mbpoll_is_there() -> None:
    if shutil.which("mbpoll") is None:
        pytest.skip("mbpoll is not installed (Debian: apt install mbpoll)")


def mbpoll(address: tuple[str, int], first: int, count: int) -> list[int]:
    """Registers as mbpoll prints them, read once, addresses from 0."""
    host, port = address
    options = ["-m", "tcp", "-p", str(port), "-a", "1", "-0", "-r", str(first), "-c", str(count), "-t", "4", "-1"]
    done = subprocess.run(["mbpoll", *options, host], capture_output=True, text=True, timeout=20, check=True)
    return [int(value) for value in re.findall(r"^\[\d+\]:\s+(-?\d+)", done.stdout, re.MULTILINE)]


def test_mbpoll_reads_identity_and_status() -> None:
    """What people see from a shell is what the map says."""
    with served(corner("stepped")) as (address, _):
        hardware = driver(address)
        hardware.open()
        make_ready(hardware)
        assert mbpoll(address, registers.IDENTITY_AT, 5) == [registers.MAGIC, registers.MAP_VERSION, 3, 7, 500]
        status = hardware.status()
        seen = mbpoll(address, registers.STATUS_AT, 6)
        assert seen == [DeviceState.READY, int(status.status), 0, 0, status.sequence, status.key]
        hardware.close()
