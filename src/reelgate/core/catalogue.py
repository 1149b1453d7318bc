"""Models as data: what each can do, its names on the wires, its prices and its route. Pure.

`catalogue_from` reads the parsed `catalogue.toml`; `check_spec` says what in a spec the model does not allow, before
any money moves. Every dialect's models endpoint is drawn from here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reelgate.core.errors import FieldProblem, ModelUnknown, ServerMisconfigured
from reelgate.core.task import AspectRatio, Mode, Resolution, TaskSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What one video costs when its conditions hold."""

    microcredits: int
    #: None: with and without sound.
    audio: bool | None = None
    #: None: every resolution.
    resolution: Resolution | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WireName:
    """How a wire calls a model."""

    name: str
    #: Further names that clients send.
    aliases: tuple[str, ...] = ()
    #: Shown in the wire's list of models.
    listed: bool = True
    #: Title and description in that list.
    title: str = ""
    description: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """One entry of the catalogue."""

    id: str
    #: Names of engines, in the order in which they are tried.
    route: tuple[str, ...]
    modes: frozenset[Mode]
    aspect_ratios: tuple[AspectRatio, ...]
    resolutions: tuple[Resolution, ...]
    #: Allowed whole seconds, ascending.
    durations_s: tuple[int, ...]
    samples_max: int
    prompt_max_chars: int
    #: The first price whose conditions hold counts; the last has none.
    prices: tuple[Price, ...]
    #: By dialect.
    names: Mapping[str, WireName]


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalogue:
    """All models."""

    models: Mapping[str, Model]
    #: By dialect, the name of the model that is meant when none is named.
    defaults: Mapping[str, str]

    def listed(self, dialect: str) -> tuple[tuple[WireName, Model], ...]:
        """Return the models that a wire lists, in the catalogue's order."""
        return tuple(
            (model.names[dialect], model)
            for model in self.models.values()
            if dialect in model.names and model.names[dialect].listed
        )

    def find(self, dialect: str, name: str | None) -> Model:
        """Return the model that `dialect` calls `name`, or its default model for None.

        Raises:
            ModelUnknown: the wire has no such model.

        """
        wanted = self.defaults[dialect] if name is None else name
        for model in self.models.values():
            wire_name = model.names.get(dialect)
            if wire_name and (wanted == wire_name.name or wanted in wire_name.aliases):
                return model
        raise ModelUnknown(wanted, [wire_name.name for wire_name, _ in self.listed(dialect)])


def check_spec(model: Model, spec: TaskSpec, names: Mapping[str, str]) -> tuple[FieldProblem, ...]:
    """Return what in `spec` the model does not allow, field by field.

    `names` gives the wire's name of each spec field ("duration_s" -> "durationSeconds"); a field that the wire lacks
    keeps its own.
    """
    checks: tuple[tuple[str, object, Sequence[object]], ...] = (
        ("aspect_ratio", spec.aspect_ratio, model.aspect_ratios),
        ("resolution", spec.resolution, model.resolutions),
        ("duration_s", spec.duration_s, model.durations_s),
    )
    problems = [
        FieldProblem(names.get(field, field), f"must be {one_of(allowed)}, not {value}")
        for field, value, allowed in checks
        if value not in allowed
    ]
    if not 1 <= spec.samples <= model.samples_max:
        field = names.get("samples", "samples")
        problems.append(FieldProblem(field, f"must be 1 to {model.samples_max}, not {spec.samples}"))
    return tuple(problems)


def one_of(values: Sequence[object]) -> str:
    """Say a list of values for people: "16:9, 9:16 or 1:1", "1 to 60"."""
    numbers = [value for value in values if isinstance(value, int)]
    if len(numbers) == len(values) > 3 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]} to {numbers[-1]}"
    texts = [str(value) for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"


def catalogue_from(tree: Mapping[str, Any]) -> Catalogue:
    """Read the parsed `catalogue.toml`.

    Raises:
        ServerMisconfigured: an entry is missing or has a wrong value; the message names it.

    """
    models: dict[str, Model] = {}
    for model_id, entry in tree.get("models", {}).items():
        try:
            models[model_id] = _model_from(model_id, entry)
        except (KeyError, ValueError, TypeError) as error:
            raise ServerMisconfigured(f"catalogue: models.{model_id}: {error!r}") from error
    catalogue = Catalogue(models=models, defaults=dict(tree.get("defaults", {})))
    for dialect in catalogue.defaults:
        catalogue.find(dialect, None)
    return catalogue


def _model_from(model_id: str, entry: Mapping[str, Any]) -> Model:
    durations = entry["durations_s"]
    if isinstance(durations, Mapping):
        durations = range(durations["from"], durations["to"] + 1)
    prices = tuple(_price_from(price) for price in entry["prices"])
    if not prices or prices[-1].audio is not None or prices[-1].resolution is not None:
        raise ValueError("the last price must have no condition")
    return Model(
        id=model_id,
        route=tuple(entry["route"]),
        modes=frozenset(Mode(mode) for mode in entry["modes"]),
        aspect_ratios=tuple(AspectRatio(ratio) for ratio in entry["aspect_ratios"]),
        resolutions=tuple(Resolution(resolution) for resolution in entry["resolutions"]),
        durations_s=tuple(durations),
        samples_max=int(entry["samples_max"]),
        prompt_max_chars=int(entry["prompt_max_chars"]),
        prices=prices,
        names={dialect: _name_from(name) for dialect, name in entry.get("names", {}).items()},
    )


def _price_from(entry: Mapping[str, Any]) -> Price:
    resolution = entry.get("resolution")
    return Price(
        microcredits=int(entry["microcredits"]),
        audio=entry.get("audio"),
        resolution=Resolution(resolution) if resolution else None,
    )


def _name_from(entry: Mapping[str, Any]) -> WireName:
    return WireName(
        name=entry["name"],
        aliases=tuple(entry.get("aliases", ())),
        listed=entry.get("listed", True),
        title=entry.get("title", ""),
        description=entry.get("description", ""),
    )
