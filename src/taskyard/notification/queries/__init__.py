"""Statements of the notification service: its notifications, the log as readers may see it, live readers."""
