"""The record: ring, journal, segments, events, manifest and checkpoint, from the loop to the disk."""
