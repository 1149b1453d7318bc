"""Turns words into items: matched phrases with their meanings, of which the sentence has picked the likely ones.

Knows no language but through the lexicon, and draws no conclusion about the scene. `grammar` calls it.
"""

from collections.abc import Sequence
from dataclasses import replace

from reelgate.engines.animatic.reading.items import CLOSED, MODIFIERS, NOUNS, VERBS, Item
from reelgate.engines.animatic.reading.lexicon import Entry, Kind, Lexicon
from reelgate.engines.animatic.reading.order import arrange
from reelgate.engines.animatic.reading.segment import compound_parts, cut_words, stem_of
from reelgate.engines.animatic.reading.words import Gap, Word

# What the first part of "snow-covered" may still say of the scene.
_OF_COMPOUND = frozenset({Kind.PLACE, Kind.TIME, Kind.WEATHER, Kind.LOOK, Kind.HINT})
_DIGITS_MAX = 4
_LIST_REACH = 8
# A denial of more words than these denies no more; without an end, a text full of denials would not be linear.
_SCOPE_MAX = 24


def read_items(words: Sequence[Word], lexicon: Lexicon) -> list[Item]:
    """Match words against a lexicon, and settle which meanings hold where."""
    items = arrange(match_items(words, lexicon), lexicon.ways)
    _settle_verbs(items)
    _mark_negated(items)
    _mark_heard(items)
    return items


def match_items(words: Sequence[Word], lexicon: Lexicon) -> list[Item]:
    """Match words against a lexicon, and keep all meanings."""
    words = cut_words(words, lexicon)
    items: list[Item] = []
    at = 0
    while at < len(words):
        length, entries = lexicon.match(words, at)
        end = at + max(length, 1)
        if end < len(words) and words[end].glued:
            while end < len(words) and words[end].glued:
                end += 1
            entries = _compound(words[at:end], lexicon)
        norm = lexicon.gloss(words[at:end])
        if not entries and end == at + 1:
            norm, entries = _by_parts(words[at].norm, lexicon)
        items.append(_item(words[at:end], norm, entries))
        at = end
    return items


def _by_parts(norm: str, lexicon: Lexicon) -> tuple[str, tuple[Entry, ...]]:
    """Read a word by its stem, or by the nouns that it is grown together from, where the language has such words."""
    if lexicon.stems and (stem := stem_of(norm, lexicon)):
        key = lexicon.stems[stem]
        return lexicon.glosses.get(key, norm), lexicon.phrases[key]
    if lexicon.ways.compounds and (parts := compound_parts(norm, lexicon)):
        start, head = parts
        means = tuple(entry for entry in lexicon.phrases[head] if entry.kind in NOUNS)
        if means:
            return lexicon.glosses.get(head, head[0]), (*means, *_hinted(lexicon.phrases[start]))
    return norm, ()


