"""Light: every hour and weather has its own, and named colours tint it."""

from itertools import combinations

import numpy as np

from reelgate.engines.animatic.drawing.colour import luminance
from reelgate.engines.animatic.drawing.palette import palette_of
from reelgate.engines.animatic.scene import Shot, TimeOfDay, Weather


def test_every_hour_has_its_own_sky() -> None:
    """No two times of day are nearly alike, and night is the darkest."""
    skies = {
        time: np.array([colour for _, colour in palette_of(Shot(time_of_day=time)).sky[-3:]]) for time in TimeOfDay
    }
    for one, two in combinations(TimeOfDay, 2):
        assert np.abs(skies[one] - skies[two]).mean() > 0.05
    light = {time: luminance(palette_of(Shot(time_of_day=time)).light) for time in TimeOfDay}
    assert min(light, key=light.__getitem__) is TimeOfDay.NIGHT
    assert max(light, key=light.__getitem__) is TimeOfDay.DAY


def test_rain_hides_the_sun_and_storms_are_darker() -> None:
    """Weather bends the light."""
    clear, rain, storm = (palette_of(Shot(weather=kind)) for kind in (Weather.CLEAR, Weather.RAIN, Weather.STORM))
    assert rain.glow_share == 0.0 < clear.glow_share
    assert luminance(storm.horizon) < luminance(rain.horizon) < luminance(clear.horizon)


def test_a_named_colour_tints_the_sky() -> None:
    """A red prompt has a redder sky than the same without."""
    plain, red = palette_of(Shot()), palette_of(Shot(palette=((220, 30, 30),)))
    assert red.horizon[0] - red.horizon[2] > plain.horizon[0] - plain.horizon[2] + 0.2
