"""Measures what a request costs, against a floor in the same run; ``make bench`` calls it."""
