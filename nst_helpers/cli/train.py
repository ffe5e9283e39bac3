"""``train fast``, ``conditional``, ``adain``, ``reconet`` and ``add-style``: networks of one's own."""

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nst_helpers import assets
from nst_helpers.cli.options import add_options, read_count
from nst_helpers.cli.outputs import make_folder, require_new
from nst_helpers.cli.signals import Signals
from nst_helpers.cli.watch import Watch
from nst_helpers.images import find_pictures, picture_size
from nst_helpers.networks import load_network, require_network_file, save_network
from nst_helpers.runtime import import_torchvision, option_types, printable

if TYPE_CHECKING:
    from nst_helpers.training import Training

# nst_helpers.training imports accelerate, which no other command needs: hence imports in functions.

_BUILD = Path("build")
_NORMS = ("instance", "batch", "none")  # of a network for one style


def add_train(commands: "argparse._SubParsersAction") -> None:
    """Add the command to the parser's."""
    command = commands.add_parser("train", help="train a network for one style, several or any")
    command.later = _add_kinds


def _add_kinds(command: argparse.ArgumentParser) -> None:
    try:
        import nst_helpers.training  # noqa: F401 - whether it can be imported
    except ModuleNotFoundError as error:
        raise ImportError(f'{error.name} is missing, which training needs: pip install "nst-helpers[train]"') from None
    kinds = command.add_subparsers(required=True, metavar="NETWORK")
    paintings = f"bundled paintings: {', '.join(assets.paintings())}."
    fast = kinds.add_parser("fast", help="one style in one pass (Johnson et al. 2016)", epilog=paintings)
    _add_style(fast)
    fast.add_argument("--norm", choices=_NORMS, default=_NORMS[0], help="(default: instance)")
    _add_fast(fast, None)
    conditional = kinds.add_parser(
        "conditional", help="several styles in one network (Dumoulin et al. 2017)", epilog=paintings
    )
    conditional.add_argument("--styles", metavar="PAINTING,...", required=True, type=lambda text: text.split(","),
                             help="bundled names or files, whose styles are called as the files are")  # fmt: skip
    _add_fast(conditional, "conditional")
    conditional.set_defaults(norm="conditional_instance")
    _add_adain(kinds.add_parser("adain", help="any style in one network (Huang & Belongie 2017)"))
    _add_reconet(
        kinds.add_parser("reconet", help="one style in one pass, steady in films (Gao et al. 2018)", epilog=paintings)
    )
    _add_add_style(kinds.add_parser("add-style", help="one style more for a conditional network", epilog=paintings))


def _add_style(command: argparse.ArgumentParser) -> None:
    command.add_argument("--style", metavar="PAINTING", dest="styles", required=True, type=lambda text: [text],
                         help="a bundled name or a file")  # fmt: skip


def _add_fast(command: argparse.ArgumentParser, name: str | None) -> None:
    from nst_helpers.training import train_fast

    _add_run(command, name or "STYLE", train_fast)
    command.set_defaults(command=run_fast, name=name)


def _add_adain(command: argparse.ArgumentParser) -> None:
    from nst_helpers.training import train_adain

    command.add_argument(
        "--paintings",
        metavar="FOLDER",
        required=True,
        help="paintings to train on, some hundreds at least, of many styles: WikiArt, say, or People-Art",
    )
    _add_run(command, "adain", train_adain)
    command.set_defaults(command=run_adain)


def _add_reconet(command: argparse.ArgumentParser) -> None:
    from nst_helpers.training import train_reconet

    _add_style(command)
    source = _add_run(command, "reconet", train_reconet)
    source.add_argument("--clips", metavar="FOLDER", help="clips in place of photos; their flow is estimated")
    command.set_defaults(command=run_reconet)


def _add_run(command: argparse.ArgumentParser, name: str, function: Callable) -> argparse._MutuallyExclusiveGroup:
    """The flags that all runs on a folder of photos have, and those of the function's settings; what is trained on."""
    source = command.add_mutually_exclusive_group()
    source.add_argument("--photos", metavar="FOLDER", help="photos to train on (default: MS-COCO val2017, fetched)")
    command.add_argument("--sources", metavar="TEXT", help="where they come from, for the network's file")
    command.add_argument(
        "-o", "--output", metavar="FOLDER", help=f"gets checkpoint, log and network (default: {_BUILD / name})"
    )
    command.add_argument(
        "--from", metavar="NETWORK", dest="start_from", help="a bundled name or a file, whose weights to begin with"
    )
    add_options(command, function)
    return source


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
    from nst_helpers.training import train_fast

    paintings = _by_name(options.styles)

    def begin(photos: str | Path, **passed: object) -> "Training":
        return train_fast(paintings, photos, norm=options.norm, **passed)

    return _run(begin, train_fast.settings, options, signals, options.name or next(iter(paintings)))


def run_adain(options: argparse.Namespace, signals: Signals) -> int:
    """Likewise, on two folders."""
    from nst_helpers.training import train_adain

    find_pictures(options.paintings)  # whether there are some

    def begin(photos: str | Path, **passed: object) -> "Training":
        return train_adain(photos, options.paintings, **passed)

    return _run(begin, train_adain.settings, options, signals, "adain")


def run_reconet(options: argparse.Namespace, signals: Signals) -> int:
    """Likewise, on scenes made of photos, or on clips."""
    from nst_helpers.training import find_clips, train_reconet

    paintings = _by_name(options.styles)
    if options.clips is not None:
        find_clips(options.clips)  # whether there are some

    def begin(photos: str | Path | None, **passed: object) -> "Training":
        return train_reconet(paintings, photos, clips=options.clips, **passed)

    return _run(begin, train_reconet.settings, options, signals, "reconet")


def _run(
    begin: Callable[..., "Training"], settings: type, options: argparse.Namespace, signals: Signals, name: str
) -> int:
    """A run on photos, from its folder's checkpoint, with what `_add_run` has added to the options."""
    from nst_helpers.training import make_accelerator

    import_torchvision()  # which the VGG needs
    signals.importing = False
    chosen = {name: getattr(options, name) for name in option_types(settings)}
    accelerator = make_accelerator(settings(**chosen))
    folder = _output(options.output, name)
    with Watch("training", signals) as watch:
        with accelerator.local_main_process_first():
            photos, sources = _photos(options)
        make_folder(folder)
        result = begin(
            photos,
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


def _photos(options: argparse.Namespace) -> tuple[str | Path | None, str | None]:
    """The folder of photos, fetched if none is given, and where they come from; no folder where clips are."""
    from nst_helpers.training import PHOTOS_SOURCE, fetch_photos

    if getattr(options, "clips", None) is not None:
        return None, options.sources
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
