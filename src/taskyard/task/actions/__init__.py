"""What may happen to tasks: each action loads, asks who may, changes, and announces."""
