"""``video CLIP -o OUT``: a film, painted frame by frame, that goes on where it was ended."""

import argparse
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from torch import Tensor

from nst_helpers import assets
from nst_helpers.cli.options import add_options, what_is_here
from nst_helpers.cli.outputs import require_new
from nst_helpers.cli.paint import DEFAULT_NETWORK, add_network, open_network, painter_of
from nst_helpers.cli.signals import Signals
from nst_helpers.images import load_image
from nst_helpers.networks import METHODS, AnyStyleSettings, bundled_networks
from nst_helpers.runtime import (
    Progress,
    ProgressBar,
    Stop,
    import_torchvision,
    memory_in_a_sentence,
    option_types,
    printable,
    require_choice,
)
from nst_helpers.video import (
    ClipSettings,
    Film,
    FrameByFrame,
    Painter,
    RuderPainter,
    RuderSettings,
    make_film,
    read_clip,
    require_clip_file,
)

# What optimisation knows nothing of
_NETWORKS = {"network": DEFAULT_NETWORK, "mix": None, "alpha": AnyStyleSettings().alpha}


def add_video(commands: "argparse._SubParsersAction") -> None:
    """Add the command to the parser's."""
    command = commands.add_parser(
        "video",
        help="paint a clip (Ruder et al. 2016, Gao et al. 2018)",
        epilog=what_is_here(clips=assets.clips(), networks=bundled_networks()),
    )
    command.add_argument("clip", metavar="CLIP", help="a bundled name or a file")
    command.add_argument("-o", "--output", metavar="OUT", required=True, help="the .mp4, .mov, .mkv or .webm to write")
    command.add_argument(
        "--sound",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="whether the clip's goes along (default: on)",
    )
    add_options(command, read_clip)
    add_network(command)
    by_gatys = command.add_argument_group("by optimisation, with --method gatys and --style (Ruder et al. 2016)")
    add_options(by_gatys, RuderPainter.__init__, but=_shared())
    command.set_defaults(command=run_video)


def run_video(options: argparse.Namespace, signals: Signals) -> int:
    """Paint, or go on with what is finished; interrupted, keep that and say how to go on."""
    out = require_clip_file(options.output)  # before the minutes of work, not after
    clip = read_clip(options.clip, **{name: getattr(options, name) for name in option_types(ClipSettings)})
    require_new([out], [clip.path], "the clip")
    require_choice("method", options.method, [*METHODS, *PAINTERS])
    painter = PAINTERS.get(options.method, _by_network)(options)
    signals.importing = False
    bar = ProgressBar("painting", unit="frame")

    def report(progress: Progress) -> None:
        bar(progress)
        if progress.iteration >= progress.total:
            signals.hold()
        elif signals.first is not None:  # its interrupt hit a destructor, and was dropped
            raise Stop

    try:
        with memory_in_a_sentence("memory ran out: take a smaller --size."):
            film = make_film(clip, painter, out, sound=options.sound, callback=report)
    finally:
        bar.close()
    print(_told(film, out))
    return signals.status if film.interrupted or signals.first is not None else 0


def _told(film: Film, out: Path) -> str:
    """What was done, in sentences."""
    if film.interrupted:
        where = f"they are kept in {printable(out)}.parts, and the same command goes on"
        return f"stopped: {film.frames} of {film.total} frames are painted; {where}"
    seconds = film.history[-1].seconds if film.history else 0
    frames = "1 frame" if film.frames == 1 else f"{film.frames} frames"
    done = f"{printable(out)}: {frames}, {len(film.history)} of them painted now in {seconds:.0f} s"
    return " ".join([done, *(f"({problem})" for problem in film.problems)])


def _shared() -> set[str]:
    """Options of optimisation that networks or clips have too; and coarse to fine, which it doesn't take."""
    return {*option_types(ClipSettings), *option_types(AnyStyleSettings), "device", "precision", "scales"}


def _by_network(options: argparse.Namespace) -> Painter:
    for name in option_types(RuderSettings):
        if name not in _shared() and getattr(options, name) != getattr(RuderSettings(), name):
            raise ValueError(f"--{name.replace('_', '-')} is for optimisation: add --method gatys, or leave it out.")
    network = open_network(options)
    chosen = {name: getattr(options, name) for name in ("network", "mix", "style", *option_types(AnyStyleSettings))}
    about = {name: value for name, value in chosen.items() if value is not None}
    return FrameByFrame(painter_of(network, options), {**about, "weights": _digest(network.state_dict().values())})


def _by_gatys(options: argparse.Namespace) -> Painter:
    for name, default in _NETWORKS.items():
        if getattr(options, name) != default:
            raise ValueError(f"--{name} is for networks: leave it out, or leave out --method gatys.")
    if options.style is None:
        raise ValueError("no style was given: name one painting or several by --style, starry_night or a file.")
    import_torchvision()  # which the network needs
    chosen = {name: getattr(options, name) for name in option_types(RuderSettings) if name != "scales"}
    about = {"method": "gatys", "style": options.style, "paintings": _digest(map(load_image, options.style))}
    return RuderPainter(options.style, about=about, **chosen)


def _digest(tensors: Iterable[Tensor]) -> str:
    """Of weights, in the number format that they run in, or of pictures."""
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(tensor.cpu().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()[:16]


PAINTERS: dict[str, Callable[[argparse.Namespace], Painter]] = {"gatys": _by_gatys}
"""What paints without a network, by the word for ``--method``; each is made from the command's options."""
