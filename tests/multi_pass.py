"""``python -m tests.multi_pass -o OUT.mp4``: a clip stylised by Ruder's passes, with all frames in memory.

The command ``video --method gatys`` paints a film of any length in a single pass, and resumes it; several passes need
the whole clip.
"""

import argparse

from nst_helpers.cli.options import add_options
from nst_helpers.runtime import ProgressBar, option_types
from nst_helpers.video import read_clip, require_clip_file, stylize_clip, write_clip


def main() -> None:
    """Stylise and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--clip", default="bigbuckbunny", help="a bundled name or a file")
    parser.add_argument("--frames", type=int, default=25, help="how many are read")
    parser.add_argument("--style", default="starry_night")
    add_options(parser, stylize_clip)
    parser.set_defaults(size=256, passes=15)
    options = parser.parse_args()
    out = require_clip_file(options.output)
    clip = read_clip(options.clip, size=options.size, frames=options.frames)
    chosen = {name: getattr(options, name) for name in option_types(stylize_clip.settings)}
    frames = stylize_clip(list(clip), options.style, callback=ProgressBar("stylising", unit="frame"), **chosen)
    write_clip(out, frames.split(1), clip.rate)


if __name__ == "__main__":
    main()
