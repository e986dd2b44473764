"""Measures event streams: how late a change arrives, what an idle stream costs, how fast a crowd comes back."""
