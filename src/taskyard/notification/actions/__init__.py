"""What the notification service does: tells people, and remembers what they did with it."""
