"""Turn the inputs of a spec into stored, checked files: fetch or decode, look at in a child process, store."""

import uuid
from dataclasses import replace
from typing import Final

from reelgate.core.errors import InputTooLarge, InputUnreachable, InputUnreadable
from reelgate.core.ids import RANDOM_BYTES, new_id
from reelgate.core.media import IMAGE_SIZE_MAX_BYTES, IMAGE_TYPES
from reelgate.core.task import InlineSource, Input, StoredSource, TaskSpec, UrlSource
from reelgate.kit.data_url import DataUrlInvalid, DataUrlTooLarge, read_data_url
from reelgate.kit.fetch import FetchFailed, FetchRefused, FetchTooLarge, fetch
from reelgate.media.inspect import inspect_picture
from reelgate.service.gateway import Gateway

_TOO_LARGE: Final = f"has more than {IMAGE_SIZE_MAX_BYTES:,} bytes"


async def store_inputs(gateway: Gateway, spec: TaskSpec) -> TaskSpec:
    """Return the spec with every input stored.

    May be repeated; files of a request that is refused afterwards are left to the sweep.

    Raises:
        InputUnreachable, InputTooLarge, InputUnreadable: an input cannot be used; the message names its field.
        StorageFull, StorageUnavailable: it cannot be stored.

    """
    return replace(spec, inputs=tuple([await _store_input(gateway, item) for item in spec.inputs]))


async def _store_input(gateway: Gateway, item: Input) -> Input:
    if isinstance(item.source, StoredSource):
        return item
    content, file_name = await _content(gateway, item.field, item.source)
    picture = await inspect_picture(content, field=item.field, children=gateway.children)
    name = new_id(gateway.clock(), gateway.random(RANDOM_BYTES))
    key = input_key(name, picture.media_type)
    stored = await gateway.objects.put_bytes(key, picture.upright, picture.media_type)
    source = StoredSource(
        object_key=key,
        media_type=picture.media_type,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        width_px=picture.width_px,
        height_px=picture.height_px,
        file_name=file_name,
    )
    return replace(item, source=source)


def input_key(name: uuid.UUID, media_type: str) -> str:
    """Return where an input is stored. Pure."""
    return f"inputs/{name.hex}.{IMAGE_TYPES[media_type]}"


async def _content(gateway: Gateway, field: str, source: UrlSource | InlineSource) -> tuple[bytes, str | None]:
    if isinstance(source, InlineSource):
        if len(source.content) > IMAGE_SIZE_MAX_BYTES:
            raise InputTooLarge(field, _TOO_LARGE)
        return source.content, source.file_name
    if source.url[:5].lower() == "data:":
        return _data_url_content(field, source.url), None
    try:
        fetched = await fetch(source.url, rules=gateway.fetch_rules)
    except FetchTooLarge as error:
        raise InputTooLarge(field, _TOO_LARGE) from error
    except (FetchRefused, FetchFailed) as error:
        raise InputUnreachable(field, str(error)) from error
    return fetched.content, None


def _data_url_content(field: str, url: str) -> bytes:
    try:
        content, _ = read_data_url(url, IMAGE_SIZE_MAX_BYTES)
    except DataUrlTooLarge as error:
        raise InputTooLarge(field, _TOO_LARGE) from error
    except DataUrlInvalid as error:
        raise InputUnreadable(field, str(error)) from error
    return content
