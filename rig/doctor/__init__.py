"""What the machine and the bench can do, before anything moves: looked at, tried, measured, told in plain words."""
