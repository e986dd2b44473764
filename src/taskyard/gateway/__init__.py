"""The gateway: who asks, how often, and where to."""
