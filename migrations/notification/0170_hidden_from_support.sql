-- Not for support: addresses with secrets in them, what other servers answered, and what was told to one person alone.

REVOKE SELECT ON notification.webhooks, notification.delivery_attempts, notification.notifications FROM taskyard_support;
