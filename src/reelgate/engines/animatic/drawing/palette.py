"""Light: the colours of each time of day, bent by weather and by colours named in the prompt. Chosen by hand.

Pure values and one rule, `lit`, which turns a thing's own colour into its colour in this light at a depth.
"""

from dataclasses import dataclass, replace

from reelgate.engines.animatic.drawing.colour import Colour, from_bytes, hexa, luminance, mix, times
from reelgate.engines.animatic.scene import Place, Shot, TimeOfDay, Weather


@dataclass(frozen=True, kw_only=True, slots=True)
class Palette:
    """The light of a shot."""

    #: Share of the way from zenith to horizon, and colour.
    sky: tuple[tuple[float, Colour], ...]
    #: Multiplies every own colour.
    light: Colour
    #: What distance fades into.
    haze: Colour
    #: How strongly it does, 0 to 1.
    haze_share: float
    #: What nearness sinks into, and how strongly: silhouettes against a low sun.
    shade: Colour
    shade_share: float
    sun: Colour
    glow: Colour
    glow_share: float
    #: Height of sun or moon: 0 the horizon, 1 the top of the frame.
    sun_height: float
    #: Edges that face the light.
    rim: Colour
    rim_share: float
    moon: bool = False
    #: Share of stars shown.
    stars: float = 0.0
    #: Lamps are lit.
    lamps: bool = False
    #: Clouds: body and lit edge.
    cloud: Colour = (1.0, 1.0, 1.0)
    cloud_edge: Colour = (1.0, 1.0, 1.0)

    def lit(self, own: Colour, depth: float) -> Colour:
        """Give the colour in this light of something at a depth, 0 far to 1 and nearer."""
        seen = times(own, self.light)
        seen = mix(seen, self.shade, min(0.94, self.shade_share * max(0.0, min(1.35, depth))))
        far = max(0.0, 1.0 - depth) ** 1.5
        return mix(seen, self.haze, min(0.96, self.haze_share * far))

    def on_stage(self, own: Colour) -> Colour:
        """Give the colour in this light of a subject: kept apart from the dark around it, as a film's lamp would."""
        level = luminance(self.light)
        lifted = mix(self.light, (1.0, 0.97, 0.94), 0.16 + 0.22 * max(0.0, 0.8 - level))
        return mix(times(own, lifted), self.shade, 0.42 * self.shade_share)

    @property
    def horizon(self) -> Colour:
        """The sky's colour at the horizon."""
        return self.sky[-1][1]

    @property
    def zenith(self) -> Colour:
        """The sky's colour at the top."""
        return self.sky[0][1]


_TIMES: dict[TimeOfDay, Palette] = {
    TimeOfDay.DAWN: Palette(
        sky=(
            (0.0, hexa("4a5a94")),
            (0.42, hexa("8f8cbd")),
            (0.74, hexa("eaaba8")),
            (1.0, hexa("ffdcae")),
        ),
        light=(0.92, 0.8, 0.84),
        haze=hexa("ecbfb6"),
        haze_share=0.9,
        shade=hexa("2e2c52"),
        shade_share=0.4,
        sun=hexa("fff0cf"),
        glow=hexa("ffc995"),
        glow_share=0.85,
        sun_height=0.1,
        rim=hexa("ffd9b8"),
        rim_share=0.7,
        stars=0.12,
        cloud=hexa("c9a3bd"),
        cloud_edge=hexa("ffdcc0"),
    ),
    TimeOfDay.DAY: Palette(
        sky=(
            (0.0, hexa("2c7cc9")),
            (0.45, hexa("67b0e6")),
            (0.82, hexa("b7def2")),
            (1.0, hexa("e6f3f0")),
        ),
        light=(1.0, 1.0, 0.97),
        haze=hexa("bfdcea"),
        haze_share=0.8,
        shade=hexa("12323f"),
        shade_share=0.14,
        sun=hexa("fffdf0"),
        glow=hexa("fff7dc"),
        glow_share=0.7,
        sun_height=0.74,
        rim=hexa("fffbe4"),
        rim_share=0.45,
        cloud=hexa("dfeaf3"),
        cloud_edge=hexa("ffffff"),
    ),
    TimeOfDay.GOLDEN_HOUR: Palette(
        sky=(
            (0.0, hexa("5e8fbd")),
            (0.4, hexa("a9c0bf")),
            (0.76, hexa("f6d390")),
            (1.0, hexa("ffbd66")),
        ),
        light=(1.0, 0.85, 0.6),
        haze=hexa("f8cf90"),
        haze_share=0.86,
        shade=hexa("3c2430"),
        shade_share=0.34,
        sun=hexa("fff6d6"),
        glow=hexa("ffc057"),
        glow_share=0.95,
        sun_height=0.26,
        rim=hexa("ffe2a0"),
        rim_share=0.8,
        cloud=hexa("e8b98a"),
        cloud_edge=hexa("fff0c4"),
    ),
    TimeOfDay.SUNSET: Palette(
        sky=(
            (0.0, hexa("2a2357")),
            (0.34, hexa("713a7c")),
            (0.62, hexa("d6536c")),
            (0.84, hexa("ff8a50")),
            (1.0, hexa("ffc872")),
        ),
        light=(0.82, 0.5, 0.48),
        haze=hexa("ee7d62"),
        haze_share=0.84,
        shade=hexa("1b1133"),
        shade_share=0.66,
        sun=hexa("ffeab0"),
        glow=hexa("ff8a45"),
        glow_share=0.9,
        sun_height=0.1,
        rim=hexa("ffb274"),
        rim_share=0.85,
        cloud=hexa("8e3f72"),
        cloud_edge=hexa("ff9d6b"),
    ),
    TimeOfDay.DUSK: Palette(
        sky=(
            (0.0, hexa("131d47")),
            (0.45, hexa("37407f")),
            (0.78, hexa("8270a4")),
            (1.0, hexa("e3a39c")),
        ),
        light=(0.46, 0.46, 0.68),
        haze=hexa("8078a8"),
        haze_share=0.82,
        shade=hexa("10142f"),
        shade_share=0.5,
        sun=hexa("fdf3e0"),
        glow=hexa("e8a5a0"),
        glow_share=0.55,
        sun_height=0.62,
        rim=hexa("d8b8d8"),
        rim_share=0.6,
        moon=True,
        stars=0.35,
        lamps=True,
        cloud=hexa("4c4a80"),
        cloud_edge=hexa("b58fb0"),
    ),
    TimeOfDay.NIGHT: Palette(
        sky=(
            (0.0, hexa("040a1f")),
            (0.45, hexa("0b1c42")),
            (0.8, hexa("183766")),
            (1.0, hexa("2b5481")),
        ),
        light=(0.24, 0.36, 0.58),
        haze=hexa("254a78"),
        haze_share=0.8,
        shade=hexa("040a1c"),
        shade_share=0.5,
        sun=hexa("f6f3e2"),
        glow=hexa("86b2ea"),
        glow_share=0.6,
        sun_height=0.72,
        rim=hexa("a6caf8"),
        rim_share=0.65,
        moon=True,
        stars=1.0,
        lamps=True,
        cloud=hexa("12264a"),
        cloud_edge=hexa("4c74a8"),
    ),
}

