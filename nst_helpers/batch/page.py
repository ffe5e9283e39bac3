"""The results as one page that needs no other file: pictures, losses, verdicts that didn't hold, errors."""

import base64
import html
import io
import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path

from nst_helpers.batch.results import Result
from nst_helpers.images import load_image, to_pil
from nst_helpers.runtime import write_whole

_LONGEST = 480  # longer side of a picture, px

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 15px/1.4 system-ui, sans-serif; margin: 2em; color: #222; background: #fff }}
section {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 1.5em }}
figure {{ margin: 0 }}
img {{ width: 100%; height: 220px; object-fit: contain; object-position: left }}
.none {{ height: 220px; background: #ddd; display: grid; place-items: center }}
.error {{ color: #a00; font-weight: bold }}
pre {{ overflow: auto; max-height: 30em; background: #f4f4f4; padding: .5em; font-size: 12px }}
</style>
<h1>{title}</h1>
<p>{summary}</p>
{sections}
</html>
"""


def write_page(results: Sequence[Result], path: Path, title: str) -> Path:
    """An HTML page with a section for each notebook and a card for each run."""
    failed = sum(bool(result.record and result.record.error) for result in results)
    missing = sum(result.record is None for result in results)
    doubtful = sum(bool(result.doubts) for result in results)
    summary = f"{len(results)} runs: {failed} failed, {missing} not run; in {doubtful} a verdict didn't hold."
    groups = itertools.groupby(results, lambda result: result.run.notebook)
    sections = "\n".join(_section(notebook.stem, group) for notebook, group in groups)
    page = _PAGE.format(title=html.escape(title), summary=summary, sections=sections)
    return write_whole(path, page.encode("utf-8", "backslashreplace"))


def _section(name: str, results: Iterable[Result]) -> str:
    cards = "\n".join(map(_card, results))
    return f"<h2>{html.escape(name)}</h2>\n<section>\n{cards}\n</section>"


def _card(result: Result) -> str:
    """One run: its picture, its parameters, how it went, and the details to be opened."""
    label, record = html.escape(result.run.label), result.record
    told = [f"<strong>{label}</strong>", html.escape(result.told)]
    if record is not None:
        if record.error:
            told.append(f'<span class="error">{html.escape(record.error)}</span>')
        told += [
            _details("traceback", record.traceback),
            _details(f"{len(result.doubts)} verdicts that don't hold", "\n".join(result.doubts)),
            _details("losses", "\n".join(record.losses)),
        ]
    told.append(
        _details("parameters", "\n".join(f"{name} = {value!r}" for name, value in result.run.parameters.items()))
    )
    caption = "<br>\n".join(part for part in told if part)
    return f"<figure>{_picture(result.picture, label)}<figcaption>{caption}</figcaption></figure>"


def _details(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary><pre>{html.escape(text)}</pre></details>" if text else ""


def _picture(path: Path | None, label: str) -> str:
    """The picture within the page, no larger than it is shown."""
    if path is None:
        return '<div class="none">no picture</div>'
    picture = to_pil(load_image(path))
    picture.thumbnail((_LONGEST, _LONGEST))
    data = io.BytesIO()
    picture.save(data, format="JPEG", quality=85)
    return f'<img alt="{label}" src="data:image/jpeg;base64,{base64.b64encode(data.getvalue()).decode()}">'
