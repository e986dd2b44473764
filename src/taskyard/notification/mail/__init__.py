"""Mail: how it is written, in which words, and how it leaves."""
