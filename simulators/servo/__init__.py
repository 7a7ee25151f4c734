"""The servo controller behind Modbus TCP: states, FIFO, watchdog, its way to neutral, and the line to it."""
