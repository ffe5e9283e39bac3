"""``python -m tests.judge_video NETWORK ... --style PAINTING``: how steady films are, on scenes and the bundled clip.

Rows are networks frame by frame, ways to steadiness that need no training, and with ``--gatys`` optimisation. Columns
are flicker, plain and with the film's own light allowed for, sharpness, and Gatys' style loss. Scenes are made of each
bundled photo, with exact flow; the clip's flow is estimated on the clip. ``--json`` writes all figures.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import torch
from torch import Tensor, nn

from nst_helpers import assets
from nst_helpers.gatys import GatysSettings, stylize
from nst_helpers.images import load_image
from nst_helpers.losses import Objective, gram_matrix, style_terms
from nst_helpers.networks import AdaINNet, load_network
from nst_helpers.runtime import write_whole
from nst_helpers.vgg import STYLE_LAYERS, VGGFeatures
from nst_helpers.video import (
    SCENES,
    Blended,
    FrameByFrame,
    FromNoise,
    Motion,
    Previous,
    RuderPainter,
    RuderSettings,
    SmoothedAdaIN,
    estimate_motion,
    flicker,
    frame_difference_term,
    make_scene,
    read_clip,
    scene_motion,
    sharpness,
    stylize_clip,
)

STYLE_SIZE = 384  # px
SHARES = (0.5, 0.8)  # of the picture before, blended
DECAYS = (0.8, 0.95)  # of AdaIN's statistics
DIFFERENCE_WEIGHT = RuderSettings().temporal_weight  # of pixels, likewise a mean of squares

Method = Callable[["Footage"], Tensor]
"""From a film's frames to its results, (frames, 3, height, width)."""


class Footage(NamedTuple):
    """Frames, and each one's motion to the frame before, from the second on."""

    name: str
    motion: str
    frames: Tensor
    motions: list[Motion]


def main() -> None:
    """Print the means by method and motion, and write every figure if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", metavar="NETWORK", nargs="*", help="bundled names or files")
    parser.add_argument("--style", default="starry_night", help="of networks for several, and of optimisation")
    parser.add_argument(
        "--gatys", type=int, default=0, metavar="STEPS", help="a frame, of optimisation; 0 leaves it out"
    )
    parser.add_argument("--size", type=int, default=128, help="of scenes, px")
    parser.add_argument("--frames", type=int, default=4)
    parser.add_argument("--clip-size", type=int, default=320, help="px")
    parser.add_argument("--clip-frames", type=int, default=16)
    parser.add_argument("--speed", type=float, default=4, help="px a frame")
    parser.add_argument("--photos", nargs="*", default=assets.photos())
    parser.add_argument("--motions", nargs="*", default=SCENES)
    parser.add_argument(
        "--gupta", metavar="NETWORK", help="whose styles' instability is held against their Gram traces"
    )
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    footage = [*scenes(options), clip(options)]
    rows: list[dict[str, object]] = []
    result = {"options": {name: str(value) for name, value in vars(options).items()}, "rows": rows}
    for row in judge(methods(options), footage, options.style):
        rows.append(row)
        print(json.dumps(row), flush=True)
        _write(result, options.json)
    show(rows)
    if options.gupta is not None:
        result["gupta"] = gupta(load_network(options.gupta), footage[:-1])
        print(json.dumps(result["gupta"], indent=1))
    _write(result, options.json)


def _write(result: dict[str, object], path: Path | None) -> None:
    if path is not None:
        write_whole(path, json.dumps(result).encode())


# What is filmed


def scenes(options: argparse.Namespace) -> Iterator[Footage]:
    """Every motion of every photo, of one seed each."""
    for seed, photo in enumerate(options.photos):
        for motion in options.motions:
            made = {"frames": options.frames, "size": options.size, "speed": options.speed, "seed": seed}
            scene = make_scene(photo, motion, **made)
            motions = [scene_motion(scene, number, number - 1) for number in range(1, options.frames)]
            yield Footage(photo, motion, scene.frames, motions)


def clip(options: argparse.Namespace) -> Footage:
    """The bundled clip's first frames, and estimated motion."""
    (name,) = assets.clips()
    frames = torch.cat(list(read_clip(name, size=options.clip_size, frames=options.clip_frames)))
    pairs = zip(frames[1:].split(1), frames[:-1].split(1), strict=True)
    return Footage(name, "clip", frames, [estimate_motion(*pair) for pair in pairs])


