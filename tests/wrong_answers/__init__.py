"""Answers that people give to the exercises, right and wrong: a module for each lesson, found by glob."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """A student's function, and what the check has to say of it: a phrase, or nothing if it is right."""

    exercise: str
    function: Callable[..., Any]
    says: str = ""

    def __str__(self) -> str:
        return f"{self.exercise}-{self.function.__name__}"


ANSWERS: list[Answer] = []


def right(exercise: str):
    """Marks a function as a right answer to an exercise."""
    return wrong(exercise, says="")


def wrong(exercise: str, *, says: str):
    """Marks a function as a wrong answer; ``says`` has to stand in the diagnosis."""

    def add(function):
        ANSWERS.append(Answer(exercise, function, says))
        return function

    return add


def load() -> list[Answer]:
    """Every lesson's answers."""
    if not ANSWERS:
        for module in pkgutil.iter_modules(__path__):
            importlib.import_module(f"{__name__}.{module.name}")
    return ANSWERS
