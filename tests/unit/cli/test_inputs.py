"""What the options of `generate` ask for."""

import pathlib

import pytest

from reelgate.cli.inputs import Files, plan_mode, read_inputs
from reelgate.core.errors import FieldsInvalid, InputMissing, InputUnreadable
from reelgate.core.media import IMAGE_SIZE_MAX_BYTES
from reelgate.core.task import InlineSource, Mode, Role

A, B = pathlib.Path("a.png"), pathlib.Path("b.png")


@pytest.mark.parametrize(
    ("files", "mode"),
    [
        (Files(), Mode.TEXT_TO_VIDEO),
        (Files(image=A), Mode.IMAGE_TO_VIDEO),
        (Files(image=A, last_frame=B), Mode.FIRST_LAST_FRAME),
        (Files(references=[A, B]), Mode.REFERENCE_TO_VIDEO),
        (Files(extend="x"), Mode.EXTEND),
        (Files(upscale="x"), Mode.UPSCALE),
    ],
)
def test_the_mode_follows_from_what_is_given(files: Files, mode: Mode) -> None:
    """Nobody names it."""
    assert plan_mode(files) is mode


def test_what_does_not_go_together_is_refused() -> None:
    """By the names of the options."""
    with pytest.raises(InputMissing, match="--image"):
        plan_mode(Files(last_frame=A))
    with pytest.raises(FieldsInvalid, match=r"--extend: cannot be used together with --reference"):
        plan_mode(Files(references=[A], extend="x"))


def test_pictures_are_read_with_their_roles(tmp_path: pathlib.Path) -> None:
    """None further than is needed to know that it is too large."""
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"x")
    with photo.open("r+b") as file:
        file.truncate(IMAGE_SIZE_MAX_BYTES + 1000)
    inputs = read_inputs(Files(image=photo, last_frame=photo, references=[photo, photo]))
    assert [item.role for item in inputs] == [Role.FIRST_FRAME, Role.LAST_FRAME, Role.REFERENCE, Role.REFERENCE]
    source = inputs[0].source
    assert isinstance(source, InlineSource)
    assert (len(source.content), source.file_name) == (IMAGE_SIZE_MAX_BYTES + 1, "photo.png")
    with pytest.raises(InputUnreadable):
        read_inputs(Files(image=tmp_path))
