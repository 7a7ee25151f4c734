"""The checkpoint: from where a run can go on. One JSON file, replaced whole, never half written."""

from pathlib import Path
from typing import Any

import msgspec

from profiles.schema import Fault, InputError
from rig.record.files import from_json, to_json, write_atomically

FILE_NAME = "checkpoint.json"


class Checkpoint:
    """Writes and reads the checkpoint of one run directory."""

    def __init__(self, run_dir: Path) -> None:
        self.path = run_dir / FILE_NAME

    def write(self, state: dict[str, Any]) -> None:
        """Replace the checkpoint by `state` (plain JSON values); on the disk when this returns.

        Raises:
            OSError: the disk refuses; the former checkpoint is still there.
        """
        self.write_json(to_json(state))

    def write_json(self, state: bytes) -> None:
        """As `write`, of a JSON object.

        Raises:
            OSError: as `write`.
        """
        write_atomically(self.path, state)

    def read(self) -> dict[str, Any] | None:
        """The last state written, or None where there was none.

        Raises:
            InputError: the file is no JSON object.
        """
        try:
            return from_json(self.path.read_bytes(), dict[str, Any])
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError as error:
            fault = Fault(str(self.path), 1, "(the whole file)", str(error), "a JSON object")
            raise InputError([fault]) from None
