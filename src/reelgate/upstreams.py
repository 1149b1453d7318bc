"""Engines behind HTTP, composed from settings: which there are, their credentials, and the routes that lead to them.

With `app` the only place that names concrete adapters. A kind of engine is one entry of `KINDS`; a file named by
`REELGATE_ENGINES` lists any number of engines, and a few variables stand for the usual ones.
"""

import os
import pathlib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from reelgate.core.catalogue import Catalogue, Model
from reelgate.core.errors import ServerMisconfigured
from reelgate.core.ports import Capabilities
from reelgate.core.upstream import Access, Credential, Place, Pool, RemoteEngine
from reelgate.engines.animatic import engine as animatic
from reelgate.engines.omni import engine as omni
from reelgate.engines.openai_videos import engine as openai_videos
from reelgate.engines.openai_videos.translate import EXTENSIONS
from reelgate.engines.vertex import engine as vertex
from reelgate.engines.vertex.access import GoogleAccess
from reelgate.engines.vertex.translate import LOCATION, PROJECT, STORAGE_URI
from reelgate.settings import Settings

Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9_-]{0,39}$")]
Positive = Annotated[float, Meta(gt=0)]


class CredentialEntry(Struct, kw_only=True, forbid_unknown_fields=True):
    """One way into an upstream, as the file of engines has it."""

    name: Name = "default"
    #: Where it leads, where not all of an engine's credentials lead to one place.
    url: str | None = None
    #: The key, or the name of the environment variable that holds it.
    key: str | None = None
    key_env: str | None = None
    #: The key is in the database, sealed, as `reelgate secrets set ENGINE NAME` has put it there.
    stored: bool = False
    #: Of `vertex`: a project, a region, a service account's file, and gs://bucket/prefix for the videos.
    project: str | None = None
    location: str = "us-central1"
    credentials_file: pathlib.Path | None = None
    storage_uri: str | None = None
    submits_per_minute: Positive | None = None
    submits_per_day: Annotated[int, Meta(ge=0)] | None = None
    polls_per_s: Positive = 50.0


class EngineEntry(Struct, kw_only=True, forbid_unknown_fields=True):
    """An engine, as the file of engines has it."""

    name: Name
    kind: Literal["openai_videos", "vertex", "omni"]
    url: str | None = None
    #: By id in the catalogue, what the upstream calls a model; "*" stands for all others.
    models: dict[str, str] = {}
    #: Of `openai_videos`: fields beyond the wire's own.
    extensions: list[str] = []
    #: Of `openai_videos`: it keeps Idempotency-Key.
    idempotent: bool = False
    #: The only seconds that its videos may last.
    durations_s: list[Annotated[int, Meta(gt=0)]] = []
    run_max_s: Annotated[int, Meta(gt=0)] | None = None
    run_typical_s: Annotated[int, Meta(gt=0)] | None = None
    credentials: list[CredentialEntry] = []


class EnginesFile(Struct, kw_only=True, forbid_unknown_fields=True):
    """The file of engines."""

    engines: list[EngineEntry]


@dataclass(frozen=True, slots=True)
class KeyAccess:
    """A key in a header."""

    key: str
    header: str = "authorization"
    before: str = "Bearer "

    async def headers(self) -> Mapping[str, str]:
        """Return the header; without a key none."""
        return {self.header: f"{self.before}{self.key}"} if self.key else {}


def load_pools(settings: Settings, stored: Mapping[tuple[str, str], str] | None = None) -> dict[str, Pool]:
    """Return every engine behind HTTP that the settings name, in their order.

    `stored` has the keys that are kept in the database, by engine and credential; without it nothing can be asked of an
    engine that needs one.

    Raises:
        ServerMisconfigured: an entry is wrong; the message names it.

    """
    pools: dict[str, Pool] = {}
    for entry in (*_file_entries(settings.engines), *_usual_entries(settings)):
        if entry.name in pools or entry.name == animatic.NAME:
            raise ServerMisconfigured(f"engines: the name {entry.name!r} stands twice.")
        pools[entry.name] = KINDS[entry.kind](entry if stored is None else _with_stored(entry, stored))
    return pools


