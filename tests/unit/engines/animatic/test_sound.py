"""The soundtrack: exact length, sane levels, the same for the same scene, and fitting what is seen."""

import numpy as np
import pytest
from numpy.typing import NDArray

from reelgate.engines.animatic.ambience.recipes import BEDS, recipe_for
from reelgate.engines.animatic.scene import Figure, Motion, Place, Scene, Shot, Subject, TimeOfDay, Weather
from reelgate.engines.animatic.sound import soundtrack

RATE_HZ = 48_000


def heard(*shots: Shot, seed: int = 5, duration_s: int = 2) -> NDArray[np.float32]:
    blocks = list(soundtrack(Scene(shots=shots or (Shot(),), seed=seed), duration_s))
    return np.concatenate(blocks, axis=1)


def level_db(samples: NDArray[np.float32]) -> float:
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-20))


def brightness_hz(samples: NDArray[np.float32]) -> float:
    power = np.abs(np.fft.rfft(samples.mean(axis=0))) ** 2
    frequencies = np.fft.rfftfreq(samples.shape[1], 1 / RATE_HZ)
    return float((power * frequencies).sum() / power.sum())


@pytest.mark.parametrize("duration_s", [1, 2, 7, 60])
def test_it_lasts_exactly_as_long_as_asked(duration_s: int) -> None:
    """The sum of the blocks is the duration, and no block is longer than a second."""
    blocks = list(soundtrack(Scene(shots=(Shot(),), seed=1), duration_s))
    assert sum(block.shape[1] for block in blocks) == duration_s * RATE_HZ
    assert all(block.shape[0] == 2 and block.shape[1] <= RATE_HZ and block.dtype == np.float32 for block in blocks)


@pytest.mark.parametrize("place", list(Place))
@pytest.mark.parametrize("weather", [Weather.CLEAR, Weather.STORM])
def test_every_place_sounds_at_a_sensible_level(place: Place, weather: Weather) -> None:
    """Nothing clips, nothing is silent, and no sample is a number that is none."""
    samples = heard(Shot(place=place, weather=weather, time_of_day=TimeOfDay.DUSK), duration_s=4)
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= 0.55
    assert -27 < level_db(samples) < -15


@pytest.mark.parametrize("figure", list(Figure))
def test_every_figure_can_move_in_it(figure: Figure) -> None:
    """Sounds of what moves stay within the same bounds."""
    subject = Subject(figure=figure, label="x", motion=Motion.RUN)
    samples = heard(Shot(subjects=(subject,), place=Place.FIELD))
    assert np.abs(samples).max() <= 0.55


def test_the_same_scene_sounds_the_same() -> None:
    """Two runs give equal samples."""
    assert np.array_equal(heard(Shot(weather=Weather.STORM)), heard(Shot(weather=Weather.STORM)))


def test_another_seed_or_scene_sounds_different() -> None:
    """The seed and the place are both heard."""
    usual = heard(Shot())
    assert not np.array_equal(usual, heard(Shot(), seed=6))
    assert not np.array_equal(usual, heard(Shot(place=Place.SEA)))


def test_spectra_fit_what_is_seen() -> None:
    """Rain is brighter than the sea, the sea than a city's rumble, and space is the darkest."""
    rain = brightness_hz(heard(Shot(weather=Weather.RAIN), duration_s=8))
    sea = brightness_hz(heard(Shot(place=Place.SEA), duration_s=8))
    city = brightness_hz(heard(Shot(place=Place.CITY), duration_s=8))
    space = brightness_hz(heard(Shot(place=Place.SPACE), duration_s=8))
    assert rain > 1.5 * sea > 1.5 * city
    assert space < city < 400


def test_birds_sing_by_day_and_crickets_by_night() -> None:
    """What is alive follows the hour, and hides from the rain."""

    def grains(time: TimeOfDay, weather: Weather = Weather.CLEAR) -> set[str]:
        shot = Shot(place=Place.FOREST, time_of_day=time, weather=weather)
        return {chirp.grain for chirp in recipe_for(shot).chirps}

    assert grains(TimeOfDay.DAWN) == {"bird"}
    assert grains(TimeOfDay.NIGHT) == {"cricket", "owl"}
    assert grains(TimeOfDay.DAY, Weather.RAIN) == set()
    assert grains(TimeOfDay.DAY, Weather.STORM) == {"thunder"}


def test_no_weather_is_heard_in_space() -> None:
    """Nothing carries it."""
    stormy = recipe_for(Shot(place=Place.SPACE, weather=Weather.STORM))
    assert {name for name, _ in stormy.beds} == {"void"}


def test_every_bed_of_every_shot_exists() -> None:
    """A recipe names only beds that can be made."""
    for place in Place:
        for weather in Weather:
            subjects = tuple(Subject(figure=figure, label="x", motion=Motion.DRIVE) for figure in Figure)
            recipe = recipe_for(Shot(place=place, weather=weather, subjects=subjects))
            assert {name for name, _ in recipe.beds} <= set(BEDS)


def test_it_fades_in_and_out() -> None:
    """The first and last hundredth of a second are near silence."""
    samples = heard(Shot(weather=Weather.RAIN), duration_s=4)
    assert level_db(samples[:, :480]) < level_db(samples) - 20
    assert level_db(samples[:, -480:]) < level_db(samples) - 20


def test_a_cut_changes_the_sound_without_a_click() -> None:
    """Either side of a cut sounds like its own shot, and no step between samples is larger than in the shots."""
    shots = (Shot(place=Place.STUDIO, share=0.5), Shot(weather=Weather.RAIN, share=0.5))
    samples = heard(*shots, duration_s=6)
    cut = 3 * RATE_HZ
    before, after = samples[:, cut - RATE_HZ : cut - 3000], samples[:, cut + 3000 : cut + RATE_HZ]
    assert brightness_hz(after) > 3 * brightness_hz(before)
    steps = np.abs(np.diff(samples, axis=1))
    assert steps[:, cut - 1500 : cut + 1500].max() <= steps[:, cut + 3000 :].max() * 1.05


def test_shots_that_sound_alike_are_not_cut() -> None:
    """A camera move between two shots of one place is not heard."""
    one = heard(Shot(), duration_s=4)
    two = heard(Shot(share=0.5), Shot(share=0.5), duration_s=4)
    assert np.array_equal(one, two)
