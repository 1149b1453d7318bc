"""Fetch the videos of an upstream's job to local disk, in pieces, and draw their thumbnails.

What an upstream hands out to whom it knows is fetched by the sender; what lies at a URL that its answer names is
fetched like a stranger's, redirects included. Called by `worker.remote`, which stores what is collected.
"""

import asyncio
import pathlib
import urllib.parse
from collections.abc import AsyncIterator, Mapping
from typing import Final

from reelgate.core.errors import EngineFailed
from reelgate.core.ports import Rendered, RenderedSample
from reelgate.core.task import Understanding
from reelgate.core.upstream import Credential, HttpCall, Output, OutputBytes, OutputCall, OutputUrl
from reelgate.kit.fetch import FetchFailed, FetchRefused, fetch_to
from reelgate.media.inspect import VideoFacts, inspect_delivery
from reelgate.worker.patience import our_errors
from reelgate.worker.remotes import Remotes
from reelgate.worker.send import NotSent, ReplyLost
from reelgate.worker.workshop import Workshop

#: 8 s of 4k take some 60 MB; this leaves room for minutes.
VIDEO_MAX_BYTES: Final = 2_000_000_000
VIDEO_MAX_S: Final = 600.0
#: What servers call a video; everything else is a page that says why there is none.
_VIDEO_TYPES: Final = ("video/", "application/octet-stream", "binary/octet-stream", "application/mp4")
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class OutputLost(Exception):
    """A video was not fetched whole; str(error) says why. The next attempt may bring it."""


async def collect(
    workshop: Workshop,
    credential: Credential,
    outputs: tuple[Output, ...],
    folder: pathlib.Path,
) -> tuple[Rendered, Mapping[pathlib.Path, VideoFacts]]:
    """Fetch every output into `folder`, and look at each. May be repeated with an empty folder.

    Raises:
        OutputLost: one did not come whole, or is no video.
        EngineFailed: one may not be fetched at all.
        EngineTimeout: one took too long to look at.
        StorageFull, StorageUnavailable: there is no room, or the disk does not answer.
        ServerBusy: they cannot be looked at now.

    """
    samples, facts = [], {}
    for number, output in enumerate(outputs):
        video = folder / f"video-{number}.mp4"
        await _fetch(workshop.remotes, credential, output, video)
        try:
            async with workshop.remotes.looking:
                facts[video], picture = await inspect_delivery(video, children=workshop.children)
        except EngineFailed as error:
            raise OutputLost("What the upstream delivers is no video, or was cut off.") from error
        thumbnail = folder / f"thumbnail-{number}.jpg"
        with our_errors():
            await asyncio.to_thread(thumbnail.write_bytes, picture)
        samples.append(RenderedSample(video=video, thumbnail=thumbnail))
    return Rendered(samples=tuple(samples), understanding=Understanding()), facts


async def _fetch(remotes: Remotes, credential: Credential, output: Output, path: pathlib.Path) -> None:
    match output:
        case OutputBytes():
            with our_errors():
                await asyncio.to_thread(path.write_bytes, output.content)
        case OutputUrl():
            await _fetch_url(remotes, output.url, path)
        case OutputCall():
            elsewhere = await _fetch_call(remotes, credential, output.call, path)
            if elsewhere is not None:
                await _fetch_url(remotes, elsewhere, path)


async def _fetch_url(remotes: Remotes, url: str, path: pathlib.Path) -> None:
    if remotes.fetch_rules is None:
        raise EngineFailed("The upstream's video lies at a URL, and none are fetched.")
    try:
        with our_errors():
            await fetch_to(path, url, rules=remotes.fetch_rules, accept=_VIDEO_TYPES)
    except FetchRefused as error:
        raise EngineFailed("The upstream's video lies where nothing is fetched from.") from error
    except FetchFailed as error:
        raise OutputLost(str(error)) from error


async def _fetch_call(remotes: Remotes, credential: Credential, call: HttpCall, path: pathlib.Path) -> str | None:
    """Write what a call delivers; return where it leads instead, if it does."""
    try:
        headers = await remotes.headers(credential)
        async with remotes.sender.stream(call, headers) as (status, answer, pieces):
            if status in _REDIRECTS and "location" in answer:
                # Whatever it leads to is not shown the credential.
                return urllib.parse.urljoin(call.url, answer["location"])
            if status != 200:
                raise OutputLost(f"The upstream answers with status {status} instead of the video.")
            media_type = answer.get("content-type", "").partition(";")[0].strip().lower()
            if not media_type.startswith(_VIDEO_TYPES):
                raise OutputLost(f"The upstream delivers {media_type[:60] or 'no media type'} instead of a video.")
            await _write(path, pieces)
    except (NotSent, ReplyLost) as error:
        raise OutputLost(str(error)) from error
    return None


async def _write(path: pathlib.Path, pieces: AsyncIterator[bytes]) -> None:
    with our_errors(), path.open("wb") as file:
        async for piece in pieces:
            await asyncio.to_thread(file.write, piece)
