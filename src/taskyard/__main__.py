"""The program `taskyard`, also as `python -m taskyard`."""

import sys

from taskyard.composition import commands


def main() -> None:
    """Run the command line and end with its exit code."""
    sys.exit(commands.main())


if __name__ == "__main__":
    main()
