"""The frame that workers draw into: its planes and spare buffers, and the laying of what is shown at a moment.

What is shown is written down as a display, which the kernel carries out in a call or two, leaving out what is hidden.
The stage decides what is shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from reelgate.engines.animatic.drawing.colour import Plane
from reelgate.engines.animatic.drawing.kernel import Canvas, DisplayList, Laid, Shine, Until, Wash
from reelgate.engines.animatic.drawing.sheet import Hung, grid_of


class Frame:
    """One I420 picture that workers draw into again and again.

    What is kept from one to the next picture is shared by frames of a size that are drawn in turn, by one thread:
    `beside` names one that is there already.
    """

    def __init__(self, width: int, height: int, *, beside: "Frame | None" = None) -> None:
        self.width = width
        self.height = height
        self.buffer = np.zeros((height * 3 // 2, width), np.uint8)
        quarter = height // 4
        self.y: Plane = self.buffer[:height]
        self.u: Plane = self.buffer[height : height + quarter].reshape(height // 2, width // 2)
        self.v: Plane = self.buffer[height + quarter :].reshape(height // 2, width // 2)
        self.canvas = Canvas(self.y, self.u, self.v)
        #: What is known of the pictures before and after.
        self.kept: Kept = beside.kept if beside else Kept()

    def spare(self, name: str, shape: tuple[int, ...], kind: type[np.generic]) -> Plane:
        """Give a named buffer of a shape, the same as last time: asking for new memory costs more than filling it."""
        spare = self.kept.spares.get(name)
        if spare is None or spare.shape != shape or spare.dtype != kind:
            spare = self.kept.spares[name] = np.empty(shape, kind)
        return spare

    def copy_rows(self, other: "Frame", rows: int) -> None:
        """Copy the first `rows` rows of a frame of the same size, and one more where the number is odd."""
        half = (rows + 1) // 2
        np.copyto(self.y[: half * 2], other.y[: half * 2])
        np.copyto(self.u[:half], other.u[:half])
        np.copyto(self.v[:half], other.v[:half])

    def plan(self, display: "Display", until: Until | None = None) -> Until:
        """Prepare to lay a display, down to some rows if not to all; give those of what is behind it."""
        return self.canvas.plan(display.entries, self.canvas.all_rows if until is None else until)

    def lay(self, display: "Display") -> None:
        """Lay what was planned."""
        first = 0
        for place, paint in display.paints:
            self.canvas.lay(display.entries, first, place)
            paint(self)
            first = place + 1
        self.canvas.lay(display.entries, first, display.entries.count)

    def draw(self, shown: "Sequence[Shown]") -> None:
        """Lay what is shown, back to front, over what the frame holds."""
        display = to_display(shown, self.width, self.height)
        self.plan(display)
        self.lay(display)


#: What paints over the whole frame.
Paint = Callable[[Frame], None]
#: A sheet that hangs somewhere, ink or light on a part of a plane, or paint.
Shown = Hung | Wash | Shine | Paint


@dataclass(frozen=True, slots=True)
class Display:
    """All that is shown at a moment, ready to be laid."""

    entries: DisplayList
    #: What paints by itself, and its places among the entries.
    paints: tuple[tuple[int, Paint], ...]


def to_display(shown: Sequence[Shown], width: int, height: int) -> Display:
    """Write down what is shown, back to front, on a frame of a size."""
    entries: list[Laid | Wash | Shine | None] = []
    paints: list[tuple[int, Paint]] = []
    for place, each in enumerate(shown):
        if isinstance(each, Hung):
            sheet, hang = each
            entries.append(Laid(sheet.texture, grid_of(sheet, hang, width, height), hang.view.past))
        elif isinstance(each, (Wash, Shine)):
            entries.append(each)
        else:
            entries.append(None)
            paints.append((place, each))
    return Display(DisplayList(entries, width, height), tuple(paints))


@dataclass(frozen=True, slots=True)
class Backdrop:
    """The far part of a picture, kept for those that follow."""

    frame: Frame | None = None
    #: What stands for the stage it is of, the picture's number, and the rows down to which it was drawn.
    owner: object = None
    index: int = -1
    until: Until | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """Displays of the pictures that follow, by their numbers: of what moves, and of what is drawn once for some."""

    #: What stands for the stage they are of.
    owner: object = None
    near: dict[int, Display] = field(default_factory=dict)
    far: dict[int, Display] = field(default_factory=dict)


@dataclass(slots=True)
class Kept:
    """What frames that are drawn in turn keep."""

    #: What the last pictures had in common.
    backdrop: Backdrop = field(default_factory=Backdrop)
    #: What the next pictures will show.
    ahead: Ahead = field(default_factory=Ahead)
    spares: dict[str, Plane] = field(default_factory=dict)
