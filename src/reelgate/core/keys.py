"""What an API key may do: scopes, models, and until when. Pure."""

import datetime as dt
import enum
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from reelgate.core.errors import KeyForbidden


class Scope(enum.StrEnum):
    """What a request does, and what a key may be allowed to do."""

    #: See tasks, files and models.
    READ = "read"
    #: Make tasks, which cost credits.
    CREATE = "create"
    #: Cancel and delete tasks.
    DELETE = "delete"
    #: Register, change and forget endpoints for webhooks.
    WEBHOOKS = "webhooks"
    #: Change what belongs to the account itself.
    ADMIN = "admin"


#: What a key may do unless it is told otherwise.
USUAL_SCOPES: Final = frozenset(Scope) - {Scope.ADMIN}


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyTerms:
    """What a key is made for."""

    scopes: frozenset[Scope] = USUAL_SCOPES
    #: The catalogue's names of the models that it may use; None for all.
    models: frozenset[str] | None = None
    #: The key is not valid from then on.
    expires_at: dt.datetime | None = None
    #: Fewer than its account's plan allows; None for as many.
    requests_per_minute: int | None = None


#: What a key is made for unless it is told otherwise.
USUAL_TERMS: Final = KeyTerms()


def check_scope(scopes: Collection[Scope], scope: Scope) -> None:
    """Refuse what a key may not do.

    Raises:
        KeyForbidden: `scope` is not among its scopes.

    """
    if scope not in scopes:
        raise KeyForbidden(f"This API key may not {scope.value}. It may: {', '.join(sorted(scopes)) or 'nothing'}.")


def check_model(models: Collection[str] | None, model: str) -> None:
    """Refuse a model that a key may not use.

    Raises:
        KeyForbidden: there is a list, and `model` is not in it.

    """
    if models is not None and model not in models:
        raise KeyForbidden(f"This API key may not use this model. It may use: {', '.join(sorted(models)) or 'none'}.")
