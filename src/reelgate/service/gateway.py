"""What the use cases work with, put together once by `app`. No logic."""

import asyncio
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from reelgate.core.buckets import NO_BUCKETS, Buckets
from reelgate.core.catalogue import Catalogue
from reelgate.core.ports import Capabilities, Clock
from reelgate.kit.children import ChildPool
from reelgate.kit.fetch import FetchRules
from reelgate.objects.links import LinkKeys
from reelgate.objects.store import ObjectStore
from reelgate.service.task_cache import TaskCache
from reelgate.store.database import Database
from reelgate.store.vault import Vault

#: Previews that one process draws at the same time.
DRAWN_AT_ONCE_MAX: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Gateway:
    """The database, the files and the rules that use cases are given."""

    database: Database
    objects: ObjectStore
    catalogue: Catalogue
    #: What each engine can do, by name.
    capabilities: Mapping[str, Capabilities]
    tasks: TaskCache
    #: Where untrusted pictures are looked at.
    children: ChildPool
    fetch_rules: FetchRules
    #: Engines whose tasks follow the directives in their prompts.
    rehearsing: frozenset[str] = frozenset()
    link_keys: LinkKeys
    #: What seals the secrets of webhooks.
    vault: Vault
    #: Scheme, host and port that links start with, without a slash at the end.
    public_url: str
    #: Where callers may have their videos copied to.
    buckets: Buckets = NO_BUCKETS
    clock: Clock
    #: Return that many random bytes.
    random: Callable[[int], bytes]
    #: Held by whoever has a preview drawn, so that few are drawn at a time.
    drawing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(DRAWN_AT_ONCE_MAX))
    #: Which task has a short name, as `service.tails` has found it.
    tails: OrderedDict[bytes, uuid.UUID] = field(default_factory=OrderedDict)
