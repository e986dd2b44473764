"""The documentation page as an OAuth client: what the gateway shows, and auth lets act for whoever signs in there."""

PAGE = "/api/docs"
CLIENT_ID = "00000000-0000-7000-8000-0000000d0c50"
"""Built in, the same everywhere: it keeps no secret, and its redirect address is that of this deployment."""
CALLBACK = f"{PAGE}/oauth2-redirect.html"
