"""A live progress bar on standard error."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar


class Progress:
    """Shows a word and a percentage; silent when `quiet`."""

    def __init__(self, *, quiet: bool) -> None:
        self._bar = Bar(
            TextColumn("{task.description:<11}"),
            BarColumn(bar_width=40),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=Console(file=sys.stderr),
            disable=quiet,
        )
        self._task = self._bar.add_task("queued", total=100)

    def __enter__(self) -> Self:
        """Begin to show."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop showing."""
        self._bar.stop()

    def update(self, word: str, percent: int) -> None:
        """Show another word and percentage, 0 to 100."""
        self._bar.update(self._task, description=word, completed=percent)
