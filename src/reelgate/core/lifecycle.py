"""The life of a task as one literal table. Pure.

The database's trigger and the diagram in ARCHITECTURE.md are tested against it. Whoever changes a task's state asks
`next_state` first; whoever needs to know whether a task is alive asks `is_terminal`.
"""

import enum
from typing import Final

from reelgate.core.task import Phase, State


class Event(enum.StrEnum):
    """What may happen to a task."""

    START = "start"
    SUCCEED = "succeed"
    FAIL = "fail"
    CANCEL = "cancel"


#: state -> event -> next state. An event that is missing cannot happen in that state.
TRANSITIONS: Final[dict[State, dict[Event, State]]] = {
    State.QUEUED: {
        Event.START: State.PROCESSING,
        Event.FAIL: State.FAILED,
        Event.CANCEL: State.CANCELED,
    },
    State.PROCESSING: {
        # A worker died and another took the task over.
        Event.START: State.PROCESSING,
        Event.SUCCEED: State.SUCCEEDED,
        Event.FAIL: State.FAILED,
        Event.CANCEL: State.CANCELED,
    },
    State.SUCCEEDED: {},
    State.FAILED: {},
    State.CANCELED: {},
}

#: The phases of a processing task, in order; a phase never goes back but by another START.
PHASES: Final = (Phase.SUBMITTING, Phase.RUNNING, Phase.STORING)


def is_terminal(state: State) -> bool:
    """Return whether a task in `state` has ended for good."""
    return not TRANSITIONS[state]


def next_state(state: State, event: Event) -> State | None:
    """Return the state after `event`, or None when it cannot happen in `state`."""
    return TRANSITIONS[state].get(event)


def state_changes() -> frozenset[tuple[State, State]]:
    """Return every pair (from, to) of different states that the table allows."""
    return frozenset(
        (state, after) for state, events in TRANSITIONS.items() for after in events.values() if after != state
    )
