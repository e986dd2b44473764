"""`taskyard demo`: a company's last ninety days, written through the API with a clock that was set back.

``cast`` says who, ``titles`` and ``remarks`` in which words, ``working_hours`` when, ``lives`` and ``plan`` what
happens; ``client``, ``founding`` and ``telling`` make it happen. See docs/decisions/0024-demo.md.
"""
