"""`reelgate credits quote`: what a task would cost on a wire, by the very function that reserves it."""

import pathlib
from typing import Annotated

import typer

from reelgate.app.tables import load_catalogue
from reelgate.app.wires import DIALECTS
from reelgate.cli.options import Json, settings_for
from reelgate.cli.output import plainly, show
from reelgate.core.catalogue import Model, check_spec
from reelgate.core.errors import FieldsInvalid
from reelgate.core.ledger import credits_text
from reelgate.core.pricing import quote as quote_spec
from reelgate.core.task import Mode, Resolution, TaskSpec


def quote(
    wire: Annotated[str, typer.Option(help="Which wire asks.")] = "veo4api",
    model: Annotated[str | None, typer.Option(help="As that wire calls it; its default unless given.")] = None,
    mode: Annotated[Mode, typer.Option(help="What is asked for.")] = Mode.TEXT_TO_VIDEO,
    duration: Annotated[int | None, typer.Option(help="Seconds; the model's longest unless given.")] = None,
    resolution: Annotated[Resolution, typer.Option(help="Of the video.")] = Resolution.P720,
    samples: Annotated[int, typer.Option(min=1, help="How many videos.")] = 1,
    audio: Annotated[bool, typer.Option("--audio/--no-audio", help="With sound.")] = True,
    catalogue: Annotated[pathlib.Path | None, typer.Option(help="Another catalogue. [env: REELGATE_CATALOGUE]")] = None,
    json: Json = False,
) -> None:
    """Say what a task would cost; that much is reserved for it, and never more is charged."""
    if wire not in {dialect.name for dialect in DIALECTS}:
        raise typer.BadParameter(f"there is no wire {wire!r}", param_hint="--wire")
    with plainly():
        found = load_catalogue(settings_for(None, catalogue=catalogue))
        known = found.find(wire, model or found.defaults.get(wire) or _first(found.listed(wire)[0][1], wire))
        spec = TaskSpec(
            mode=mode,
            model=known.id,
            prompt="x",
            duration_s=duration or known.durations_s[-1],
            resolution=resolution,
            samples=samples,
            audio=audio and known.audio,
            aspect_ratio=known.aspect_ratios[0],
        )
        if problems := check_spec(known, spec, {"duration_s": "duration"}, wire):
            raise FieldsInvalid(problems)
        quoted = quote_spec(known, spec, wire)
    facts = {
        "wire": wire,
        "model": known.names[wire].name,
        "credits": credits_text(quoted.microcredits),
        "microcredits": quoted.microcredits,
        "by_second": quoted.rates is not None,
    }
    basis = "charged by the second" if quoted.rates else "charged by the video"
    show(facts, as_json=json, text=lambda: f"{facts['credits']} credits, {basis} that is delivered")


def _first(model: Model, wire: str) -> str:
    return model.names[wire].name
