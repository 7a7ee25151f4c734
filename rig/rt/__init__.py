"""The loop's process: everything that runs in time. No files, no logging, no YAML, no VISA in here."""
