"""What `serve` hands its parts, and how they end. Light on imports: parts are started by it."""

from typing import Final

from reelgate.kit.lifeline import hold_lifeline
from reelgate.kit.logs import configure_logs
from reelgate.settings import Settings

#: Names the inherited descriptor of the listening socket.
SOCKET_VARIABLE: Final = "REELGATE_SOCKET_FD"
#: Says that what links start with is only the address that the server listens on.
GUESSED_VARIABLE: Final = "REELGATE_PUBLIC_URL_GUESSED"
#: How long what is under way may take when the server is told to end.
DRAIN_S: Final = 10
BACKLOG: Final = 2048


def take_over() -> tuple[Settings, str, str]:
    """Return a part's settings, the database's address and what links start with, as `serve` has handed them over.

    The process ends with its parent from now on.

    Raises:
        SystemExit: it was not started by `serve`.

    """
    hold_lifeline()
    settings = Settings()
    configure_logs(settings.log_level, settings.log_format)
    if settings.database_url is None or settings.public_url is None:
        raise SystemExit("REELGATE_DATABASE_URL and REELGATE_PUBLIC_URL are set by `reelgate serve`; use that.")
    return settings, settings.database_url, settings.public_url
