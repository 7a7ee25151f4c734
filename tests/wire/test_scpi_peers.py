"""Other people's clients talk to the simulated instruments."""

import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from instrument_bench import instrument_process


@pytest.fixture(scope="module")
def bench() -> Iterator[Any]:
    with instrument_process() as running:
        yield running


def lxi(port: int, message: str) -> str:
    command = ["lxi", "scpi", "--address", "127.0.0.1", "--raw", "--port", str(port), "--timeout", "10", message]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.strip()


@pytest.mark.peer
@pytest.mark.skipif(shutil.which("lxi") is None, reason="lxi is not installed (Debian: lxi-tools)")
def test_lxi_tools_talk_to_every_instrument(bench: Any) -> None:
    """The `lxi scpi` command of lxi-tools gets an identity from each, and sets and reads a voltage."""
    models = {role: lxi(port, "*IDN?").split(",")[1] for role, port in bench.ports.items()}
    assert models == {"data_acquisition": "DAQ970A", "supply": "E36312A", "waveform_generator": "33500B"}
    lxi(bench.ports["supply"], "VOLT 5,(@3)")
    assert float(lxi(bench.ports["supply"], "VOLT? (@3)")) == 5.0
