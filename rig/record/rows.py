"""The row: everything about one sample, as it leaves the loop, lies in the ring and is recorded."""

import numpy as np


def row_dtype(axes: int, channels: int) -> np.dtype[np.void]:
    """The fields of one sample's row.

    ``sample`` numbers from the start of the run; ``mono_ns`` is monotonic time, by the clock of the manifest's anchor
    (at pace stepped from 0, by the samples' own);
    ``distance_m`` and ``speed_mps`` are the car's on the stage; ``span`` 0 to 1; ``setpoint`` is what the axis'
    feedback should be, ``command`` what was sent, ``feedback`` what was measured: int16 codes of the rig file's
    axes and channels.
    """
    return np.dtype(
        [
            ("sample", "<u8"),
            ("mono_ns", "<i8"),
            ("distance_m", "<f8"),
            ("speed_mps", "<f4"),
            ("span", "<f4"),
            ("segment", "<i2"),
            ("state", "u1"),
            ("setpoint", "<i2", (axes,)),
            ("command", "<i2", (axes,)),
            ("feedback", "<i2", (channels,)),
        ]
    )