#: Weather bends the light: colour to bend to at day, share of the sky, of the haze's strength, sun left, light left.
_GREYS: dict[Weather, tuple[Colour, float, float, float, float]] = {
    Weather.CLOUDS: (hexa("c3ced6"), 0.22, 0.88, 0.75, 0.95),
    Weather.RAIN: (hexa("7d8b96"), 0.66, 0.95, 0.0, 0.7),
    Weather.STORM: (hexa("434d5c"), 0.78, 0.94, 0.0, 0.52),
    Weather.SNOW: (hexa("a9b8c6"), 0.62, 0.94, 0.15, 0.85),
    Weather.FOG: (hexa("c9d0d2"), 0.6, 0.98, 0.5, 0.86),
}


def _bent(colour: Colour, towards: Colour, share: float) -> Colour:
    """Move a colour's hue towards another while keeping most of its own light."""
    own, other = max(0.03, luminance(colour)), max(0.03, luminance(towards))
    level = (own * 0.62 + min(own, other) * 0.38) / other
    return mix(colour, times(towards, (1.0, 1.0, 1.0), level), share)


def _weathered(palette: Palette, weather: Weather) -> Palette:
    if weather not in _GREYS:
        return palette
    grey, share, haze, sun, light = _GREYS[weather]
    sky = tuple((place, _bent(colour, grey, share)) for place, colour in palette.sky)
    return replace(
        palette,
        sky=sky,
        haze=_bent(palette.haze, grey, share),
        haze_share=max(palette.haze_share, haze),
        light=times(mix(palette.light, (luminance(palette.light),) * 3, share * 0.6), (1.0, 1.0, 1.0), light),
        glow_share=palette.glow_share * sun,
        stars=palette.stars * max(0.0, sun - 0.3),
        rim_share=palette.rim_share * (0.45 + 0.55 * sun),
        shade_share=min(0.75, palette.shade_share + 0.08),
        cloud=_bent(palette.cloud, grey, share * 0.9),
        cloud_edge=_bent(palette.cloud_edge, grey, share * 0.7),
    )


def _tinted(palette: Palette, colours: tuple[Colour, ...]) -> Palette:
    if not colours:
        return palette
    first, last = colours[0], colours[-1]
    sky = tuple((place, _bent(colour, mix(first, last, place), 0.5)) for place, colour in palette.sky)
    level = max(0.25, luminance(palette.light))
    light = times(mix(first, (1.0, 1.0, 1.0), 0.35), (1.0, 1.0, 1.0), level / max(0.2, luminance(first) * 0.65 + 0.35))
    return replace(
        palette,
        sky=sky,
        haze=_bent(palette.haze, last, 0.5),
        light=mix(palette.light, light, 0.5),
        glow=mix(palette.glow, last, 0.35),
        rim=mix(palette.rim, first, 0.3),
        cloud=_bent(palette.cloud, first, 0.35),
    )


def _placed(palette: Palette, shot: Shot) -> Palette:
    """Bend the light to places that have their own: lamps in a room, a bare sun in space."""
    if shot.place is Place.SPACE:
        return replace(palette, light=mix((1.0, 0.97, 0.92), palette.light, 0.25), shade_share=0.22, rim_share=0.8)
    if shot.place in {Place.ROOM, Place.STUDIO, Place.GREENHOUSE} and palette.lamps:
        warm = mix(palette.light, (0.86, 0.68, 0.5), 0.55)
        return replace(palette, light=warm, shade_share=palette.shade_share * 0.6)
    return palette


def palette_of(shot: Shot) -> Palette:
    """Mix the palette of a shot from its time of day, weather, place and named colours."""
    weathered = _placed(_weathered(_TIMES[shot.time_of_day], shot.weather), shot)
    return _tinted(weathered, tuple(from_bytes(colour) for colour in shot.palette))
