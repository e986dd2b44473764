"""The program `taskyard`, also as `python -m taskyard`."""

import signal
import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line and end with its exit code."""
    # until the command minds the signals itself Ctrl-C just ends us: no traceback, and no import that swallows it
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        from taskyard.composition import commands  # noqa: PLC0415 - Ctrl-C while this loads must find the line above

        sys.exit(commands.main())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
