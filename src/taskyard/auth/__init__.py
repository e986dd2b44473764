"""The auth service: people, how they sign in, their sessions and the keys that sign tokens."""
