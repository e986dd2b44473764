"""Measures lists and searches among very many tasks; ``make bench-scale`` calls it."""
