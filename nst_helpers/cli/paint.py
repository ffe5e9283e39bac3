"""``paint PHOTO -o OUT``: one pass of a trained network, over one photo or a folder of them."""

import argparse
import functools
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from nst_helpers import assets
from nst_helpers.cli.options import add_options, read_count, read_mix, what_is_here
from nst_helpers.cli.outputs import make_folder, plan
from nst_helpers.cli.signals import Signals
from nst_helpers.images import load_image, save_image
from nst_helpers.networks import AdaINNet, AnyStyleSettings, bundled_networks, load_network
from nst_helpers.runtime import (
    Precision,
    import_torchvision,
    memory_in_a_sentence,
    option_types,
    printable,
)

DEFAULT_NETWORK = "conditional"


def add_paint(commands: "argparse._SubParsersAction") -> None:
    """Add the command to the parser's."""
    command = commands.add_parser(
        "paint",
        help="one pass of a trained network (Johnson et al. 2016, Huang & Belongie 2017)",
        epilog=what_is_here(networks=bundled_networks(), photos=assets.photos()),
    )
    command.add_argument("photos", metavar="PHOTO", nargs="+", help="bundled names, files, or folders with all in them")
    command.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        required=True,
        help="the picture to write; a folder for several and for folders",
    )
    command.add_argument("--size", type=read_count, metavar="N", help="longer side in px (default: the photo's own)")
    add_network(command)
    command.set_defaults(command=run_paint)


def add_network(command: argparse.ArgumentParser) -> None:
    """The flags that choose a network, its style, and where it runs."""
    command.add_argument(
        "--network",
        metavar="NETWORK",
        default=DEFAULT_NETWORK,
        required=DEFAULT_NETWORK not in bundled_networks(),
        help=f"a bundled name or a .safetensors file (default: {DEFAULT_NETWORK})",
    )
    command.add_argument("--mix", type=read_mix, help="a style of the network, or starry_night=0.7,whalers=0.3")
    any_style = command.add_argument_group("networks for any style, such as adain")
    any_style.add_argument("--style", metavar="PAINTING", nargs="+", help="one or several, bundled names or files")
    add_options(any_style, AdaINNet.forward)
    command.add_argument("--device", metavar="NAME", default="auto", help="(default: auto, the fastest there is)")
    command.add_argument(
        "--precision", choices=get_args(Precision), default="auto", help="of the convolutions (default: auto)"
    )


def run_paint(options: argparse.Namespace, signals: Signals) -> int:
    """Paint all that can be painted, with a sentence for each that can't; interrupted, say how many are done."""
    out = Path(os.path.expanduser(options.output))
    planned = plan(options.photos, out)
    network = open_network(options)
    signals.importing = False
    paint = painter_of(network, options)
    if out not in planned:
        make_folder(out)
    began, painted, stopped = time.perf_counter(), 0, False
    try:
        with tqdm(planned.items(), desc="painting", unit="picture") as bar:
            for target, photo in bar:
                try:
                    with memory_in_a_sentence(f"{printable(photo)}: memory ran out: take a smaller --size."):
                        result = paint(load_image(photo, options.size))
                        with signals.held():
                            target.parent.mkdir(parents=True, exist_ok=True)
                            save_image(result, target)
                            painted += 1
                except (ValueError, OSError, MemoryError) as error:
                    bar.write(f"error: {' '.join(str(error).split())}", file=sys.stderr)
    except KeyboardInterrupt:
        if signals.twice:
            raise
        stopped = True
    counted = f"{painted} of {len(planned)} pictures painted in {time.perf_counter() - began:.1f} s"
    print(f"stopped: {counted}" if stopped else f"{printable(out)}: {counted}")
    return signals.status if stopped else int(painted < len(planned))


def open_network(options: argparse.Namespace) -> nn.Module:
    """The network that was chosen, and all that it needs imported."""
    network = load_network(options.network, device=options.device, precision=options.precision)
    if isinstance(network, AdaINNet):
        import_torchvision()  # which its encoder needs
    return network


def painter_of(network: nn.Module, options: argparse.Namespace) -> Callable[[Tensor], Tensor]:
    """The network with its options: tried on a small picture, so that wrong ones are refused before the first photo."""
    device = next(network.parameters()).device
    chosen = {name: getattr(options, name) for name in option_types(AnyStyleSettings)}
    if isinstance(network, AdaINNet):
        if options.mix is not None:
            raise ValueError("--mix is for networks that know their styles, this one takes any: name some by --style.")
        if options.style is None:
            raise ValueError("no style was given: name one painting or several by --style, starry_night or a file.")
        styles = [network.encode(style) for style in options.style]  # once for all photos
        paint = functools.partial(network, style=styles, **chosen)
    else:
        if options.style is not None or AnyStyleSettings(**chosen) != AnyStyleSettings():
            raise ValueError(
                "--style, --alpha and the like are for networks that take any style: --network adain, say; this one "
                "knows its own: choose by --mix."
            )
        paint = functools.partial(network, mix=options.mix)
    paint(torch.zeros(1, 3, 16, 16, device=device))
    return lambda photo: paint(photo.to(device))
