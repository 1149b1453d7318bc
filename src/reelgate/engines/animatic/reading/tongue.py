"""Tells which language a text is in: by its script, and where several share one, by how much of it each vocabulary has.

It must not read the text further. `grammar` calls it, for a prompt and for a negative prompt.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reelgate.engines.animatic.reading.glossary import LANGUAGES, load_language
from reelgate.engines.animatic.reading.lexicon import Lexicon
from reelgate.engines.animatic.reading.sentence import known_share, match_items
from reelgate.engines.animatic.reading.words import Word

# Below this share of known words a text of some length is in no language that there is a vocabulary of.
_KNOWN_SHARE_MIN = 0.34
_WORDS_TO_JUDGE = 3
# What is looked at of a long text.
_WORDS_MAX = 150
# A sign of these scripts says as much as some letters.
_SIGN_WEIGHT = 3
_LATIN = tuple(language for language in LANGUAGES if language not in {"ja", "zh", "ko"})


@dataclass(frozen=True, slots=True)
class Tongue:
    """The language of a text."""

    lexicon: Lexicon
    #: Most of the text is not in the vocabulary.
    foreign: bool


def find_tongue(text: str, words: Sequence[Word]) -> Tongue:
    """Return the language whose vocabulary has the most of a text; English where none has more."""
    languages = [language for language in _languages_of_script(text) if language in LANGUAGES]
    if not languages:
        return Tongue(load_language("en"), foreign=True)
    sample = words[:_WORDS_MAX]
    lexicons = [load_language(language) for language in languages]
    best = max(lexicons, key=lambda lexicon: _hits(sample, lexicon)) if len(lexicons) > 1 else lexicons[0]
    signs = sum(len(word.norm) for word in sample) if best.ways.unspaced else 0
    judged = len(sample) >= _WORDS_TO_JUDGE or signs > _WORDS_TO_JUDGE
    return Tongue(best, foreign=judged and known_share(match_items(sample, best)) < _KNOWN_SHARE_MIN)


def _hits(words: Sequence[Word], lexicon: Lexicon) -> float:
    """Return how much of a text a vocabulary has, at a glance."""
    if lexicon.ways.unspaced:
        return known_share(match_items(words, lexicon))
    norms = [word.norm.rpartition("'")[2] for word in words]
    return sum(norm in lexicon.longest or norm in lexicon.lent_longest for norm in norms)


def _languages_of_script(text: str) -> Sequence[str]:
    """Return the languages that are written as a text is; none for a script that no vocabulary is in."""
    counts = {"latin": 0, "kana": 0, "hangul": 0, "han": 0, "other": 0}
    for letter in text:
        if letter.isalpha():
            counts[_script(letter)] += 1
    east = (counts["kana"] + counts["hangul"] + counts["han"]) * _SIGN_WEIGHT
    if east and east >= max(counts["latin"], counts["other"]):
        if counts["hangul"] >= counts["kana"] + counts["han"]:
            return ("ko",)
        return ("ja",) if counts["kana"] else ("zh", "ja")
    return _LATIN if counts["latin"] >= counts["other"] else ()


def _script(letter: str) -> str:
    if letter < "\u0250" or "\u1e00" <= letter <= "\u1eff" or "\uff21" <= letter <= "\uff5a":
        return "latin"
    if "\u3040" <= letter <= "\u30ff" or "\uff66" <= letter <= "\uff9f":
        return "kana"
    if "\uac00" <= letter <= "\ud7a3" or "\u1100" <= letter <= "\u11ff":
        return "hangul"
    return "han" if "\u3400" <= letter <= "\u9fff" else "other"
