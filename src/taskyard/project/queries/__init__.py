"""What the project service remembers: one function, one statement."""
