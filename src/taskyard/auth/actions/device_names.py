"""What a device is called in a mail, told from what its browser says of itself.

Only words of ours are used: whoever signs in chooses the text, and the mail's reader trusts it.
"""

_PROGRAMS = {
    "edg": "Edge",
    "opr/": "Opera",
    "firefox": "Firefox",
    "chrome": "Chrome",
    "safari": "Safari",
    "curl": "curl",
    "python": "Python",
}
_SYSTEMS = {
    "windows": "Windows",
    "android": "Android",
    "iphone": "iPhone",
    "ipad": "iPad",
    "mac os": "macOS",
    "linux": "Linux",
}


def name_device(user_agent: str | None) -> str:
    """Such as ``Firefox, Windows``; a question mark for what is not known."""
    said = (user_agent or "").lower()
    known = [_first(said, names) for names in (_PROGRAMS, _SYSTEMS)]
    return ", ".join(name for name in known if name) or "?"


def _first(said: str, names: dict[str, str]) -> str:
    return next((name for mark, name in names.items() if mark in said), "")