def _with_stored(entry: EngineEntry, stored: Mapping[tuple[str, str], str]) -> EngineEntry:
    credentials = []
    for credential in entry.credentials:
        key = stored.get((entry.name, credential.name))
        if credential.stored and key is None:
            command = f"reelgate secrets set {entry.name} {credential.name}"
            raise ServerMisconfigured(f"engines.{entry.name}: the key of {credential.name!r} is not stored: {command}")
        credentials.append(msgspec.structs.replace(credential, key=key) if credential.stored else credential)
    return msgspec.structs.replace(entry, credentials=credentials)


def routed(catalogue: Catalogue, pools: Mapping[str, Pool], *, animatic_fallback: bool) -> Catalogue:
    """Return the catalogue with the routes that the engines behind HTTP make. Pure.

    A route that names one of them is the operator's, and only loses engines that do not serve the model. Any other one
    is replaced by the engines that serve its model; the built-in engine, which makes no photographs, stays behind them
    only where `animatic_fallback` says so. Its own model is left alone.
    """
    return replace(
        catalogue,
        models={
            model.id: replace(model, route=_route(model, pools, animatic_fallback=animatic_fallback))
            for model in catalogue.models.values()
        },
    )


def _route(model: Model, pools: Mapping[str, Pool], *, animatic_fallback: bool) -> tuple[str, ...]:
    serving = [name for name, pool in pools.items() if pool.engine.model_for(model.id) is not None]
    if any(name in pools for name in model.route):
        return tuple(name for name in model.route if name not in pools or name in serving)
    if not serving or model.id == animatic.NAME:
        return model.route
    return (*serving, *(model.route if animatic_fallback else ()))


def capabilities_of(pools: Mapping[str, Pool]) -> dict[str, Capabilities]:
    """Return what every engine can do, the built-in one included, by name."""
    return {animatic.NAME: animatic.CAPABILITIES, **{name: pool.engine.capabilities for name, pool in pools.items()}}


def _file_entries(path: pathlib.Path | None) -> Sequence[EngineEntry]:
    if path is None:
        return ()
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
        return msgspec.convert(tree, EnginesFile).engines
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ServerMisconfigured(f"The file of engines cannot be read: {error}") from error


def _usual_entries(settings: Settings) -> Sequence[EngineEntry]:
    entries = []
    if settings.vertex_project:
        entries.append(
            EngineEntry(
                name=vertex.KIND,
                kind="vertex",
                credentials=[
                    CredentialEntry(
                        project=settings.vertex_project,
                        location=settings.vertex_location,
                        credentials_file=settings.vertex_credentials,
                        storage_uri=settings.vertex_storage,
                    )
                ],
            )
        )
    if settings.gemini_api_key:
        entries.append(
            EngineEntry(
                name=omni.KIND,
                kind="omni",
                models={"*": settings.gemini_model},
                credentials=[CredentialEntry(key=settings.gemini_api_key)],
            )
        )
    if settings.openai_videos_url:
        if not settings.openai_videos_model:
            raise ServerMisconfigured("REELGATE_OPENAI_VIDEOS_MODEL: say what the server calls its model.")
        entries.append(
            EngineEntry(
                name=openai_videos.KIND,
                kind="openai_videos",
                url=settings.openai_videos_url,
                models={"*": settings.openai_videos_model},
                extensions=_words(settings.openai_videos_extensions),
                durations_s=_lengths(settings.openai_videos_durations),
                idempotent=settings.openai_videos_idempotent,
                credentials=[CredentialEntry(key=settings.openai_videos_key)],
            )
        )
    return entries


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _lengths(text: str) -> list[int]:
    words = _words(text)
    if wrong := [word for word in words if not word.isascii() or not word.isdigit() or int(word) < 1]:
        raise ServerMisconfigured(f"REELGATE_OPENAI_VIDEOS_DURATIONS: {wrong[0]!r} is no number of seconds.")
    return [int(word) for word in words]


def _openai_videos(entry: EngineEntry) -> Pool:
    unknown = sorted(set(entry.extensions) - set(EXTENSIONS))
    if unknown:
        raise ServerMisconfigured(f"engines.{entry.name}: extensions are {', '.join(EXTENSIONS)}, not {unknown[0]!r}.")
    capabilities = replace(
        _timed(openai_videos.CAPABILITIES, entry),
        negative_prompts="negative_prompt" in entry.extensions,
        submits_repeatable=entry.idempotent,
    )
    engine = openai_videos.OpenAiVideos(
        name=entry.name,
        models=_models(entry),
        extensions=frozenset(entry.extensions),
        capabilities=capabilities,
    )
    return _pool(engine, entry, _key_access(entry))


