"""Read by Python at the start of each process that has this folder on its path: the time of day by a file's offset."""

import mmap
import os
import struct
import time
from collections.abc import Callable

VARIABLE = "STEPPED_CLOCK"


def install(path: str) -> Callable[[], None]:
    """Let ``time.time`` and its kin be off by the seconds in a file; returns what undoes it."""
    with open(path, "rb") as file:
        offset = mmap.mmap(file.fileno(), 8, prot=mmap.PROT_READ)
    seconds, nanoseconds, of_clock = time.time, time.time_ns, time.clock_gettime

    def off_s() -> float:
        return float(struct.unpack("d", offset[:8])[0])

    def restore() -> None:
        time.time, time.time_ns, time.clock_gettime = seconds, nanoseconds, of_clock
        offset.close()

    time.time = lambda: seconds() + off_s()
    time.time_ns = lambda: nanoseconds() + int(off_s() * 1e9)
    time.clock_gettime = lambda clock: of_clock(clock) + (off_s() if clock == time.CLOCK_REALTIME else 0.0)
    return restore


if __name__ == "sitecustomize" and VARIABLE in os.environ:
    install(os.environ[VARIABLE])