def _hinted(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return what the first part of a grown-together noun hints at: the forest of "Waldhaus"."""
    facts = {Kind.PLACE: "place", Kind.TIME: "time", Kind.WEATHER: "weather"}
    hints = [Entry(Kind.HINT, f"{facts[entry.kind]}:{entry.value}") for entry in entries if entry.kind in facts]
    return (*hints, *(entry for entry in entries if entry.kind is Kind.HINT))


def known_share(items: Sequence[Item]) -> float:
    """Return the share of the lettered words that the vocabulary has, 0 to 1; 1 without any."""
    lettered = [item for item in items if any(sign.isalpha() for sign in item.text)]
    known = sum(_weight(item) for item in lettered if not item.strange)
    total = sum(_weight(item) for item in lettered)
    return known / total if total else 1.0


def _weight(item: Item) -> int:
    """Return how many words an item is; of signs, each counts."""
    return len(item.text) if item.text[0] >= "\u2e80" else len(item.text.replace("-", " ").split())


def _item(words: Sequence[Word], norm: str, entries: tuple[Entry, ...]) -> Item:
    text = words[0].text
    for word in words[1:]:
        text += ("-" if word.glued else " ") + word.text
    strange = not entries
    if not entries and norm.isdecimal() and norm.isascii() and len(norm) <= _DIGITS_MAX and int(norm) > 0:
        entries = (Entry(Kind.NUMBER, norm),)
    return Item(text, norm, words[0].start, words[0].gap, entries, words[-1].possessive, strange=strange)


def _compound(words: Sequence[Word], lexicon: Lexicon) -> tuple[Entry, ...]:
    """Read a hyphened word that is in no list by its parts: the last is what it is, the others what it is like."""
    # What is hyphened on and on is no word; its ends are enough.
    parts = [lexicon.phrases.get((word.norm,), ()) for word in (*words[:5], words[-1])]
    last = tuple(entry for entry in parts[-1] if entry.kind in {Kind.FIGURE, Kind.COLOUR, Kind.HINT, Kind.PLACE})
    if last:
        return last
    return (Entry(Kind.ADJECTIVE), *(entry for part in parts for entry in part if entry.kind in _OF_COMPOUND))


def _settle_verbs(items: Sequence[Item]) -> None:
    """Decide for words such as "wave" or "watch" whether they name a thing or say what one does."""
    before: Item | None = None
    for item in items:
        if item.has_any(NOUNS) and item.has_any(VERBS):
            wanted = before is not None and item.gap == Gap.NONE and _acts(before)
            if wanted and before is not None and before.has(Kind.PLACE) and not before.has(Kind.FIGURE):
                # "A forest trail": a place seldom does anything.
                wanted = not item.has(Kind.PLACE)
            item.entries = tuple(
                entry
                for entry in item.entries
                if (entry.kind in VERBS if wanted else entry.kind not in VERBS) or entry.kind is Kind.CAMERA
            )
        if not item.has(Kind.PARTICLE, Kind.PACE) or item.has_any(NOUNS):
            before = item


def _acts(item: Item) -> bool:
    """Tell whether the word after this one is likely what it does."""
    if item.possessive or item.has_any(MODIFIERS | {Kind.DETERMINER}):
        return False
    return item.has_any(NOUNS - {Kind.TIME}) or item.has(Kind.PRONOUN) or item.norm == "to"


def _mark_negated(items: Sequence[Item]) -> None:
    for at, item in enumerate(items):
        if item.has(Kind.NEGATOR) and not item.has(Kind.IDLE_NEGATOR):
            for denied in items[at + 1 : _scope_end(items, at + 1)]:
                denied.negated = True


def _scope_end(items: Sequence[Item], first: int) -> int:
    """Return where a denial ends: with the phrase, or with the list of phrases that it opens."""
    content = False
    last = min(first + _SCOPE_MAX, len(items))
    for at in range(first, last):
        item = items[at]
        ends = item.gap == Gap.STOP or item.has(Kind.RESTORER, Kind.BEAT_HARD)
        ends = ends or (item.gap != Gap.NONE and content and not _list_goes_on(items, at))
        if content and item.has(Kind.PREPOSITION) and not item.has(Kind.OF, Kind.CONJUNCTION):
            ends = True
        if item.has(Kind.CONJUNCTION) and not item.has(Kind.ALTERNATIVE) and at + 1 < len(items):
            ends = ends or items[at + 1].has(Kind.DETERMINER, Kind.PRONOUN)
        if ends:
            return at
        content = content or not item.has_any(CLOSED | MODIFIERS)
    return last


def _list_goes_on(items: Sequence[Item], at: int) -> bool:
    """Tell whether a comma stands within a list that ends in "or"."""
    for item in items[at : at + _LIST_REACH]:
        if item.gap == Gap.STOP and item is not items[at]:
            return False
        if item.has(Kind.ALTERNATIVE):
            return True
    return False


def _mark_heard(items: Sequence[Item]) -> None:
    at = 0
    while at < len(items):
        if not items[at].has(Kind.SOUND):
            at += 1
            continue
        titled = at + 1 < len(items) and items[at + 1].gap == Gap.COLON
        of = len(items[at].norm.split()) > 1
        items[at].heard = True
        at += 1
        if not (titled or of):
            continue
        first = at
        while at < len(items) and items[at].gap != Gap.STOP:
            leaves = items[at].gap == Gap.COMMA or (items[at].has(Kind.PREPOSITION) and not items[at].has(Kind.OF))
            if at > first and not titled and leaves:
                break
            items[at].heard = True
            at += 1


def denied(items: Sequence[Item]) -> list[Item]:
    """Return every item as if it were denied: how a negative prompt is read."""
    return [replace(item, negated=True, heard=False) for item in items]
