"""The bodies of the OpenAI Videos wire as servers of it answer them. Structs only, read leniently.

Source: OpenAI's API reference ("Videos") and the servers of vLLM-Omni and SGLang-Diffusion, checked 2026-11-20. Only
what is needed is read: servers differ in everything else, and add fields of their own.
"""

from typing import Any

from msgspec import Struct


class Video(Struct, kw_only=True):
    """A job."""

    id: str | None = None
    status: str | None = None
    progress: float | None = None
    #: An object with `code` and `message`; some servers send a text.
    error: Any = None


class ErrorAnswer(Struct, kw_only=True):
    """An answer that is no video."""

    #: As of `Video`.
    error: Any = None
    #: FastAPI's own word for what is wrong with a request.
    detail: Any = None
    message: Any = None
