"""Folders that a server needs. Light on imports, for `serve`."""

from reelgate.core.errors import ServerMisconfigured
from reelgate.settings import Settings


def make_data_folder(settings: Settings) -> None:
    """Make the data folder where it is missing.

    Raises:
        ServerMisconfigured: it cannot be made.

    """
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ServerMisconfigured(f"The data folder {settings.data} cannot be made: {error.strerror}.") from error
