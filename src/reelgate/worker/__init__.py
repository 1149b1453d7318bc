"""The jobs: advance a task, sweep."""
