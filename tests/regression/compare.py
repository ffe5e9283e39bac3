"""The outputs of a cell: tidied into what is worth storing, and compared with the stored ones."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from nbformat import NotebookNode
from nbformat.v4 import new_output

from . import Rules
from .pictures import picture_change
from .text import first_change, scrub, settled, without_progress

WIDGET = "application/vnd.jupyter.widget-view+json"
# GitHub would show the repr of a widget, a long line of traits. A studio's pictures are stored beside the sentence, and
# not compared: how it begins is compared in its own tests, and what it shows in the cells above it.
WIDGET_TEXT = "Controls appear here when the notebook runs."
_PICTURES = ("image/png", "image/jpeg", "image/gif")
_EMBEDDED = re.compile(r"data:(image/(?:png|jpe?g|gif)|video/\w+);base64,([A-Za-z0-9+/=\s]+)")


@dataclass(frozen=True)
class Difference:
    """One thing that differs: a sentence, and both sides of it (base64 if it is a picture)."""

    where: str
    sentence: str
    old: str | None
    new: str | None
    is_picture: bool = False


def tidy(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs without what differs from run to run, or from frontend to frontend.

    Pieces of printed text are joined, stderr comes last and without progress bars, a widget becomes
    one sentence and what it shows where it can't be drawn, a picture is stored once. Tidying twice changes nothing.
    """
    tidied: list[NotebookNode] = []
    stderr = ""
    for output in outputs:
        if output["output_type"] == "stream" and output["name"] == "stderr":
            stderr += output["text"]
        elif output["output_type"] != "stream":
            tidied.append(_tidy_output(output))
        elif tidied and tidied[-1]["output_type"] == "stream":
            tidied[-1]["text"] += output["text"]
        else:
            tidied.append(new_output("stream", name="stdout", text=output["text"]))
    if stderr := without_progress(stderr):
        tidied.append(new_output("stream", name="stderr", text=stderr))
    for output in tidied:
        if output["output_type"] == "stream":
            output["text"] = scrub(settled(output["text"]))
    return tidied


def differences(stored: list[NotebookNode], actual: list[NotebookNode], rules: Rules) -> list[Difference]:
    """What differs between the outputs of a cell and the stored ones, in their order.

    On stderr only new lines count: a library that stops to warn is no fault.
    """
    stored, actual = tidy(stored), tidy(actual)
    found = []
    for number, (old, new) in enumerate(_pairs(_bodies(stored), _bodies(actual)), start=1):
        for part in dict.fromkeys([*old, *new]):
            found += _compared(f"output {number}, {part}", part, old.get(part), new.get(part), rules)
    return found + _new_warnings(_stderr(stored), _stderr(actual), rules)


def _tidy_output(output: NotebookNode) -> NotebookNode:
    if output["output_type"] == "error":
        traceback = [scrub(line) for line in output["traceback"]]
        return new_output("error", ename=output["ename"], evalue=scrub(output["evalue"]), traceback=traceback)
    data, metadata = dict(output["data"]), dict(output.get("metadata", {}))
    if WIDGET in data:
        still = {"text/html": data["text/html"]} if "text/html" in data else {}
        data, metadata = {"text/plain": WIDGET_TEXT} | still, {}
    if "image/png" in data:
        data.pop("image/jpeg", None)
        metadata.pop("image/jpeg", None)
    data = {mime: _scrubbed(value) if mime.startswith("text/") else value for mime, value in data.items()}
    extra = {"execution_count": output["execution_count"]} if "execution_count" in output else {}
    return new_output(output["output_type"], data=data, metadata=metadata, **extra)


def _scrubbed(text: str) -> str:
    """`scrub` for a text with pictures in it, which are left as they are."""
    pieces, start = [], 0
    for embedded in _EMBEDDED.finditer(text):
        pieces += [scrub(text[start : embedded.start()]), embedded[0]]
        start = embedded.end()
    return "".join([*pieces, scrub(text[start:])])


def _bodies(outputs: list[NotebookNode]) -> list[dict[str, str]]:
    return [_parts(output) for output in outputs if output.get("name") != "stderr"]


def _stderr(outputs: list[NotebookNode]) -> str:
    return "".join(output["text"] for output in outputs if output.get("name") == "stderr")


def _parts(output: NotebookNode) -> dict[str, str]:
    """An output as named texts and pictures; a picture inside a text becomes a part of its own."""
    if output["output_type"] == "stream":
        return {"printed text": output["text"]}
    if output["output_type"] == "error":
        return {"error": f"{output['ename']}: {output['evalue']}"}
    if output["data"].get("text/plain") == WIDGET_TEXT:
        return {"text/plain": WIDGET_TEXT}
    parts = {}
    for mime, value in sorted(output["data"].items()):
        parts[mime] = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
        if mime.startswith("text/"):
            inside = [picture for kind, picture in _EMBEDDED.findall(parts[mime]) if kind.startswith("image")]
            parts[mime] = _EMBEDDED.sub(r"[\1]", parts[mime])
            parts |= {f"image/png {i} in {mime}": picture for i, picture in enumerate(inside, start=1)}
    return parts


def _pairs(old: list[dict], new: list[dict]) -> Iterator[tuple[dict, dict]]:
    """Which output is to be compared with which: one that is missing must not shift all the others."""
    kinds = [[tuple(parts) for parts in side] for side in (old, new)]
    for _, a, b, c, d in SequenceMatcher(None, *kinds, autojunk=False).get_opcodes():
        yield from zip_longest(old[a:b], new[c:d], fillvalue={})


def _compared(where: str, part: str, old: str | None, new: str | None, rules: Rules) -> list[Difference]:
    picture = part.startswith(_PICTURES)
    if old is None or new is None:
        sentence = "is missing" if new is None else "is new"
    else:
        sentence = (picture_change if picture else first_change)(old, new, rules)
    return [Difference(where, sentence, old, new, picture)] if sentence else []


def _new_warnings(old: str, new: str, rules: Rules) -> list[Difference]:
    known = old.splitlines()
    for line in new.splitlines():
        if all(first_change(before, line, rules) for before in known):
            return [Difference("stderr", f'new: "{line.strip()}"', old, new)]
    return []
