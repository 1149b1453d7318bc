"""Cuts the words of a text further, as its language needs: signs without spaces, elisions, endings, compounds.

It must not say what a word means. `items` calls it before it matches phrases.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from reelgate.engines.animatic.reading.lexicon import Kind, Lexicon
from reelgate.engines.animatic.reading.words import Gap, Word

# No phrase of signs is longer.
_SIGNS_MAX = 12
_UNKNOWN_SIGN = 10
_KANA_SIGN = 4
_PIECE = 2
# What may follow the stem of a Japanese verb: 走 + る, った, っている, りながら.
_INFLECTION = re.compile(
    r"[いきぎしちにびみりうくぐすつぬぶむるかがさたなばまらえけげせてねべめれんっ]?(?:って|んで|いで|して|て|で|た|だ)?"
    r"(?:いる|いた|いて|います|おり|ゆく|いく|くる|る|ます|ました|ない|ながら|つつ|れる|られ)?"
)
_COMPOUND_PART_MIN = 3
# What stands between the parts of "Sonne-n-untergang".
_JOINTS = ("", "s", "n", "en", "es", "er", "e")


def cut_words(words: Sequence[Word], lexicon: Lexicon) -> list[Word]:
    """Cut words into those that the vocabulary of a language can have."""
    ways = lexicon.ways
    if ways.variants:
        words = [replace(word, norm=word.norm.translate(ways.variants)) for word in words]
    if ways.unspaced:
        return [piece for word in words for piece in _cut_signs(word, lexicon)]
    if ways.elisions:
        return [piece for word in words for piece in _cut_elision(word, ways.elisions)]
    if ways.compounds:
        return [piece for word in words for piece in _cut_shade(word, lexicon)]
    if ways.endings:
        return [piece for word in words for piece in _cut_ending(word, lexicon)]
    return list(words)


def compound_parts(norm: str, lexicon: Lexicon) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return the keys of the two words that one is grown together from, the longest head first, or None."""
    for cut in range(_COMPOUND_PART_MIN, len(norm) - _COMPOUND_PART_MIN + 1):
        head = (norm[cut:],)
        if head not in lexicon.phrases:
            continue
        for joint in _JOINTS:
            start = (norm[:cut].removesuffix(joint),) if norm[:cut].endswith(joint) else ("",)
            if len(start[0]) >= _COMPOUND_PART_MIN and start in lexicon.phrases:
                return start, head
    return None


def _piece(word: Word, start: int, end: int) -> Word:
    """Return a part of a word as a word that nothing separates from the one before."""
    gap, glued = (word.gap, word.glued) if start == 0 else (Gap.NONE, False)
    return replace(
        word, text=word.text[start:end], norm=word.norm[start:end], start=word.start + start, gap=gap, glued=glued
    )


def _cut_elision(word: Word, elisions: Sequence[str]) -> list[Word]:
    for elision in elisions:
        if word.norm.startswith(elision) and len(word.norm) > len(elision):
            return [_piece(word, 0, len(elision)), _piece(word, len(elision), len(word.text))]
    return [word]


def _cut_shade(word: Word, lexicon: Lexicon) -> list[Word]:
    """Cut "dunkelgrün" into the shade and the colour."""
    if (word.norm,) in lexicon.phrases or len(word.norm) != len(word.text):
        return [word]
    parts = compound_parts(word.norm, lexicon)
    if parts is None or not any(entry.kind is Kind.SHADE for entry in lexicon.phrases[parts[0]]):
        return [word]
    cut = len(word.norm) - len(parts[1][0])
    return [_piece(word, 0, cut), _piece(word, cut, len(word.text))]


def _cut_ending(word: Word, lexicon: Lexicon) -> list[Word]:
    """Part a word from its ending where what is left is known, or where the whole is not."""
    if len(word.norm) != len(word.text) or (word.norm,) in lexicon.phrases or word.norm in lexicon.longest:
        return [word]
    if word.norm.isascii():
        return [word]
    cuts = [len(word.norm) - len(ending) for ending in lexicon.ways.endings if word.norm.endswith(ending)]
    known = [cut for cut in cuts if cut > 0 and ((word.norm[:cut],) in lexicon.phrases)]
    if not known and stem_of(word.norm, lexicon):
        return [word]
    for cut in known or [cut for cut in cuts if cut > 1]:
        return [_piece(word, 0, cut), _piece(word, cut, len(word.text))]
    return [word]


def stem_of(norm: str, lexicon: Lexicon) -> str | None:
    """Return the longest beginning of a word that the vocabulary has as a stem."""
    for length in range(min(len(norm), _SIGNS_MAX), 0, -1):
        if norm[:length] in lexicon.stems:
            return norm[:length]
    return None


def _is_sign(letter: str) -> bool:
    return letter >= "\u2e80"


def _is_kana(letter: str) -> bool:
    return "\u3040" <= letter <= "\u309f"


def _cut_signs(word: Word, lexicon: Lexicon) -> list[Word]:
    """Cut a run of signs at the phrases that leave the fewest signs unknown, and in the fewest pieces."""
    if word.norm.isascii() or len(word.norm) != len(word.text):
        return [word]
    pieces: list[Word] = []
    ends = _ends(word.norm, lexicon)
    at = 0
    while at < len(word.norm):
        end, known = ends[at]
        if not known:
            # Unknown signs of a kind are one word.
            while end < len(word.norm) and not ends[end][1] and _alike(word.norm[at], word.norm[end]):
                end = ends[end][0]
        pieces.append(_piece(word, at, end))
        at = end
    return pieces


def _alike(one: str, other: str) -> bool:
    return _kind(one) == _kind(other)


def _kind(letter: str) -> int:
    if not _is_sign(letter):
        return 3 if letter.isdigit() else 0
    if _is_kana(letter):
        return 1
    return 4 if "\u30a0" <= letter <= "\u30ff" else 2


def _ends(text: str, lexicon: Lexicon) -> list[tuple[int, bool]]:
    """Return for each place where the best piece from there ends, and whether the vocabulary has it."""
    best = [0] * (len(text) + 1)
    ends: list[tuple[int, bool]] = [(0, False)] * len(text)
    for at in range(len(text) - 1, -1, -1):
        letter = text[at]
        cost = _KANA_SIGN if _is_kana(letter) else _UNKNOWN_SIGN
        if letter.isdigit():
            cost = _PIECE
        best[at], ends[at] = best[at + 1] + cost, (at + 1, False)
        for length in range(1, min(_SIGNS_MAX, len(text) - at) + 1):
            piece = text[at : at + length]
            if (piece,) in lexicon.phrases and _PIECE + best[at + length] <= best[at]:
                best[at], ends[at] = _PIECE + best[at + length], (at + length, True)
            if piece in lexicon.stems and (inflected := _INFLECTION.match(text, at + length)):
                end = inflected.end()
                if _PIECE + best[end] < best[at]:
                    best[at], ends[at] = _PIECE + best[end], (end, True)
    return ends
