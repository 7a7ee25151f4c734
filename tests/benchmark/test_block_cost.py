"""Blocks over VISA: read by their length header, against pyvisa's own query of binary values."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pytest
import pyvisa
from instrument_bench import instrument_process

from drivers.scpi import ScpiSession
from tests.benchmark.slices import note, note_quantiles, ratio, take_turns, timed

READINGS = 200
BLOCKS = 40
ALL_CHANNELS = ",".join(str(slot * 100 + channel) for slot in (1, 2, 3) for channel in range(1, 21))


@pytest.fixture(scope="module")
def resource() -> Iterator[str]:
    """A data-acquisition unit that scans sixty channels."""
    with instrument_process() as bench:
        with closing(ScpiSession(bench.resources["data_acquisition"])) as session:
            session.write(f"ROUT:SCAN (@{ALL_CHANNELS})")
            session.check("scan list")
        yield bench.resources["data_acquisition"]


def fill(session: ScpiSession, readings: int) -> None:
    """Scan until the memory holds so many readings."""
    session.write("TRIG:SOUR TIM;TIM 0.001;COUN INF")
    session.write("INIT")
    while int(session.query("DATA:POIN?")) < readings:
        pass
    session.write("ABOR")
    session.check("fill")


@pytest.mark.parametrize(
    ("command", "least"), [("ROUT:SCAN?", 200), (f"R? {READINGS}", 2000)], ids=["list", "readings"]
)
def test_block_against_binary_values(benchmark: Any, resource: str, command: str, least: int) -> None:
    """A block of some 250 bytes that never changes, and readings that are taken out of the memory."""
    manager = pyvisa.ResourceManager("@py")
    theirs: Any = manager.open_resource(resource, read_termination="\n", write_termination="\n")
    sizes: list[int] = []
    with closing(ScpiSession(resource)) as ours:

        def read_ours(_: int) -> None:
            sizes.append(len(ours.query_block(command)))

        def read_theirs(_: int) -> None:
            sizes.append(len(theirs.query_binary_values(command, datatype="B", container=np.array)))

        def filled() -> None:
            if command != "ROUT:SCAN?":
                fill(ours, 2 * BLOCKS * READINGS)

        def reference() -> Any:
            filled()
            return timed(read_theirs, range(BLOCKS))

        pools = take_turns(benchmark, lambda: timed(read_ours, range(BLOCKS)), {"binary_values": reference})
    theirs.close()
    manager.close()
    assert min(sizes) > least
    note_quantiles(benchmark, pools)
    note(benchmark, bytes_of_a_block=float(np.median(sizes)))
    assert ratio(pools, "binary_values") < 5.0
