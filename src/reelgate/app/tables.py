"""What settings and files lead to: the catalogue, plans, keys, rules, services. Light: every command may import it."""

import importlib.resources
import os
import pathlib
import tomllib
from collections.abc import Mapping
from typing import Any

from reelgate.core.buckets import Buckets, read_buckets
from reelgate.core.catalogue import Catalogue, catalogue_from
from reelgate.core.errors import ServerMisconfigured
from reelgate.core.payments import read_packages
from reelgate.core.plans import Plans, plans_from
from reelgate.kit.addresses import Network, read_allowed, read_networks
from reelgate.kit.fetch import FetchRules
from reelgate.kit.sealing import KEY_BYTES, KeyRing, ensure_key_file, read_key_ring, write_key
from reelgate.payments.stripe_checkout import StripeCheckout
from reelgate.settings import Settings
from reelgate.store.credentials import list_credentials, load_credentials
from reelgate.store.database import Database
from reelgate.store.vault import Vault
from reelgate.upstreams import load_pools, routed


def load_catalogue(settings: Settings) -> Catalogue:
    """Return the catalogue of models, the operator's or the package's own.

    Raises:
        ServerMisconfigured: it cannot be read; the message says why.

    """
    catalogue = catalogue_from(_load_toml("catalogue", settings.catalogue))
    return routed(catalogue, load_pools(settings), animatic_fallback=settings.animatic_fallback)


def load_plans(settings: Settings) -> Plans:
    """Return the plans of accounts, the operator's or the package's own.

    Raises:
        ServerMisconfigured: they cannot be read; the message says why.

    """
    return plans_from(_load_toml("plans", settings.plans))


def _load_toml(name: str, own: pathlib.Path | None) -> dict[str, Any]:
    try:
        if own is None:
            text = importlib.resources.files("reelgate").joinpath(f"{name}.toml").read_text(encoding="utf-8")
        else:
            text = own.read_text(encoding="utf-8")
        return tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ServerMisconfigured(f"The {name} cannot be read: {error}") from error


def load_key_ring(settings: Settings) -> KeyRing:
    """Return the keys that seal credentials; where none are set, those of the data folder, which are made at need.

    Raises:
        ServerMisconfigured: they cannot be read; the message says why.

    """
    try:
        text = settings.secret_keys
        if text is None:
            text = ensure_key_file(settings.secret_keys_file, write_key("first", os.urandom(KEY_BYTES)))
        return read_key_ring(text)
    except (OSError, ValueError) as error:
        raise ServerMisconfigured(f"The keys that seal credentials cannot be read: {error}.") from error


def load_vault(settings: Settings) -> Vault:
    """Return what seals the secrets that sign.

    A database that may be shared is not sealed with keys that one machine has made for itself.

    Raises:
        ServerMisconfigured: the keys cannot be read; the message says why.

    """
    shared = settings.database_url is not None and settings.secret_keys is None
    return Vault(ring=None if shared else load_key_ring(settings))


async def open_credentials(settings: Settings, database: Database) -> Mapping[tuple[str, str], str]:
    """Return the credentials of engines that are kept in the database, by (engine, name)."""
    if not await list_credentials(database):
        return {}
    return await load_credentials(database, load_key_ring(settings))


def fetch_rules(settings: Settings) -> FetchRules:
    """Return what may be fetched.

    Raises:
        ServerMisconfigured: the operator's list cannot be read; the message says why.

    """
    try:
        return FetchRules(allowed=read_allowed(settings.fetch_allow))
    except ValueError as error:
        raise ServerMisconfigured(f"REELGATE_FETCH_ALLOW: {error}") from error


def load_buckets(settings: Settings) -> Buckets:
    """Return the buckets that callers may name.

    Raises:
        ServerMisconfigured: the operator's mappings cannot be read; the message says why.

    """
    try:
        return read_buckets(settings.vertex_buckets)
    except ValueError as error:
        raise ServerMisconfigured(f"REELGATE_VERTEX_BUCKETS: {error}") from error


def load_proxies(settings: Settings) -> tuple[Network, ...]:
    """Return the networks of proxies that are believed.

    Raises:
        ServerMisconfigured: the operator's list cannot be read; the message says why.

    """
    try:
        return read_networks(settings.trusted_proxies)
    except ValueError as error:
        raise ServerMisconfigured(f"REELGATE_TRUSTED_PROXIES: {error}.") from error


def load_checkout(settings: Settings) -> StripeCheckout | None:
    """Return the payment service, or None where credits are not sold.

    Raises:
        ServerMisconfigured: what is sold cannot be read, or a secret is missing; the message says which.

    """
    if not settings.stripe_key:
        return None
    try:
        packages = read_packages(settings.stripe_packages)
    except ValueError as error:
        raise ServerMisconfigured(f"REELGATE_STRIPE_PACKAGES: {error}") from error
    if not settings.stripe_webhook_secret:
        raise ServerMisconfigured("REELGATE_STRIPE_WEBHOOK_SECRET is needed with REELGATE_STRIPE_KEY.")
    return StripeCheckout(
        key=settings.stripe_key,
        webhook_secret=settings.stripe_webhook_secret,
        packages=packages,
        return_url=settings.stripe_return_url or settings.public_url or f"http://{settings.host}:{settings.port}",
        api_url=settings.stripe_api_url,
    )
