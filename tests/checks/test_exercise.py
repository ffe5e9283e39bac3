"""The tables of the exercises: each right formula passes, and each mistake is told by its own sentence."""

import pytest
import torch

from nst_helpers import checks
from nst_helpers.checks import NotYet
from nst_helpers.checks.compare import alike
from nst_helpers.checks.exercise import Exercise

EXERCISES = {name: value for name, value in vars(checks).items() if isinstance(value, Exercise)}
MISTAKES = [
    pytest.param(exercise, sentence, id=f"{exercise.name}-{sentence[:40]}")
    for exercise in EXERCISES.values()
    for sentence in exercise.mistakes
]


@pytest.mark.parametrize(("name", "exercise"), EXERCISES.items(), ids=EXERCISES)
def test_the_right_formula_passes_under_its_name(name, exercise, capsys):
    assert name == f"check_{exercise.name}"
    exercise(exercise.right)
    assert capsys.readouterr().out.startswith(f"✓ {exercise.name}: {exercise.verified}")


@pytest.mark.parametrize(("exercise", "sentence"), MISTAKES)
def test_a_mistake_is_told_by_its_own_sentence(exercise, sentence, capsys):
    with pytest.raises(NotYet) as caught:
        exercise(exercise.wrong[sentence])
    told = str(caught.value)
    assert told.startswith(exercise.name)
    assert told.endswith(sentence)
    assert len(told) < 450
    assert not capsys.readouterr().out


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_trials_are_the_same_each_time_and_never_the_same_objects(exercise):
    for one, other in zip(exercise.trials(), exercise.trials(), strict=True):
        for left, right in zip(one, other, strict=True):
            if isinstance(left, torch.Tensor):
                assert left is not right
                assert torch.equal(left, right)


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_no_two_trials_of_an_exercise_have_one_answer(exercise):
    answers = exercise.answers(exercise.right)
    assert len(answers) >= 3
    assert not all(alike([answers[0]], [answer]) for answer in answers[1:])
