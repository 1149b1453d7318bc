"""Reads a prompt into a scene: the animatic engine's shot grammar.

Pure and deterministic. It must not do I/O but load its vocabulary once, nor look at a clock, nor raise on any text.
The engine calls `read_prompt` once a task.
"""

import json
import unicodedata
from dataclasses import dataclass

from reelgate.core.task import Understanding
from reelgate.engines.animatic.reading.beats import cut_pieces
from reelgate.engines.animatic.reading.chance import Chance
from reelgate.engines.animatic.reading.draft import Draft, read_draft
from reelgate.engines.animatic.reading.glossary import LANGUAGES, load_language
from reelgate.engines.animatic.reading.items import Item
from reelgate.engines.animatic.reading.lexicon import Lexicon
from reelgate.engines.animatic.reading.notes import Notes
from reelgate.engines.animatic.reading.removal import Removal, merge_removals, read_removal
from reelgate.engines.animatic.reading.sentence import denied, read_items
from reelgate.engines.animatic.reading.shots_plan import Open, changes_picture, plan_shots
from reelgate.engines.animatic.reading.tongue import find_tongue
from reelgate.engines.animatic.reading.words import Marked, split_words, take_marks
from reelgate.engines.animatic.scene import Scene, Shot

_SEED_LIMIT = 2**32
# From here on Unicode has pictures: dragons, castles, sunrises.
_PICTURES_FROM = "\U0001f300"
# A prompt may be written as JSON; deeper than this it is not a prompt.
_STRUCTURE_MAX = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What was made of a prompt."""

    scene: Scene
    understanding: Understanding


def read_prompt(
    prompt: str,
    *,
    negative_prompt: str | None,
    seed: int,
    people_allowed: bool = True,
    from_picture: bool = False,
    before: Shot | None = None,
) -> Reading:
    """Turn a prompt into a scene of at least one shot; the same text and seed give the same scene.

    `people_allowed=False` leaves people out. With `from_picture` the caller's picture is the scene, and no subjects
    are drawn. `before` is the shot that it goes on from: what is not said stays as it was. Any text will do; what had
    no effect is listed in the understanding.
    """
    notes, chance = Notes(), Chance(seed % _SEED_LIMIT)
    text, unwanted = _plain_text(_spelled_out(prompt))
    marked = take_marks(text)
    words = split_words(marked.text)
    tongue = find_tongue(marked.text, words)
    lexicon = tongue.lexicon
    items = read_items(words, lexicon)
    if tongue.foreign:
        names = ", ".join(load_language(language).name for language in LANGUAGES)
        notes.ignored(f"most of the text: no language of mine ({names})")
    elif lexicon.language != LANGUAGES[0]:
        notes.understood(f"language: {lexicon.name}")
    removal = read_removal(items, lexicon, notes)
    for negative in (unwanted, negative_prompt or ""):
        removal = merge_removals(removal, _read_negative(negative, notes))
    drafts = _read_drafts(items, marked, lexicon, (chance, notes), cards=not tongue.foreign)
    if before and drafts:
        drafts[0].opening = "soft"
    whole = Open(removal, chance, notes, people_allowed, from_picture, before)
    shots = plan_shots(drafts, whole)
    return Reading(scene=Scene(shots=shots, seed=seed % _SEED_LIMIT), understanding=notes.to_understanding())


def _read_negative(text: str, notes: Notes) -> Removal:
    words = split_words(text)
    lexicon = find_tongue(text, words).lexicon
    return read_removal(denied(read_items(words, lexicon)), lexicon, notes)


def _read_drafts(
    items: list[Item], marked: Marked, lexicon: Lexicon, shared: tuple[Chance, Notes], *, cards: bool
) -> list[Draft]:
    """Read each piece, and let a next step that changes nothing in the picture go with the piece before."""
    chance, notes = shared
    drafts: list[Draft] = []
    for piece in cut_pieces(items, marked.quotes, marked.spans):
        draft = read_draft(piece, lexicon, chance, notes, cards=cards)
        if drafts and draft.opening == "soft" and not changes_picture(draft, drafts[-1]):
            drafts[-1].titles += draft.titles
        else:
            drafts.append(draft)
    return drafts


def _spelled_out(prompt: str) -> str:
    """Return a prompt without any letters as the names of its pictures, which Unicode has in English."""
    if any(sign.isalpha() for sign in prompt):
        return prompt
    named = [unicodedata.name(sign, "").lower() if sign >= _PICTURES_FROM else sign for sign in prompt[:200]]
    return ", ".join(name for name in named if name) if any(sign >= _PICTURES_FROM for sign in prompt) else prompt


def _plain_text(prompt: str) -> tuple[str, str]:
    """Return the text of a prompt that is written as JSON as sentences, and apart what it does not want."""
    if prompt.lstrip()[:1] not in {"{", "["}:
        return prompt, ""
    try:
        structure = json.loads(prompt)
    except (ValueError, RecursionError):
        return prompt, ""
    wanted: list[str] = []
    unwanted: list[str] = []
    waiting: list[tuple[str, object]] = [("", structure)]
    for _ in range(_STRUCTURE_MAX):
        if not waiting:
            break
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(str(key), inner) for key, inner in reversed(list(value.items()))]
        elif isinstance(value, list):
            waiting += [(name, inner) for inner in reversed(value)]
        elif isinstance(value, str | int | float):
            if "negative" in name.casefold():
                unwanted.append(str(value))
            else:
                wanted.append(f"{name.replace('_', ' ')}: {value}" if name else str(value))
    return ". ".join(wanted), ". ".join(unwanted)
