"""Reads who and what is in a shot: noun phrases with their number, colour and size, and what they do.

It must not decide how many fit the picture; `shots_plan` does. `draft` calls it after the camera has been read.
"""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass, field

from reelgate.engines.animatic.reading.chance import Chance
from reelgate.engines.animatic.reading.items import MODIFIERS, NOUNS, Item
from reelgate.engines.animatic.reading.lexicon import Entry, Kind, Lexicon
from reelgate.engines.animatic.reading.notes import Notes
from reelgate.engines.animatic.reading.traits import FAMILIES, TRAITS, Family
from reelgate.engines.animatic.reading.words import Gap
from reelgate.engines.animatic.scene import Figure, Motion

Rgb = tuple[int, int, int]

COUNT_MAX = 12
_LABEL_LENGTH_MAX = 24
# More could not be drawn, and comparing each with all would not be linear.
_MENTIONS_MAX = 24
_UNKNOWN_LENGTH_MIN = 3
# Words for what has been named before: "the animal" after "a fox".
_PASSIVE = frozenset({Kind.QUALITY, Kind.PACE, Kind.LOOK, Kind.PARTICLE})


@dataclass(slots=True)
class Mention:
    """A subject as the text names it."""

    figure: Figure
    label: str
    #: Without case and number: what two mentions share.
    norm: str
    near: bool = False
    count: int = 1
    colour: Rgb | None = None
    #: The word for the colour, when the text has one.
    colour_name: str = ""
    motion: Motion | None = None
    #: What this one does when nothing is said, if not what its figure does.
    usual_motion: Motion | None = None
    #: The word itself says how many there are, as "couple" does.
    counted: bool = False
    size: float = 1.0


@dataclass(slots=True)
class Cast:
    """All that the subject reader found."""

    mentions: list[Mention] = field(default_factory=list)
    #: Colours that belong to no subject.
    palette: list[Rgb] = field(default_factory=list)
    #: The text refers back to somebody.
    refers_back: bool = False


@dataclass(slots=True)
class _Phrase:
    """The noun phrase that is being read."""

    count: int | None = None
    colours: list[Rgb] = field(default_factory=list)
    colour_name: str = ""
    #: What a noun before the head brings along: "golden retriever puppy".
    before_head: Item | None = None
    size: float | None = None
    shade: float | None = None
    motion: Motion | None = None
    determiner: bool = False
    singular: bool = False
    definite: bool = False
    #: What stands in something else: "a glass of red wine".
    content: bool = False
    #: After "in Cappadocia", a name is a place's.
    located: bool = False
    #: After a preposition or at the start of a sentence, where a bare noun may stand.
    bare: bool = False
    modified: bool = False
    #: Words that the vocabulary does not have, a possible head.
    unknown: list[Item] = field(default_factory=list)