def _omni(entry: EngineEntry) -> Pool:
    engine = omni.Omni(name=entry.name, models=_models(entry), capabilities=_timed(omni.CAPABILITIES, entry))
    return _pool(engine, entry, _key_access(entry, "x-goog-api-key", ""), lambda _: omni.BASE_URL)


def _vertex(entry: EngineEntry) -> Pool:
    models = entry.models or vertex.MODELS
    engine = vertex.Vertex(
        name=entry.name,
        models=models,
        capabilities=_timed(vertex.capabilities_for(models), entry),
    )
    for credential in entry.credentials or [CredentialEntry()]:
        if not credential.project:
            raise ServerMisconfigured(f"engines.{entry.name}: credentials: project: is required.")
        if credential.storage_uri and not credential.storage_uri.startswith("gs://"):
            raise ServerMisconfigured(f"engines.{entry.name}: storage_uri: must begin with gs://.")
    return _pool(
        engine,
        entry,
        lambda credential: GoogleAccess(path=credential.credentials_file),
        lambda credential: vertex.base_url_of(credential.location),
    )


def _key_access(
    entry: EngineEntry, header: str = "authorization", before: str = "Bearer "
) -> Callable[[CredentialEntry], Access]:
    return lambda credential: KeyAccess(_key(entry, credential), header, before)


#: By kind, how an entry becomes an engine with its credentials.
KINDS: Final[Mapping[str, Callable[[EngineEntry], Pool]]] = {
    openai_videos.KIND: _openai_videos,
    vertex.KIND: _vertex,
    omni.KIND: _omni,
}


def _timed(capabilities: Capabilities, entry: EngineEntry) -> Capabilities:
    if entry.durations_s:
        capabilities = replace(capabilities, durations_s=sorted(set(entry.durations_s)), model_durations_s={})
    return replace(
        capabilities,
        run_max_s=entry.run_max_s or capabilities.run_max_s,
        run_typical_s=entry.run_typical_s or capabilities.run_typical_s,
    )


def _models(entry: EngineEntry) -> dict[str, str]:
    if not entry.models:
        raise ServerMisconfigured(f"engines.{entry.name}: models: say what the upstream calls its models.")
    return entry.models


def _pool(
    engine: RemoteEngine,
    entry: EngineEntry,
    access: Callable[[CredentialEntry], Access],
    usual_url: Callable[[CredentialEntry], str] = lambda _: "",
) -> Pool:
    credentials: list[Credential] = []
    for credential in entry.credentials or [CredentialEntry()]:
        if credential.name in {c.place.name for c in credentials}:
            raise ServerMisconfigured(f"engines.{entry.name}: the credential {credential.name!r} stands twice.")
        url = (credential.url or entry.url or usual_url(credential)).rstrip("/")
        if not url.startswith(("http://", "https://")):
            raise ServerMisconfigured(f"engines.{entry.name}: url: must be an http or https address.")
        key = _key(entry, credential)
        credentials.append(
            Credential(
                place=Place(name=credential.name, base_url=url, settings=_settings_of(credential)),
                access=access(credential),
                masked=str(credential.credentials_file or "environment") if credential.project else masked(key),
                submits_per_minute=credential.submits_per_minute,
                submits_per_day=credential.submits_per_day,
                polls_per_s=credential.polls_per_s,
            )
        )
    return Pool(engine=engine, credentials=tuple(credentials))


def _settings_of(credential: CredentialEntry) -> dict[str, str]:
    given = {PROJECT: credential.project, LOCATION: credential.location, STORAGE_URI: credential.storage_uri}
    return {name: value for name, value in given.items() if value} if credential.project else {}


def _key(entry: EngineEntry, credential: CredentialEntry) -> str:
    if credential.key_env is None:
        return credential.key or ""
    key = os.environ.get(credential.key_env)
    if not key:
        raise ServerMisconfigured(f"engines.{entry.name}: the variable {credential.key_env} is not set.")
    return key


def masked(key: str) -> str:
    """Return a key as it is shown: enough to tell it from others, never enough to use it."""
    if not key:
        return "none"
    return f"…{key[-4:]}" if len(key) >= 16 else "set"
