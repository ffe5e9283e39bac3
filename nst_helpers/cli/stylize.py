"""``stylize PHOTO PAINTING -o OUT``."""

import argparse

from nst_helpers.gatys import stylize
from nst_helpers.images import require_savable, save_image
from nst_helpers.runtime import ProgressBar


def _stylize(options: argparse.Namespace) -> None:
    keywords = {name: value for name, value in vars(options).items() if name not in ("command", "output")}
    content, style = keywords.pop("content"), keywords.pop("style")
    require_savable(options.output)  # before the minutes of work, not after
    bar = ProgressBar("stylising")
    try:
        result = stylize(content, style, callback=bar, **keywords)
    finally:
        bar.close()
    save_image(result.image, options.output)
    print(f"{options.output}: {len(result.history)} steps in {result.history[-1].seconds:.0f} s")
