"""The frame that workers draw into: its planes and spare buffers, and the laying of what is shown at a moment.

Sheets in a row are laid by one call of the kernel, which leaves out what those before them hide. The stage decides what
is shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from reelgate.engines.animatic.drawing.colour import Plane
from reelgate.engines.animatic.drawing.kernel import Canvas, Grid, Texture, Until
from reelgate.engines.animatic.drawing.sheet import Hung, grid_of


class Frame:
    """One I420 picture that workers draw into again and again."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.buffer = np.zeros((height * 3 // 2, width), np.uint8)
        quarter = height // 4
        self.y: Plane = self.buffer[:height]
        self.u: Plane = self.buffer[height : height + quarter].reshape(height // 2, width // 2)
        self.v: Plane = self.buffer[height + quarter :].reshape(height // 2, width // 2)
        self._canvas = Canvas(self.y, self.u, self.v)
        #: The rows of each block of columns: all of them. Not to be written to.
        self.all_rows: Until = self._canvas.all_rows
        self._spares: dict[str, Plane] = {}
        #: What its last pictures had in common.
        self.backdrop = Backdrop()

    def spare(self, name: str, shape: tuple[int, ...], kind: type[np.generic]) -> Plane:
        """Give a named buffer of a shape, the same as last time: asking for new memory costs more than filling it."""
        kept = self._spares.get(name)
        if kept is None or kept.shape != shape or kept.dtype != kind:
            kept = self._spares[name] = np.empty(shape, kind)
        return kept

    def copy_rows(self, other: "Frame", rows: int) -> None:
        """Copy the first `rows` rows of a frame of the same size, and one more where the number is odd."""
        half = (rows + 1) // 2
        np.copyto(self.y[: half * 2], other.y[: half * 2])
        np.copyto(self.u[:half], other.u[:half])
        np.copyto(self.v[:half], other.v[:half])

    def plan(self, shown: "Sequence[Shown]", until: Until) -> Until:
        """Prepare to lay what is shown, back to front, down to some rows; give those of what is behind all of it.

        They are valid until the next plan.
        """
        items: list[tuple[Texture, Grid, bool] | None] = []
        for each in shown:
            if isinstance(each, Hung):
                sheet, hang = each
                items.append((sheet.texture, grid_of(sheet, hang, self.width, self.height), hang.view.past))
            else:
                items.append(None)
        return self._canvas.plan(items, until)

    def lay(self, shown: "Sequence[Shown]") -> None:
        """Lay what was planned."""
        first = 0
        for place, each in enumerate(shown):
            if not isinstance(each, Hung):
                self._canvas.lay(first, place)
                each(self)
                first = place + 1
        self._canvas.lay(first, len(shown))


@dataclass(frozen=True, slots=True)
class Backdrop:
    """The far part of a picture, kept for those that follow."""

    frame: Frame | None = None
    #: What stands for the stage it is of, the picture's number, and the rows down to which it was drawn.
    owner: object = None
    index: int = -1
    until: Until | None = None


#: A sheet that hangs somewhere, or what paints over the whole frame.
Shown = Hung | Callable[[Frame], None]
