"""The words of the notification service: what clients send and what they get."""
