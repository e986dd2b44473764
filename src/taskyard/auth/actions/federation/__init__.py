"""Signing in by somebody else's word: identity providers (OpenID Connect Core 1.0), and what they say."""
