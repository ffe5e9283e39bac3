"""Text that runs again and again: what is left out of it, and when two texts say the same."""

import math
import re
import tempfile
from collections.abc import Iterator
from decimal import Decimal

from . import Rules

# A printed digit can tip over on a hair: one unit in the last place is no difference, as long as it is
# not more than this many tolerances (10 x 1 %: enough for any two significant digits, not for one).
ROUNDING = 10

_TEMPORARY = "|".join(map(re.escape, sorted({tempfile.gettempdir(), "/tmp", "/var/folders", "/private/var"})))
_START = r"(?<![^\s'\"<>()=:,])"  # a path is looked for where one can start: long words cost no time
_LEFT_OUT = [
    (re.compile(r"\x1b\[[0-9;?]*[A-Za-z]"), ""),
    (re.compile(r"\b0x[0-9a-fA-F]{8,}\b|(?<= at )0x[0-9a-fA-F]+\b"), "0x0"),
    (re.compile(rf"{_START}[^\s'\"<>()]*[/\\]ipykernel_\d+[/\\]\d+\.py"), "[cell]"),
    (re.compile(rf"{_START}(?:[A-Za-z]:)?[/\\][^\s'\"<>()]*(?:site|dist)-packages[/\\]"), "[site-packages]/"),
    (re.compile(rf"{_START}(?:[A-Za-z]:)?[/\\][^\s'\"<>()]*[/\\]lib[/\\]python3\.\d+[/\\]"), "[python]/"),
    (
        re.compile(rf"(?:(?<![\w.~/])(?:{_TEMPORARY})|[A-Za-z]:\\[^\s'\"<>]*\\Temp)[/\\][^\s'\"<>:,;()\]]+"),
        "[temporary]",
    ),
]
_PROGRESS = re.compile(r"\d+%\|.*\||\[\d+:\d\d(?::\d\d)?[<,]")
_TOKEN = re.compile(
    r"""
    (?P<newline>\s*\n\s*)
  | (?P<word>[^\W\d]\w* | \d+(?:\.\d+){2,})                       # relu4_2, conv, and a version 2.13.0
  | (?P<number>[-+\u2212]?
      (?: (?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)
          (?:\.\d+ | \.(?=[,\])] | \s+[-\d\[\]]))?                # "1." in an array, not at a sentence's end
        | \.\d+ )
      (?:[eE][-+]?\d+)? (?:\s?%)?)
  | (?P<other>\S)
    """,
    re.VERBOSE,
)


def scrub(text: str) -> str:
    """Replace what differs from run to run: colours, addresses, temporary and installed paths."""
    for pattern, replacement in _LEFT_OUT:
        text = pattern.sub(replacement, text)
    return text


def settled(text: str) -> str:
    """What a terminal still shows: a carriage return starts the line again."""
    return re.sub(r"[^\n]*\r(?=[^\r\n])", "", text.replace("\r\n", "\n"))


def without_progress(text: str) -> str:
    """The lines of a stderr text which no progress bar wrote, the empty ones left out."""
    parts = (re.split(r"\r+", line) for line in text.split("\n"))
    kept = ([part for part in line if part.strip() and not _PROGRESS.search(part)] for line in parts)
    return "".join(line[-1] + "\n" for line in kept if line)


def first_change(old: str, new: str, rules: Rules) -> str | None:
    """A sentence on the first line where two texts differ, or None. Spaces never count, newlines do."""
    before, after = list(_tokens(old)), list(_tokens(new))
    for a, b in zip(before, after, strict=False):
        if not _same(a, b, rules):
            return f'"{_line(old, a)}" is now "{_line(new, b)}"'
    if len(before) > len(after):
        return f'the text ends before "{_line(old, before[len(after)])}"'
    if len(after) > len(before):
        return f'new at the end: "{_line(new, after[len(before)])}"'
    return None


def _tokens(text: str) -> Iterator[re.Match]:
    return _TOKEN.finditer(text.rstrip())


def _line(text: str, token: re.Match) -> str:
    """The line in which a token stands, shortened to fit in a sentence."""
    where = token.start() if token.lastgroup != "newline" else token.end()
    start, end = text.rfind("\n", 0, where) + 1, text.find("\n", where)
    line = text[start : end if end >= 0 else None].strip()
    return line if len(line) <= 100 else line[:97] + "..."


def _same(a: re.Match, b: re.Match, rules: Rules) -> bool:
    if a.lastgroup != b.lastgroup:
        return False
    if a.lastgroup == "newline":
        return True
    if a.lastgroup != "number":
        return a[0] == b[0]
    if a[0].endswith("%") != b[0].endswith("%"):
        return False
    return rules.measures or _same_number(a[0], b[0], rules)


def _same_number(a: str, b: str, rules: Rules) -> bool:
    """Two integers exactly; where one is a decimal fraction or a percentage, within the tolerance."""
    if all(re.fullmatch(r"[-+\u2212]?[\d,]+", number) for number in (a, b)):
        return a == b
    x, y = _value(a), _value(b)
    if math.isclose(x, y, rel_tol=rules.rtol, abs_tol=rules.atol):
        return True
    last_place = min(_unit(a), _unit(b)) * (1 + 1e-9)
    return abs(x - y) <= last_place and math.isclose(x, y, rel_tol=ROUNDING * rules.rtol)


def _plain(number: str) -> str:
    return number.rstrip("% ").replace(",", "").replace("\u2212", "-")


def _value(number: str) -> float:
    return float(_plain(number))


def _unit(number: str) -> Decimal | float:
    """One unit in the last place that is printed: 0.01 for 4.25; an array's "1." is exact."""
    plain = _plain(number)
    return 0.0 if plain.endswith(".") else 10.0 ** Decimal(plain).as_tuple().exponent
