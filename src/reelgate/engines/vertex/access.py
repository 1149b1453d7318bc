"""What authorises calls to Google: a service account's file, or the credentials of the environment (ADC).

Tokens are fetched by google-auth in a thread, one at a time, and kept until shortly before they expire. It is imported
when the first token is wanted: it weighs more than all else of this engine, and most servers never call Google.
"""

import asyncio
import pathlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from reelgate.core.upstream import AccessFailed

SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_REFRESH_S: Final = 20


@dataclass(kw_only=True, slots=True)
class GoogleAccess:
    """Tokens of one identity."""

    #: A service account's file; None takes the credentials of the environment.
    path: pathlib.Path | None
    _credentials: Any = field(default=None, init=False)
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def headers(self) -> Mapping[str, str]:
        """Return the header with a token that is good for a while.

        Raises:
            AccessFailed: there is none to be had.

        """
        async with self._busy:
            if self._credentials is None or not self._credentials.valid:
                await asyncio.to_thread(self._refresh)
            return {"authorization": f"Bearer {self._credentials.token}"}

    def _refresh(self) -> None:
        import google.auth.exceptions  # noqa: PLC0415 - the module's docstring says why
        import google.auth.transport.requests  # noqa: PLC0415
        import requests  # noqa: PLC0415

        try:
            if self._credentials is None:
                self._credentials = self._load()
            with requests.Session() as session:
                # Neither a proxy nor a .netrc of the environment.
                session.trust_env = False
                self._credentials.refresh(_patient(google.auth.transport.requests.Request(session)))
        except (google.auth.exceptions.GoogleAuthError, OSError, ValueError) as error:
            raise AccessFailed(f"Google gives no token: {type(error).__name__}.") from error

    def _load(self) -> Any:
        import google.auth  # noqa: PLC0415
        from google.oauth2 import service_account  # noqa: PLC0415

        if self.path is None:
            found, _ = google.auth.default(scopes=[SCOPE])
            return found
        return service_account.Credentials.from_service_account_file(str(self.path), scopes=[SCOPE])


def _patient(request: Callable[..., Any]) -> Callable[..., Any]:
    """Wait less than google-auth's two minutes."""

    def ask(*arguments: Any, **named: Any) -> Any:
        return request(*arguments, **{**named, "timeout": _REFRESH_S})

    return ask
