"""Places of the open land: hills, field, mountains, desert, snowfield, forest, garden.

Each is a function from a setting to painting jobs, back to front. They know terrain and light, not figures.
"""

from dataclasses import dataclass
from functools import partial

from reelgate.engines.animatic.colour import Colour, hexa, mix
from reelgate.engines.animatic.setting import Job, Setting
from reelgate.engines.animatic.sky import paint_clouds, paint_sky
from reelgate.engines.animatic.stage import Element, Layer
from reelgate.engines.animatic.terrain import ground, rolling


def backdrop(setting: Setting, *, clouds: bool = True, low: float | None = None) -> Element:
    """Paint sky and clouds as one layer."""
    painter = paint_sky(setting, bottom=low)
    if clouds:
        paint_clouds(setting, painter, low=low)
    return Layer(sheet=painter.sheet(), depth=0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hill:
    """One soft hill layer."""

    name: str
    depth: float
    #: World row of its foot, and how far it rises above.
    level: float
    rise: float
    own: Colour
    wave: float = 0.8


def hill(setting: Setting, form: Hill) -> Element:
    """Paint a hill, lighter along its top."""
    painter = setting.painter(form.depth, top=form.level - form.rise - 0.02)
    line = rolling(setting.rng(form.name), painter.bounds, form.level, form.rise, wave=form.wave)
    seen = setting.lit(form.own, form.depth)
    top = mix(seen, setting.palette.glow, 0.16 * setting.palette.glow_share)
    painter.gradient(
        ground(line, painter.bounds.bottom + 0.02),
        [
            (form.level - form.rise, top),
            (form.level + 0.12, seen),
            (form.level + 0.5, mix(seen, setting.palette.shade, 0.3)),
        ],
    )
    return Layer(sheet=painter.sheet(solid_from=form.level + 0.01), depth=form.depth)


def open_land(setting: Setting) -> list[Job]:
    """Give rolling hills under a large sky."""
    h = setting.horizon
    forms = (
        Hill(name="far", depth=0.12, level=h + 0.02, rise=0.1, own=hexa("5c8f86"), wave=0.9),
        Hill(name="middle", depth=0.3, level=h + 0.06, rise=0.09, own=hexa("5f9a62")),
        Hill(name="near", depth=0.6, level=h + 0.12, rise=0.07, own=hexa("6fa64f"), wave=1.1),
        Hill(name="ground", depth=1.0, level=h + 0.2, rise=0.035, own=hexa("7db24e"), wave=1.6),
    )
    return [lambda: backdrop(setting), *(partial(hill, setting, form) for form in forms)]
