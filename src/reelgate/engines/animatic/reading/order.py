"""Puts the items of a sentence into the order that English has, so that one set of readers serves every language.

It must not know any word, only kinds and the ways of a language. `items` calls it once, before meanings are settled.
"""

from collections.abc import Sequence
from dataclasses import replace

from reelgate.engines.animatic.reading.items import CLOSED, MODIFIERS, NOUNS, VERBS, Item
from reelgate.engines.animatic.reading.lexicon import Entry, Kind, Ways
from reelgate.engines.animatic.reading.words import Gap

# How far a word is moved at most; without an end, hostile text would not be read in linear time.
_REACH = 8
_THINGS = NOUNS | {Kind.KINDS}


def arrange(items: Sequence[Item], ways: Ways) -> list[Item]:
    """Return the items as an English sentence would have them."""
    arranged = list(items)
    if ways.capitals:
        _part_unknown_by_capitals(arranged)
    if ways.modifiers_follow:
        arranged = _modifiers_first(arranged)
    if ways.unspaced or ways.verb_last:
        _part_unknown_by_company(arranged)
        arranged = _count_first(_without_counters(arranged), late=ways.verb_last)
        _deny_before(arranged)
        arranged = _place_words_first(arranged)
        arranged = _heads_first(_worn_after(arranged))
        arranged = _unlinked(arranged)
    return arranged


def _drop_to_particle(item: Item) -> None:
    item.entries = (Entry(Kind.PARTICLE),)


def _is_thing(item: Item) -> bool:
    return item.unknown or item.has_any(_THINGS)


def _part_unknown_by_capitals(items: Sequence[Item]) -> None:
    """Take unknown words for things where they begin with a capital, and else for what things are like or do."""
    for at, item in enumerate(items):
        if not item.unknown:
            continue
        first = at == 0 or item.gap == Gap.STOP
        if item.text[:1].isupper() and not (first and at + 1 < len(items) and items[at + 1].text[:1].islower()):
            item.thing = True
            continue
        ahead = at + 1 < len(items) and items[at + 1].gap == Gap.NONE
        bends = ahead and item.norm.endswith(("e", "en", "er", "es", "em")) and items[at + 1].text[:1].isupper()
        item.entries = (Entry(Kind.ADJECTIVE if bends else Kind.VERB),)


def _part_unknown_by_company(items: Sequence[Item]) -> None:
    """Keep unknown words for things only where a counter, a marker or a linker says so; elsewhere they pass."""
    for at, item in enumerate(items):
        if not item.unknown or item.norm.isascii():
            continue
        before = items[at - 1] if at and item.gap == Gap.NONE else None
        after = items[at + 1] if at + 1 < len(items) and items[at + 1].gap == Gap.NONE else None
        counted = before is not None and before.has(Kind.COUNTER, Kind.NUMBER, Kind.LINKER, Kind.COLOUR, Kind.SIZE)
        marked = after is not None and after.has(Kind.MARKER, Kind.POST_NEGATOR)
        foreign = "\u30a1" <= item.norm[:1] <= "\u30fa" and len(item.norm) > 2
        if counted or marked or foreign:
            item.thing = True
        else:
            _drop_to_particle(item)


def _modifiers_first(items: Sequence[Item]) -> list[Item]:
    """Move what a noun is like before it: "globos rojos" becomes "rojos globos"."""
    out: list[Item] = []
    at = 0
    while at < len(items):
        out.append(items[at])
        at += 1
        if not _is_thing(out[-1]) or out[-1].has_any(CLOSED):
            continue
        end = _modifiers_end(items, at)
        if end > at:
            head = out.pop()
            moved = list(items[at:end])
            for place in range(len(moved) - 1):
                if moved[place].has(Kind.COLOUR) and moved[place + 1].has(Kind.SHADE):
                    moved[place], moved[place + 1] = moved[place + 1], moved[place]
            # The pause before the phrase stays before it.
            moved[0].gap, head.gap = head.gap, Gap.NONE
            out += [*moved, head]
            at = end
    return out


