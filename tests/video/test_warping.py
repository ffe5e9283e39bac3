"""Pictures moved along a flow: where the pixels come from, to the last bit where that is a pixel."""

import pytest
import torch
from torch.autograd import gradcheck
from torch.nn import functional as F

from nst_helpers.video import end_points, out_of_frame, resize_flow, warp
from tests.images.helpers import refused
from tests.placement import on_meta_alone
from tests.video.helpers import rough, steady


@pytest.mark.parametrize("size", [(40, 50), (41, 51), (1, 1), (1, 7), (600, 1021)])
def test_zero_flow_is_the_identity(size):
    picture = rough(*size)
    assert (warp(picture, steady(0, 0, *size)) - picture).abs().max() <= 1e-6


@pytest.mark.parametrize(("x", "y"), [(3, 0), (0, 3), (-4, 2), (5, -7)])
def test_a_shift_by_whole_pixels_is_exact(x, y):
    """By hand: the pixel at column 10 and row 10 is taken from column 10 + x and row 10 + y."""
    picture = rough()
    warped = warp(picture, steady(x, y))
    assert torch.equal(warped[..., 10:30, 10:40], picture[..., 10 + y : 30 + y, 10 + x : 40 + x])


def test_beyond_the_frame_is_its_nearest_pixel():
    picture = rough(5, 6)
    assert torch.equal(warp(picture, steady(100, 0, 5, 6)), picture[..., -1:].expand(-1, -1, -1, 6))
    assert torch.equal(warp(picture, steady(0, -100, 5, 6)), picture[..., :1, :].expand(-1, -1, 5, -1))


def test_it_is_what_grid_sample_gives_in_float64():
    picture, flow = rough().double(), 12 * (rough(channels=2, seed=1).double() - 0.5)
    y, x = torch.meshgrid(torch.arange(40.0), torch.arange(50.0), indexing="ij")
    grid = torch.stack([(x + flow[:, 0]) / 49 * 2 - 1, (y + flow[:, 1]) / 39 * 2 - 1], dim=-1)
    wanted = F.grid_sample(picture, grid, padding_mode="border", align_corners=True)
    torch.testing.assert_close(warp(picture, flow), wanted, rtol=0, atol=1e-12)


def test_between_pixels_it_is_bilinear():
    ramp = torch.arange(50.0).expand(1, 1, 40, 50) + 100 * torch.arange(40.0)[:, None]
    moved = warp(ramp, steady(0.25, 0.5))
    torch.testing.assert_close(moved[..., :-1, :-1], ramp[..., :-1, :-1] + 0.25 + 50)


def test_a_batch_of_one_serves_the_others():
    pictures, flow = torch.cat([rough(seed=seed) for seed in range(3)]), steady(1.5, -0.5)
    torch.testing.assert_close(warp(pictures, flow), warp(pictures, flow.repeat(3, 1, 1, 1)))
    flows = torch.cat([steady(x, 0) for x in range(3)])
    torch.testing.assert_close(warp(pictures[:1], flows), warp(pictures[:1].repeat(3, 1, 1, 1), flows))


def test_gradients_lead_to_picture_and_flow():
    picture = rough(5, 6).double().requires_grad_()
    flow = (2 * rough(5, 6, channels=2, seed=1).double() - 0.7).requires_grad_()
    assert gradcheck(warp, (picture, flow))


def test_an_unknown_flow_stays_where_it_is():
    flow = steady(1, 0)
    flow[..., 3, 4] = torch.nan
    lost = warp(rough(), flow).isnan()
    assert lost[..., 3, 4].all()
    assert lost.sum() == 3


def test_a_flow_of_another_size_is_a_sentence():
    with refused("the image is 50x40 px and the flow 51x40 px"):
        warp(rough(), steady(0, 0, 40, 51))


def test_end_points_are_counted_from_the_top_left_pixel():
    points = end_points(steady(0.5, -1))
    assert points[0, :, 0, 0].tolist() == [0.5, -1]
    assert points[0, :, 30, 7].tolist() == [7.5, 29]


def test_out_of_the_frame_is_beyond_its_last_pixels():
    assert not out_of_frame(steady(0, 0)).any()
    assert out_of_frame(steady(2, 0)).nonzero()[:, 3].unique().tolist() == [48, 49]
    assert out_of_frame(steady(0, -2)).nonzero()[:, 2].unique().tolist() == [0, 1]
    for half in (0.5, -0.5):
        assert out_of_frame(steady(half, half))[0, 0].sum() == 40 + 50 - 1


def test_a_resized_flow_is_counted_in_the_new_pixels():
    small = resize_flow(steady(4, 6), (20, 10))
    torch.testing.assert_close(small, steady(4 / 5, 6 / 2, 20, 10))
    torch.testing.assert_close(resize_flow(steady(4, 6), (40, 50)), steady(4, 6))


def test_everything_stays_on_its_device():
    picture, flow = (torch.rand(2, n, 9, 11, device="meta", requires_grad=True) for n in (3, 2))
    with on_meta_alone():
        warp(picture, resize_flow(flow, (9, 11))).sum().backward()
        assert out_of_frame(flow).device.type == picture.grad.device.type == flow.grad.device.type == "meta"
