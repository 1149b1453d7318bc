"""`reelgate engines`: which engines there are, what they can do, whether they work, and a tiny request to try one."""

import asyncio
import datetime as dt
from typing import Any, Final

import typer

from reelgate.app.tables import load_catalogue, open_credentials
from reelgate.cli.data_folder import open_database
from reelgate.cli.options import Data, Json, settings_for
from reelgate.cli.output import run, show, table
from reelgate.core.catalogue import Catalogue, Model, one_of
from reelgate.core.errors import ServerMisconfigured
from reelgate.core.polling import expected_span_s
from reelgate.core.ports import Capabilities
from reelgate.core.task import Mode, TaskSpec
from reelgate.core.upstream import (
    Credential,
    Done,
    Failed,
    NotNow,
    OutputBytes,
    Pool,
    RemoteOrder,
    Running,
    SubmitAnswer,
    Unclear,
    UpstreamJob,
    UpstreamStatus,
)
from reelgate.kit.clock import now
from reelgate.settings import Settings
from reelgate.store.upstream import CredentialState, credential_states, load_timings
from reelgate.upstreams import capabilities_of, load_pools
from reelgate.worker.remotes import Remotes
from reelgate.worker.send import NotSent, ReplyLost, Sender

app = typer.Typer(help="Engines: what there is, whether it works, and a tiny request to try one.")

PROMPT: Final = "a paper boat on a calm lake"
ASK_EVERY_S: Final = 2.0


@app.callback(invoke_without_command=True)
def list_(context: typer.Context, data: Data = None, json: Json = False) -> None:
    """List the engines; without a command."""
    if context.invoked_subcommand is not None:
        return
    facts = run(_list(settings_for(data)))
    show(facts, as_json=json, text=lambda: _text(facts))


@app.command("try")
def try_(name: str, data: Data = None, json: Json = False) -> None:
    """Have one engine make its shortest video with each of its credentials; the upstream may charge for it."""
    facts = run(_try(settings_for(data), name))
    show(
        facts,
        as_json=json,
        text=lambda: "\n".join(
            f"{t['credential']}: {'ok' if t['ok'] else 'FAIL'}, {t['detail']}" for t in facts["tried"]
        ),
    )
    if not all(tried["ok"] for tried in facts["tried"]):
        raise typer.Exit(1)


async def _list(settings: Settings) -> dict[str, Any]:
    pools, catalogue = load_pools(settings), load_catalogue(settings)
    async with open_database(settings) as database:
        known = {(state.engine, state.name): state for state in await credential_states(database)}
        durations = {
            (name, model.id): await load_timings(database, name, model.id)
            for name in pools
            for model in catalogue.models.values()
            if name in model.route
        }
    return {
        "engines": [
            {
                "engine": name,
                "models": [model.id for model in catalogue.models.values() if name in model.route],
                **_abilities(capabilities),
                "usual_s": {
                    model: [round(end, 1) for end in expected_span_s(seen, capabilities.run_typical_s)]
                    for (engine, model), seen in durations.items()
                    if engine == name and seen
                },
                "credentials": [
                    _credential(credential, known.get((name, credential.place.name)))
                    for credential in (pools[name].credentials if name in pools else ())
                ],
            }
            for name, capabilities in capabilities_of(pools).items()
        ]
    }


def _abilities(able: Capabilities) -> dict[str, Any]:
    return {
        "where": "upstream" if able.remote else "this machine",
        "modes": sorted(mode.value for mode in able.modes),
        "resolutions": sorted(resolution.value for resolution in able.resolutions),
        "aspect_ratios": sorted(ratio.value for ratio in able.aspect_ratios),
        "durations_s": list(able.durations_s),
        "model_durations_s": {model: list(lengths) for model, lengths in able.model_durations_s.items()},
        "samples_max": able.samples_max,
        "audio": able.audio,
        "negative_prompts": able.negative_prompts,
        "watermarks": able.watermarks,
        "submits_repeatable": able.submits_repeatable,
        "cancel": able.cancel_real,
        "run_max_s": able.run_max_s,
    }


def _credential(credential: Credential, state: CredentialState | None) -> dict[str, Any]:
    today = state.day_submits if state and state.day == now().astimezone(dt.UTC).date() else 0
    return {
        "name": credential.place.name,
        "key": credential.masked,
        "url": credential.place.base_url,
        "settings": dict(credential.place.settings),
        "submits_per_minute": credential.submits_per_minute,
        "submits_per_day": credential.submits_per_day,
        "submits_today": today,
        "health": health(state),
        "trouble": state.trouble if state and state.troubles else None,
        "resumes_at": state.resume_at if state else None,
    }


def health(state: CredentialState | None) -> str:
    """Return whether a credential works, as far as is known. Pure."""
    if state is None or (state.ok_at is None and not state.troubles):
        return "not used yet"
    return "works" if not state.troubles else f"in trouble, {state.troubles} in a row"


