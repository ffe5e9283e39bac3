"""The canvas and the random changes: known pictures, ranges, gradients, reproducibility."""

import pytest
import torch

from nst_helpers import assets
from nst_helpers.feature_vis import transform
from nst_helpers.images import load_image
from nst_helpers.optimize import PHOTO_COLORS, Canvas

SWITCHES = pytest.mark.parametrize(("fourier", "decorrelate"), [(a, b) for a in (False, True) for b in (False, True)])


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@SWITCHES
@pytest.mark.parametrize("size", [7, 16])
def test_it_begins_all_but_grey_in_range_and_reproducibly(fourier, decorrelate, size):
    canvas = Canvas(size, batch=2, fourier=fourier, decorrelate=decorrelate, seed=3)
    image = canvas.image()
    assert image.shape == (2, 3, size, size)
    assert (image - 0.5).abs().max() < 0.1
    assert not torch.equal(image[0], image[1])
    again = Canvas(size, batch=2, fourier=fourier, decorrelate=decorrelate, seed=3)
    assert torch.equal(image, again.image())
    other = Canvas(size, batch=2, fourier=fourier, decorrelate=decorrelate, seed=4)
    assert not torch.equal(image, other.image())


@SWITCHES
def test_an_optimiser_reaches_any_picture(fourier, decorrelate):
    canvas = Canvas(8, fourier=fourier, decorrelate=decorrelate)
    wanted = torch.rand(1, 3, 8, 8, generator=generator()) * 0.6 + 0.2
    optimizer = torch.optim.LBFGS([canvas.parameters], max_iter=400, line_search_fn="strong_wolfe", tolerance_change=0)

    def closure():
        optimizer.zero_grad()
        loss = (canvas.image() - wanted).square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    assert (canvas.image() - wanted).abs().max() < 0.02


def test_coefficients_move_low_frequencies_further():
    canvas = Canvas(16, decorrelate=False)

    def swing(frequency):
        with torch.no_grad():
            canvas.parameters.zero_()
            canvas.parameters[0, 0, 0, frequency, 0] = 0.01
        return (canvas.image() - 0.5).norm().item()

    assert swing(1) / swing(4) == pytest.approx(4, rel=1e-3)


def test_the_colours_are_those_of_the_bundled_photos():
    pixels = torch.cat([load_image(name, 256)[0].flatten(1) for name in assets.photos()], dim=1).double()
    values, vectors = torch.linalg.eigh(pixels.cov())
    root = vectors * values.sqrt() @ vectors.T
    expected = (root / root.norm(dim=0).max()).float()
    assert torch.allclose(torch.tensor(PHOTO_COLORS), expected, atol=2e-3)


def test_colours_are_mixed():
    canvas = Canvas(4, fourier=False)
    with torch.no_grad():
        canvas.parameters.zero_()
        canvas.parameters[:, 0] = 1.0
    logits = torch.logit(canvas.image()[0, :, 0, 0])
    assert torch.allclose(logits, torch.tensor(PHOTO_COLORS)[:, 0], atol=1e-5)


def test_without_changes_the_picture_stays():
    image = torch.rand(2, 3, 9, 11)
    assert torch.equal(transform(image, generator()), image)


def test_padding_is_grey():
    padded = transform(torch.zeros(1, 3, 4, 6), generator(), pad=2)
    assert padded.shape == (1, 3, 8, 10)
    assert padded[..., 2:-2, 2:-2].abs().max() == 0
    assert (padded[..., :2, :] == 0.5).all()


def test_jitter_moves_by_whole_pixels_and_loses_none():
    image = torch.rand(1, 3, 12, 12)
    draws = generator()
    moved = [transform(image, draws, jitter=3) for _ in range(20)]
    assert all(torch.equal(one.flatten().sort().values, image.flatten().sort().values) for one in moved)
    offsets = {
        (down, right)
        for one in moved
        for down in range(-3, 4)
        for right in range(-3, 4)
        if torch.equal(one, torch.roll(image, (down, right), dims=(2, 3)))
    }
    assert len(offsets) > 5
    assert {down for down, _ in offsets} & {-3, -2, -1}
    assert {down for down, _ in offsets} & {1, 2, 3}


def _middle_of_a_bar(image):
    """Mean row and column of the bright pixels."""
    weight = image[0, 0] / image[0, 0].sum()
    rows, columns = torch.meshgrid(torch.arange(len(weight)), torch.arange(weight.shape[1]), indexing="ij")
    return rows, columns, weight


def test_rotation_turns_a_bar_by_the_angle_drawn():
    image = torch.zeros(1, 3, 65, 65)
    image[..., 31:34, 12:53] = 1
    angle = (2 * torch.rand(4, generator=generator(5)) - 1)[0].item() * 30
    rows, columns, weight = _middle_of_a_bar(transform(image, generator(5), rotate=30.0))
    y, x = (rows - (rows * weight).sum()), (columns - (columns * weight).sum())
    measured = 0.5 * torch.atan2(2 * (x * y * weight).sum(), ((x * x - y * y) * weight).sum())
    assert abs(torch.rad2deg(measured).item()) == pytest.approx(abs(angle), abs=1)


def test_zoom_enlarges_by_the_share_drawn():
    image = torch.zeros(1, 3, 64, 96)
    image[..., 24:40, 36:60] = 1
    share = (2 * torch.rand(4, generator=generator(2)) - 1)[1].item() * 0.4
    area = transform(image, generator(2), zoom=0.4)[0, 0].sum().item()
    assert area / (16 * 24) == pytest.approx((1 + share) ** 2, rel=0.05)


def test_jitter_and_rotation_shift_alike():
    image = torch.zeros(1, 3, 33, 49)
    image[..., 14:19, 22:27] = 1
    _, _, before = _middle_of_a_bar(transform(image, generator(1), jitter=6))
    rows, columns, after = _middle_of_a_bar(transform(image, generator(1), jitter=6, zoom=1e-6))
    for axis in (rows, columns):
        assert (axis * before).sum().item() == pytest.approx((axis * after).sum().item(), abs=0.6)


def test_one_draw_holds_for_the_batch_and_the_gradient_passes():
    image = torch.rand(1, 3, 10, 10).expand(2, -1, -1, -1).clone().requires_grad_()
    changed = transform(image, generator(), pad=2, jitter=2, zoom=0.1, rotate=5.0)
    assert torch.equal(changed[0], changed[1])
    changed.sum().backward()
    assert image.grad.abs().sum() > 0


@pytest.mark.parametrize("options", [{"pad": 2}, {"jitter": 2}, {"pad": 2, "jitter": 2, "zoom": 0.1, "rotate": 5.0}])
def test_changes_on_any_device(options):
    image = torch.rand(2, 3, 10, 12, device="meta", requires_grad=True)
    transform(image, generator(), **options).sum().backward()
    assert image.grad.device.type == "meta"
