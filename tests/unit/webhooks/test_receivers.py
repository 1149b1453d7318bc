"""Places of receivers: who may send, and who comes back when."""

from reelgate.webhooks.receivers import ACCOUNT_MAX, RECEIVER_MAX, Receivers


def test_a_receiver_has_few_places() -> None:
    """The next one is told to come back, and finds a place as soon as one is given back."""
    receivers = Receivers()
    assert [receivers.enter("a", "r", 0.0) for _ in range(RECEIVER_MAX)] == [None] * RECEIVER_MAX
    assert receivers.enter("a", "r", 0.0) is not None
    receivers.leave("a", "r", 1.0, 1.0)
    assert receivers.enter("a", "r", 1.0) is None


def test_an_account_has_more_places_than_a_receiver_and_no_more() -> None:
    """Many slow receivers of one account leave room for those of others."""
    receivers = Receivers()
    found = [receivers.enter("a", number, 0.0) for number in range(ACCOUNT_MAX + 1)]
    assert found.count(None) == ACCOUNT_MAX
    assert receivers.enter("b", "r", 0.0) is None


def test_those_without_a_place_come_back_one_after_the_other() -> None:
    """At the pace of the receiver, so that nobody asks in vain over and over; within a minute at the latest."""
    receivers = Receivers()
    for _ in range(RECEIVER_MAX):
        receivers.enter("a", "r", 0.0)
    waits = [receivers.enter("a", "r", 0.0) or 0 for _ in range(1000)]
    assert waits == sorted(waits)
    assert waits[100] > 100 * 0.4 / RECEIVER_MAX
    assert max(waits) <= 60


def test_nothing_is_kept_of_idle_receivers() -> None:
    """However many there have been."""
    receivers = Receivers()
    for number in range(100):
        assert receivers.enter(("a", number), number, 0.0) is None
        receivers.leave(("a", number), number, 0.1, 1.0)
    assert not receivers._busy