class SubjectReader:
    """Walks the items of one shot once."""

    def __init__(self, items: Sequence[Item], lexicon: Lexicon, chance: Chance, notes: Notes, *, cards: bool) -> None:
        self._items = items
        self._lexicon = lexicon
        self._chance = chance
        self._notes = notes
        self._cards = cards
        self._phrase = _Phrase(bare=True)
        self._cast = Cast()
        # Who a following verb is about.
        self._actors: list[Mention] = []

    def read(self) -> Cast:
        """Return the cast of the shot."""
        for at, item in enumerate(self._items):
            if item.gap == Gap.STOP:
                self._close()
                self._actors = []
                self._phrase = _Phrase(bare=True)
            elif item.gap > Gap.NONE and not self._list_of_modifiers(item):
                self._close()
                self._phrase = _Phrase(bare=True)
            if item.live:
                self._take(at, item)
            elif self._phrase.unknown or not item.claimed:
                self._close()
            elif item.has(Kind.CAMERA_NOUN, Kind.CAMERA, Kind.FRAMING):
                # "A drone shot over": the words before were the shot's, not a subject's.
                self._phrase = _Phrase()
        self._close()
        return self._cast

    def _list_of_modifiers(self, item: Item) -> bool:
        phrase = self._phrase
        return bool(phrase.modified and not phrase.unknown and item.has_any(MODIFIERS | {Kind.FIGURE}))

    def _take(self, at: int, item: Item) -> None:
        following = self._next(at)
        joined = following is not None and following.gap == Gap.NONE
        if item.has(Kind.GROUP) and joined and following is not None and following.has(Kind.OF):
            self._phrase.count = self._phrase.count if (self._phrase.count or 1) > 1 else self._number(item, Kind.GROUP)
            self._phrase.modified = True
            self._phrase.unknown = []
        elif item.has(Kind.FIGURE) and not self._is_modifier(item, following):
            self._figure(item)
        elif item.has_any(MODIFIERS):
            self._modify(item, following)
        elif item.has(Kind.FIGURE):
            self._phrase.unknown = []
            self._phrase.modified = True
            self._phrase.before_head = item
        elif item.has(Kind.DETERMINER, Kind.SINGULAR):
            # "Chasing a dog": the motion of the verb before goes on to its object.
            motion = None if self._phrase.unknown else self._phrase.motion
            located = self._phrase.located and not self._phrase.unknown
            self._close()
            one = item.has(Kind.SINGULAR)
            self._phrase = _Phrase(motion=motion, determiner=True, singular=one, definite=not one, located=located)
        else:
            self._take_other(at, item, following)

    def _take_other(self, at: int, item: Item, following: Item | None) -> None:
        if item.has(Kind.MOTION, Kind.SPIN) and not item.has(Kind.PLACE, Kind.WEATHER):
            self._move(item, following)
        elif item.has(Kind.WORN):
            self._wear()
        elif item.has(Kind.LIGHT, Kind.PLACE, Kind.WEATHER, Kind.TIME):
            self._tint(following)
        elif item.nameless:
            self._phrase.unknown.append(item)
        elif item.has(Kind.PREPOSITION, Kind.CONJUNCTION, Kind.OF):
            self._link(at, item)
        elif item.has(Kind.VERB):
            self._act(item, following)
        else:
            self._pass(item)

    def _pass(self, item: Item) -> None:
        if item.has(Kind.PRONOUN):
            self._close()
            self._cast.refers_back = True
            self._actors = self._actors or self._cast.mentions[:1]
        elif item.has(Kind.PART, Kind.GEAR):
            # Eyes, hair and hats do not colour who has them.
            self._phrase.colours = []
            self._close(drop=True)
        elif not item.has_any(_PASSIVE):
            self._close()

    def _link(self, at: int, item: Item) -> None:
        """Go on after a preposition or a conjunction."""
        before = self._phrase
        counted = before.count if self._counts_on(at) else None
        # "Red and blue balloons".
        coloured = bool(before.colours) and item.has(Kind.CONJUNCTION) and not before.unknown
        filled = item.has(Kind.FILLING) and at > 0 and self._items[at - 1].has(Kind.FIGURE)
        self._close(keep_colours=coloured)
        self._phrase = _Phrase(count=counted, bare=True, modified=coloured, content=filled)
        if coloured:
            self._phrase.colours, self._phrase.colour_name = before.colours, before.colour_name
        if item.has(Kind.PREPOSITION) and not item.has(Kind.OF, Kind.CONJUNCTION):
            self._phrase.located = True
            self._actors = self._actors[-1:]

    def _counts_on(self, at: int) -> bool:
        """Tell whether "of" stands between a number and its noun."""
        return self._items[at].has(Kind.OF) and at > 0 and self._items[at - 1].has(Kind.GROUP, Kind.NUMBER)

    def _is_modifier(self, item: Item, following: Item | None) -> bool:
        """Tell whether a figure's word only says what the next noun is like, as in "horse rider"."""
        if following is None or following.gap > Gap.NONE or item.possessive or not following.live:
            return False
        entry = item.get(Kind.FIGURE)
        if entry is None or entry.plural:
            return False
        heads = following.has(Kind.FIGURE, Kind.PLACE, Kind.GEAR, Kind.WORN)
        if item.has(Kind.COLOUR) and not (self._phrase.determiner or self._phrase.count or self._phrase.bare):
            return True
        if item.has(Kind.NUMBER, Kind.SIZE, Kind.ADJECTIVE, Kind.COLOUR):
            return heads or following.nameless or following.has_any(MODIFIERS | NOUNS)
        return heads and not following.has(Kind.VERB, Kind.MOTION)

    def _modify(self, item: Item, following: Item | None) -> None:
        phrase = self._phrase
        if phrase.unknown and not item.has(Kind.COLOUR):
            # "A quokka small enough": what follows the noun is not before it.
            self._close()
            phrase = self._phrase
        phrase.modified = True
        if item.has(Kind.NUMBER):
            phrase.count = self._number(item, Kind.NUMBER)
        if (shade := item.get(Kind.SHADE)) and following and following.has(Kind.COLOUR):
            phrase.shade = float(shade.value)
        elif colour := item.get(Kind.COLOUR):
            phrase.colour_name = phrase.colour_name or item.norm
            phrase.colours.append(shaded(to_rgb(colour.value), phrase.shade or 0.0))
            phrase.shade = None
        if size := item.get(Kind.SIZE):
            phrase.size = float(size.value)

    def _figure(self, item: Item) -> None:
        entry = item.get(Kind.FIGURE)
        assert entry is not None
        phrase = self._phrase
        modifier = phrase.before_head.get(Kind.FIGURE) if phrase.before_head else None
        figure = Figure(entry.value)
        young = item.has(Kind.YOUNG) and self._actors and self._actors[-1].figure in FAMILIES["animals"]
        if young:
            figure = self._actors[-1].figure
        mention = Mention(figure, self._label(item), singular_norm(item, entry), near=entry.near and not young)
        mention.count = self._count(entry, figure, item)
        own = entry.colour or (modifier.colour if modifier else None)
        mention.colour = phrase.colours[0] if phrase.colours else to_rgb(own) if own else None
        mention.colour_name = phrase.colour_name
        mention.size = (entry.size or (0.6 if young else 1.0)) * (phrase.size or 1.0)
        mention.motion = phrase.motion
        mention.usual_motion = Motion(entry.motion) if entry.motion else None
        mention.counted = entry.count is not None
        if self._is_content(mention):
            return
        self._cast.palette += phrase.colours[1:]
        kept = None if young else self._same(mention, definite=phrase.definite)
        if kept is None:
            self._add(mention)
            kept = mention
        self._actors = [*self._actors[-3:], kept] if self._joined(item) else [kept]
        self._phrase = _Phrase()

    def _is_content(self, mention: Mention) -> bool:
        """Let what a thing is full of colour the thing instead of standing beside it."""
        phrase = self._phrase
        if not phrase.content or phrase.determiner or phrase.count is not None or not self._actors:
            return False
        holder = self._actors[-1]
        holder.colour = holder.colour or mention.colour
        self._phrase = _Phrase()
        return True

    def _label(self, item: Item) -> str:
        before = self._phrase.before_head
        text = item.text[:-2] if item.possessive and item.text[-2:-1] in {"'", "’"} else item.text
        label = f"{before.text} {text}" if before and before.has(Kind.FIGURE) else text
        return (label if len(label) <= _LABEL_LENGTH_MAX else text)[:_LABEL_LENGTH_MAX]

    def _add(self, mention: Mention) -> None:
        if len(self._cast.mentions) < _MENTIONS_MAX:
            self._cast.mentions.append(mention)

    def _joined(self, item: Item) -> bool:
        """Tell whether a subject shares its verb with the one before: "a dog and a cat running"."""
        return bool(self._actors) and item.gap < Gap.STOP and all(actor.motion is None for actor in self._actors)

    def _same(self, mention: Mention, *, definite: bool) -> Mention | None:
        """Return the earlier mention of the same thing, after giving it what the new one adds."""
        for known in self._cast.mentions:
            if known.figure is mention.figure and (known.norm == mention.norm or (definite and not known.near)):
                if not definite and known.colour != mention.colour and mention.colour:
                    continue
                known.count = max(known.count, mention.count)
                known.colour = known.colour or mention.colour
                known.motion = known.motion or mention.motion
                return known
        return None

    def _count(self, entry: Entry, figure: Figure, item: Item) -> int:
        if entry.count:
            return min(entry.count, COUNT_MAX)
        if self._phrase.count is not None:
            return min(self._phrase.count, COUNT_MAX)
        if self._phrase.singular:
            # Some forms are both one and many: "einen Drachen".
            return 1
        if not entry.plural and not (entry.either and not self._phrase.determiner and item.gap == Gap.NONE):
            return 1
        usual = TRAITS[figure].many
        return min(max(usual - 1 + self._chance.number(f"count:{item.norm}") % 3, 2), COUNT_MAX)

    def _number(self, item: Item, kind: Kind) -> int:
        entry = item.get(kind)
        return min(int(entry.value), COUNT_MAX) if entry else 1

    def _move(self, item: Item, following: Item | None) -> None:
        phrase = self._phrase
        entry = item.get(Kind.MOTION)
        before_noun = phrase.determiner or phrase.modified or phrase.count is not None
        ahead = following is not None and following.gap == Gap.NONE
        noun_next = (
            ahead and following is not None and (following.has_any(MODIFIERS | {Kind.FIGURE}) or following.nameless)
        )
        motion = Motion(entry.value) if entry else None
        if noun_next and (before_noun or (phrase.bare and not self._actors)) and not phrase.unknown:
            phrase.motion = motion
            phrase.modified = True
            return
        self._close()
        for actor in self._movers(motion):
            # Who flies a kite stands on the ground.
            grounded = motion is Motion.FLY and noun_next and actor.figure in FAMILIES["people"]
            actor.motion = actor.motion or (Motion.STILL if grounded else motion)
        if not entry:
            self._cast.refers_back = True
        # "Riding a horse", "walking his dog": what comes next moves along.
        self._phrase = _Phrase(motion=motion if motion is not Motion.STILL else None)

    def _movers(self, motion: Motion | None) -> list[Mention]:
        """Return whom a verb is about: of trees and people who are named together, it is the people who walk."""
        if motion in {Motion.STILL, Motion.FLOAT}:
            return self._actors
        rooted = {Family.BUILDINGS, Family.PLANTS}
        return [actor for actor in self._actors if TRAITS[actor.figure].family not in rooted] or self._actors

    def _act(self, item: Item, following: Item | None) -> None:
        if following is not None and following.gap == Gap.NONE and self._phrase.determiner and not self._phrase.unknown:
            # "The burning house".
            self._phrase.modified = True
            return
        self._close()
        if self._actors and not item.has_any(_PASSIVE | {Kind.SPEECH}):
            self._notes.ignored(f"action: {item.text}")
        self._phrase = _Phrase()

    def _wear(self) -> None:
        phrase, self._phrase = self._phrase, _Phrase()
        if not phrase.colours:
            return
        for mention in reversed(self._cast.mentions):
            if TRAITS[mention.figure].family in {Family.PEOPLE, Family.ANIMALS}:
                mention.colour = phrase.colours[0]
                return
        self._cast.palette += phrase.colours[:1]

    def _tint(self, following: Item | None) -> None:
        if following is not None and following.gap == Gap.NONE and following.has(Kind.FIGURE) and self._phrase.colours:
            return
        self._cast.palette += self._phrase.colours
        self._phrase.colours = []
        self._close(drop=True)

    def _close(self, *, drop: bool = False, keep_colours: bool = False) -> None:
        """End the noun phrase; an unknown head becomes a card."""
        phrase, self._phrase = self._phrase, _Phrase()
        if phrase.unknown and not drop and (mention := self._card(phrase)):
            self._add(mention)
            self._actors = [mention]
        elif not keep_colours:
            self._cast.palette += phrase.colours

    def _card(self, phrase: _Phrase) -> Mention | None:
        if not self._cards:
            return None
        words = phrase.unknown
        ways = self._lexicon.ways
        if ways.modifiers_follow:
            # What the vocabulary does not have after the head is what it is like or does.
            words = words[:1]
        elif len(words) > 1 and (phrase.singular or phrase.bare) and words[-1].norm.endswith("s"):
            # "A quokka munches": with one of them, the word in s is what it does.
            words = words[:-1]
        head = words[-1]
        named = head.text[:1].isupper() and head.gap != Gap.STOP and not ways.capitals
        placed = phrase.determiner or phrase.modified or phrase.count is not None or head.thing
        if not (placed or named or phrase.bare) or not self._is_thing(head):
            return None
        if named and phrase.located and not phrase.singular and phrase.count is None:
            self._notes.ignored(f"place: {head.text}")
            return None
        label = head.text
        if len(words) > 1 and len(words[-2].text) + len(label) < _LABEL_LENGTH_MAX:
            # "A chess board".
            label = f"{words[-2].text} {label}"
        label = label[:_LABEL_LENGTH_MAX]
        if any(known.norm == head.norm for known in self._cast.mentions):
            return None
        colour = phrase.colours[0] if phrase.colours else None
        return Mention(
            Figure.CARD, label, head.norm, count=min(phrase.count or 1, COUNT_MAX), colour=colour, motion=phrase.motion
        )

    def _is_thing(self, head: Item) -> bool:
        norm = head.norm
        if head.thing and not norm.isascii():
            return len(norm) > 1
        if len(norm) < _UNKNOWN_LENGTH_MIN or not norm.replace("-", "").replace("'", "").replace(" ", "").isalpha():
            return False
        return not self._lexicon.names_no_thing(norm)

    def _next(self, at: int) -> Item | None:
        return self._items[at + 1] if at + 1 < len(self._items) else None


def singular_norm(item: Item, entry: Entry) -> str:
    """Return what the singular and the plural of a phrase share, near enough to know one from the other."""
    norm = item.norm
    return norm.removesuffix("s").removesuffix("e") if entry.plural else norm.removesuffix("e")


def to_rgb(code: str) -> Rgb:
    """Return "#rrggbb" as numbers from 0 to 255."""
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def shaded(colour: Rgb, shade: float) -> Rgb:
    """Mix a colour towards white (shade above 0, to 1) or black (below 0, to -1)."""
    if not shade:
        return colour
    hue, light, saturation = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    light = light + (1 - light) * shade if shade > 0 else light * (1 + shade)
    red, green, blue = colorsys.hls_to_rgb(hue, light, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)
