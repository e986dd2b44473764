-- Not for support: whole files that somebody carries away or brings, which hold addresses, and what is one person's own.

REVOKE SELECT ON task.export_parts, task.import_rows, task.reminders, task.watches, task.views FROM taskyard_support;
