"""SCPI as an instrument speaks it: grammar, values, status and error queue, and a socket for one instrument."""
