"""What tests with real objects, real children and a real database share."""

import datetime as dt
import os
import pathlib
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest

from conftest import fresh_id
from fake_stripe import SECRET, FakeStripe, running_stripe
from fakes import write_video
from reelgate.core.payments import read_packages
from reelgate.kit.children import ChildPool
from reelgate.media.inspect import PICTURE_CHILD, VIDEO_CHILD
from reelgate.objects.disk import DiskStore
from reelgate.payments.stripe_checkout import StripeCheckout
from reelgate.store.accounts import Opening, create_account
from reelgate.store.database import Database
from reelgate.worker.workshop import Workshop


@pytest.fixture(scope="session")
async def real_children() -> AsyncIterator[ChildPool]:
    """Children that look at pictures and videos."""
    pool = ChildPool(preload=[PICTURE_CHILD, VIDEO_CHILD])
    yield pool
    await pool.close()


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """One second of 720p with sound."""
    return write_video(tmp_path_factory.mktemp("video") / "one-second.mp4")


@pytest.fixture
async def objects(tmp_path: pathlib.Path) -> AsyncIterator[DiskStore]:
    """An empty store in the folder `objects`."""
    store = DiskStore(tmp_path / "objects")
    yield store
    await store.close()


@pytest.fixture
def workshop(database: Database, objects: DiskStore, real_children: ChildPool, tmp_path: pathlib.Path) -> Workshop:
    """A workshop without engines."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Workshop(
        database=database,
        objects=objects,
        engines={},
        children=real_children,
        scratch_folder=scratch,
        clock=lambda: dt.datetime.now(dt.UTC),
        random=os.urandom,
    )


@pytest.fixture(scope="module")
def stripe_server() -> Iterator[FakeStripe]:
    """A stand-in for Stripe."""
    with running_stripe() as server:
        yield server


@pytest.fixture
def checkout(stripe_server: FakeStripe) -> StripeCheckout:
    """The real adapter."""
    stripe_server.failing = False
    stripe_server.told.clear()
    return StripeCheckout(
        key="sk_test_1",
        webhook_secret=SECRET,
        packages=read_packages("small=1000:999usd, large=6000:4999eur"),
        return_url="https://r.test",
        api_url=stripe_server.url,
    )


@pytest.fixture
async def buyer(database: Database, now: dt.datetime) -> uuid.UUID:
    """A test account."""
    return await create_account(database, fresh_id(), "buyer", now, Opening(test=True))