def _modifiers_end(items: Sequence[Item], first: int) -> int:
    """Return where the modifiers end that follow a noun."""
    end = first
    for at in range(first, min(first + _REACH, len(items))):
        item = items[at]
        if item.gap > Gap.NONE:
            break
        if _qualifies(item):
            end = at + 1
        elif not item.has(Kind.CONJUNCTION, Kind.PARTICLE):
            break
    return end


def _qualifies(item: Item) -> bool:
    """Tell whether an item says what a noun before it is like."""
    if item.has(Kind.NUMBER, Kind.DETERMINER, Kind.FIGURE, Kind.PLACE, Kind.BEAT_SOFT, Kind.BEAT_HARD, Kind.NEGATOR):
        return False
    return item.has(Kind.COLOUR, Kind.SHADE, Kind.SIZE) or (item.has(Kind.ADJECTIVE) and not item.has(Kind.CAMERA))


def _without_counters(items: Sequence[Item]) -> list[Item]:
    """Let numbers swallow their counters: "三只" is three."""
    out: list[Item] = []
    for at, item in enumerate(items):
        before = out[-1] if out and item.gap == Gap.NONE else None
        if item.has(Kind.COUNTER):
            if before is not None and before.has(Kind.NUMBER, Kind.DETERMINER):
                before.text += item.text
                before.counted = True
                continue
            item.entries = tuple(entry for entry in item.entries if entry.kind is not Kind.COUNTER)
            if not item.entries:
                _drop_to_particle(item)
        if item.has(Kind.NUMBER) and not item.has_any(NOUNS) and not item.norm.isdecimal():
            after = items[at + 1] if at + 1 < len(items) else None
            if after is None or after.gap > Gap.NONE or not (after.has(Kind.COUNTER) or _is_thing(after)):
                _drop_to_particle(item)
        out.append(item)
    return out


def _count_first(items: Sequence[Item], *, late: bool) -> list[Item]:
    """Move numbers before the noun that they count: "강아지 세 마리", "三只在海边奔跑的狗"."""
    out: list[Item] = []
    waiting: Item | None = None
    for at, item in enumerate(items):
        after = items[at + 1] if at + 1 < len(items) and items[at + 1].gap == Gap.NONE else None
        if item.gap > Gap.NONE:
            waiting = None
        if item.has(Kind.NUMBER) and (item.counted or late):
            heads_on = after is not None and (_is_thing(after) or after.has_any(MODIFIERS) or after.has(Kind.LINKER))
            start = _noun_start(out) if not heads_on and item.gap == Gap.NONE else None
            if start is not None:
                out.insert(start, item)
                if start + 1 < len(out):
                    item.gap, out[start + 1].gap = out[start + 1].gap, Gap.NONE
                continue
            if not heads_on and not late and after is not None:
                waiting = item
        elif waiting is not None and item.has(Kind.LINKER) and after is not None and _is_thing(after):
            out.remove(waiting)
            out += [item, waiting]
            waiting.gap, waiting = Gap.NONE, None
            continue
        out.append(item)
    return out


def _noun_start(items: Sequence[Item]) -> int | None:
    """Return where the noun phrase starts that has just ended, or None where none has."""
    at = len(items) - 1
    if at >= 0 and items[at].has(Kind.MARKER):
        at -= 1
    if at < 0 or not _is_thing(items[at]) or items[at].has(Kind.NUMBER):
        return None
    for _ in range(_REACH):
        if at == 0 or items[at].gap > Gap.NONE or not (items[at - 1].has_any(MODIFIERS) or _is_thing(items[at - 1])):
            break
        at -= 1
    return at


def _deny_before(items: Sequence[Item]) -> None:
    """Deny the nouns before a word such as "なし" or "없이"."""
    for at, item in enumerate(items):
        if not item.has(Kind.POST_NEGATOR):
            continue
        _drop_to_particle(item)
        for back in range(at - 1, max(at - 1 - _REACH, -1), -1):
            # Lists go on: "人や車のない".
            passes = items[back].has(Kind.MARKER, Kind.LINKER, Kind.CONJUNCTION, Kind.COUNTER)
            if not (_is_thing(items[back]) or items[back].has_any(MODIFIERS) or passes) or items[back].has_any(VERBS):
                break
            items[back].negated = not passes
            if items[back].gap > Gap.NONE:
                break


