"""``python -m simulators.proxy --to host:port``: the proxy in a process of its own.

It prints its address and that of its back door as one JSON line, and stays; the back door takes the same requests as
`simulators.proxy.proxy.Proxy`, one JSON object a line.
"""

import argparse
import asyncio
import json
import signal
import sys
from contextlib import suppress
from typing import get_args

from simulators.backdoor import BackdoorServer
from simulators.faults.parsing import FaultError
from simulators.framing import Framing
from simulators.gate import HOST
from simulators.proxy.proxy import address_of, commands
from simulators.proxy.relay import Relay

EXIT_BAD_INPUT = 2


async def _stay(to: tuple[str, int], framing: Framing, listen: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    relay = Relay(*to, framing, listen)
    await relay.gate.open()
    async with BackdoorServer(commands(relay)) as door:
        print(json.dumps({"address": f"{HOST}:{relay.gate.port}", "backdoor": f"{HOST}:{door.port}"}), flush=True)  # noqa: T201
        await stop.wait()
    await relay.close()


def main(argv: list[str] | None = None) -> int:
    """The command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m simulators.proxy",
        description="A TCP proxy on 127.0.0.1 that can be told to misbehave. Prints its addresses, stays until Ctrl-C.",
    )
    parser.add_argument("--to", required=True, metavar="HOST:PORT", help="the device, or TCPIP0::host::port::SOCKET")
    parser.add_argument("--framing", choices=get_args(Framing), default="modbus", help="what a message is")
    parser.add_argument("--listen", type=int, default=0, metavar="PORT", help="at which port (default: a free one)")
    options = parser.parse_args(argv)
    try:
        asyncio.run(_stay(address_of(options.to), options.framing, options.listen))
    except FaultError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_BAD_INPUT
    except (OSError, OverflowError) as error:
        sys.stderr.write(f"the proxy can't listen at port {options.listen}: {error}\n")
        return EXIT_BAD_INPUT
    return 0


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
