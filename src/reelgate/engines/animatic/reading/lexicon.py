"""Loads the English vocabulary, which says what every word means, and looks phrases of any language up.

It must not know any word of any language: those are in `vocabulary/<code>.toml`. `glossary` loads the other languages
by what their words are in English. The readers of this package call it.
"""

import enum
import functools
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources
from typing import Any

from reelgate.engines.animatic.reading.words import Gap, Word, norm_phrase


class Kind(enum.StrEnum):
    """What a phrase can be in a prompt."""

    FIGURE = "figure"
    PLACE = "place"
    TIME = "time"
    WEATHER = "weather"
    HINT = "hint"
    CAMERA = "camera"
    DIRECTION = "direction"
    CAMERA_NOUN = "camera_noun"
    ORIGIN = "origin"
    PACE = "pace"
    PACE_ANYWHERE = "pace_anywhere"
    FRAMING = "framing"
    LOOK = "look"
    MOTION = "motion"
    SPIN = "spin"
    SIZE = "size"
    COLOUR = "colour"
    SHADE = "shade"
    NUMBER = "number"
    GROUP = "group"
    WORN = "worn"
    GEAR = "gear"
    LIGHT = "light"
    PART = "part"
    ABSTRACT = "abstract"
    VERB = "verb"
    ADJECTIVE = "adjective"
    QUALITY = "quality"
    KINDS = "kinds"
    YIELDING = "yielding"
    YOUNG = "young"
    DETERMINER = "determiner"
    SINGULAR = "singular"
    PRONOUN = "pronoun"
    CONJUNCTION = "conjunction"
    ALTERNATIVE = "alternative"
    PREPOSITION = "preposition"
    ASIDE = "aside"
    OF = "of"
    FILLING = "filling"
    NEGATOR = "negator"
    IDLE_NEGATOR = "idle_negator"
    RESTORER = "restorer"
    PARTICLE = "particle"
    SPEECH = "speech"
    SOUND = "sound"
    BEAT_HARD = "beat_hard"
    BEAT_SOFT = "beat_soft"
    BEAT_NUMBERED = "beat_numbered"
    # Of languages that build sentences unlike English; `order` has settled them before anybody else reads.
    COUNTER = "counter"
    LINKER = "linker"
    MARKER = "marker"
    POSTPOSED = "postposed"
    POST_NEGATOR = "post_negator"


@dataclass(frozen=True, slots=True)
class Entry:
    """One meaning of a phrase."""

    kind: Kind
    #: The code's word for it: a figure, a place, "place:sea" for a hint, "#rrggbb", a number.
    value: str = ""
    #: The figure or place only stands in for the word.
    near: bool = False
    plural: bool = False
    #: One and many are the same word, as "fish".
    either: bool = False
    #: What a word of its own brings along.
    colour: str | None = None
    size: float | None = None
    count: int | None = None
    motion: str | None = None


@dataclass(frozen=True, slots=True)
class CameraVerb:
    """What a verb of camera work does."""

    certainty: str
    #: Camera moves to choose from when no direction is given.
    alone: tuple[str, ...]
    #: Words that are about the camera where nothing else stands between two commas.
    lone: frozenset[str]
    #: Direction to camera move.
    directed: Mapping[str, str]
    stands_for: bool


Phrases = Mapping[tuple[str, ...], tuple[Entry, ...]]


