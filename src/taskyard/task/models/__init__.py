"""The words of the task service: what clients send and what they get."""
