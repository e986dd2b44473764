"""OAuth 2.1 and OpenID Connect: who may act for whom, and what they are given for it."""
