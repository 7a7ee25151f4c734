"""The corner on the rig: actuators, strut, half-shaft; specimens that wear and break; what sensors see of them."""
