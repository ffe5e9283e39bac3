"""An exercise stated once: the right formula, the trials that tell it from wrong ones, and the mistakes that teach."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from nst_helpers.checks import answers
from nst_helpers.checks.call import NotYet, call
from nst_helpers.checks.compare import Answer, alike, diagnosis, difference, finite
from nst_helpers.checks.gradient import culprits, gradients

Trial = tuple[Any, ...]
"""The arguments of one call."""


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """An exercise; called with a student's function, its check.

    Args:
        name: the student's function's.
        right: the formula wanted; its knobs are keyword parameters with defaults.
        trials: makes the arguments of every call, anew and the same each time. Their sizes, names and ranges differ,
            so that no mistake looks right and none looks like another.
        mistakes: what a student reads -> the knob to turn, or a formula where no knob fits. The first that agrees with
            the student's on every trial is told.
        verified: what a right answer is told.
        gradient: whether one has to flow back into the first argument.
        read: what kind of answer is wanted, see `answers`.
        also: takes a trial's arguments and what was given, for what no formula states, and gives the sentence of what
            is wrong, or nothing.
    """

    name: str
    right: Callable[..., Any]
    trials: Callable[[], Iterable[Trial]]
    mistakes: Mapping[str, Mapping[str, Any] | Callable[..., Any]]
    verified: str
    gradient: bool = True
    read: answers.Reader = answers.tensor
    also: Callable[[Trial, Any], str | None] = lambda trial, given: None

    def __call__(self, function: Callable[..., Any]) -> None:
        """Prints one line where ``function`` is right.

        Raises:
            NotYet: it isn't; the sentences say what it gave, what is needed and where to look.
        """
        print(f"✓ {self.name}: {self.examine(function)}.")

    def examine(self, function: Callable[..., Any]) -> str:
        """What has been verified; NotYet where something is wrong."""
        self._compare(function)
        if self.gradient:
            self._compare_gradients(function)
        return self.verified

    @property
    def wrong(self) -> dict[str, Callable[..., Any]]:
        """Each mistake's formula by its sentence."""
        return {
            sentence: turned if callable(turned) else partial(self.right, **turned)
            for sentence, turned in self.mistakes.items()
        }

    def answers(self, function: Callable[..., Any]) -> list[Answer]:
        """What one of the table's own formulas gives on every trial."""
        return [self.read(self.name, function(*trial), trial) for trial in self.trials()]

    def _compare(self, function: Callable[..., Any]) -> None:
        given, stopped, remark = [], None, None
        trials = list(self.trials())
        for trial in trials:
            try:
                result = call(self.name, function, *trial)
                given.append(self.read(self.name, result, trial))
            except NotYet as error:
                stopped = error
                break  # what is wrong with the inputs before says more
            if not finite(given[-1]):
                break
            remark = remark or self.also(trial, result)
        wanted = self.answers(self.right)[: len(given)]
        if given and not finite(given[-1]) and not alike(given[:-1], wanted[:-1]):
            given, wanted = given[:-1], wanted[:-1]  # here, too
        if not alike(given, wanted):
            mistakes = {sentence: self.answers(wrong)[: len(given)] for sentence, wrong in self.wrong.items()}
            what = difference(self.name, given, wanted, trials[: len(given)])
            raise NotYet(f"{what}: {diagnosis(given, wanted, mistakes)}")
        if stopped:
            raise stopped
        if remark:
            raise NotYet(f"{self.name} {remark}")

    def _compare_gradients(self, function: Callable[..., Any]) -> None:
        for trial, same in zip(self.trials(), self.trials(), strict=True):
            given, wanted = gradients(self.name, function, trial), gradients(self.name, self.right, same)
            for key, right in wanted.items():
                if right is None:
                    continue
                where = f' with respect to "{key}"' if key else ""
                if given[key] is None:
                    raise NotYet(f"{self.name} has no gradient{where}: {culprits(function)}")
                if not given[key].isfinite().all():
                    raise NotYet(
                        f"the gradient of {self.name}{where} is NaN on some input: look for a root or a division at "
                        "zero."
                    )
                if not alike([{key: given[key]}], [{key: right}]):
                    raise NotYet(
                        f"{self.name} has the right value, but its gradient{where} is {_size(given[key], right)}: "
                        f"{culprits(function)}"
                    )


def _size(given, right) -> str:
    """How a gradient differs, in words."""
    factor = ((given * right.conj()).sum() / right.abs().square().sum().clamp(min=1e-12)).real.item()
    proportional = factor and alike([{"": given}], [{"": factor * right}])
    return f"{factor:.3g} times the right one" if proportional else "not the right one"
