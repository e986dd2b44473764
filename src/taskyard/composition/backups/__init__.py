"""The commands that keep the data safe: `taskyard backup`, `taskyard restore` and `taskyard database`."""
