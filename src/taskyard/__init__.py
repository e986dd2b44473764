"""Taskyard: the backend of a task management system for companies."""

__version__ = "0.1.0"