# What paints


def methods(options: argparse.Namespace) -> dict[str, Method]:
    """The rows, by name."""
    found: dict[str, Method] = {"the film itself": lambda footage: footage.frames}
    for name in options.networks:
        found |= of_network(name, load_network(name), options.style)
    return found | (of_gatys(options.style, options.gatys) if options.gatys else {})


def of_network(name: str, network: nn.Module, style: str) -> dict[str, Method]:
    """Frame by frame, and steadied without training."""
    paint = painter_of(network, style)
    found = {name: in_order(lambda _: FrameByFrame(paint))}
    for share in SHARES:
        found[f"{name}, blended {share:g}"] = in_order(
            lambda footage, share=share: Blended(FrameByFrame(paint), share, known(footage))
        )
    if isinstance(network, AdaINNet):
        encoded = network.encode(style)
        for decay in DECAYS:
            found[f"{name}, smoothed {decay:g}"] = lambda footage, decay=decay: _smoothed(
                footage, SmoothedAdaIN(network, encoded, decay=decay)
            )
    return found


def of_gatys(style: str, steps: int) -> dict[str, Method]:
    """By optimisation: frame by frame from three starts, Ruder's ways, and frame differences."""
    options = {"steps": steps}
    return {
        "gatys, fresh noise": in_order(lambda _: FromNoise(style, fixed=False, **options)),
        "gatys, fixed noise": in_order(lambda _: FromNoise(style, **options)),
        "gatys, from the frame": in_order(lambda _: Differences(style, 0, options)),
        "gatys, frame differences": in_order(lambda _: Differences(style, DIFFERENCE_WEIGHT, options)),
        "ruder, started alone": in_order(
            lambda footage: RuderPainter(style, motion=known(footage), temporal_weight=0.0, **options)
        ),
        "ruder": in_order(lambda footage: RuderPainter(style, motion=known(footage), **options)),
        "ruder, 4 passes": lambda footage: stylize_clip(
            footage.frames, style, passes=4, **options | {"steps": max(1, steps // 4)}
        ),
    }


class Differences:
    """Gatys' method from each frame, held to the previous result by frame differences (Xu et al. 2021)."""

    def __init__(self, style: str, weight: float, options: dict[str, int]):
        self.style, self.weight, self.options = style, weight, options

    def paint(self, frame: Tensor, previous: Previous | None) -> Tensor:
        """The frame stylised."""
        terms = []
        if previous is not None and self.weight:
            terms = [frame_difference_term(previous.painted, (frame, previous.frame), self.weight)]
        return stylize(frame, self.style, terms=terms, **self.options).image


def painter_of(network: nn.Module, style: str) -> Callable[[Tensor], Tensor]:
    """One frame, in the style."""
    if isinstance(network, AdaINNet):
        encoded = network.encode(style)
        return lambda frame: network(frame, encoded)
    mix = style if network.norm == "conditional_instance" else None
    return lambda frame: network(frame, mix)


def in_order(painter_of: Callable[[Footage], object]) -> Method:
    """A painter's frames, each rounded to 8 bits as a film's are."""

    def painted(footage: Footage) -> Tensor:
        painter, previous, results = painter_of(footage), None, []
        for frame in footage.frames.split(1):
            results.append(painter.paint(frame, previous).mul(255).round().div(255))
            previous = Previous(frame, results[-1])
        return torch.cat(results)

    return painted


def known(footage: Footage) -> Callable[[Tensor, Tensor], Motion]:
    """The footage's motions, asked for in order."""
    left = iter(footage.motions)
    return lambda this, before: next(left)


def _smoothed(footage: Footage, smoothed: SmoothedAdaIN) -> Tensor:
    return torch.cat([smoothed(frame) for frame in footage.frames.split(1)])


# What is measured


def judge(methods: dict[str, Method], footage: Sequence[Footage], style: str) -> Iterator[dict[str, object]]:
    """A row of figures for each method and film."""
    extractor = VGGFeatures(STYLE_LAYERS, **GatysSettings().network)
    weights = GatysSettings().style_layers
    terms = style_terms(extractor, load_image(style, STYLE_SIZE), weights, convention=GatysSettings().convention)
    objective = Objective(extractor, terms)
    for name, method in methods.items():
        for film in footage:
            results = method(film)
            with torch.no_grad():
                losses = [objective(frame).total.item() for frame in results.split(1)]
            yield {
                "method": name,
                "film": film.name,
                "motion": film.motion,
                **unsteadiness(results, film),
                "sharpness": sharpness(results).mean().item(),
                "style": mean(losses),
            }


def unsteadiness(results: Tensor, film: Footage) -> dict[str, float]:
    """Flicker, plain and with the film's own light allowed for."""
    flow, visible = (torch.cat(parts) for parts in zip(*film.motions, strict=True))
    return {
        "flicker": flicker(results, flow, ~visible).item(),
        "corrected": flicker(results, flow, ~visible, inputs=film.frames).item(),
    }


FIGURES = ("flicker", "corrected", "sharpness", "style")


def show(rows: Sequence[dict[str, object]]) -> None:
    """The means over scenes and the clip's figures, then the flicker of each motion."""
    names, motions = (list(dict.fromkeys(row[key] for row in rows)) for key in ("method", "motion"))
    kinds = {"scenes": [motion for motion in motions if motion != "clip"], "clip": ["clip"]}
    for kind, its in kinds.items():
        if not its:
            continue
        print(f"{kind:28}" + "".join(f"{figure:>12}" for figure in FIGURES))
        for name in names:
            chosen = [row for row in rows if row["method"] == name and row["motion"] in its]
            print(f"{name:28}" + "".join(f"{mean(row[figure] for row in chosen):12.5f}" for figure in FIGURES))
    print(f"{'flicker':28}" + "".join(f"{motion:>12}" for motion in motions))
    for name in names:
        by_motion = [
            mean(row["flicker"] for row in rows if (row["method"], row["motion"]) == (name, motion))
            for motion in motions
        ]
        print(f"{name:28}" + "".join(f"{value:12.5f}" for value in by_motion))


# Gupta et al. (2017): a style's Gram trace foretells how unstable it is


@torch.no_grad()
def instability(network: nn.Module, style: str, footage: Sequence[Footage]) -> float:
    """The flicker of the network's results in a style, frame by frame, averaged over films."""
    paint = in_order(lambda _: FrameByFrame(painter_of(network, style)))
    return mean(unsteadiness(paint(film), film)["flicker"] for film in footage)


@torch.no_grad()
def gram_traces(style: str) -> dict[str, float]:
    """``trace G / (C M)`` at each style layer of the raw network: the mean square of its features."""
    extractor = VGGFeatures(STYLE_LAYERS)
    features = extractor(load_image(style, STYLE_SIZE))
    return {layer: gram_matrix(one).diagonal(dim1=1, dim2=2).sum().item() for layer, one in features.items()}


def gupta(network: nn.Module, footage: Sequence[Footage]) -> dict[str, object]:
    """Instability and traces by style, and the rank correlation of the two over styles, for each layer."""
    found = {style: instability(network, style, footage) for style in network.styles}
    traces = {style: gram_traces(style) for style in network.styles}
    rho = {layer: spearman(list(found.values()), [traces[style][layer] for style in found]) for layer in STYLE_LAYERS}
    return {"n": len(found), "rho": rho, "instability": found, "traces": traces}


def spearman(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's rho of values without ties."""
    ranks = [torch.tensor(values).argsort().argsort().double() for values in (first, second)]
    return torch.corrcoef(torch.stack(ranks))[0, 1].item()


if __name__ == "__main__":
    main()