@dataclass(frozen=True, slots=True)
class Ways:
    """How a language writes and builds its sentences, as far as that differs from English."""

    #: Words stand without spaces between them.
    unspaced: bool = False
    #: Colours and other modifiers stand after the noun: "globos rojos".
    modifiers_follow: bool = False
    #: What English says before a noun is said after it, and the verb comes last.
    verb_last: bool = False
    #: Nouns are written with a capital letter.
    capitals: bool = False
    #: Nouns grow together: "Bergsee".
    compounds: bool = False
    #: Short words that lose their vowel before another: "l'".
    elisions: tuple[str, ...] = ()
    #: Endings that are words of their own, the longest first: "가".
    endings: tuple[str, ...] = ()
    #: Signs that are written in two ways, to those that the vocabulary has.
    variants: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of one language."""

    language: str
    name: str
    phrases: Phrases
    #: First word of a phrase to the length of the longest such phrase, in words.
    longest: Mapping[str, int]
    camera_verbs: Mapping[str, CameraVerb]
    abstract_endings: tuple[str, ...]
    concrete_words: frozenset[str]
    ways: Ways = field(default_factory=Ways)
    #: Phrases to what they are in English; without any in English itself.
    glosses: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    #: Beginnings of words whose endings change: "달리" of "달리는".
    stems: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: English phrases that stand in texts of this language too: "slow motion".
    lent: Phrases = field(default_factory=dict)
    lent_longest: Mapping[str, int] = field(default_factory=dict)

    def match(self, words: Sequence[Word], at: int) -> tuple[int, tuple[Entry, ...]]:
        """Return the length in words of the longest phrase that starts at a word, and its meanings; (0, ()) if none.

        A phrase never ends inside a hyphened word.
        """
        reach = 1
        first = words[at].norm
        longest = min(max(self.longest.get(first, 0), self.lent_longest.get(first, 0)), len(words) - at)
        while reach < longest and words[at + reach].gap == Gap.NONE:
            reach += 1
        for length in range(min(reach, longest), 0, -1):
            key = tuple(word.norm for word in words[at : at + length])
            found = self.phrases.get(key) or self.lent.get(key)
            if found and not (at + length < len(words) and words[at + length].glued):
                return length, found
        return 0, ()

    def gloss(self, words: Sequence[Word]) -> str:
        """Return what a phrase is in English, or else the phrase itself, both without case and accents."""
        key = tuple(word.norm for word in words)
        return self.glosses.get(key) or " ".join(key)

    def names_no_thing(self, norm: str) -> bool:
        """Tell whether an unknown word looks like one that nothing can be drawn for."""
        return norm not in self.concrete_words and norm.endswith(self.abstract_endings)


@functools.cache
def load_english() -> Lexicon:
    """Load the English vocabulary."""
    table = _table()
    phrases: dict[tuple[str, ...], list[Entry]] = {}
    for phrase, entry in _Words(table).entries():
        meanings = phrases.setdefault(norm_phrase(phrase), [])
        # A plural that is its own singular is the singular.
        if not any(replace(entry, plural=meaning.plural) == meaning for meaning in meanings):
            meanings.append(entry)
    phrases.pop((), None)
    return Lexicon(
        language=table["language"],
        name=table["name"],
        phrases={key: tuple(meanings) for key, meanings in phrases.items()},
        longest=longest_of(phrases),
        camera_verbs={name: _camera_verb(verb) for name, verb in table["camera"]["verbs"].items()},
        abstract_endings=tuple(table["suffixes"]["abstract"]),
        concrete_words=frozenset(table["suffixes"]["concrete"]),
    )


def plural_of(noun: str) -> str:
    """Return the plural of an English noun."""
    return _english_words().plural(noun)


@functools.cache
def _english_words() -> "_Words":
    return _Words(_table())


@functools.cache
def _table() -> Mapping[str, Any]:
    source = resources.files("reelgate.engines.animatic") / "vocabulary" / "en.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def lent_words() -> frozenset[str]:
    """Return the names that stand in texts of any language."""
    return frozenset(_table()["lent"]["words"])


def longest_of(*tables: Iterable[tuple[str, ...]]) -> dict[str, int]:
    """Return for each first word of phrases the length of the longest such phrase, in words."""
    longest: dict[str, int] = {}
    for keys in tables:
        for key in keys:
            longest[key[0]] = max(longest.get(key[0], 0), len(key))
    return longest


def _camera_verb(verb: Mapping[str, Any]) -> CameraVerb:
    plain = {"words", "certainty", "alone", "lone", "stands_for"}
    return CameraVerb(
        certainty=verb["certainty"],
        alone=tuple(verb["alone"]),
        lone=frozenset(verb.get("lone", ())),
        directed={direction: move for direction, move in verb.items() if direction not in plain},
        stands_for=bool(verb.get("stands_for", False)),
    )


class _Words:
    """Walks a vocabulary file and gives each phrase with one meaning at a time."""

    #: Section and list to kind, for lists of words as they are.
    _PLAIN: tuple[tuple[str, str, Kind], ...] = (
        ("grammar", "determiners", Kind.DETERMINER),
        ("grammar", "singular", Kind.SINGULAR),
        ("grammar", "pronouns", Kind.PRONOUN),
        ("grammar", "conjunctions", Kind.CONJUNCTION),
        ("grammar", "alternatives", Kind.ALTERNATIVE),
        ("grammar", "prepositions", Kind.PREPOSITION),
        ("grammar", "aside", Kind.ASIDE),
        ("grammar", "negators", Kind.NEGATOR),
        ("grammar", "idle_negators", Kind.IDLE_NEGATOR),
        ("grammar", "restorers", Kind.RESTORER),
        ("grammar", "particles", Kind.PARTICLE),
        ("grammar", "camera_nouns", Kind.CAMERA_NOUN),
        ("grammar", "speech", Kind.SPEECH),
        ("grammar", "sounds", Kind.SOUND),
        ("grammar", "of", Kind.OF),
        ("grammar", "filling", Kind.FILLING),
        ("beats", "hard", Kind.BEAT_HARD),
        ("beats", "soft", Kind.BEAT_SOFT),
        ("beats", "numbered", Kind.BEAT_NUMBERED),
        ("camera.origins", "words", Kind.ORIGIN),
        ("spins", "words", Kind.SPIN),
        ("geography", "words", Kind.ABSTRACT),
        ("adjectives", "words", Kind.ADJECTIVE),
        ("quality", "words", Kind.QUALITY),
        ("yielding", "words", Kind.YIELDING),
        ("paces", "anywhere", Kind.PACE_ANYWHERE),
    )
    _NOUNS: tuple[tuple[str, Kind], ...] = (
        ("worn", Kind.WORN),
        ("lights", Kind.LIGHT),
        ("gear", Kind.GEAR),
        ("parts", Kind.PART),
        ("abstract", Kind.ABSTRACT),
        ("young", Kind.YOUNG),
    )
    #: Sections of a list of phrases for each value, and whether they are nouns.
    _VALUED: tuple[tuple[str, Kind, bool], ...] = (
        ("times", Kind.TIME, True),
        ("weathers", Kind.WEATHER, True),
        ("camera.directions", Kind.DIRECTION, False),
        ("framings", Kind.FRAMING, False),
        ("looks", Kind.LOOK, False),
        ("kinds", Kind.KINDS, False),
    )
    _SCALARS: tuple[tuple[str, Kind], ...] = (
        ("numbers", Kind.NUMBER),
        ("sizes", Kind.SIZE),
        ("colours", Kind.COLOUR),
        ("shades", Kind.SHADE),
    )

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table
        self._plurals: Mapping[str, str] = table["plurals"]
        self._irregular: Mapping[str, Sequence[str]] = table["irregular"]

    def plural(self, noun: str) -> str:
        return self._noun_forms(noun)[0]

    def entries(self) -> Iterator[tuple[str, Entry]]:
        for section, name, kind in self._PLAIN:
            yield from ((word, Entry(kind)) for word in self._section(section)[name])
        for section, kind in self._NOUNS:
            yield from self._nouns(self._table[section]["words"], Entry(kind))
        for section, kind, nouns in self._VALUED:
            for value, words in self._section(section).items():
                if section != "camera.directions" and nouns:
                    yield from self._nouns(words, Entry(kind, value))
                else:
                    yield from ((word, Entry(kind, value)) for word in words)
        for section, kind in self._SCALARS:
            yield from ((word, Entry(kind, str(value))) for word, value in self._table[section].items())
        yield from self._figures_and_places()
        yield from self._verbs()
        yield from self._camera()
        yield from self._hints()

    def _figures_and_places(self) -> Iterator[tuple[str, Entry]]:
        for section, kind in (("figures", Kind.FIGURE), ("places", Kind.PLACE)):
            for value, words in self._table[section].items():
                yield from self._nouns(words["names"], Entry(kind, value))
                yield from self._nouns(words.get("like", ()), Entry(kind, value, near=True))
                if figure := words.get("figure"):
                    yield from self._nouns(words["names"], Entry(Kind.FIGURE, figure))
                    yield from self._nouns(words.get("like", ()), Entry(Kind.FIGURE, figure, near=True))
        yield from ((word, Entry(Kind.FIGURE, "person", count=2)) for word in self._table["couples"]["words"])
        for word, count in self._table["groups"].items():
            yield from self._nouns([word], Entry(Kind.GROUP, str(count)))

    def _verbs(self) -> Iterator[tuple[str, Entry]]:
        for value, verbs in self._table["motions"].items():
            for verb in verbs:
                yield from ((form, Entry(Kind.MOTION, value)) for form in self._verb_forms(verb))
        for verb in self._table["verbs"]["words"]:
            yield from ((form, Entry(Kind.VERB)) for form in self._verb_forms(verb))

    def _camera(self) -> Iterator[tuple[str, Entry]]:
        for name, verb in self._table["camera"]["verbs"].items():
            yield from ((word, Entry(Kind.CAMERA, name)) for word in verb["words"])
        for pace in ("slow", "fast"):
            yield from ((word, Entry(Kind.PACE, pace)) for word in self._table["paces"][pace])

    def _hints(self) -> Iterator[tuple[str, Entry]]:
        for hint in self._table["hints"]:
            for fact, value in hint.items():
                if fact != "words":
                    yield from self._nouns(hint["words"], Entry(Kind.HINT, f"{fact}:{value}"))

    def _section(self, path: str) -> Any:
        found: Any = self._table
        for name in path.split("."):
            found = found[name]
        return found

    def _nouns(self, words: Iterable[str | Mapping[str, Any]], entry: Entry) -> Iterator[tuple[str, Entry]]:
        for word in words:
            written = word if isinstance(word, str) else str(word["word"])
            meant = entry if isinstance(word, str) else replace(entry, **{k: v for k, v in word.items() if k != "word"})
            forms = self._noun_forms(written)
            yield written, replace(meant, either=True) if written in forms else meant
            for form in forms:
                if form != written:
                    yield form, replace(meant, plural=True)

    def _noun_forms(self, phrase: str) -> list[str]:
        start, space, noun = phrase.rpartition(" ")
        if noun in self._plurals:
            return [start + space + self._plurals[noun]]
        return [start + space + form for form in self._by_rule("noun", noun)]

    def _verb_forms(self, phrase: str) -> list[str]:
        verb, space, rest = phrase.partition(" ")
        forms = [*self._irregular.get(verb, self._by_rule("verb", verb)), verb]
        return [form + space + rest for form in forms]

    def _by_rule(self, rules: str, word: str) -> list[str]:
        for rule in self._table["forms"][rules]:
            if word.endswith(rule["ending"]):
                stem = word[: len(word) - rule["cut"]]
                return [stem + ending for ending in rule["add"]]
        return []
