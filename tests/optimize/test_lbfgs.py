"""L-BFGS against algebra: quadratics, the secant equation, and steps that were changed on the way."""

import pytest
import torch

from nst_helpers.optimize.lbfgs import LBFGS, Pair, times_inverse_hessian


def numbers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def positive_definite(size):
    root = numbers(size, size)
    return root @ root.T + torch.eye(size, dtype=torch.float64)


def pairs_of(matrix, count):
    steps = numbers(count, len(matrix), seed=1)
    return [Pair(step, matrix @ step, step.dot(matrix @ step)) for step in steps]


def test_the_recursion_is_the_update_formula_applied_pair_by_pair():
    pairs, vector = pairs_of(positive_definite(6), 4), numbers(6, seed=2)
    newest = pairs[-1]
    inverse = torch.eye(6, dtype=torch.float64) * newest.product / newest.change.square().sum()
    for step, change, product in pairs:  # Nocedal & Wright, equation 7.16
        left = torch.eye(6, dtype=torch.float64) - torch.outer(step, change) / product
        inverse = left @ inverse @ left.T + torch.outer(step, step) / product
    assert torch.allclose(times_inverse_hessian(vector, pairs), inverse @ vector)


def test_the_newest_change_gives_the_newest_step():
    pairs = pairs_of(positive_definite(6), 3)
    assert torch.allclose(times_inverse_hessian(pairs[-1].change, pairs), pairs[-1].step)


def test_at_first_it_goes_down_the_gradient():
    gradient = numbers(5)
    assert torch.equal(LBFGS(3).direction(numbers(5, seed=1), gradient), -gradient)


@pytest.mark.parametrize("shorten", [1.0, 0.5])
def test_it_finds_the_minimum_of_a_quadratic_also_by_shortened_and_clamped_steps(shorten):
    matrix, minimum = positive_definite(6), 0.1 + 0.8 * numbers(6, seed=3).sigmoid()
    lbfgs, x = LBFGS(6), torch.full((6,), 0.5, dtype=torch.float64)
    for number in range(60):
        step = lbfgs.direction(x, matrix @ (x - minimum))
        x = (x + (0.01 if number == 0 else shorten) * step).clamp(0, 1)
    assert torch.allclose(x, minimum, atol=1e-6)


def test_it_learns_from_where_the_variables_stand():
    matrix, lbfgs = positive_definite(4), LBFGS(3)
    first, second = numbers(4, seed=1), numbers(4, seed=2)
    lbfgs.direction(first, matrix @ first)
    lbfgs.direction(second, matrix @ second)  # nowhere near where it was sent
    (pair,) = lbfgs.pairs
    assert torch.allclose(pair.step, second - first)
    assert torch.allclose(pair.change, matrix @ (second - first))


def test_it_remembers_the_last_steps_alone_and_its_own_copy_of_where_they_began():
    lbfgs, x, matrix = LBFGS(2), numbers(4), positive_definite(4)
    for _ in range(5):
        x += 0.01 * lbfgs.direction(x, matrix @ x)  # in place
    assert len(lbfgs.pairs) == 2
    assert all(pair.step.norm() > 0 for pair in lbfgs.pairs)


@pytest.mark.parametrize("gradient", [lambda x: -x, lambda x: torch.ones_like(x), lambda x: 0 * x])
def test_what_is_not_convex_teaches_nothing(gradient):
    lbfgs = LBFGS(3)
    for x in numbers(3, 5):
        assert torch.equal(lbfgs.direction(x, gradient(x)), -gradient(x))
    assert not lbfgs.pairs


def test_a_step_of_nothing_teaches_nothing():
    lbfgs, x = LBFGS(3), numbers(5)
    for _ in range(3):
        assert torch.equal(lbfgs.direction(x, x), -x)


def test_on_any_device():
    vectors = [torch.ones(5, device="meta") for _ in range(3)]
    pairs = [Pair(vectors[0], vectors[1], vectors[0].dot(vectors[1]))] * 2
    assert times_inverse_hessian(vectors[2], pairs).device.type == "meta"
    assert LBFGS(3).direction(vectors[0], vectors[1]).device.type == "meta"
