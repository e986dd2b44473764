"""What the demo's tasks are called and say: for each project a few sentences with places to fill."""

import random
from itertools import count

import msgspec

Words = dict[str, tuple[str, ...]]


class Subject(msgspec.Struct, frozen=True):
    """One title, and the description that goes with it."""

    title: str
    description: str


_WORDS: dict[str, Words] = {
    "OPS": {
        "station": (
            *("Harbour Square", "North Gate", "Mill Bridge", "University", "Old Brewery", "Central Station"),
            *("Museum Quay", "Linden Park", "Fair Grounds", "City Hospital", "Riverside", "Town Hall"),
            *("Rope Walk", "East Market", "Observatory", "Swan Lake"),
        ),
        "part": (
            *("brake pads", "inner tubes", "chains", "saddle posts", "pedals", "rear lights", "bells", "spokes"),
            *("gear cables", "mudguards", "kick stands", "baskets", "child seats", "battery locks"),
        ),
        "fault": (
            *("does not lock", "shows no free bikes", "lost its network", "has a broken screen", "charges too slowly"),
            *("has a loose dock", "was hit by a van", "reports the wrong battery level", "stays dark at night"),
        ),
        "act": ("Inspect", "Repaint", "Move", "Clean up", "Extend", "Re-anchor", "Photograph", "Measure"),
        "bike": ("cargo bike", "city bike", "e-bike", "tandem", "folding bike", "children's bike"),
        "n": tuple(str(number) for number in range(101, 141)),
    },
    "WEB": {
        "page": (
            *("the checkout", "the basket", "the product page", "the search results", "the account page"),
            *("the store finder", "the returns form", "the wish list", "the landing page", "the size guide"),
            *("the invoice", "the order history", "the voucher form", "the newsletter form"),
        ),
        "fault": (
            *("total jumps", "button does nothing", "image is stretched", "text overlaps", "form forgets the address"),
            *("price shows two decimals too many", "page scrolls sideways", "focus gets lost", "link leads nowhere"),
            *("error message is in English", "spinner never ends"),
        ),
        "where": ("on small phones", "in Safari", "in Firefox", "with a screen reader", "after the back button"),
        "feature": (
            *("gift cards", "a delivery date", "guest orders", "bank transfer", "a frame size filter", "reviews"),
            *("recently viewed bikes", "pick-up in store", "a second address", "instalments", "stock by store"),
            *("a trade-in price", "a bundle discount", "a helmet reminder"),
        ),
        "text": ("warranty", "delivery times", "battery care", "leasing", "returns", "sizes", "privacy", "trade-ins"),
    },
    "MOB": {
        "screen": (
            *("map", "unlock screen", "trip summary", "wallet", "profile", "damage report", "ride pass page"),
            *("station list", "welcome tour", "help chat", "receipt", "settings"),
        ),
        "fault": (
            *("crashes when offline", "drains the battery", "shows yesterday's data", "ignores dark mode"),
            *("forgets the language", "takes four seconds to open", "cuts long names", "asks twice for permission"),
            *("loses the ride after a call",),
        ),
        "feature": (
            *("a group ride", "bike reservation", "a ride pass", "a quiet mode", "speed hints", "a helmet check"),
            *("favourite stations", "a shared wallet", "a lost-and-found form", "weekly statistics"),
        ),
        "platform": ("Android", "iOS"),
        "version": tuple(f"2.{minor}" for minor in range(4, 19)),
    },
}
_SENTENCES: dict[str, tuple[str, ...]] = {
    "OPS": (
        "Station {station} {fault}",
        "Order {part} for {station}",
        "{act} the docks at {station}",
        "Repair {bike} {n}",
        "Replace the {part} of {bike} {n}",
        "Count the {part} in the store room at {station}",
        "Collect stranded {bike} {n} near {station}",
    ),
    "WEB": (
        "On {page} the {fault} {where}",
        "On {page} the {fault}",
        "Offer {feature} on {page}",
        "Test {page} with {feature}",
        "Measure how many leave {page} {where}",
        "Rewrite the help text about {text} on {page}",
        "Make {page} faster {where}",
    ),
    "MOB": (
        "{platform}: the {screen} {fault}",
        "Add {feature} to the {screen}",
        "{platform}: {feature} on the {screen}",
        "Release {version} for {platform}",
        "Translate the {screen} of {version}",
        "Write tests for {feature} on {platform}",
    ),
}
_DESCRIPTIONS = (
    "",
    "",
    "Reported twice this week. Please note what you find, also if it is nothing.",
    "**Done when**\n\n- it works for somebody who was not told how\n- the old way is gone\n- it is written down",
    "See the sketch on the wall. We agreed to keep it small and to look at the numbers after two weeks.",
    "1. Find out how often this happens\n2. Decide whether it is worth a day\n3. If so, do the simplest thing",
    "A customer called about this; the answer can wait until Thursday, not longer.",
    "Was postponed last season. Nothing about the reasons has changed, only the time we have.",
)


class Titles:
    """Gives out titles, each only once for as long as the words last."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._used: set[str] = set()

    def next_of(self, project: str) -> Subject:
        """A new subject for a task of a project."""
        for attempt in count():
            sentence = self._chance.choice(_SENTENCES[project])
            title = sentence.format_map({name: self._chance.choice(words) for name, words in _WORDS[project].items()})
            if title not in self._used or attempt > 20:
                break
        self._used.add(title)
        return Subject(title, self._chance.choice(_DESCRIPTIONS))
