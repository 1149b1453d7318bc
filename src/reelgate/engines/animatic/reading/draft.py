"""Reads one piece of a prompt into a draft: all that it says about one shot, before defaults.

It must not know the other shots. `grammar` calls it once a piece.
"""

from dataclasses import dataclass

from reelgate.engines.animatic.reading.beats import Piece
from reelgate.engines.animatic.reading.camera_words import CameraWork, read_camera
from reelgate.engines.animatic.reading.chance import Chance
from reelgate.engines.animatic.reading.items import Item
from reelgate.engines.animatic.reading.lexicon import Kind, Lexicon
from reelgate.engines.animatic.reading.notes import Notes
from reelgate.engines.animatic.reading.setting_words import Setting, read_setting
from reelgate.engines.animatic.reading.subjects import Cast, SubjectReader

# How far before a quoted text a verb of speech stands.
_SPEECH_REACH = 40


@dataclass(slots=True)
class Draft:
    """What one piece says."""

    opening: str
    duration_s: int | None
    camera: CameraWork
    setting: Setting
    cast: Cast
    titles: list[str]
    #: Something turns around itself.
    spins: bool
    says_anything: bool


def read_draft(piece: Piece, lexicon: Lexicon, chance: Chance, notes: Notes, *, cards: bool) -> Draft:
    """Read a piece of the prompt."""
    camera = read_camera(piece.items, lexicon, chance, notes)
    cast = SubjectReader(piece.items, lexicon, chance, notes, cards=cards).read()
    setting = read_setting(piece.items)
    _note_ignored(piece.items, notes)
    return Draft(
        opening=piece.opening,
        duration_s=piece.duration_s,
        camera=camera,
        setting=setting,
        cast=cast,
        titles=_titles(piece, notes),
        spins=any(item.live and item.has(Kind.SPIN) for item in piece.items),
        says_anything=bool(piece.items or piece.quotes),
    )


def _titles(piece: Piece, notes: Notes) -> list[str]:
    spoken_at = [item.start for item in piece.items if item.has(Kind.SPEECH)]
    titles: list[str] = []
    for quote in piece.quotes[:12]:
        if quote.text in titles:
            continue
        titles.append(quote.text)
        if any(0 < quote.start - start < _SPEECH_REACH for start in spoken_at):
            notes.approximated(f"speech “{quote.text}” shown as a title")
    return titles


def _note_ignored(items: list[Item], notes: Notes) -> None:
    for item in items:
        if item.heard and item.has(Kind.SOUND):
            notes.ignored("sound: it follows from the scene")
        elif item.live and item.has(Kind.QUALITY):
            notes.ignored(item.text)