def _place_words_first(items: Sequence[Item]) -> list[Item]:
    """Move "上空" or "위" before the noun phrase that it follows."""
    out: list[Item] = []
    for item in items:
        if item.has(Kind.POSTPOSED):
            item.entries = tuple(entry for entry in item.entries if entry.kind is not Kind.POSTPOSED)
            linked = bool(out) and out[-1].has(Kind.LINKER)
            start = _noun_start(out[:-1] if linked else out)
            if start is not None and item.gap == Gap.NONE:
                if linked:
                    out.pop()
                out.insert(start, item)
                item.gap, out[start + 1].gap = out[start + 1].gap, Gap.NONE
                # The phrase ends where the word stood.
                out.append(replace(item, text="", norm="", gap=Gap.NONE, entries=(Entry(Kind.PARTICLE),)))
                continue
        out.append(item)
    return out


def _worn_after(items: Sequence[Item]) -> list[Item]:
    """Move what somebody wears after who wears it: "赤いドレスを着た女性", "穿着红裙的女人"."""
    out: list[Item] = []
    for item in items:
        out.append(item)
        if not item.has(Kind.FIGURE):
            continue
        start = _modified_from(out, len(out) - 1)
        end = start
        while end > 0 and out[end].gap == Gap.NONE and out[end - 1].has(Kind.LINKER, Kind.MARKER, Kind.VERB):
            end -= 1
        if end in {start, 0} or out[end].gap > Gap.NONE or not out[end - 1].has(Kind.WORN):
            continue
        first = _modified_from(out, end - 1)
        worn, between, wearer = out[first:end], out[end], out[start:]
        wearer[0].gap, worn[0].gap = worn[0].gap, Gap.NONE
        _drop_to_particle(between)
        out[first:] = [*wearer, between, *worn]
    return out


def _modified_from(items: Sequence[Item], at: int) -> int:
    """Return where the modifiers of a noun begin."""
    while at > 0 and items[at].gap == Gap.NONE and items[at - 1].has_any(MODIFIERS):
        at -= 1
    return at


def _heads_first(items: Sequence[Item]) -> list[Item]:
    """Of two places put the one first that it is all about: "東京の通り" is a street."""
    out = list(items)
    for at in range(len(out) - 1):
        other = at + 2 if out[at + 1].has(Kind.LINKER) else at + 1
        if other >= len(out) or any(item.gap > Gap.NONE for item in out[at + 1 : other + 1]):
            continue
        if out[at].has(Kind.PLACE) and out[other].has(Kind.PLACE) and not out[other].has(Kind.YIELDING):
            out[at].gap, out[other].gap = out[other].gap, out[at].gap
            out[at], out[other] = out[other], out[at]
    return out


def _unlinked(items: Sequence[Item]) -> list[Item]:
    """Drop linkers and markers where English has nothing, and end phrases and denials with them elsewhere."""
    out: list[Item] = []
    denies = False
    for at, item in enumerate(items):
        if item.gap > Gap.NONE:
            denies = False
        denies = denies or item.has(Kind.NEGATOR)
        before = out[-1] if out and item.gap == Gap.NONE else None
        after = items[at + 1] if at + 1 < len(items) else None
        if item.has(Kind.LINKER):
            if denies:
                item.entries, denies = (Entry(Kind.RESTORER),), False
            elif before is not None and after is not None and before.has_any(MODIFIERS | VERBS):
                continue
            else:
                _drop_to_particle(item)
        elif item.has(Kind.MARKER):
            if before is not None and before.has(Kind.DIRECTION, Kind.PACE, Kind.LOOK, Kind.FRAMING):
                continue
            item.entries = tuple(entry for entry in item.entries if entry.kind is not Kind.MARKER)
            if not item.entries:
                _drop_to_particle(item)
        out.append(item)
    return out
