"""The driver: how fast the car goes, from what each metre of road allows."""
