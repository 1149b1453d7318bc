"""Cuts text into words, and takes out what is marked by signs: quoted texts and times of shots.

Knows no language and must not raise on any text; every pattern is bounded, so the time is linear. `grammar` calls it.
"""

import enum
import re
import unicodedata
from dataclasses import dataclass, field

# Longer words are no words; cutting them bounds what is kept of hostile text.
_WORD_LENGTH_MAX = 60
_TITLE_LENGTH_MAX = 60

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|&")
_STOP = re.compile(r"[.!?…](?=[\s\"'”»)\]])|[。！？।؟]|\n[ \t\r]*\n")
_COMMA = re.compile(r"[,;:()\[\]{}|/•–—\n、，；：،]|\.\.| -+ ")
# An opening quote stands at the start or after a space or sign, so that 24" and 'tis open nothing.
_QUOTED = re.compile(
    r"(?:(?<=^)|(?<=[\s(\[{:,;.!?—–\u2e80-\ud7ff\uff00-\uffef-]))\"([^\"\n]{1,200})\""
    r"|“([^”“\n]{1,200})[”“]|„([^“”\n]{1,200})[“”]|«([^»\n]{1,200})»|»([^«\n]{1,200})«"
    r"|「([^」\n]{1,200})」|『([^』\n]{1,200})』|《([^》\n]{1,200})》"
)
_CLOCK_SPAN = re.compile(r"\[?\(?(\d{1,2}):(\d{2})(?:\.\d{1,3})? ?[-–—] ?(\d{1,2}):(\d{2})(?:\.\d{1,3})?\]?\)?")
_SECONDS_SPAN = re.compile(r"(?<![\w:])\[?\(?(\d{1,3}) ?s? ?[-–—] ?(\d{1,3}) ?(?:s|sec|secs|seconds)\b\]?\)?")


class Gap(enum.IntEnum):
    """What stands between a word and the one before it."""

    NONE = 0
    COMMA = 1
    COLON = 2
    STOP = 3


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the text."""

    #: As written.
    text: str
    #: Without case, accents and possessive ending.
    norm: str
    #: Offset in the text.
    start: int
    gap: Gap
    #: Joined to the word before by a hyphen.
    glued: bool
    #: Written with an ending such as 's.
    possessive: bool


@dataclass(frozen=True, slots=True)
class Quote:
    """A quoted text, ready to be shown."""

    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the video that the text gives the time of."""

    start: int
    duration_s: int


@dataclass(frozen=True, slots=True)
class Marked:
    """Text whose marks have been taken out; offsets still hold."""

    text: str
    quotes: tuple[Quote, ...] = field(default=())
    spans: tuple[Span, ...] = field(default=())


def take_marks(text: str) -> Marked:
    """Take quoted texts and times of shots out of a text and leave spaces."""
    quotes: list[Quote] = []
    spans: list[Span] = []

    def quote(match: re.Match[str]) -> str:
        shown = clean_title(next((group for group in match.groups() if group is not None), ""))
        if shown:
            quotes.append(Quote(shown, match.start()))
        # A sentence that ends inside the quotes ends outside too.
        return " " * (len(match[0]) - 1) + ("." if shown.endswith((".", "!", "?")) else " ")

    def clock(match: re.Match[str]) -> str:
        first, first_s, last, last_s = (int(part) for part in match.groups())
        return span(match, last * 60 + last_s - first * 60 - first_s)

    def seconds(match: re.Match[str]) -> str:
        return span(match, int(match[2]) - int(match[1]))

    def span(match: re.Match[str], duration_s: int) -> str:
        if duration_s <= 0:
            return match[0]
        spans.append(Span(match.start(), duration_s))
        return " " * (len(match[0]) - 1) + "|"

    text = _QUOTED.sub(quote, text)
    text = _SECONDS_SPAN.sub(seconds, _CLOCK_SPAN.sub(clock, text))
    return Marked(text, tuple(quotes), tuple(sorted(spans, key=lambda s: s.start)))


def clean_title(text: str) -> str:
    """Return a text as a title can show it: one line, printable, at most 60 characters."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= _TITLE_LENGTH_MAX else line[: _TITLE_LENGTH_MAX - 1].rstrip() + "…"


def split_words(text: str) -> list[Word]:
    """Cut a text into words."""
    words: list[Word] = []
    end = 0
    for match in _WORD.finditer(text):
        between = text[end : match.start()]
        end = match.end()
        written = match[0][:_WORD_LENGTH_MAX]
        norm, possessive = _norm(written)
        glued = bool(words) and between in {"-", "‑", "\N{HYPHEN}"}
        words.append(Word(written, norm, match.start(), Gap.NONE if glued else _gap(between), glued, possessive))
    return words


def norm_phrase(text: str) -> tuple[str, ...]:
    """Return a phrase of the vocabulary as the words of a text are compared with it."""
    if text.isalpha():
        return (text.lower() if text.isascii() else _norm(text)[0],)
    return tuple(word.norm for word in split_words(text))


def _norm(written: str) -> tuple[str, bool]:
    if written.isascii():
        norm = written.lower()
    elif any(sign >= "\u2e80" for sign in written):
        # Signs of East Asia are taken apart by no means: が is not か.
        return unicodedata.normalize("NFKC", written).casefold(), False
    else:
        apart = unicodedata.normalize("NFKD", written.casefold().replace("’", "'"))
        norm = "".join(sign for sign in apart if not unicodedata.combining(sign))
    possessive = norm.endswith(("'s", "s'")) and len(norm) > 2
    return (norm.removesuffix("'s").removesuffix("'"), True) if possessive else (norm, False)


def _gap(between: str) -> Gap:
    if between in {"", " "}:
        return Gap.NONE
    if _STOP.search(between):
        return Gap.STOP
    if ":" in between or "：" in between:
        return Gap.COLON
    return Gap.COMMA if _COMMA.search(between) else Gap.NONE
