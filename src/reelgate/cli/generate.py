"""`reelgate generate`: a video from the command line, with the running server of a data folder or without any."""

import asyncio
import contextlib
import os
import pathlib
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import typer

from reelgate.app.gateway import open_core
from reelgate.app.worker import open_worker
from reelgate.cli.data_folder import open_database
from reelgate.cli.inputs import Files, plan_mode, read_inputs, with_source
from reelgate.cli.options import Data, Json, settings_for
from reelgate.cli.output import plainly, run, show
from reelgate.cli.progress import Progress
from reelgate.cli.tasks import facts_of
from reelgate.core.errors import EngineFailed
from reelgate.core.ids import RANDOM_BYTES, new_id
from reelgate.core.lifecycle import is_terminal
from reelgate.core.task import (
    ArtifactKind,
    AspectRatio,
    Resolution,
    State,
    Task,
    TaskSpec,
)
from reelgate.kit.clock import now
from reelgate.kit.postgres.server import find_running
from reelgate.service.gateway import Gateway
from reelgate.service.query import find_task
from reelgate.service.submit import Submission, submit
from reelgate.settings import Settings
from reelgate.store.accounts import Principal, create_account

#: Whom tasks of the command line belong to; its model costs nothing.
ACCOUNT: Final = "cli"
MODEL: Final = "animatic"
LOOK_EVERY_S: Final = 0.1
OUT: Final = pathlib.Path("clip.mp4")


