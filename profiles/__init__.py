"""The road, the car and the drive: from a terrain file to the signal an actuator should play. No bus, no clock."""
