"""The noise that an optimisation starts from."""

import pytest
import torch

from nst_helpers.images import faint_noise


def test_faint_noise_is_all_but_grey_and_goes_by_its_seed():
    start = faint_noise(100, 120, seed=1)
    assert start.shape == (1, 3, 100, 120)
    assert start.mean().item() == pytest.approx(0.5, abs=0.002)
    assert start.std().item() == pytest.approx(0.05, rel=0.05)
    assert torch.equal(start, faint_noise(100, 120, seed=1))
    assert not torch.equal(start, faint_noise(100, 120, seed=2))
