"""A sample's row, filled field by field in compiled code: with the arrays of numpy each field would be a call."""

import numpy as np
from numba import njit


@njit(cache=True)
def begin(first, count, out, codes, scale, offset, state_of_mode, base, rows):  # type: ignore[no-untyped-def]
    """What is known when samples ``first`` and on are commanded.

    Args:
        first, count: which samples.
        out: their outcome, see `rig.rt.control.outcome_of`.
        codes: int16[capacity, axes], what is sent.
        scale, offset: float64[axes], of the axes' codes.
        state_of_mode: uint8[modes], the state by what the law does.
        base: the number of sample 0 in the record.
        rows: by sample number modulo their number, see `rig.record.rows.row_dtype`.
    """
    for k in range(count):
        row, said = rows[(first + k) % rows.shape[0]], out[k]
        row.sample = base + first + k
        row.distance_m, row.speed_mps, row.segment = said.place[0], said.place[1], np.int16(said.place[2])
        row.span, row.state = said.span, state_of_mode[said.mode]
        for axis in range(scale.shape[0]):
            row.setpoint[axis] = np.int16(np.rint((said.setpoints[axis] - offset[axis]) / scale[axis]))
            row.command[axis] = codes[k, axis]


@njit(cache=True)
def complete(first, codes, mono_ns, rows):  # type: ignore[no-untyped-def]
    """What was measured, int16[samples, channels], from sample ``first`` on, and when."""
    for k in range(codes.shape[0]):
        row = rows[(first + k) % rows.shape[0]]
        row.mono_ns = mono_ns
        for channel in range(codes.shape[1]):
            row.feedback[channel] = codes[k, channel]
