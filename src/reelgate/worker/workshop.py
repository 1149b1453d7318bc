"""What the worker's jobs work with, put together once by `app`. No logic."""

import pathlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reelgate.core.buckets import NO_BUCKETS, Buckets
from reelgate.core.payments import Checkout
from reelgate.core.ports import Clock, LocalEngine, PromptService
from reelgate.kit.children import ChildPool
from reelgate.objects.store import ObjectStore
from reelgate.store.database import Database
from reelgate.worker.remotes import Remotes


@dataclass(frozen=True, kw_only=True, slots=True)
class Workshop:
    """The database, the engines and the places for files."""

    database: Database
    objects: ObjectStore
    #: The engines of this machine, by name.
    engines: Mapping[str, LocalEngine]
    #: Where finished videos are looked at.
    children: ChildPool
    #: Each task gets a folder of its own in here while it is made.
    scratch_folder: pathlib.Path
    clock: Clock
    random: Callable[[int], bytes]
    #: Translates and enhances prompts, where one is set up.
    prompts: PromptService | None = None
    #: The payment service, where credits are sold.
    checkout: Checkout | None = None
    #: Where callers may have their videos copied to, and the places that stand for those, by name.
    buckets: Buckets = NO_BUCKETS
    places: Mapping[str, ObjectStore] = field(default_factory=dict)
    #: The engines behind HTTP.
    remotes: Remotes = field(default_factory=Remotes)
