"""What an engine made of a prompt, in a header of the answers that show a task: no wire has a field for it.

A client that knows nothing of it is not disturbed; a person who looks sees what was left out. `web.dialect` adds it.
"""

import json
from typing import Final

from reelgate.core.task import Understanding

#: JSON in ASCII: an object with `understood`, `ignored` and `approximated`, each a list of phrases.
NOTES_HEADER: Final = "X-Reelgate-Notes"
#: Servers in front take headers of 4 to 8 kB, all together.
NOTES_MAX_CHARS: Final = 2000
#: In the order in which they are left out when there is no room.
_LEAST_FIRST: Final = ("understood", "approximated", "ignored")


def notes_of(told: Understanding | None) -> str | None:
    """Return the header's value, or None where nothing is told. Pure."""
    if told is None:
        return None
    notes = {"understood": told.understood, "ignored": told.ignored, "approximated": told.approximated}
    notes = {name: phrases for name, phrases in notes.items() if phrases}
    left_out: tuple[str, ...] = ()
    for name in (None, *_LEAST_FIRST):
        if name in notes:
            del notes[name]
            left_out += (name,)
        text = json.dumps(notes | ({"left_out": left_out} if left_out else {}), separators=(",", ":"))
        if len(text) <= NOTES_MAX_CHARS:
            break
    return text if notes or left_out else None
