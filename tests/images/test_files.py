"""Pictures become tensors of one kind and back, at the size asked for."""

import numpy as np
import PIL.Image
import pytest
import torch

from nst_helpers.images import load_image, resize, to_pil
from tests.images.helpers import noise, refused


def test_a_picture_is_a_contiguous_batch_of_one_in_0_to_1():
    image = load_image(noise())
    assert image.shape == (1, 3, 20, 30)
    assert image.dtype == torch.float32
    assert image.is_contiguous()
    assert torch.equal(image[0].permute(1, 2, 0), torch.from_numpy(np.array(noise())) / 255)


@pytest.mark.parametrize(
    ("given", "size", "expected"),
    [
        ((30, 20), 15, (10, 15)),
        ((20, 30), 15, (15, 10)),
        ((30, 20), 60, (40, 60)),
        ((1, 1), 5, (5, 5)),
        ((1000, 1), 10, (1, 10)),
        ((1, 1000), 1, (1, 1)),
        ((7, 7), 7, (7, 7)),
    ],
)
def test_size_is_the_longer_side_for_pictures_and_tensors_alike(given, size, expected):
    picture = noise(*given)
    assert load_image(picture, size).shape[-2:] == expected
    assert load_image(load_image(picture), size).shape[-2:] == expected


@pytest.mark.parametrize("size", [0, -5])
def test_a_size_below_one_pixel_is_refused(size):
    with refused(f"size is {size}: the longer side needs at least 1 px"):
        load_image(noise(), size)
    with refused(f"size is {size}: each side needs"):
        resize(torch.rand(1, 3, 4, 4), size)
    with refused("each side needs"):
        resize(torch.rand(1, 3, 4, 4), (4, size))


def test_shrinking_is_antialiased():
    stripes = PIL.Image.fromarray(np.tile(np.array([0, 255], dtype=np.uint8), (64, 32)))
    for small in (load_image(stripes, 15), resize(load_image(stripes), 15)):
        assert small[..., 2:-2].sub(0.5).abs().max() < 0.05


def test_resize_keeps_each_channel_in_its_range_and_constants_constant():
    checks = torch.zeros(2, 4, 8, 8)
    checks[..., ::2] = 1
    checks[1] *= 5
    checks[:, 3] = 0.7
    large = resize(checks, (31, 17))
    assert large.shape == (2, 4, 31, 17)
    assert (large[0].min(), large[0].max(), large[1].max()) == (0, 1, 5)
    assert torch.allclose(large[:, 3], torch.tensor(0.7))
    assert torch.equal(large[1:], resize(checks[1:], (31, 17)))
    assert torch.allclose(resize(checks, (8, 8)), checks)


def test_resize_passes_gradients_and_half_precision():
    image = torch.rand(1, 3, 8, 8, requires_grad=True)
    resize(image, 5).sum().backward()
    assert image.grad.abs().sum() > 0
    assert resize(image.half(), 5).dtype == torch.float16


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(3, 4, 5), (1, 3, 4, 5)])
def test_a_tensor_is_copied_never_shared(dtype, shape):
    given = torch.rand(shape).to(dtype)
    image = load_image(given)
    assert image.shape == (1, 3, 4, 5)
    assert image.dtype == torch.float32
    assert torch.equal(image[0], given.reshape(3, 4, 5).float())
    before = given.clone()
    image.zero_()
    assert torch.equal(given, before)


def test_a_permuted_or_expanded_tensor_becomes_contiguous_without_history():
    strided = torch.rand(4, 5, 3, requires_grad=True).permute(2, 0, 1)
    for given in (strided, torch.rand(3, 1, 1).expand(3, 4, 5)):
        image = load_image(given)
        assert image.is_contiguous()
        assert not image.requires_grad
        assert torch.equal(image[0], given)


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (torch.zeros(3, 4, 4, dtype=torch.uint8), r"uint8 .*: a picture is float in \[0, 1\]; for 0..255 use"),
        (torch.full((3, 4, 4), 1.5), r"values run from 1.5 to 1.5: a picture lies in \[0, 1\]; clamp it"),
        (torch.full((3, 4, 4), -0.1), "values run from -0.1 to -0.1"),
        (torch.full((1, 3, 4, 4), float("nan")), "has NaN or infinite values"),
        (torch.full((1, 3, 4, 4), float("inf")), "has NaN or infinite values"),
        (torch.rand(4, 4), r"shape \(4, 4\): one picture is \(3, height, width\) or \(1, 3, height, width\)"),
        (torch.rand(4, 4, 3), r"shape \(4, 4, 3\): one picture is"),
        (torch.rand(2, 3, 4, 4), r"a batch of 2: pick one picture with image\[i\]"),
        (torch.rand(3, 0, 4), r"shape \(3, 0, 4\): one picture is"),
    ],
)
def test_a_tensor_that_is_no_picture_is_refused(tensor, message):
    with refused(message):
        load_image(tensor)


def test_values_are_clamped_and_rounded_not_truncated():
    image = torch.tensor([-3.0, 0.9 / 255, 127.4 / 255, 254.6 / 255, 7.0]).expand(3, 1, 5)
    assert np.array(to_pil(image))[0, :, 0].tolist() == [0, 1, 127, 255, 255]
    assert np.array(to_pil(image.half()[None])).shape == (1, 5, 3)
