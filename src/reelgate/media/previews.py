"""Has previews drawn from files of our own, in a child (`preview_child`) whose module this one must only name.

The files were probed when they were stored; they are decoded in a child all the same, as no server process imports a
codec. `service.previews` calls it.
"""

import pathlib
from typing import Any, Final

from reelgate.core.errors import ServerBusy, StorageUnavailable
from reelgate.kit.children import ChildCrashed, ChildFailed, ChildPool, ChildTimeout, Limits

PREVIEW_CHILD: Final = "reelgate.media.preview_child"

_LIMITS: Final = Limits(memory_bytes=1_000_000_000, cpu_s=60, wall_s=60, file_bytes=0, answer_bytes=8_000_000)


async def to_webp(path: pathlib.Path, *, children: ChildPool) -> bytes:
    """Return a picture as a WebP file of the same size. May be repeated; the same file gives the same bytes.

    Raises:
        StorageUnavailable: the file is not the picture that was stored.
        ServerBusy: no child could do it right now.

    """
    return await _draw("to_webp", path, children)


async def draw_spritesheet(path: pathlib.Path, *, children: ChildPool) -> bytes:
    """Return frames of a video, evenly spaced, row by row in one JPEG. May be repeated, as `to_webp`.

    Raises:
        StorageUnavailable: the file is not the video that was stored.
        ServerBusy: no child could do it right now.

    """
    return await _draw("draw_spritesheet", path, children)


async def _draw(function: str, path: pathlib.Path, children: ChildPool) -> bytes:
    try:
        answer: Any = await children.call(f"{PREVIEW_CHILD}:{function}", {"path": str(path)}, limits=_LIMITS)
    except ChildFailed as error:
        raise StorageUnavailable("The stored file cannot be read as what it was.") from error
    except (ChildCrashed, ChildTimeout) as error:
        raise ServerBusy("The server cannot draw previews right now.") from error
    return bytes(answer)
