"""A verdict says what holds, what doesn't and what the figures don't decide, and never stops a run."""

import pytest

from nst_helpers.checks import verdict
from nst_helpers.checks.verdict import find_verdicts


@pytest.mark.parametrize(
    ("smaller", "larger", "spread", "word", "line"),
    [
        ({"a": 1.0}, {"b": 2.0}, 0.16, "holds", "a 1 < b 2. It holds."),
        ({"a": 1.0}, {"b": 2.0}, 0.17, "doesn't decide", "a 1 ~ b 2. It doesn't decide."),
        ({"a": 2.0}, {"b": 1.0}, 0.16, "doesn't hold here", "a 2 > b 1. It doesn't hold here."),
        ({"a": 1.0, "c": 1.5}, {"b": 2.0, "d": 9.0}, 0.08, "holds", "a 1, c 1.5 < b 2, d 9. It holds."),
        ({"a": 1.0, "c": 3.0}, {"b": 2.0}, 0.01, "doesn't hold here", "a 1, c 3 > b 2. It doesn't hold here."),
        ({"a": -2.0}, {"b": -1.0}, 0.1, "holds", "a -2 < b -1. It holds."),
        ({"a": 0}, {"b": 0}, 0.1, "doesn't decide", "a 0 ~ b 0. It doesn't decide."),
        ({"a": 0.5}, {"b": 0.5}, 0.0, "doesn't decide", "a 0.5 ~ b 0.5. It doesn't decide."),
        ({"a": 99.96}, {"b": 6431.57}, 0.1, "holds", "a 100 < b 6431.6. It holds."),
        ({"a": float("nan")}, {"b": 1.0}, 0.1, "doesn't decide", "a nan ~ b 1. It doesn't decide."),
        ({"a": 1.0}, {"b": float("nan")}, 0.1, "doesn't decide", "a 1 ~ b nan. It doesn't decide."),
        ({"a": 1.0}, {"b": float("inf")}, 0.1, "doesn't decide", "a 1 ~ b inf. It doesn't decide."),
    ],
)
def test_a_verdict(smaller, larger, spread, word, line, capsys):
    assert verdict("This is below that", smaller, larger, spread=spread) == word
    assert capsys.readouterr().out == f"This is below that: {line}\n"


@pytest.mark.parametrize("larger", [2.0, 1.0, 0.5])
def test_a_printed_verdict_is_found_again(larger, capsys):
    word = verdict("One: of two", {"a": 1.0}, {"b": larger}, spread=0.01)
    printed = capsys.readouterr().out
    ((said, found),) = find_verdicts(f"before\n{printed}after: it holds.\n")
    assert found == word
    assert printed == f"{said}. It {word}.\n"
