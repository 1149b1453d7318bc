"""Small pictures of a finished task: its thumbnail as WebP, and a sheet of frames of its video as JPEG.

Made when somebody asks, in a limited child, and kept for a day: a preview is noted as a file that no task has, so the
sweep removes it (`store.files`) and the next request makes it again. Dialects call it.
"""

import asyncio
import contextlib
import enum
import hashlib
import pathlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reelgate.core.errors import StorageUnavailable
from reelgate.core.task import Artifact, ArtifactKind
from reelgate.media.previews import draw_spritesheet, to_webp
from reelgate.service.gateway import Gateway
from reelgate.store.files import note_files


class PreviewKind(enum.StrEnum):
    """What a preview shows."""

    THUMBNAIL = "thumbnail"
    SPRITESHEET = "spritesheet"


#: What each is made from, its media type, and what its name ends with.
_MADE_FROM: Final = {PreviewKind.THUMBNAIL: ArtifactKind.THUMBNAIL, PreviewKind.SPRITESHEET: ArtifactKind.VIDEO}
_MEDIA_TYPES: Final = {PreviewKind.THUMBNAIL: "image/webp", PreviewKind.SPRITESHEET: "image/jpeg"}
_ENDINGS: Final = {PreviewKind.THUMBNAIL: "webp", PreviewKind.SPRITESHEET: "spritesheet.jpg"}
#: Goes up when previews are drawn in another way, so that no old one is taken for a new one.
_EDITION: Final = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """A preview that is stored."""

    object_key: str
    size_bytes: int
    #: Lower-case hex; the same for as long as its bytes are.
    tag: str
    media_type: str
    file_name: str


async def find_preview(gateway: Gateway, artifact: Artifact) -> Preview:
    """Return the preview that is made from an artifact, making it where there is none. May be repeated.

    Raises:
        ServerBusy: it cannot be made right now.
        StorageFull, StorageUnavailable, DatabaseUnavailable: the artifact cannot be read, or the preview not stored.

    """
    kind = next(kind for kind, source in _MADE_FROM.items() if source is artifact.kind)
    object_key = preview_key(artifact, kind)
    size_bytes = await gateway.objects.size_bytes(object_key)
    if size_bytes is None:
        async with gateway.drawing:
            content = await _draw(gateway, artifact, kind)
        await note_files(gateway.database, [object_key])
        size_bytes = (await gateway.objects.put_bytes(object_key, content, _MEDIA_TYPES[kind])).size_bytes
    return Preview(
        object_key=object_key,
        size_bytes=size_bytes,
        tag=hashlib.sha256(f"{artifact.sha256} {kind} {_EDITION}".encode()).hexdigest(),
        media_type=_MEDIA_TYPES[kind],
        file_name=object_key.rpartition("/")[2],
    )


def preview_key(artifact: Artifact, kind: PreviewKind) -> str:
    """Return where a preview of an artifact is stored: beside it. Pure."""
    return f"{artifact.object_key.rpartition('.')[0]}.{_EDITION}.{_ENDINGS[kind]}"


def preview_keys(artifact: Artifact) -> tuple[str, ...]:
    """Return where every preview that is made from an artifact would be stored. Pure."""
    return tuple(preview_key(artifact, kind) for kind, source in _MADE_FROM.items() if source is artifact.kind)


async def _draw(gateway: Gateway, artifact: Artifact, kind: PreviewKind) -> bytes:
    with _scratch_file() as path:
        async with contextlib.aclosing(gateway.objects.read(artifact.object_key, 0, artifact.size_bytes)) as pieces:
            with path.open("wb") as file:
                async for piece in pieces:
                    await asyncio.to_thread(file.write, piece)
        draw = to_webp if kind is PreviewKind.THUMBNAIL else draw_spritesheet
        return await draw(path, children=gateway.children)


@contextlib.contextmanager
def _scratch_file() -> Iterator[pathlib.Path]:
    try:
        with tempfile.TemporaryDirectory(prefix="reelgate-preview-") as folder:
            yield pathlib.Path(folder) / "source"
    except OSError as error:
        raise StorageUnavailable("There is no room to work in.") from error
