"""The ``rig`` command, also as ``python -m rig``.

Nothing of the program is imported before `main` runs: every process that a run spawns imports this file again, and
the loop's process must not pay for, or hold, what only the supervisor needs.
"""


def main() -> None:
    """Run the command line."""
    from rig.cli import run_command_line

    run_command_line()


if __name__ == "__main__":
    main()
