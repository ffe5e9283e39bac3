"""``train fast``, ``train conditional`` and ``train add-style``: networks of one's own."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from nst_helpers import assets
from nst_helpers.cli.options import add_options, read_count
from nst_helpers.cli.outputs import make_folder, require_new
from nst_helpers.cli.signals import Signals
from nst_helpers.cli.watch import Watch
from nst_helpers.images import find_pictures, picture_size
from nst_helpers.networks import load_network, require_network_file, save_network
from nst_helpers.runtime import import_torchvision, option_types, printable

# nst_helpers.training imports accelerate, which no other command needs: hence imports in functions.

_BUILD = Path("build")
_NORMS = ("instance", "batch", "none")  # of a network for one style


def add_train(commands: "argparse._SubParsersAction") -> None:
    """Add the command to the parser's."""
    command = commands.add_parser("train", help="train a network for one style or several, or teach it one more")
    command.later = _add_kinds


def _add_kinds(command: argparse.ArgumentParser) -> None:
    try:
        import nst_helpers.training  # noqa: F401 - whether it can be imported
    except ModuleNotFoundError as error:
        raise ImportError(f'{error.name} is missing, which training needs: pip install "nst-helpers[train]"') from None
    kinds = command.add_subparsers(required=True, metavar="NETWORK")
    paintings = f"bundled paintings: {', '.join(assets.paintings())}."
    fast = kinds.add_parser("fast", help="one style in one pass (Johnson et al. 2016)", epilog=paintings)
    fast.add_argument("--style", metavar="PAINTING", dest="styles", required=True, type=lambda text: [text],
                      help="a bundled name or a file")  # fmt: skip
    fast.add_argument("--norm", choices=_NORMS, default=_NORMS[0], help="(default: instance)")
    _add_fast(fast, None)
    conditional = kinds.add_parser(
        "conditional", help="several styles in one network (Dumoulin et al. 2017)", epilog=paintings
    )
    conditional.add_argument("--styles", metavar="PAINTING,...", required=True, type=lambda text: text.split(","),
                             help="bundled names or files, whose styles are called as the files are")  # fmt: skip
    _add_fast(conditional, "conditional")
    conditional.set_defaults(norm="conditional_instance")
    _add_add_style(kinds.add_parser("add-style", help="one style more for a conditional network", epilog=paintings))


def _add_fast(command: argparse.ArgumentParser, name: str | None) -> None:
    from nst_helpers.training import train_fast

    command.add_argument("--photos", metavar="FOLDER", help="photos to train on (default: MS-COCO val2017, fetched)")
    command.add_argument("--sources", metavar="TEXT", help="where they come from, for the network's file")
    command.add_argument(
        "-o",
        "--output",
        metavar="FOLDER",
        help=f"gets checkpoint, log and network (default: {_BUILD / (name or 'STYLE')})",
    )
    command.add_argument(
        "--from", metavar="NETWORK", dest="start_from", help="a bundled name or a file, whose weights to begin with"
    )
    add_options(command, train_fast)
    command.set_defaults(command=run_fast, name=name)


def _add_add_style(command: argparse.ArgumentParser) -> None:
    command.add_argument("network", metavar="NETWORK", help="a bundled name or a .safetensors file")
    command.add_argument("--name", required=True, help="of the new style")
    command.add_argument("--painting", required=True, help="a bundled name or a file")
    command.add_argument("-o", "--output", metavar="FILE", help=f"(default: {_BUILD}/NAME.safetensors)")
    command.add_argument("--photos", metavar="FOLDER", help="photos to train on (default: the bundled ones)")
    command.add_argument("--steps", type=read_count, default=500, help="(default: 500)")
    command.set_defaults(command=run_add_style)


def run_fast(options: argparse.Namespace, signals: Signals) -> int:
    """Train, or go on with the folder's run; interrupted, keep its checkpoint and say how to go on."""
    from nst_helpers.training import make_accelerator, train_fast

    import_torchvision()  # which the VGG needs
    signals.importing = False
    paintings = _by_name(options.styles)
    chosen = {name: getattr(options, name) for name in option_types(train_fast.settings)}
    accelerator = make_accelerator(train_fast.settings(**chosen))
    folder = _output(options.output, options.name or next(iter(paintings)))
    with Watch("training", signals) as watch:
        with accelerator.local_main_process_first():
            photos, sources = _photos(options)
        make_folder(folder)
        result = train_fast(
            paintings,
            photos,
            norm=options.norm,
            folder=folder,
            start_from=options.start_from,
            facts={"sources": sources} if sources else None,
            callback=watch,
            **chosen,
        )
        watch.interrupted = result.interrupted
    if accelerator.is_main_process:
        print(
            watch.told(f"network, checkpoint and log are in {printable(folder)}", "run the same command again to go on")
        )
    return watch.status


def run_add_style(options: argparse.Namespace, signals: Signals) -> int:
    """Train the new style and save the network with it; interrupted, save what was learned so far."""
    from nst_helpers.training import add_style

    import_torchvision()
    signals.importing = False
    out = _output(options.output, f"{options.name}.safetensors")
    require_new([require_network_file(out)], [options.network])
    network = load_network(options.network, precision="float32")  # nothing may be lost where it is saved again
    photos = None if options.photos is None else find_pictures(options.photos)
    with Watch("adding a style", signals) as watch:
        grown = add_style(network, options.name, options.painting, photos=photos, steps=options.steps, callback=watch)
        watch.interrupted = watch.last is None or watch.last.iteration < options.steps
        if watch.last is not None:
            save_network(grown, out)
    print(watch.told(f"the network is in {printable(out)}", "it holds what was learned so far"))
    return watch.status


def _by_name(styles: Sequence[str]) -> dict[str, str]:
    """The paintings by their styles' names: a bundled one's own, or a file's without its suffix."""
    paintings = {}
    for style in styles:
        picture_size(style)  # whether there is such a picture
        name = Path(style).stem
        if name in paintings:
            raise ValueError(f"two styles are called {printable(name)}: give each one once")
        paintings[name] = style
    return paintings


def _photos(options: argparse.Namespace) -> tuple[str | Path, str | None]:
    """The folder of photos, fetched if none is given, and where they come from."""
    from nst_helpers.training import PHOTOS_SOURCE, fetch_photos

    if options.photos is None:
        return fetch_photos(), options.sources or PHOTOS_SOURCE
    find_pictures(options.photos)  # whether there are some
    return options.photos, options.sources


def _output(given: str | None, name: str) -> Path:
    """What was given, or a place of that name where git looks at nothing."""
    if given is not None:
        return Path(os.path.expanduser(given))
    make_folder(_BUILD)
    return _BUILD / name
