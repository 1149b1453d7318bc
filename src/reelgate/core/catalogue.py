"""Models as data: what each can do, its names on the wires, its prices and its route. Pure.

`catalogue_from` reads the parsed `catalogue.toml`; `check_spec` says what in a spec the model does not allow, before
any money moves. Every dialect's models endpoint is drawn from here.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from reelgate.core.errors import FieldProblem, ModelUnknown, ServerMisconfigured
from reelgate.core.media import VIDEO_LENGTH_MAX_S
from reelgate.core.task import AspectRatio, Mode, PersonGeneration, Resolution, Role, TaskSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What one video, or each second of it, costs when its conditions hold."""

    microcredits: int
    per_second: bool = False
    #: None: with and without sound.
    audio: bool | None = None
    #: None: every resolution.
    resolution: Resolution | None = None
    #: None: every mode.
    mode: Mode | None = None
    #: None: as a video and as a GIF.
    gif: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """What some fields of a spec must be when others are what they are."""

    #: By field, the values that it counts for; all of them must hold.
    when: Mapping[str, tuple[object, ...]]
    #: By field, the values that are then allowed. A field that the caller left open is the engine's to choose.
    require: Mapping[str, tuple[object, ...]]


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
    #: Rules that this wire has beyond the model's own.
    rules: tuple[Rule, ...] = ()
    #: This wire's own price book in place of the model's; empty: it has none.
    prices: tuple[Price, ...] = ()
    #: Modes that the model has elsewhere and not on this wire.
    without: frozenset[Mode] = frozenset()
    #: Seconds that a video may last after an extension, where this wire allows less than the model.
    extended_max_s: int | None = None


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
    #: It makes sound.
    audio: bool = True
    #: What holds on every wire.
    rules: tuple[Rule, ...] = ()
    #: Whole seconds that an extension adds; None for the length that is asked for.
    added_s: int | None = None
    #: Seconds that a video may last after an extension.
    extended_max_s: int = VIDEO_LENGTH_MAX_S

    def modes_on(self, dialect: str) -> frozenset[Mode]:
        """Return the modes that a wire offers of it; all of them where the wire has no name for it."""
        name = self.names.get(dialect)
        return self.modes - name.without if name else self.modes


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalogue:
    """All models."""

    models: Mapping[str, Model]
    #: By dialect, the name of the model that is meant when none is named.
    defaults: Mapping[str, str]

    def limited_to(self, models: Collection[str] | None) -> "Catalogue":
        """Return the part that has these models alone, by id; all of it for None."""
        if models is None:
            return self
        return replace(self, models={name: model for name, model in self.models.items() if name in models})

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
            ModelUnknown: the wire has no such model; the error says which it has, and which wires have this one.

        """
        wanted = self.defaults[dialect] if name is None else name
        for model in self.models.values():
            known = model.names.get(dialect)
            if known and (wanted == known.name or wanted in known.aliases):
                return model
        elsewhere = {
            wire
            for model in self.models.values()
            for wire, known in model.names.items()
            if wanted == known.name or wanted in known.aliases
        }
        raise ModelUnknown(wanted, [known.name for known, _ in self.listed(dialect)], sorted(elsewhere))


def check_spec(
    model: Model,
    spec: TaskSpec,
    names: Mapping[str, str],
    dialect: str | None = None,
) -> tuple[FieldProblem, ...]:
    """Return what in `spec` the model does not allow, on the wire that it came in through; each field is named once.

    `names` gives the wire's name of each spec field ("duration_s" -> "durationSeconds"); a field that the wire lacks
    keeps its own.
    """
    wire_name = model.names.get(dialect) if dialect else None
    checks: tuple[tuple[str, object, Sequence[object]], ...] = (
        ("aspect_ratio", spec.aspect_ratio, model.aspect_ratios),
        ("resolution", spec.resolution, model.resolutions),
        ("duration_s", spec.duration_s, model.durations_s),
    )
    problems = {
        field: f"must be {one_of(allowed)}, not {value}" for field, value, allowed in checks if value not in allowed
    }
    if not 1 <= spec.samples <= model.samples_max:
        problems["samples"] = f"must be 1 to {model.samples_max}, not {spec.samples}"
    if spec.audio and not model.audio:
        problems["audio"] = "must be false: the model makes no sound"
    # A rule says more than the plain list of what the model knows.
    for rule in (*model.rules, *(wire_name.rules if wire_name else ())):
        problems |= _broken(rule, spec, names)
    return tuple(FieldProblem(names.get(field, field), problem) for field, problem in problems.items())


def check_source(model: Model, spec: TaskSpec, dialect: str) -> FieldProblem | None:
    """Return why a spec's source video, whose length is known, may not be extended by so much, if it may not."""
    source = spec.source_video if spec.mode is Mode.EXTEND else None
    if source is None or source.duration_s is None:
        return None
    wire_name = model.names.get(dialect)
    limit = min(model.extended_max_s, (wire_name and wire_name.extended_max_s) or VIDEO_LENGTH_MAX_S)
    field = next(item.field for item in spec.inputs if item.role is Role.SOURCE_VIDEO)
    longest = limit - spec.extension_s
    if 1 - _TOLERANCE_S <= source.duration_s <= longest + _TOLERANCE_S:
        return None
    return FieldProblem(
        field, f"must last 1 to {longest} s, as {spec.extension_s} s are added to it, not {source.duration_s:.3g} s"
    )


