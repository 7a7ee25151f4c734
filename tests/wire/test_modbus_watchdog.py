"""The ring that survives the host: the device's own watchdog, seen from outside by a second client."""

import contextlib
import multiprocessing
import time
from multiprocessing.connection import Connection

import numpy as np
import pytest
from corner_bench import AXES, block, corner, driver, make_ready, pan, served_by_process

from drivers.frames import Command, DeviceState, FaultCode, Interlock, Status

pytestmark = pytest.mark.alone

RAMP_MS, WATCHDOG_MS, MARGIN_S = 300, 150, 0.5
HELD_M = 0.05


def drive_until_killed(address: tuple[str, int], running: Connection) -> None:
    """A host that keeps the FIFO 60 samples ahead, until its process is killed."""
    hardware = driver(address)
    hardware.open()
    make_ready(hardware)
    path = np.minimum(np.arange(100_000) / 250, 1.0) * HELD_M
    command, sent, played, told = Command.START, 0, 0, False
    while True:
        count = max(0, min(8, played + 60 - sent))
        answer = hardware.exchange(block(command, sent, pan(path[sent : sent + count])))
        command, sent, played = Command.NONE, sent + count, answer.samples_played
        if played >= 400 and not told:
            running.send(answer.state)
            told = True
        time.sleep(0.001)


def test_a_killed_host_is_followed_by_a_ramp_to_neutral() -> None:
    """SIGKILL in mid-run: the position ramps to neutral within watchdog_ms + ramp_ms, and the pressure is low."""
    with served_by_process(corner("real", ramp_ms=RAMP_MS)) as address, contextlib.ExitStack() as cleanup:
        looker = driver(address)
        cleanup.callback(looker.close)
        looker.open()
        ours, theirs = multiprocessing.get_context("spawn").Pipe()
        cleanup.callback(ours.close)
        cleanup.callback(theirs.close)
        host = multiprocessing.get_context("spawn").Process(target=drive_until_killed, args=(address, theirs))
        host.start()
        assert ours.poll(30)
        assert ours.recv() == DeviceState.RUN
        host.kill()
        host.join()
        killed_s = time.monotonic()

        positions = []
        status = looker.status()
        while time.monotonic() - killed_s < (WATCHDOG_MS + RAMP_MS) / 1000 + MARGIN_S:
            status = looker.status()
            positions.append(float(AXES[0].channel.decode(status.feedback[:1])[0]))
            if status.state == DeviceState.FAULT and Status.PRESSURE_LOW in status.status:
                break
            time.sleep(0.005)

        assert positions[0] > 0.9 * HELD_M, "the axis was not where the host had brought it"
        assert status.state == DeviceState.FAULT
        assert status.status & (Status.PRESSURE_LOW | Status.AT_NEUTRAL) == Status.PRESSURE_LOW | Status.AT_NEUTRAL
        assert status.first_fault in (FaultCode.UNDERRUN, FaultCode.WATCHDOG)
        assert Interlock.WATCHDOG in status.interlocks
        assert abs(positions[-1]) < 0.003
        assert max(abs(np.diff(positions))) < 0.5 * HELD_M, "that was a jump, not a ramp"
        host.close()


def test_a_host_that_keeps_looking_but_sends_nothing_fresh_is_dead() -> None:
    """Reading the status is no heartbeat: the watchdog counts fresh frames only."""
    with served_by_process(corner("real", ramp_ms=50)) as address, contextlib.closing(driver(address)) as hardware:
        hardware.open()
        make_ready(hardware)
        deadline = time.monotonic() + 5
        while (status := hardware.status()).state == DeviceState.READY and time.monotonic() < deadline:
            time.sleep(0.005)
        assert (status.state, status.first_fault) == (DeviceState.FAULT, FaultCode.WATCHDOG)
