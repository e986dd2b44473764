"""The composition root: the only place that knows which shape Taskyard runs in."""
