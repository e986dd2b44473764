"""The words of the project service: what it takes and what it gives."""
