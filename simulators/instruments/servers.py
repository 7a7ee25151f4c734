"""The instruments on TCP sockets, in a process of their own."""

import asyncio
import signal
from contextlib import AsyncExitStack
from multiprocessing.connection import Connection

from simulators.backdoor import BackdoorServer
from simulators.faults.base import AnyFault
from simulators.instruments.rack import Rack
from simulators.wires import Wires


async def serve_rack(rack: Rack, faults: tuple[AnyFault, ...], connection: Connection) -> None:
    """Serve until the connection is closed or anything comes in on it, or SIGTERM.

    First sends the ports by role, then the port of the back door.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(connection.fileno(), stop.set)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    async with AsyncExitStack() as stack:
        for server in rack.servers.values():
            await stack.enter_async_context(server)
        for fault in faults:
            rack.add(fault)
        door = await stack.enter_async_context(BackdoorServer(rack.commands()))
        connection.send({role: server.port for role, server in rack.servers.items()})
        connection.send(door.port)
        await stop.wait()
    loop.remove_reader(connection.fileno())


def serve(seed: int, wires_name: str, connection: Connection, faults: tuple[AnyFault, ...] = ()) -> None:
    """Entry of the process that simulates the instruments.

    SIGINT is left to the bench: a Ctrl-C in a terminal goes to every process of it.

    Args:
        seed: of the readings' noise.
        wires_name: of the bench's `Wires`.
        connection: to the bench; gets the ports by role when all listen, and ends the serving when it is closed.
        faults: what is broken from the start.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wires = Wires.attach(wires_name)
    try:
        asyncio.run(serve_rack(Rack(wires, seed), faults, connection))
    finally:
        wires.close()
