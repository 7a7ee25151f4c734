"""What becomes of parts: damage, detection on measured signals, verdicts."""
