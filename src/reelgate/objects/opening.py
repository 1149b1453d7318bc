"""Opens the object store that a setting names. Called once, by `app`."""

import pathlib
import urllib.parse
from collections.abc import Callable

from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, MemoryStore, S3Store, from_url

from reelgate.core.errors import ServerMisconfigured
from reelgate.objects.cloud import CloudStore
from reelgate.objects.disk import DiskStore
from reelgate.objects.store import ObjectStore, check_key


def open_store(place: str, check: Callable[[str], str] = check_key) -> ObjectStore:
    """Open the store at a folder's path or a URL: file, s3, gs, az or memory; its credentials are the environment's.

    `check` returns a key that is safe, and raises `ValueError` for any other.

    Raises:
        ServerMisconfigured: it is no such place.
        StorageUnavailable: the folder cannot be made.

    """
    if "://" not in place:
        return DiskStore(pathlib.Path(place), check)
    parts = urllib.parse.urlsplit(place)
    if parts.scheme == "file" and parts.netloc in {"", "localhost"}:
        return DiskStore(pathlib.Path(urllib.parse.unquote(parts.path)), check)
    try:
        bucket = from_url(place)
    except (BaseError, ValueError) as error:
        raise ServerMisconfigured(f"{place!r} is not a place to store files.") from error
    if not isinstance(bucket, AzureStore | GCSStore | MemoryStore | S3Store):
        raise ServerMisconfigured(f"{place!r} is not a place to store files.")
    return CloudStore(bucket, check)
