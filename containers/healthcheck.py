"""Says by its exit code whether the Taskyard in this container is ready; needs nothing but the standard library.

A container runs one process on one of six ports, or the port that is given.
"""

import http.client
import sys

PORTS = range(3000, 3006)
SECONDS = 4


def is_ready(port: int) -> bool:
    """Ask the process that listens on this port, if one does."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    ports = [int(port) for port in sys.argv[1:]] or PORTS
    sys.exit(not any(is_ready(port) for port in ports))
