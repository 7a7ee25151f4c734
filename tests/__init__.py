"""Tests; `commands`, `fakes` and the other modules here are shared by several of them."""