#: A video of so many seconds may have a frame more or less.
_TOLERANCE_S: Final = 0.1


def _broken(rule: Rule, spec: TaskSpec, names: Mapping[str, str]) -> dict[str, str]:
    """Return, by field, what in `spec` breaks a rule."""
    if any(_RULE_FIELDS[field].read(spec) not in values for field, values in rule.when.items()):
        return {}
    case = " and ".join(_said(field, spec, names) for field in rule.when)
    found = ((field, _RULE_FIELDS[field].read(spec), allowed) for field, allowed in rule.require.items())
    return {
        field: f"must be {one_of(allowed)}{case and f' {case}'}, not {one_of([value])}"
        for field, value, allowed in found
        if value is not None and value not in allowed
    }


def _said(field: str, spec: TaskSpec, names: Mapping[str, str]) -> str:
    """Say one condition of a rule that counts for `spec`: "when resolution is 4k", "for image to video"."""
    value = _RULE_FIELDS[field].read(spec)
    # No wire has a field for the mode: it follows from what is sent.
    return f"for {_MODE_WORDS[spec.mode]}" if field == "mode" else f"when {names.get(field, field)} is {value}"


_MODE_WORDS: Final = {
    Mode.TEXT_TO_VIDEO: "text to video",
    Mode.IMAGE_TO_VIDEO: "image to video",
    Mode.FIRST_LAST_FRAME: "first and last frame",
    Mode.REFERENCE_TO_VIDEO: "reference to video",
    Mode.EXTEND: "extension",
    Mode.UPSCALE: "upscaling",
}


@dataclass(frozen=True, slots=True)
class _RuleField:
    """A field that rules may speak of."""

    #: Makes a value of it from what stands in the file.
    kind: Callable[[Any], object]
    read: Callable[[TaskSpec], object]


_RULE_FIELDS: Final[Mapping[str, _RuleField]] = {
    "mode": _RuleField(Mode, lambda spec: spec.mode),
    "resolution": _RuleField(Resolution, lambda spec: spec.resolution),
    "aspect_ratio": _RuleField(AspectRatio, lambda spec: spec.aspect_ratio),
    "duration_s": _RuleField(int, lambda spec: spec.duration_s),
    "samples": _RuleField(int, lambda spec: spec.samples),
    "person_generation": _RuleField(PersonGeneration, lambda spec: spec.person_generation),
    "enhance_prompt": _RuleField(bool, lambda spec: spec.enhance_prompt),
    # How many reference pictures there are.
    "references": _RuleField(int, lambda spec: sum(item.role is Role.REFERENCE for item in spec.inputs)),
}


def one_of(values: Sequence[object]) -> str:
    """Say a list of values for people: "16:9, 9:16 or 1:1", "1 to 60"."""
    numbers = [value for value in values if isinstance(value, int)]
    if len(numbers) == len(values) > 3 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]} to {numbers[-1]}"
    # As JSON writes them.
    texts = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"


