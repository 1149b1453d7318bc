"""Draws a still of each of the gallery's prompts, and writes docs/gallery: the stills and a page that lists them.

Run it: make gallery, or python bench/gallery.py [FOLDER]. The same vocabulary and drawing give the same stills.
"""

import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2

from reelgate.engines.animatic.drawing.frame import Frame
from reelgate.engines.animatic.encode import FPS
from reelgate.engines.animatic.grammar import Reading, read_prompt
from reelgate.engines.animatic.job import RenderJob
from reelgate.engines.animatic.shots import build_stage

SIZE = (1280, 720)
STILL = (640, 360)
DURATION_S = 6
SEED = 11
QUALITY = 82

#: File name to prompt.
PROMPTS: dict[str, str] = {
    "greenhouse": "A cinematic dolly shot of a glass greenhouse during sunrise",
    "lighthouse": "A lighthouse in a storm at night, waves crash, crane up",
    "balloons": "Three red balloons float over a green valley, slow push-in",
    "fox": "A red fox runs through a snowy forest, tracking shot",
    "dragon": "A majestic dragon soars above a fantasy castle at sunset",
    "taxi": "A yellow taxi on a rainy street at night, neon, truck left",
    "swans": "Seven white swans glide on a misty lake at dawn, pan left",
    "astronaut": "An astronaut floats in space, Saturn behind, slow motion",
    "whale": "Underwater shot of a humpback whale, sun rays, dreamy",
    "noir": "A detective walks down an alley in the rain, film noir",
    "camels": "Two camels walk over the dunes at golden hour, wide shot",
    "coffee": "A steaming cup of coffee on a wooden table by a rainy window, cozy, static shot",
    "sailboats": "Five small white sailboats on a turquoise sea, aerial shot",
    "train": "A steam train crosses a stone bridge over a river in autumn",
    "product": "A golden sphere and a blue cube in a studio, soft pink background, orbit",
    "title": 'The title "The Last Summer" appears over a beach at dusk, palm trees',
    "watercolor": "A cottage in a flower garden with butterflies, watercolor",
    "wolf": "A wolf howls at the full moon on a mountain",
    "rocket": "A rocket launches from the desert, camera tilts up",
    "quokka": "A close-up of a quokka in a meadow, pastel colors",
    "spanish": "Un caballo blanco galopa por la playa al atardecer, travelling lateral, película antigua",
    "german": "Ein verschneites Dorf in den Bergen bei Nacht, sanfter Schneefall, eine Kirche",
    "french": "Des lanternes flottent au-dessus d'une rivière au crépuscule, travelling avant lent",
    "italian": "Un gatto nero su un divano, candele, di notte, primo piano",
    "portuguese": "Um barco de pesca no mar ao amanhecer, gaivotas, nevoeiro",
    "japanese": "富士山と湖、夜明け、小さな舟が一艘、タイトル「春の旅」",
    "chinese": "一条红色的龙在长城上空飞翔，清晨，电影感",
    "korean": "비 오는 밤의 서울, 네온사인, 우산을 쓴 사람 세 명, 시네마틱",
}


def main() -> None:
    """Draw all stills and write the page."""
    root = Path(__file__).parents[1]
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else root / "docs" / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    parts = [_HEAD]
    for name, prompt in PROMPTS.items():
        reading = read_prompt(prompt, negative_prompt=None, seed=SEED)
        (folder / f"{name}.webp").write_bytes(draw_still(reading))
        parts.append(entry(name, prompt, reading))
        print(name)
    (folder / "README.md").write_text("\n".join(parts), encoding="utf-8")


def draw_still(reading: Reading) -> bytes:
    """Return a frame two fifths into the first shot as WebP."""
    width, height = SIZE
    job = RenderJob(
        scene=reading.scene,
        width=width,
        height=height,
        duration_s=DURATION_S,
        video_path=Path("video.mp4"),
        thumbnail_path=Path("thumbnail.jpg"),
        mark=False,
    )
    frames = DURATION_S * FPS
    with ThreadPoolExecutor(2) as pool:
        stage = build_stage(job, 0, frames, pool)
    frame = Frame(width, height)
    stage.draw(frame, frames * 2 // 5)
    picture = cv2.resize(cv2.cvtColor(frame.buffer, cv2.COLOR_YUV2BGR_I420), STILL, interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])[1])


def entry(name: str, prompt: str, reading: Reading) -> str:
    """Return what the page says of one prompt."""
    told = reading.understanding
    lists = (("understood", told.understood), ("ignored", told.ignored), ("approximated", told.approximated))
    lines = [f"- {title}: {'; '.join(phrases)}" for title, phrases in lists if phrases]
    return f"## {prompt}\n\n![{name}]({name}.webp)\n\n" + "\n".join(lines) + "\n"


_HEAD = textwrap.dedent(
    f"""\
    # Gallery

    What the built-in engine makes of prompts: a frame of each, drawn by `make gallery` with seed {SEED}, and how the
    prompt was read. They are animatics, not photographs; [how it works](../explanation/animatic.md).
    """
)

if __name__ == "__main__":
    main()
