"""Cuts the items of a prompt into the pieces that become shots.

It must not read what a piece says. `grammar` calls it.
"""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field

from reelgate.engines.animatic.reading.items import Item
from reelgate.engines.animatic.reading.lexicon import Kind
from reelgate.engines.animatic.reading.words import Gap, Quote, Span


@dataclass(slots=True)
class Piece:
    """A stretch of the prompt."""

    items: list[Item] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    start: int = 0
    #: How the piece began: "first", "hard" (a cut was asked for), "soft" or "numbered".
    opening: str = "first"
    #: As the text says, or None.
    duration_s: int | None = None


def cut_pieces(items: Sequence[Item], quotes: Sequence[Quote], spans: Sequence[Span]) -> list[Piece]:
    """Cut items into pieces, at least one; pieces without any words or quotes are left out."""
    pieces = [Piece()]
    waiting = list(spans)
    at = 0
    while at < len(items):
        item = items[at]
        while waiting and waiting[0].start < item.start:
            span = waiting.pop(0)
            pieces.append(Piece(start=span.start, opening="numbered", duration_s=span.duration_s))
        taken, opening = _opening(items, at)
        if opening:
            pieces.append(Piece(start=item.start, opening=opening))
        pieces[-1].items.extend(items[at + taken : at + max(taken, 1)])
        at += max(taken, 1)
    pieces += [Piece(start=span.start, opening="numbered", duration_s=span.duration_s) for span in waiting]
    starts = [piece.start for piece in pieces]
    for quote in quotes:
        pieces[bisect.bisect_right(starts, quote.start) - 1].quotes.append(quote)
    return _without_empty(pieces)


def _opening(items: Sequence[Item], at: int) -> tuple[int, str | None]:
    """Return how many items open a new piece here and of which kind; (0, None) when none does."""
    item = items[at]
    if item.negated or item.heard:
        return 0, None
    if item.has(Kind.BEAT_HARD):
        return 1, "hard"
    if item.has(Kind.BEAT_NUMBERED) and at + 1 < len(items) and items[at + 1].has(Kind.NUMBER):
        starts = at == 0 or item.gap > Gap.NONE
        ends = at + 2 >= len(items) or items[at + 2].gap > Gap.NONE
        if starts and ends:
            return 2, "numbered"
    if item.has(Kind.BEAT_SOFT):
        clause = item.gap > Gap.NONE or at == 0 or items[at - 1].has(Kind.CONJUNCTION)
        if clause or not item.has(Kind.PARTICLE, Kind.ADJECTIVE):
            return 1, "soft"
    return 0, None


def _without_empty(pieces: list[Piece]) -> list[Piece]:
    kept: list[Piece] = []
    for piece, following in zip(pieces, [*pieces[1:], None], strict=True):
        if piece.items or piece.quotes:
            kept.append(piece)
        elif piece.duration_s and following and following.duration_s is None:
            # "[0:00-0:02] Shot 1: ...": the time belongs to the shot that follows.
            following.duration_s = piece.duration_s
    return kept or [Piece()]
