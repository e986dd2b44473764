"""What may happen to accounts, sessions and keys, one file per noun."""
