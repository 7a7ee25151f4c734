"""Drive blocks as the rows of the drive queue."""

import numpy as np
from numpy.typing import NDArray

from profiles.drive.prepare import DriveBlock


def drive_rows(block: DriveBlock) -> NDArray[np.float64]:
    """A block as rows of the drive queue: drive and set point of each axis, distance, speed, segment."""
    place = (block.distance_m, block.speed_mps, block.segment.astype(np.float64))
    return np.column_stack([block.drive, block.setpoint, *place])
