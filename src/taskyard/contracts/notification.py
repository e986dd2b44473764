"""What the notification service announces. The person told is the only audience."""

NOTIFICATION_CREATED = "notification.created.v1"
NOTIFICATION_READ = "notification.read.v1"
