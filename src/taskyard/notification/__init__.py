"""The notification service: tells people what concerns them, and streams the change log to those who may see it."""
