"""What the task service announces of tasks that go from one project to another."""

TASK_DEPARTED = "task.departed.v1"
"""For those who see the project it was in: as it was there. It is not there any more."""
TASK_ARRIVED = "task.arrived.v1"
"""For those who see the project it is in: as it is there. The changes say what it had before."""