def generate(
    prompt: Annotated[str, typer.Argument(help="What the video shows; a task that is upscaled brings its own.")] = "",
    image: Annotated[
        pathlib.Path | None, typer.Option(help="Picture to begin with.", exists=True, dir_okay=False)
    ] = None,
    last_frame: Annotated[
        pathlib.Path | None, typer.Option(help="Picture to end with, beside --image.", exists=True, dir_okay=False)
    ] = None,
    reference: Annotated[
        list[pathlib.Path] | None,
        typer.Option(help="Picture of what is to appear; up to three times.", exists=True, dir_okay=False),
    ] = None,
    extend: Annotated[
        str | None, typer.Option(metavar="TASK|FILE", help="Video to continue, by --duration seconds.")
    ] = None,
    upscale: Annotated[
        str | None, typer.Option(metavar="TASK|FILE", help="Video to make in another --resolution.")
    ] = None,
    out: Annotated[pathlib.Path, typer.Option(help="Where the MP4 goes; the thumbnail goes beside it.")] = OUT,
    duration: Annotated[int, typer.Option(min=1, max=60, help="Whole seconds.")] = 8,
    aspect: Annotated[AspectRatio, typer.Option(help="Width to height.")] = AspectRatio.WIDE,
    resolution: Annotated[Resolution, typer.Option(help="Shorter side.")] = Resolution.P720,
    audio: Annotated[bool, typer.Option(help="With sound.")] = True,
    negative_prompt: Annotated[str | None, typer.Option(help="What must not be in it.")] = None,
    watermark: Annotated[str | None, typer.Option(help="Text for a corner.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**32 - 1, help="The same seed makes the same bytes.")] = None,
    samples: Annotated[int, typer.Option(min=1, max=4, help="How many videos.")] = 1,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make a video with the built-in engine and save it."""
    files = Files(image=image, last_frame=last_frame, references=reference or (), extend=extend, upscale=upscale)
    with plainly():
        mode, inputs = plan_mode(files), read_inputs(files)
    spec = TaskSpec(
        mode=mode,
        model=MODEL,
        prompt=prompt,
        negative_prompt=negative_prompt,
        inputs=inputs,
        duration_s=duration,
        resolution=resolution,
        aspect_ratio=aspect,
        samples=samples,
        audio=audio,
        seed=seed,
        watermark=watermark,
    )
    facts = run(_generate(settings_for(data), spec, files, out, quiet=json))
    show(facts, as_json=json, text=lambda: summary(facts))


def out_paths(out: pathlib.Path, samples: int) -> list[pathlib.Path]:
    """Return where each sample is saved: clip.mp4, or clip-1.mp4 and so on. Pure."""
    if samples == 1:
        return [out]
    return [out.with_stem(f"{out.stem}-{number + 1}") for number in range(samples)]


def summary(facts: dict[str, Any]) -> str:
    """Say what was made and how the prompt was read, for people. Pure."""
    lines = [f"saved        {path}" for path in facts["saved"]]
    lines += [f"thumbnail    {path}" for path in facts["thumbnails"]]
    for title in ("understood", "approximated", "ignored"):
        lines += [f"{title if not number else '':<13}{what}" for number, what in enumerate(facts[title])]
    lines.append(f"seed         {facts['seed']}")
    lines.append(f"took         {facts['took_s']:.1f} s")
    return "\n".join(lines)


async def _generate(
    settings: Settings, spec: TaskSpec, files: Files, out: pathlib.Path, *, quiet: bool
) -> dict[str, Any]:
    began = time.monotonic()
    async with _parts(settings) as (gateway, working):
        spec = await with_source(gateway.database, spec, files)
        account_id = await create_account(gateway.database, new_id(now(), os.urandom(RANDOM_BYTES)), ACCOUNT, now())
        principal = Principal(key_id=account_id, account_id=account_id, account=ACCOUNT)
        accepted = await submit(gateway, principal, Submission(dialect="cli", spec=spec, field_names={}))
        task = await _wait(gateway, principal, accepted.task, working, quiet=quiet)
        if task.state is not State.SUCCEEDED:
            reason = task.failure.message if task.failure else f"The task was {task.state.value}."
            raise EngineFailed(reason)
        # An engine may have made fewer videos than it was asked for.
        paths = out_paths(out, len(task.files(ArtifactKind.VIDEO)))
        saved = await _save(gateway, task, ArtifactKind.VIDEO, paths)
        thumbnails = [path.with_suffix(".jpg") for path in paths]
        await _save(gateway, task, ArtifactKind.THUMBNAIL, thumbnails)
    return {
        **facts_of(task),
        "saved": [str(path) for path in saved],
        "thumbnails": [str(path) for path in thumbnails],
        "took_s": round(time.monotonic() - began, 3),
    }


@contextlib.asynccontextmanager
async def _parts(settings: Settings) -> AsyncIterator[tuple[Gateway, asyncio.Task[None] | None]]:
    """Lend a gateway, and a worker beside it where no server runs on the data folder."""
    async with contextlib.AsyncExitStack() as stack:
        served = bool(settings.database_url or find_running(settings.postgres_folder))
        database = await stack.enter_async_context(open_database(settings))
        core = await stack.enter_async_context(open_core(settings, database.dsn, "http://localhost"))
        await core.changes.start()
        stack.push_async_callback(core.changes.close)
        working = None
        if not served:
            worker = await stack.enter_async_context(open_worker(settings, database.dsn))
            working = asyncio.create_task(worker.run())
            stack.push_async_callback(_end, working)
        yield core.gateway, working


async def _end(working: asyncio.Task[None]) -> None:
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def _wait(
    gateway: Gateway, principal: Principal, task: Task, working: asyncio.Task[None] | None, *, quiet: bool
) -> Task:
    with Progress(quiet=quiet) as progress:
        while not is_terminal(task.state):
            await gateway.tasks.wait_for_change(task.id, LOOK_EVERY_S)
            if working and working.done():
                await working
                raise EngineFailed("The worker has ended before the video was made.")
            task = await find_task(gateway, principal, task.id)
            progress.update(task.state.value, task.progress or 0)
    return task


async def _save(gateway: Gateway, task: Task, kind: ArtifactKind, paths: list[pathlib.Path]) -> list[pathlib.Path]:
    for artifact, path in zip(task.files(kind), paths, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            async for chunk in gateway.objects.read(artifact.object_key, 0, artifact.size_bytes):
                file.write(chunk)
    return paths
