"""What a job's pictures turned out to be, worked out once a video and shared by its shots. Read-only.

`render` reads it in a thread, `shots` builds stages from it, `child` says what was made of it.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from reelgate.core.task import Understanding
from reelgate.engines.animatic.drawing.beside import beside
from reelgate.engines.animatic.drawing.colour import Plane
from reelgate.engines.animatic.drawing.cutout import Cutout, read_cutout
from reelgate.engines.animatic.drawing.morph import Morph, plan_morph
from reelgate.engines.animatic.drawing.picture import read_picture
from reelgate.engines.animatic.job import RenderJob
from reelgate.engines.animatic.references import cast_pictures, fit_cutouts
from reelgate.engines.animatic.scene import Camera, Look, Scene


@dataclass(frozen=True, kw_only=True, slots=True)
class Pictures:
    """The pictures of a job, ready to be drawn; a job has one kind of them, or none."""

    #: The decoded picture to begin with.
    picture: Plane | None = None
    #: The way from a first to a last picture.
    morph: Morph | None = None
    #: What is shown in the drawn scene.
    references: tuple[Cutout, ...] = ()


NO_PICTURES = Pictures()


def read_pictures(job: RenderJob) -> Pictures:
    """Decode the job's pictures and prepare them.

    Raises OSError where a picture cannot be read.
    """
    if job.references:
        with ThreadPoolExecutor(2) as pool:
            cutouts = list(pool.map(read_cutout, job.references))
        return Pictures(references=fit_cutouts(cutouts, job.width / job.height))
    if job.first_frame is None:
        return NO_PICTURES
    if job.last_frame is None:
        return Pictures(picture=read_picture(job.first_frame))
    first, last = beside(partial(read_picture, job.first_frame), partial(read_picture, job.last_frame))
    camera = job.scene.shots[0].camera
    morph = plan_morph(first, last, (job.width, job.height), camera, job.scene.seed)
    return Pictures(morph=morph)


def with_pictures(read: Understanding, pictures: Pictures, scene: Scene) -> Understanding:
    """Add to how the prompt was read what was done with the pictures. Pure."""
    if pictures.references:
        return _with_references(read, pictures.references, scene)
    if pictures.morph is None:
        return read
    shares = f"{round(100 * pictures.morph.alike)} % of them follows its motion, the rest dissolves"
    between = shares if pictures.morph.alike > 0 else "they have nothing in common, and dissolve"
    approximated = [f"between the first and the last picture: {between}"]
    if any(shot.camera not in {Camera.DRIFT, Camera.STATIC} for shot in scene.shots):
        approximated.append("camera: kept small, as both ends are the pictures")
    # A look would change the pictures, which are shown as they are.
    looks = [f"look: {look}" for look in Look if any(shot.look is look is not Look.NATURAL for shot in scene.shots)]
    return replace(
        read,
        understood=(
            *(line for line in read.understood if not line.startswith(tuple(looks) or ("\n",))),
            "first frame: the first picture",
            "last frame: the last picture",
        ),
        ignored=(*read.ignored, *(f"{look} (the pictures keep their colours)" for look in looks)),
        approximated=(*read.approximated, *approximated),
    )


def _with_references(read: Understanding, cutouts: tuple[Cutout, ...], scene: Scene) -> Understanding:
    parts, _ = cast_pictures(scene.shots[0].subjects, len(cutouts))
    understood, approximated, drawn_no_more = [], [], set()
    for number, (cutout, part) in enumerate(zip(cutouts, parts, strict=True), start=1):
        stands_for = f", for '{part.subject.label}'" if part.subject else ""
        if cutout.mask is None:
            understood.append(f"picture {number}: in the scene{stands_for}")
            approximated.append(f"picture {number}: shown on a panel, with its background")
        else:
            understood.append(f"picture {number}: cut out, in the scene{stands_for}")
        if part.subject:
            drawn_no_more.add(f"'{part.subject.label}' ")
    return replace(
        read,
        understood=(*read.understood, *understood),
        approximated=(
            *(line for line in read.approximated if not line.startswith(tuple(drawn_no_more) or ("\n",))),
            *approximated,
        ),
    )
