"""Backups of the embedded database: full copies and its write-ahead log, encrypted before they touch their disk."""
