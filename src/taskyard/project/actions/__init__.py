"""What may happen to workspaces, people in them, teams and projects: rules and announcements."""
