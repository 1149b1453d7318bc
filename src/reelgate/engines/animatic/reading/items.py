"""What the words of a prompt become: items, which are matched phrases with their meanings.

Values and sets of kinds only. `sentence` makes items, all other readers look at them.
"""

from dataclasses import dataclass

from reelgate.engines.animatic.reading.lexicon import Entry, Kind
from reelgate.engines.animatic.reading.words import Gap

#: Kinds that stand for something that can be named.
NOUNS = frozenset(
    {
        Kind.FIGURE,
        Kind.PLACE,
        Kind.TIME,
        Kind.WEATHER,
        Kind.WORN,
        Kind.GEAR,
        Kind.PART,
        Kind.LIGHT,
        Kind.ABSTRACT,
        Kind.GROUP,
    }
)
VERBS = frozenset({Kind.MOTION, Kind.VERB})
#: Kinds that may stand between a determiner and its noun.
MODIFIERS = frozenset({Kind.COLOUR, Kind.SHADE, Kind.SIZE, Kind.ADJECTIVE, Kind.NUMBER})
#: Kinds of words that only build sentences.
CLOSED = frozenset(
    {
        Kind.DETERMINER,
        Kind.PRONOUN,
        Kind.CONJUNCTION,
        Kind.PREPOSITION,
        Kind.PARTICLE,
        Kind.NEGATOR,
        Kind.OF,
    }
)


@dataclass(slots=True)
class Item:
    """A phrase of the text and what it means there."""

    #: As written.
    text: str
    #: What it is in English, or its own words, without case and accents; what two mentions of one thing share.
    norm: str
    start: int
    gap: Gap
    entries: tuple[Entry, ...]
    possessive: bool = False
    negated: bool = False
    #: Spoken of as a sound.
    heard: bool = False
    #: A camera reader has taken it.
    claimed: bool = False
    #: A word that the vocabulary does not have, but that stands or is written as only the name of a thing is.
    thing: bool = False
    #: The vocabulary did not have it.
    strange: bool = False
    #: A number with a counter, as "三只".
    counted: bool = False

    def get(self, kind: Kind) -> Entry | None:
        """Return the first meaning of a kind, or None."""
        for entry in self.entries:
            if entry.kind is kind:
                return entry
        return None

    def has(self, *kinds: Kind) -> bool:
        """Tell whether the item has a meaning of any of the kinds."""
        return any(entry.kind in kinds for entry in self.entries)

    def has_any(self, kinds: frozenset[Kind]) -> bool:
        """Tell whether the item has a meaning of any of a set of kinds."""
        return any(entry.kind in kinds for entry in self.entries)

    @property
    def unknown(self) -> bool:
        """Tell whether the vocabulary does not have it."""
        return not self.entries

    @property
    def nameless(self) -> bool:
        """Tell whether the vocabulary says at most what the word hints at, but not what it is."""
        return all(entry.kind is Kind.HINT for entry in self.entries)

    @property
    def live(self) -> bool:
        """Tell whether it is there to be drawn: neither denied nor only heard nor about the camera."""
        return not (self.negated or self.heard or self.claimed)
