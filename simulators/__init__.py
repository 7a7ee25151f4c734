"""The stand-in for the rig: the same wire, and no knowledge of the controller."""
