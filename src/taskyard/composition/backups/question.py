"""A question to the person at the terminal, before what cannot be taken back easily."""

import asyncio
import sys


async def ask(text: str) -> str:
    """Give the line that is typed; waiting for it can be broken off."""
    print(text, end="", flush=True)
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline()