def catalogue_from(tree: Mapping[str, Any]) -> Catalogue:
    """Read the parsed `catalogue.toml`.

    Raises:
        ServerMisconfigured: an entry is missing or has a wrong value; the message names it.

    """
    rules: dict[str, Rule] = {}
    for name, entry in _table(tree, "rules").items():
        try:
            rules[name] = _rule_from(entry)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise ServerMisconfigured(f"catalogue: rules.{name}: {error!r}") from error
    try:
        books = {name: _prices_from(entry, {}) for name, entry in _table(tree, "prices").items()}
    except (KeyError, ValueError, TypeError) as error:
        raise ServerMisconfigured(f"catalogue: prices: {error!r}") from error
    models: dict[str, Model] = {}
    for model_id, entry in _table(tree, "models").items():
        try:
            models[model_id] = _model_from(model_id, entry, rules, books)
        except (KeyError, ValueError, TypeError) as error:
            raise ServerMisconfigured(f"catalogue: models.{model_id}: {error!r}") from error
    catalogue = Catalogue(models=models, defaults=dict(_table(tree, "defaults")))
    for dialect in catalogue.defaults:
        catalogue.find(dialect, None)
    return catalogue


def _table(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = tree.get(name, {})
    if not isinstance(table, Mapping):
        raise ServerMisconfigured(f"catalogue: {name}: must be a table")
    return table


def _model_from(
    model_id: str, entry: Mapping[str, Any], rules: Mapping[str, Rule], books: Mapping[str, tuple[Price, ...]]
) -> Model:
    durations = entry["durations_s"]
    if isinstance(durations, Mapping):
        durations = range(durations["from"], durations["to"] + 1)
    extension = entry.get("extension", {})
    return Model(
        id=model_id,
        route=tuple(entry["route"]),
        modes=frozenset(Mode(mode) for mode in entry["modes"]),
        aspect_ratios=tuple(AspectRatio(ratio) for ratio in entry["aspect_ratios"]),
        resolutions=tuple(Resolution(resolution) for resolution in entry["resolutions"]),
        durations_s=tuple(durations),
        samples_max=int(entry["samples_max"]),
        prompt_max_chars=int(entry["prompt_max_chars"]),
        prices=_prices_from(entry["prices"], books),
        names={dialect: _name_from(name, rules, books) for dialect, name in entry.get("names", {}).items()},
        audio=bool(entry.get("audio", True)),
        rules=tuple(rules[name] for name in entry.get("rules", ())),
        added_s=extension.get("adds_s"),
        extended_max_s=int(extension.get("total_max_s", VIDEO_LENGTH_MAX_S)),
    )


def _rule_from(entry: Mapping[str, Any]) -> Rule:
    return Rule(when=_values_from(entry["when"]), require=_values_from(entry["require"]))


def _values_from(entry: Mapping[str, Sequence[Any]]) -> dict[str, tuple[object, ...]]:
    return {field: tuple(_RULE_FIELDS[field].kind(value) for value in values) for field, values in entry.items()}


def _prices_from(entry: Any, books: Mapping[str, tuple[Price, ...]]) -> tuple[Price, ...]:
    """Read a price book, or find the one of a name."""
    if isinstance(entry, str):
        return books[entry]
    prices = tuple(_price_from(price) for price in entry)
    if not prices or prices[-1] != Price(microcredits=prices[-1].microcredits, per_second=prices[-1].per_second):
        raise ValueError("the last price must have no condition")
    return prices


def _price_from(entry: Mapping[str, Any]) -> Price:
    resolution, mode, per_second = entry.get("resolution"), entry.get("mode"), "microcredits_per_second" in entry
    return Price(
        microcredits=_amount(entry["microcredits_per_second" if per_second else "microcredits"]),
        per_second=per_second,
        audio=entry.get("audio"),
        resolution=Resolution(resolution) if resolution else None,
        mode=Mode(mode) if mode else None,
        gif=entry.get("gif"),
    )


def _amount(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("a price must be a whole number of microcredits")
    return value


def _name_from(entry: Mapping[str, Any], rules: Mapping[str, Rule], books: Mapping[str, tuple[Price, ...]]) -> WireName:
    return WireName(
        name=entry["name"],
        aliases=tuple(entry.get("aliases", ())),
        listed=entry.get("listed", True),
        title=entry.get("title", ""),
        description=entry.get("description", ""),
        rules=tuple(rules[name] for name in entry.get("rules", ())),
        without=frozenset(Mode(mode) for mode in entry.get("without", ())),
        extended_max_s=entry.get("extended_max_s"),
        prices=_prices_from(entry["prices"], books) if "prices" in entry else (),
    )