def _text(facts: dict[str, Any]) -> str:
    rows = [["engine", "where", "models", "modes", "seconds", "resolutions"]]
    credentials = [["engine", "credential", "key", "today", "health", "trouble"]]
    for engine in facts["engines"]:
        models = engine["models"]
        rows.append(
            [
                engine["engine"],
                engine["where"],
                ", ".join(models[:3]) + (f" and {len(models) - 3} more" if len(models) > 3 else ""),
                ", ".join(engine["modes"]),
                one_of(engine["durations_s"]),
                ", ".join(engine["resolutions"]),
            ]
        )
        for credential in engine["credentials"]:
            budget = f"/{credential['submits_per_day']}" if credential["submits_per_day"] is not None else ""
            credentials.append(
                [
                    engine["engine"],
                    credential["name"],
                    credential["key"],
                    f"{credential['submits_today']}{budget}",
                    credential["health"],
                    credential["trouble"] or "",
                ]
            )
    return table(rows) + (f"\n\n{table(credentials)}" if len(credentials) > 1 else "")


async def _try(settings: Settings, name: str) -> dict[str, Any]:
    async with open_database(settings) as database:
        pools = load_pools(settings, await open_credentials(settings, database))
    if name not in pools:
        known = ", ".join(pools) or "none"
        raise ServerMisconfigured(f"There is no engine {name!r} behind HTTP; those are: {known}.")
    pool = pools[name]
    spec = tiny_spec(pool, load_catalogue(settings))
    async with Sender() as sender:
        remotes = Remotes(pools=pools, sender=sender)
        tried = [await _try_credential(remotes, pool, credential, spec) for credential in pool.credentials]
    return {"engine": name, "tried": tried}


def tiny_spec(pool: Pool, catalogue: Catalogue) -> TaskSpec:
    """Return the least that an engine can be asked for. Pure.

    Raises:
        ServerMisconfigured: no model leads to it.

    """
    able = pool.engine.capabilities
    served: Model | None = next(
        (m for m in catalogue.models.values() if pool.engine.name in m.route and Mode.TEXT_TO_VIDEO in m.modes), None
    )
    if served is None:
        raise ServerMisconfigured(f"No model's route leads to {pool.engine.name!r}.")
    lengths = [s for s in served.durations_s if s in able.lengths_s(served.id)]
    return TaskSpec(
        mode=Mode.TEXT_TO_VIDEO,
        model=served.id,
        prompt=PROMPT,
        duration_s=min(lengths or served.durations_s),
        resolution=served.resolutions[0],
        aspect_ratio=served.aspect_ratios[0],
        audio=served.audio,
        seed=1,
    )


async def _try_credential(remotes: Remotes, pool: Pool, credential: Credential, spec: TaskSpec) -> dict[str, Any]:
    begun = now()
    ok, detail = False, ""
    try:
        answer = await _submit(remotes, pool, credential, spec, f"try-{begun:%Y%m%d%H%M%S%f}")
        match answer:
            case UpstreamJob():
                ok, detail = said(await _wait(remotes, pool, credential, answer))
            case NotNow() | Unclear():
                detail = answer.reason
            case Failed():
                detail = str(answer.error)
    except (NotSent, ReplyLost) as problem:
        detail = str(problem)
    took_s = round((now() - begun).total_seconds(), 1)
    return {"credential": credential.place.name, "ok": ok, "detail": f"{detail} ({took_s:g} s)"}


async def _submit(remotes: Remotes, pool: Pool, credential: Credential, spec: TaskSpec, reference: str) -> SubmitAnswer:
    model = pool.engine.model_for(spec.model) or spec.model
    order = RemoteOrder(spec=spec, inputs=(), model=model, reference=reference)
    return pool.engine.read_submit(await remotes.ask(pool.engine.submit_call(order, credential.place), credential))


async def _wait(remotes: Remotes, pool: Pool, credential: Credential, job: UpstreamJob) -> UpstreamStatus | None:
    """Ask until the job has ended; None when it did not in time."""
    until = now() + dt.timedelta(seconds=pool.engine.capabilities.run_max_s)
    while now() < until:
        reply = await remotes.ask(pool.engine.poll_call(job, credential.place), credential)
        status = pool.engine.read_poll(reply, job, credential.place)
        if not isinstance(status, Running | NotNow):
            return status
        await asyncio.sleep(ASK_EVERY_S)
    return None


def said(status: UpstreamStatus | None) -> tuple[bool, str]:
    """Return whether a job ended well, and how, in words. Pure."""
    match status:
        case Done(outputs=(first, *_)):
            kind = "with the answer" if isinstance(first, OutputBytes) else "to be fetched"
            return True, f"made a video, {kind}"
        case Done(filtered=filtered, reasons=reasons) if filtered:
            return False, " ".join(reasons) or "the content policy held the video back"
        case Failed(error=error):
            return False, str(error)
        case None:
            return False, "it did not end in time"
    return False, "it ended without a video"
