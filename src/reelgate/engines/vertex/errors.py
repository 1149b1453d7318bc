"""What Google's refusals mean: support codes by category, and codes of failed operations. Pure tables.

Source: "Responsible AI and usage guidelines" of Vertex AI's Veo pages, checked 2026-11-20.
"""

import re
from typing import Final

from reelgate.core.errors import EngineError, EngineFailed, EngineRefused, EngineTimeout

CATEGORIES: Final = {
    "child": (58061214, 17301594),
    "celebrity": (29310472, 15236754),
    "video safety": (64151117, 42237218),
    "dangerous": (62263041,),
    "hate": (57734940, 22137204),
    "other": (74803281, 29578790, 42876398),
    "prohibited": (89371032, 49114662, 63429089, 72817394, 60599140),
    "third-party content": (35561574, 35561575),
    "sexual": (90789179, 43188360),
    "toxic": (78610348,),
    "violence": (61493863, 56562880),
    "vulgar": (32635315,),
}

_BY_CODE: Final = {str(code): category for category, codes in CATEGORIES.items() for code in codes}
_CODE: Final = re.compile(r"\b\d{8}\b")

_INVALID_ARGUMENT: Final = 3
_DEADLINE_EXCEEDED: Final = 4
_FAILED_PRECONDITION: Final = 9


def categories_of(reason: str) -> tuple[str, ...]:
    """Return the categories of the support codes in a text, each once."""
    return tuple(dict.fromkeys(_BY_CODE[code] for code in _CODE.findall(reason) if code in _BY_CODE))


def with_categories(reason: str) -> str:
    """Return a text of Google's with the meaning of its support codes behind it."""
    found = categories_of(reason)
    return f"{reason} ({', '.join(found)})" if found else reason


def operation_error(code: int, message: str) -> EngineError:
    """Return why an operation failed, by its google.rpc.Code."""
    if code in (_INVALID_ARGUMENT, _FAILED_PRECONDITION) or categories_of(message):
        return EngineRefused(with_categories(message) or "The engine refused the request.")
    if code == _DEADLINE_EXCEEDED:
        return EngineTimeout(message or "The upstream took longer than it may.")
    return EngineFailed(message or f"The upstream's operation has failed with code {code}.")
