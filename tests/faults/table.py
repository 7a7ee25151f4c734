"""The fault table: every row of the loop."""

from tests.faults import device_rows, host_rows, line_rows, sensor_rows
from tests.faults.row import Row

LOOP_ROWS: tuple[Row, ...] = (*line_rows.ROWS, *device_rows.ROWS, *sensor_rows.ROWS, *host_rows.ROWS)
