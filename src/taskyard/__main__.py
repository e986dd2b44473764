"""The program `taskyard`, also as `python -m taskyard`."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line and end with its exit code."""
    try:
        from taskyard.composition import commands  # noqa: PLC0415 - Ctrl-C while this loads is no traceback either

        sys.exit(commands.main())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
