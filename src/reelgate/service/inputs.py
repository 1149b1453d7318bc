"""Turn the inputs of a spec into stored, checked files: fetch or decode, look at in a child process, store.

Nothing stays of a request that is refused: what `store_inputs` stored is removed by itself or by `discard_inputs`, and
by the sweep where the server died between (`store.files`).
"""

import contextlib
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from reelgate.core.errors import InputTooLarge, InputUnreachable, InputUnreadable, OperatorError
from reelgate.core.ids import RANDOM_BYTES, new_id
from reelgate.core.media import IMAGE_SIZE_MAX_BYTES, IMAGE_TYPES, VIDEO_SIZE_MAX_BYTES, VIDEO_TYPES
from reelgate.core.prompt import unfit_character
from reelgate.core.task import InlineSource, Input, Role, StoredSource, TaskSpec, UrlSource
from reelgate.kit.data_url import DataUrlInvalid, DataUrlTooLarge, read_data_url
from reelgate.kit.fetch import FetchFailed, FetchRefused, FetchTooLarge, fetch
from reelgate.media.inspect import inspect_picture, inspect_video
from reelgate.service.gateway import Gateway
from reelgate.store.files import drop_files, note_files

#: A file's name is kept for the owner to know it by; more of it says nothing.
FILE_NAME_MAX_CHARS: Final = 255

_FOLDER: Final = "inputs/"


async def store_inputs(gateway: Gateway, spec: TaskSpec) -> TaskSpec:
    """Return the spec with every input stored; when one cannot be, none stays.

    Raises:
        InputUnreachable, InputTooLarge, InputUnreadable: an input cannot be used; the message names its field.
        StorageFull, StorageUnavailable, DatabaseUnavailable: it cannot be stored.
        ServerBusy: it cannot be looked at.

    """
    if not spec.inputs:
        return spec
    stored: list[Input] = []
    async with contextlib.AsyncExitStack() as undo:
        undo.push_async_callback(_discard, gateway, stored)
        for item in spec.inputs:
            stored.append(await _store_input(gateway, item))  # noqa: PERF401 - the undoing sees each as it comes
        undo.pop_all()
    return replace(spec, inputs=tuple(stored))


async def discard_inputs(gateway: Gateway, spec: TaskSpec) -> None:
    """Remove the inputs that `store_inputs` stored for a task that was not accepted. May be repeated."""
    await _discard(gateway, spec.inputs)


async def _discard(gateway: Gateway, inputs: Sequence[Input]) -> None:
    sources = [item.source for item in inputs]
    stored = [source.object_key for source in sources if isinstance(source, StoredSource)]
    keys = [key for key in stored if is_input_key(key)]
    if not keys:
        return
    # What cannot be removed now is still noted, and left to the sweep.
    with contextlib.suppress(OperatorError):
        for key in keys:
            await gateway.objects.delete(key)
        await drop_files(gateway.database, keys)


async def _store_input(gateway: Gateway, item: Input) -> Input:
    if isinstance(item.source, StoredSource):
        return await _copy_input(gateway, item, item.source)
    if item.role is Role.SOURCE_VIDEO:
        content, file_name = await _content(gateway, item.field, item.source, VIDEO_SIZE_MAX_BYTES)
        media_type, facts = await inspect_video(content, field=item.field, children=gateway.children)
        source = await _put(gateway, content, media_type, (facts.width_px, facts.height_px))
        source = replace(source, duration_s=facts.duration_s)
    else:
        content, file_name = await _content(gateway, item.field, item.source, IMAGE_SIZE_MAX_BYTES)
        picture = await inspect_picture(content, field=item.field, children=gateway.children)
        source = await _put(gateway, picture.upright, picture.media_type, (picture.width_px, picture.height_px))
    return replace(item, source=replace(source, file_name=plain_file_name(file_name)))


async def _put(gateway: Gateway, content: bytes, media_type: str, size_px: tuple[int, int]) -> StoredSource:
    now = gateway.clock()
    key = input_key(new_id(now, gateway.random(RANDOM_BYTES)), media_type)
    await note_files(gateway.database, [key])
    stored = await gateway.objects.put_bytes(key, content, media_type)
    return StoredSource(
        object_key=key,
        media_type=media_type,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        width_px=size_px[0],
        height_px=size_px[1],
    )


async def _copy_input(gateway: Gateway, item: Input, source: StoredSource) -> Input:
    """Store another task's input once more: an input goes with its task, so no two tasks share one."""
    if not is_input_key(source.object_key):
        return item
    async with contextlib.aclosing(gateway.objects.read(source.object_key, 0, source.size_bytes)) as pieces:
        content = b"".join([piece async for piece in pieces])
    now = gateway.clock()
    key = input_key(new_id(now, gateway.random(RANDOM_BYTES)), source.media_type)
    await note_files(gateway.database, [key])
    await gateway.objects.put_bytes(key, content, source.media_type)
    return replace(item, source=replace(source, object_key=key))


def input_key(name: uuid.UUID, media_type: str) -> str:
    """Return where an input is stored. Pure."""
    return f"{_FOLDER}{name.hex}.{(IMAGE_TYPES | VIDEO_TYPES)[media_type]}"


def is_input_key(object_key: str) -> bool:
    """Return whether a file was stored as an input, and not as what a task made. Pure."""
    return object_key.startswith(_FOLDER)


def plain_file_name(name: str | None) -> str | None:
    """Return a caller's file name without control characters, cut to `FILE_NAME_MAX_CHARS`; None for none. Pure."""
    text = "".join(c for c in name or "" if not unfit_character(c) and c not in "\t\n\r")
    return text[:FILE_NAME_MAX_CHARS] or None


async def _content(
    gateway: Gateway, field: str, source: UrlSource | InlineSource, max_bytes: int
) -> tuple[bytes, str | None]:
    too_large = f"has more than {max_bytes:,} bytes"
    if isinstance(source, InlineSource):
        if len(source.content) > max_bytes:
            raise InputTooLarge(field, too_large)
        return source.content, source.file_name
    if source.url[:5].lower() == "data:":
        return _data_url_content(field, source.url, max_bytes), None
    try:
        fetched = await fetch(source.url, rules=replace(gateway.fetch_rules, size_max_bytes=max_bytes))
    except FetchTooLarge as error:
        raise InputTooLarge(field, too_large) from error
    except (FetchRefused, FetchFailed) as error:
        raise InputUnreachable(field, str(error)) from error
    return fetched.content, None


def _data_url_content(field: str, url: str, max_bytes: int) -> bytes:
    try:
        content, _ = read_data_url(url, max_bytes)
    except DataUrlTooLarge as error:
        raise InputTooLarge(field, f"has more than {max_bytes:,} bytes") from error
    except DataUrlInvalid as error:
        raise InputUnreadable(field, str(error)) from error
    return content
