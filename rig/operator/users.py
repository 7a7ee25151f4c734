"""The names of users, from what the system knows; never from what somebody says."""

import os
import pwd


def name_of(uid: int) -> str:
    """The user's name; ``uid 1234`` where the system has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def own_name() -> str:
    """The name of the user that this process belongs to."""
    return name_of(os.getuid())
