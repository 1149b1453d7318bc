"""The life of a task."""

import importlib.resources
import re

import pytest

from reelgate.core.lifecycle import TRANSITIONS, Event, is_terminal, next_state, state_changes
from reelgate.core.task import Phase, State

MIGRATION = importlib.resources.files("reelgate.store").joinpath("sql", "migrations", "0001_initial.sql")


def test_every_state_stands_in_the_table() -> None:
    """No state is forgotten."""
    assert set(TRANSITIONS) == set(State)


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.FAILED, State.CANCELED])
def test_nothing_happens_to_an_ended_task(state: State) -> None:
    """A terminal state has no way out."""
    assert is_terminal(state)
    assert all(next_state(state, event) is None for event in Event)


def test_every_live_state_can_be_canceled_and_fail() -> None:
    """Whoever waits can stop waiting."""
    for state in (State.QUEUED, State.PROCESSING):
        assert next_state(state, Event.CANCEL) is State.CANCELED
        assert next_state(state, Event.FAIL) is State.FAILED


def test_success_needs_processing() -> None:
    """A task that nobody worked on cannot succeed."""
    assert next_state(State.QUEUED, Event.SUCCEED) is None
    assert next_state(State.PROCESSING, Event.SUCCEED) is State.SUCCEEDED


def test_the_database_allows_the_same_changes() -> None:
    """The trigger's list of changes is the table's."""
    text = MIGRATION.read_text(encoding="utf-8")
    trigger = text[text.index("check_state_change()") : text.index("tasks_state_change BEFORE")]
    pairs = re.findall(r"\('(\w+)', '(\w+)'\)", trigger)
    assert {(State(before), State(after)) for before, after in pairs} == state_changes()


def test_the_database_knows_the_same_states_and_phases() -> None:
    """The CHECK constraints name every state and phase."""
    text = MIGRATION.read_text(encoding="utf-8")
    states = re.search(r"CHECK \(state IN \(([^)]*)\)\)", text)
    phases = re.search(r"CHECK \(phase IN \(([^)]*)\)\)", text)
    assert states
    assert phases
    assert set(re.findall(r"\w+", states[1])) == set(State)
    assert set(re.findall(r"\w+", phases[1])) == set(Phase)
