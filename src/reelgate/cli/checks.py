"""Find what an operator has set wrongly before anything is started, instead of in every part again and again."""

from reelgate.app.tables import fetch_rules, load_buckets, load_catalogue, load_checkout, load_proxies
from reelgate.core.errors import ServerMisconfigured, StorageUnavailable
from reelgate.objects.opening import open_store
from reelgate.settings import Settings


async def check_settings(settings: Settings) -> None:
    """Read what the settings lead to, as the parts will.

    Raises:
        ReelgateError: something cannot be read or reached; the message says what.

    """
    load_catalogue(settings)
    fetch_rules(settings)
    load_checkout(settings)
    load_proxies(settings)
    for place in (settings.objects_place, *(mapping.place for mapping in load_buckets(settings).mappings)):
        try:
            await open_store(place).close()
        except StorageUnavailable as error:
            raise ServerMisconfigured(f"Files cannot be stored in {place}: {error.__cause__}.") from error
