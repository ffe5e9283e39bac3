"""Exercises about a layer of a network, whose parameters have to learn."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nst_helpers.checks.exercise import Exercise


@dataclass(frozen=True, kw_only=True)
class Layer(Exercise):
    """An exercise whose gradient has to flow back into several of the arguments, not the first one alone.

    Args:
        learn: how many, from the first one on.
    """

    learn: int = 3

    def _compare_gradients(self, function: Callable[..., Any]) -> None:
        names = list(inspect.signature(self.right).parameters)[: self.learn]

        def trials():
            for trial in self.trials():
                yield dict(zip(names, trial, strict=False)), *trial[self.learn :]

        Exercise(
            name=self.name,
            right=_taking_a_dictionary(self.right),
            trials=trials,
            mistakes={},
            verified=self.verified,
        )._compare_gradients(_taking_a_dictionary(function))


def _taking_a_dictionary(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its first arguments in a dictionary, the form in which gradients are told apart."""

    @functools.wraps(function)
    def taking(tensors, *rest):
        return function(*tensors.values(), *rest)

    return taking
