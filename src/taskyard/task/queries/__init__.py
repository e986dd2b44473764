"""What the task service remembers: one function is one statement on ``task`` and the published views."""
