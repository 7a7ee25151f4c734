"""A drive without its mild parts: which windows are kept so that the damage is retained (docs/equivalence.md)."""
