"""Operators at another terminal: a Unix socket of each run, which only the owner may use, and what is said over it."""
