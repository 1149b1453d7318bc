"""Loads a language by what its words are in English, so that each means there what it means here.

It must not know any word of any language: those are in `vocabulary/<code>.toml`, lists of lines "english: word, word".
`grammar` calls it, and `child` once before it forks.
"""

import functools
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from reelgate.engines.animatic.reading.items import MODIFIERS, NOUNS, VERBS
from reelgate.engines.animatic.reading.lexicon import (
    Entry,
    Kind,
    Lexicon,
    Phrases,
    Ways,
    lent_words,
    load_english,
    longest_of,
    plural_of,
)
from reelgate.engines.animatic.reading.words import norm_phrase, split_words

#: Every language that prompts may be in; the first wins where two fit equally.
LANGUAGES = ("en", "es", "de", "fr", "it", "pt", "ja", "zh", "ko")

# A word after the first that is no longer than this opens a complement, which keeps its form: "campos de trigo".
_LINK_LENGTH_MAX = 3
_SPOKEN = frozenset({Kind.CAMERA, Kind.PACE, Kind.SPEECH, Kind.SPIN, Kind.HINT, Kind.PARTICLE, Kind.WEATHER})
_OF_ADJECTIVES = MODIFIERS | {
    Kind.LOOK, Kind.HINT, Kind.WEATHER, Kind.TIME, Kind.PACE, Kind.PACE_ANYWHERE, Kind.SINGULAR, Kind.QUALITY,
}  # fmt: skip
# What is said in English in any language.
_LENT = frozenset({Kind.LOOK, Kind.QUALITY, Kind.FRAMING, Kind.PACE_ANYWHERE})

_Key = tuple[str, ...]


@functools.cache
def load_language(language: str) -> Lexicon:
    """Load a language by its code; raises FileNotFoundError for one without a vocabulary, ValueError for a bad line."""
    english = load_english()
    if language == english.language:
        return english
    source = resources.files("reelgate.engines.animatic") / "vocabulary" / f"{language}.toml"
    table = tomllib.loads(source.read_text(encoding="utf-8"))
    ways = _ways(table)
    found = _Glossary(table, ways, english)
    found.read()
    lent = english.phrases if ways.unspaced or ways.endings else _lent_phrases()
    return Lexicon(
        language=table["language"],
        name=table["name"],
        phrases=found.phrases,
        longest=longest_of(found.phrases),
        camera_verbs=english.camera_verbs,
        abstract_endings=tuple(table.get("abstract", ())),
        concrete_words=frozenset(),
        ways=ways,
        glosses=found.glosses,
        stems=found.stems,
        lent=lent,
        lent_longest=english.longest if lent is english.phrases else longest_of(lent),
    )


def _ways(table: Mapping[str, Any]) -> Ways:
    one, other = table.get("variants", ("", ""))
    return Ways(
        unspaced=table.get("unspaced", False),
        modifiers_follow=table.get("modifiers_follow", False),
        verb_last=table.get("verb_last", False),
        capitals=table.get("capitals", False),
        compounds=table.get("compounds", False),
        elisions=tuple(table.get("elisions", ())),
        endings=tuple(sorted(table.get("endings", ()), key=len, reverse=True)),
        variants=str.maketrans(one, other),
    )


@functools.cache
def _lent_phrases() -> Phrases:
    english = load_english()
    lent: dict[_Key, tuple[Entry, ...]] = {}
    for name in lent_words():
        lent[norm_phrase(name)] = english.phrases[norm_phrase(name)]
    for key, entries in english.phrases.items():
        kept = lent.get(key) or tuple(
            entry
            for entry in entries
            if entry.kind in _LENT
            or (entry.kind is Kind.CAMERA and english.camera_verbs[entry.value].certainty == "sure")
        )
        if kept:
            lent[key] = kept
    return lent


@dataclass(frozen=True, slots=True)
class _Rule:
    """How words with an ending are inflected."""

    ending: str
    cut: int
    add: tuple[str, ...]


