"""Runs that are killed at random moments and gone on with: ``python -m tests.kills --count 100``."""
