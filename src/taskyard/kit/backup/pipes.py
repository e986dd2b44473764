"""A pipe that a thread fills, so that what can only write is read, and nothing the thread met is lost."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO


@contextmanager
def filled_by(work: Callable[[IO[bytes]], object], name: str) -> Iterator[IO[bytes]]:
    """Read what a thread writes; what the thread raised is raised again where the block ends in order.

    A block that ends otherwise has had enough: the thread is not waited for, it ends with the pipe.
    """
    failures: list[BaseException] = []
    read_end, write_end = os.pipe()

    def run() -> None:
        try:
            with os.fdopen(write_end, "wb") as sink:
                work(sink)
        except BaseException as error:  # noqa: BLE001 - whoever reads raises it
            failures.append(error)

    thread = threading.Thread(target=run, name=name, daemon=True)
    with os.fdopen(read_end, "rb") as reader:
        thread.start()
        yield reader
    thread.join()
    for failure in failures:
        raise failure
