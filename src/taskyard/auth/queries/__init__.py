"""What the auth service remembers, one file per table or two."""
