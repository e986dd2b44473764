"""What people of the demo say about tasks. ``@other`` mentions a colleague."""

import random
from typing import Literal

Occasion = Literal["question", "progress", "review", "end", "cancelled", "duplicate", "answer"]

_REMARKS: dict[Occasion, tuple[str, ...]] = {
    "question": (
        "@other, do you know whether this is still wanted?",
        "Before I start: is there anything from last year to build on?",
        "@other can you say how urgent this is? I would fit it in next week otherwise.",
        "Who decides this? I can prepare two variants.",
        "I cannot reproduce it. @other, what exactly did you do?",
        "Is the budget for this approved?",
    ),
    "answer": (
        "Yes, please go on. The simple way is enough.",
        "Nobody needs the old one any more, so feel free.",
        "@other it can wait until Monday.",
        "I asked: yes, but without the second part.",
        "See the note I sent around. Short version: keep it.",
    ),
    "progress": (
        "Half of it is done, the rest depends on the delivery tomorrow.",
        "Found it: a leftover of the move in spring. Fix follows.",
        "It takes longer than I thought. @other, may I ask you for an hour this afternoon?",
        "First version is up:\n\n- looks right\n- numbers still to be checked",
        "Waiting for the supplier, they promised an answer by tomorrow.",
        "Tried the quick way; it does not hold. Doing it properly now.",
    ),
    "review": (
        "@other please have a look, it is small.",
        "Ready from my side. @other, you know this corner best.",
        "Could somebody who was not involved try it once?",
        "Looks good. One remark: the second step could be shorter.",
    ),
    "end": (
        "Done. Thanks for the quick look, @other.",
        "Works since this morning, watched it for an hour.",
        "Closed; what is left has a task of its own.",
        "Done and written down.",
        "Finally. :-)",
    ),
    "cancelled": (
        "We agreed not to do this: too little for too much work.",
        "No longer needed since the new contract.",
        "Solved itself. Cancelling.",
    ),
    "duplicate": ("The same as an older one, so off it goes.", "Created twice by mistake."),
}
_SECOND_THOUGHTS = ("\n\nEdit: with the right number this time.", "\n\nEdit: tomorrow, not today.", " (corrected)")


def remark(chance: random.Random, occasion: Occasion, other: str | None) -> str:
    """Something to say on an occasion; ``other`` is who may be mentioned, None for nobody."""
    choices = [text for text in _REMARKS[occasion] if other is not None or "@other" not in text]
    return chance.choice(choices).replace("@other", f"@{other}")


def second_thought(chance: random.Random, text: str) -> str:
    """The same remark after its author has changed it."""
    return text + chance.choice(_SECOND_THOUGHTS)
