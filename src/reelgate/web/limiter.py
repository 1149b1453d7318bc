"""Requests per minute of accounts and keys, and failed attempts with keys of addresses: token buckets in memory.

One per API process. Processes tell each other once a second what they have let through (`web.upkeep`), so that all of
them together hold a limit, but for what they let through in that second.
"""

import ipaddress
import math
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reelgate.core.errors import Limit, RateLimited
from reelgate.store.accounts import Principal

WINDOW_S: Final = 60
#: Failed attempts with keys that one address has in a minute.
FAILED_KEYS_MAX: Final = 30
#: Buckets that are kept; beyond them, those that are full again go.
BUCKETS_MAX: Final = 50_000
#: Of an IPv6 address so many bits are one customer's.
_IPV6_NETWORK_BITS: Final = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """What is left of a limit of requests after one of them."""

    #: Requests per minute.
    limit: int
    #: Requests that may follow at once.
    remaining: int
    #: Until all of the limit is there again.
    reset_s: int
    #: Until one more request may come; 0 when this one may.
    retry_after_s: int

    def refusal(self) -> RateLimited | None:
        """Return why the request may not be answered, or None."""
        if not self.retry_after_s:
            return None
        return RateLimited(retry_after_s=self.retry_after_s, limit=self.limit)


class _Bucket:
    """Fills evenly, up to one minute's worth; never holds less than a minute takes to fill."""

    __slots__ = ("limit", "tokens", "updated")

    def __init__(self, limit: int, now: float) -> None:
        self.limit = limit
        self.tokens = float(limit)
        self.updated = now

    def fill(self, limit: int, now: float) -> None:
        if limit != self.limit:
            # The plan has changed: what was used stays used.
            self.tokens += limit - self.limit
            self.limit = limit
        self.tokens = min(float(limit), self.tokens + (now - self.updated) * limit / WINDOW_S)
        self.updated = now

    def take(self, count: int) -> None:
        self.tokens = max(-float(self.limit), self.tokens - count)


class Limiter:
    """Counts requests and failed attempts."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._buckets: dict[uuid.UUID | str, _Bucket] = {}
        #: What was let through since others were told.
        self._untold: dict[uuid.UUID, int] = {}

    def take(self, principal: Principal) -> Allowance | None:
        """Count one request of a caller; return what is left of the tighter of their limits, None without any."""
        account_limit, key_limit = principal.plan.requests_per_minute, principal.requests_per_minute
        if account_limit is None and key_limit is None:
            return None
        now = self._monotonic()
        of_account = None if account_limit is None else self._filled(principal.account_id, account_limit, now)
        of_key = None if key_limit is None else self._filled(principal.key_id, key_limit, now)
        tightest = of_account or of_key
        if of_account and of_key and of_key.tokens < of_account.tokens:
            tightest = of_key
        assert tightest
        admitted = tightest.tokens >= 1
        if admitted:
            self._let_through(principal.account_id, of_account)
            self._let_through(principal.key_id, of_key)
        return _allowance(tightest, admitted=admitted)

    def _let_through(self, subject: uuid.UUID, bucket: _Bucket | None) -> None:
        if bucket is not None:
            bucket.tokens -= 1
            self._untold[subject] = self._untold.get(subject, 0) + 1

    def fail(self, address: str) -> RateLimited | None:
        """Count one failed attempt with a key; return how to refuse it when its address had too many, else None."""
        bucket = self._filled(network_of(address), FAILED_KEYS_MAX, self._monotonic())
        if bucket.tokens < 1:
            return RateLimited(
                retry_after_s=_allowance(bucket, admitted=False).retry_after_s,
                limit=FAILED_KEYS_MAX,
                of=Limit.FAILED_KEYS,
            )
        bucket.take(1)
        return None

    def drain_untold(self) -> dict[uuid.UUID, int]:
        """Return what was let through since the last time, by account or key."""
        untold, self._untold = self._untold, {}
        return untold

    def hear(self, subject: uuid.UUID, count: int) -> None:
        """Count what another process has let through; an account or key that was not seen here has no bucket yet."""
        bucket = self._buckets.get(subject)
        if bucket is not None:
            bucket.fill(bucket.limit, self._monotonic())
            bucket.take(count)

    def _filled(self, subject: uuid.UUID | str, limit: int, now: float) -> _Bucket:
        bucket = self._buckets.get(subject)
        if bucket is None:
            if len(self._buckets) >= BUCKETS_MAX:
                self._drop_full(now)
            bucket = self._buckets[subject] = _Bucket(limit, now)
        else:
            bucket.fill(limit, now)
        return bucket

    def _drop_full(self, now: float) -> None:
        for subject, bucket in list(self._buckets.items()):
            bucket.fill(bucket.limit, now)
            if bucket.tokens >= bucket.limit:
                del self._buckets[subject]
        if len(self._buckets) >= BUCKETS_MAX:
            # Nobody is full: whoever was seen first begins anew.
            del self._buckets[next(iter(self._buckets))]


def ietf_headers(allowance: Allowance) -> dict[str, str]:
    """Return the headers of the IETF's draft (draft-ietf-httpapi-ratelimit-headers). Pure."""
    return {
        "RateLimit-Policy": f'"requests";q={allowance.limit};w={WINDOW_S}',
        "RateLimit": f'"requests";r={allowance.remaining};t={allowance.reset_s}',
    }


def address_of(scope: Mapping[str, Any]) -> str:
    """Return the address that a request comes from; where it is not known, all share one. Pure."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def network_of(address: str) -> str:
    """Return what counts as one caller of an address: of IPv6, the network that one customer has. Pure."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(parsed) >> 64 << 64, _IPV6_NETWORK_BITS)))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def _allowance(bucket: _Bucket, *, admitted: bool) -> Allowance:
    per_second = bucket.limit / WINDOW_S
    return Allowance(
        limit=bucket.limit,
        remaining=max(0, int(bucket.tokens)),
        reset_s=math.ceil((bucket.limit - bucket.tokens) / per_second),
        retry_after_s=0 if admitted else max(1, math.ceil((1 - bucket.tokens) / per_second)),
    )
