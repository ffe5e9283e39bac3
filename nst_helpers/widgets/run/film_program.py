"""Show me the code: the program that paints a film up to a frame, and measures its flicker."""

from nst_helpers.video import FilmSettings
from nst_helpers.widgets.controls.text import quoted
from nst_helpers.widgets.run.call import literal, write_program
from nst_helpers.widgets.run.footage import Footage
from nst_helpers.widgets.run.loaded import Loaded

_FROM_VIDEO = (
    "Blended",
    "FrameByFrame",
    "Previous",
    "Scene",
    "estimate_motion",
    "flicker",
    "read_clip",
    "scene_motion",
)


def film_program(settings: FilmSettings, footage: Footage, network: Loaded) -> str:
    """It leaves the frame's ``result``, and how ``unsteady`` it is beside the result before."""
    lines = [
        f"network = {network.loading or f'networks[{quoted(settings.method)}]'}",
        footage.loading,
        *_painting(settings, footage),
    ]
    remarks = [
        "" if network.loading else "networks is what was given to the widget",
        f"{footage.source} is what was given to the widget" if footage.given else "",
    ]
    return write_program(_imported("\n".join(lines)), remarks, lines)


def _painting(settings: FilmSettings, footage: Footage) -> list[str]:
    """Lines that paint ``frames`` by ``network`` up to the result, and measure its flicker."""
    number, share = settings.frame, settings.temporal_weight
    if number == 0:
        return ["result = network(frames[0])"]
    lines = [f"results = [network(frame) for frame in frames[{number - 1}:{number + 1}]]"]
    if share:
        by_default = not footage.known and settings.flow == FilmSettings().flow
        motion = footage.motion.format(this="number", other="number - 1")
        option = "" if by_default else f", motion=lambda *_: {motion}"
        lines = [
            f"painter = Blended(FrameByFrame(network), {literal(share)}{option})",
            "results = []",
            f"for number in range({number + 1}):",
            "    previous = Previous(frames[number - 1], results[-1]) if results else None",
            "    results.append(painter.paint(frames[number], previous))",
        ]
    return [
        *lines,
        "result = results[-1]",
        f"motion = {footage.motion.format(this=number, other=number - 1)}",
        "unsteady = flicker(torch.cat(results[-2:]), motion.flow, ~motion.visible)",
    ]


def _imported(text: str) -> list[str]:
    """The imports that a program needs."""
    from_video = [name for name in _FROM_VIDEO if f"{name}(" in text]
    imports = {
        "import torch\n": "torch.",
        "from nst_helpers.images import load_image": "load_image(",
        "from nst_helpers.networks import load_network": "load_network(",
        f"from nst_helpers.video import {', '.join(from_video)}": "(" if from_video else None,
    }
    return [line for line, needed in imports.items() if needed and needed in text]
