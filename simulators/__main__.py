"""``python -m simulators``: a rig to talk to, without a rig. Prints its addresses as one JSON line, and stays."""

import argparse
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rig.config import Rig
    from simulators.settings import BenchConfig

EXIT_BAD_INPUT, EXIT_RIG_FAULT = 2, 3
HIGHEST_SEED = 2**63 - 1


def _leave(number: int, frame: FrameType | None) -> None:
    """Ctrl-C or SIGTERM before anything is there: gone at once, wherever the imports are."""
    del number, frame
    os._exit(0)


def main(argv: list[str] | None = None) -> int:
    """The command; returns the exit code."""
    options = _parser().parse_args(argv)
    # Imported here: the processes of the bench import this file again, and need none of it.
    from profiles.catalogue import find
    from profiles.schema import InputError
    from rig.config import LIBRARY, load_rig
    from simulators.bench import bench_config

    try:
        rig = load_rig(options.rig)
        specimens = find(options.specimens, LIBRARY / "specimens", "specimens") if options.specimens else None
        faults = Path(options.faults) if options.faults else None
        memory = Path(options.memory) if options.memory else None
        config = bench_config(rig, options.pace, options.seed, specimens, faults, memory)
    except InputError as error:
        _tell(str(error))
        return EXIT_BAD_INPUT
    return _run(rig, config, options.until_stdin_closes)


def _run(rig: "Rig", config: "BenchConfig", watch_stdin: bool) -> int:
    from simulators.bench import Bench, BenchError, Interrupted, StopRequest

    stop = StopRequest(watch_stdin)
    try:
        with Bench(config, stop) as bench:
            _print(json.dumps(bench.addresses))
            if not watch_stdin:
                _tell(_for_people(rig, config, bench.addresses))
            bench.stay()
    except Interrupted:
        pass
    except BenchError as error:
        _tell(f"the bench failed: {error}")
        return EXIT_RIG_FAULT
    except OSError as error:
        _tell(f"the addresses can't be printed: {(error.strerror or str(error)).lower()}")
        return EXIT_RIG_FAULT
    finally:
        stop.close()
    return 0


def _print(line: str) -> None:
    """Print at once: whoever launched this waits for the line.

    Raises:
        OSError: it can't be printed, and nobody can find the bench.
    """
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still in its buffer
        raise


def _tell(text: str) -> None:
    with contextlib.suppress(OSError):  # nobody may read it any more
        sys.stderr.write(text + "\n")


def _seed(text: str) -> int:
    if not text.isdecimal() or not int(text) <= HIGHEST_SEED:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to {HIGHEST_SEED}")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulators",
        description="The simulated rig: a servo controller on Modbus TCP and three instruments on SCPI sockets, "
        "on free ports of 127.0.0.1. Prints the addresses as one JSON line and stays until Ctrl-C.",
    )
    parser.add_argument("--rig", default="one_corner", metavar="NAME|FILE", help="the rig file (default: one_corner)")
    parser.add_argument(
        "--pace", choices=("real", "stepped"), default="real", help="play by the clock, or samples as they arrive"
    )
    parser.add_argument("--specimens", metavar="NAME|FILE", help="the parts on the rig (default: healthy ones)")
    parser.add_argument("--faults", metavar="FILE", help="what is broken, or breaks at a sample (see docs/faults.md)")
    parser.add_argument("--seed", type=_seed, default=0, help="of the measurement noise (default: 0)")
    parser.add_argument("--memory", metavar="FILE", help="where wear and heat of the parts outlast this bench")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when the standard input closes, too")
    return parser


def _for_people(rig: "Rig", config: "BenchConfig", addresses: dict[str, str]) -> str:
    host, _, port = addresses["modbus"].partition(":")
    lines = [
        f"rig {rig.name}, pace {config.pace}; ends with Ctrl-C. Talk to it, for instance:",
        f"  mbpoll -m tcp -p {port} -a {config.unit_id} -0 -r 0 -c 32 -1 {host}    (identity and status)",
    ]
    for role, resource in addresses.items():
        if role.startswith("backdoor"):
            lines.append(f"  nc {resource.replace(':', ' ')}    ({role.replace('_', ' ')}: see docs/faults.md)")
        elif role != "modbus":
            _, address, number, _ = resource.split("::")
            lines.append(f"  lxi scpi --address {address} --raw --port {number} '*IDN?'    ({role.replace('_', ' ')})")
    return "\n".join(lines)


if __name__ == "__main__":
    for stopping in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stopping, _leave)  # until the bench has its own answer
    sys.exit(main())
