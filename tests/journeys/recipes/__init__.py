"""How each write of the API succeeds, one file per service: what `test_announcements.py` tries of every route.

A new route needs one line in the table of its service: the request, and before it whatever the request needs. A route
whose success announces nothing stands in ``SILENT`` as well, with the reason.
"""
