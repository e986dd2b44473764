"""The way to a service in other processes: which of its addresses, how often again, and when not at all."""
