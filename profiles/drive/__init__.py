"""The drive: from the car's response to what each actuator is told, within what it can do."""
