"""The README's first five minutes, typed as they stand there."""

import re
import subprocess
from pathlib import Path

from tests.journeys.stack import RemoteStack

README = Path(__file__).parents[2] / "README.md"


def test_the_first_five_minutes_work_as_written(stack: RemoteStack) -> None:
    text = README.read_text()
    story = re.search(r"<!-- story -->\s*```sh\n(.*?)```", text, re.DOTALL)
    assert story is not None, "README.md has no story"
    script = story.group(1).replace("http://localhost:3000", stack.url)

    told = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, timeout=120, check=False
    )

    assert told.returncode == 0, told.stderr
    assert "notification.created.v1" in told.stdout