class _Glossary:
    """Walks a vocabulary file and collects its phrases."""

    def __init__(self, table: Mapping[str, Any], ways: Ways, english: Lexicon) -> None:
        self._table = table
        self._ways = ways
        self._english = english
        self._rules = _rules(table)
        self.phrases: dict[_Key, tuple[Entry, ...]] = {}
        self.glosses: dict[_Key, str] = {}
        self.stems: dict[str, _Key] = {}

    def read(self) -> None:
        for gloss, words in self._lines("words"):
            for word in words:
                self._add(word, gloss, self._meanings(gloss))
        for gloss, words in self._lines("nouns"):
            self._nouns(gloss, words)
        for gloss, words in self._lines("adjectives"):
            entries = _kept(self._meanings(gloss), _OF_ADJECTIVES) or (Entry(Kind.ADJECTIVE),)
            self._inflected(gloss, words, entries, "adjective")
        for gloss, words in self._lines("verbs"):
            entries = _kept(self._meanings(gloss), VERBS | _SPOKEN)
            self._inflected(gloss, words, entries, "verb")
        for section, kind in _OWN.items():
            for word in self._table.get(section, "").split(","):
                self._add(word.strip(), "", (Entry(kind),))
        for gloss, words in self._lines("postpositions"):
            for word in words:
                self._add(word, gloss, (*self._meanings(gloss), Entry(Kind.POSTPOSED)))
        self.phrases.pop((), None)

    def _lines(self, section: str) -> Iterator[tuple[str, list[str]]]:
        for line in self._table.get(section, "").splitlines():
            gloss, colon, words = line.partition(":")
            if not line.strip():
                continue
            if not colon:
                raise ValueError(f"no colon in a line of {section}: {line}")
            yield gloss.strip(), [word.strip() for word in words.split(",") if word.strip()]

    def _meanings(self, gloss: str) -> tuple[Entry, ...]:
        entries: list[Entry] = []
        for part in gloss.split("+"):
            written = part.strip()
            if written.isdecimal():
                entries.append(Entry(Kind.NUMBER, written))
                continue
            found = self._english.phrases.get(norm_phrase(written))
            if found is None:
                raise ValueError(f"not in the English vocabulary: {written}")
            entries += found
        return tuple(dict.fromkeys(entries))

    def _add(self, word: str, gloss: str, entries: Sequence[Entry]) -> None:
        written = word.removesuffix("*")
        key = self._key(written)
        if written != word:
            self.stems[key[0]] = key = (key[0] + "*",)
        known = self.phrases.get(key)
        self.phrases[key] = (*known, *(e for e in entries if e not in known)) if known else tuple(entries)
        if gloss and key not in self.glosses:
            self.glosses[key] = _norm_of(gloss)

    def _key(self, word: str) -> _Key:
        if self._ways.unspaced and not word.isascii():
            return ("".join(part.norm for part in split_words(word)).translate(self._ways.variants),)
        key: list[str] = []
        for norm in norm_phrase(word):
            elided = next((e for e in self._ways.elisions if norm.startswith(e) and norm != e), "")
            key += [elided, norm[len(elided) :]] if elided else [norm]
        return tuple(key)

    def _nouns(self, gloss: str, words: Iterable[str]) -> None:
        meanings = self._meanings(gloss)
        entries = tuple(e for e in meanings if e.kind not in VERBS | {Kind.SPIN})
        if any(entry.kind in NOUNS for entry in entries):
            entries = tuple(entry for entry in entries if entry.kind not in MODIFIERS)
        many = plural_of(gloss)
        plurals = tuple(replace(entry, plural=True) if entry.kind in NOUNS else entry for entry in entries)
        for word in words:
            one, *others = word.split("|")
            self._add(one, gloss, entries)
            for form in others or self._plural_forms(one):
                if form != one:
                    self._add(form, many, plurals)

    def _plural_forms(self, phrase: str) -> list[str]:
        words = phrase.split(" ")
        end = next((at for at, word in enumerate(words) if at and (len(word) <= _LINK_LENGTH_MAX or "'" in word)), None)
        head, rest = words[:end], words[len(words[:end]) :]
        if not self._ways.modifiers_follow:
            head, rest = words[-1:], []
            before = words[:-1]
            return [" ".join([*before, form]) for form in self._by_rule("noun", head[0])]
        forms = [self._by_rule("noun", word)[:1] or [word] for word in head]
        return [" ".join([*(form[0] for form in forms), *rest])] if self._by_rule("noun", head[0]) else []

    def _inflected(self, gloss: str, words: Iterable[str], entries: Sequence[Entry], rules: str) -> None:
        for word in words:
            one, *others = word.split("|")
            first, space, rest = one.partition(" ")
            forms = others or [form + space + rest for form in self._by_rule(rules, first)]
            for form in [one, *forms]:
                self._add(form, gloss, entries)

    def _by_rule(self, rules: str, word: str) -> list[str]:
        for rule in self._rules.get(rules, ()):
            if word.endswith(rule.ending):
                stem = word[: len(word) - rule.cut]
                return [stem + ending for ending in rule.add]
        return []


_OWN = {
    "counters": Kind.COUNTER,
    "linkers": Kind.LINKER,
    "markers": Kind.MARKER,
    "post_negators": Kind.POST_NEGATOR,
}


def _kept(entries: Iterable[Entry], kinds: frozenset[Kind]) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if entry.kind in kinds)


def _rules(table: Mapping[str, Any]) -> dict[str, list[_Rule]]:
    return {
        name: [_Rule(ending, cut, tuple(add)) for ending, cut, add in rules]
        for name, rules in table.get("forms", {}).items()
    }


@functools.lru_cache(maxsize=1)
def _norm_of(gloss: str) -> str:
    """Return what items are known by; the forms of a word ask one after the other."""
    return " ".join(norm_phrase(gloss.partition("+")[0].strip()))
