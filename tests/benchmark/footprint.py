"""Runs a module as a command: its wall-clock seconds and largest resident set, children included, as its last line."""

import resource
import subprocess
import sys
import time

if __name__ == "__main__":
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-m", *sys.argv[1:]], check=False)
    seconds = time.monotonic() - started
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024.0
    sys.stderr.write(f"\n{seconds:.2f} {largest:.1f}\n")
    sys.exit(done.returncode)
