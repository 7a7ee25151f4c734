"""A step of the time of day for the processes of a run, and for no one else on the machine.

Python processes that start with `environment` read their time of day through a file that `step_by` changes while they
run. Clocks that do not go by the time of day, as ``monotonic``, are as they were.
"""

import contextlib
import os
import struct
from collections.abc import Iterator
from pathlib import Path

from tests.faults.stepped_clock.sitecustomize import VARIABLE, install

HERE = Path(__file__).parent


def step_by(seconds: float) -> None:
    """Step the time of day of all processes within `stepping`, once more."""
    path = Path(os.environ[VARIABLE])
    before = struct.unpack("d", path.read_bytes())[0]
    with path.open("r+b") as file:
        file.write(struct.pack("d", before + seconds))


@contextlib.contextmanager
def stepping(folder: Path) -> Iterator[None]:
    """This process, and the Python processes that it starts within ``with``, have a time of day that can be stepped."""
    path = folder / "clock"
    path.write_bytes(struct.pack("d", 0.0))
    before = {name: os.environ.get(name) for name in (VARIABLE, "PYTHONPATH")}
    os.environ[VARIABLE] = str(path)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE), *filter(None, [before["PYTHONPATH"]])])
    restore = install(str(path))
    try:
        yield
    finally:
        restore()
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
