"""Where the devices are, as the rig file says it: the servo controller, the instruments and what they drive."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from profiles.schema import Strict
from rig.config.quantities import Positive

Word = Annotated[str, Field(min_length=1, pattern=r"^[^\x00]*$")]

LAUNCHED = "launched"
"""In place of an address: what the ``launch`` command prints."""


def _host_and_port(address: str) -> str:
    host, _, port = address.rpartition(":")
    good = bool(re.fullmatch(r"[A-Za-z0-9._-]+", host)) and bool(re.fullmatch(r"[0-9]{1,5}", port))
    if address != LAUNCHED and not (good and 1 <= int(port) <= 65_535):
        raise ValueError("'launched', or a host and a port such as '192.168.1.10:502'")
    return address


Reading = Literal["cv_joint_temperature_degc", "hub_temperature_degc", "ambient_temperature_degc"]
"""What the data-acquisition unit measures beside the damper's temperature and the strain."""


class Modbus(Strict):
    """Where the servo controller is. `launched` takes the address that the `launch` command prints."""

    address: Annotated[str, AfterValidator(_host_and_port)]  # "launched" or "host:port"
    unit_id: Annotated[int, Field(ge=0, le=255)] = 1
    timeout_ms: Annotated[int, Field(ge=2, le=10_000)]


_VISA_NAME = re.compile(r"TCPIP\d*::[^:\s]+::\d{1,5}::SOCKET|(TCPIP|USB|GPIB|ASRL)[^:\s]*(::[^:\s]+)+")


def _visa_name(resource: str) -> str:
    if resource != LAUNCHED and (not _VISA_NAME.fullmatch(resource) or re.fullmatch(r".*::\D+::SOCKET", resource)):
        raise ValueError("'launched', or a VISA resource name such as 'TCPIP0::192.168.1.11::5025::SOCKET'")
    return resource


class Instrument(Strict):
    """One VISA instrument. `launched` takes the resource that the `launch` command prints."""

    role: Literal["data_acquisition", "supply", "waveform_generator"]
    resource: Annotated[str, AfterValidator(_visa_name)]  # "launched" or a VISA resource name
    identity: Word  # what *IDN? must contain
    timeout_ms: Annotated[int, Field(ge=50, le=60_000)] = 2000


class FanLoop(Strict):
    """Damper cooling: the supply's voltage follows the damper's temperature, over VISA, once a period."""

    period_s: Annotated[float, Field(ge=1)]  # the instruments are polled once a second
    target_degc: float
    gain_v_per_k: Positive
    integral_v_per_ks: Annotated[float, Field(ge=0)]
    lowest_v: Annotated[float, Field(ge=0)]
    highest_v: Positive
    temperature_channel: Annotated[int, Field(ge=101, le=322)]
    supply_output: Annotated[int, Field(ge=1, le=9)] = 2  # of an E36312A the first that reaches 24 V
    current_limit_a: Positive = 1.0


class Shaker(Strict):
    """The body-mount shaker: what lies above the hydraulics' band, as waveform blocks switched at segment borders."""

    rate_hz: Annotated[float, Field(ge=1, le=1e6)]
    points: Annotated[int, Field(ge=64, le=65_536)]
    volts_per_mps2: Positive
