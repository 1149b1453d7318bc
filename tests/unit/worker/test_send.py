"""Which failures leave no doubt."""

import pytest

from reelgate.core.upstream import HttpCall
from reelgate.worker.send import NotSent, Sender


@pytest.mark.parametrize("url", ["ftp://host/x", "no address", "http://", "http://[::1/x", "/path"])
async def test_an_address_that_is_none_sends_nothing(url: str) -> None:
    """Whatever a setting says."""
    async with Sender() as sender:
        with pytest.raises(NotSent):
            await sender.send(HttpCall(method="GET", url=url, total_s=2), {})
