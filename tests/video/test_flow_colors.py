"""Flow in colours: Baker's wheel."""

import pytest
import torch

from nst_helpers.runtime import import_torchvision
from nst_helpers.video import color_wheel, flow_colors
from tests.images.helpers import refused
from tests.placement import on_meta_alone
from tests.video.helpers import rough, steady


def test_the_colours_are_torchvisions():
    flow = 20 * (rough(channels=2) - 0.5)
    import_torchvision()
    from torchvision.utils import flow_to_image

    wanted = flow_to_image(flow).float() / 255
    torch.testing.assert_close(flow_colors(flow), wanted, rtol=0, atol=2.5 / 255)  # it rounds down twice


def test_no_motion_is_white():
    assert torch.equal(flow_colors(steady(0, 0)), torch.ones(1, 3, 40, 50))


def test_right_is_red_and_left_is_not():
    assert flow_colors(steady(1, 0))[0, :, 0, 0].tolist() == pytest.approx([1, 0, 0], abs=0.01)
    assert flow_colors(steady(-1, 0))[0, 0, 0, 0] < 0.1


def test_down_is_yellow_and_up_is_violet():
    red, green, blue = flow_colors(steady(0, 1))[0, :, 0, 0]
    assert red > 0.8 > 0.5 < green
    assert blue < 0.01
    red, green, blue = flow_colors(steady(0, -1))[0, :, 0, 0]
    assert blue > 0.9
    assert 0.2 < red < 0.9
    assert green < 0.01


def test_half_the_largest_is_half_as_strong():
    full, half = (flow_colors(steady(speed, 0), largest=8)[0, :, 0, 0] for speed in (8, 4))
    torch.testing.assert_close(1 - half, (1 - full) / 2)
    assert torch.equal(flow_colors(steady(80, 0), largest=8)[0, :, 0, 0], full)


def test_largest_makes_pictures_comparable():
    flow = torch.cat([steady(4, 0), steady(2, 0)])
    torch.testing.assert_close(flow_colors(flow)[1:], flow_colors(flow[1:], largest=4))


def test_unknown_flow_is_black():
    flow = steady(1, 0)
    flow[..., 3, 4] = torch.nan
    colors = flow_colors(flow)
    assert not colors[..., 3, 4].any()
    assert torch.equal(colors[..., 0, 0], flow_colors(steady(1, 0))[..., 0, 0])


def test_the_wheel_shows_each_direction_at_its_place():
    wheel = color_wheel(101)
    assert wheel.shape == (1, 3, 101, 101)
    assert wheel[0, :, 50, 50].tolist() == pytest.approx([1, 1, 1])
    assert wheel[0, :, 0, 0].tolist() == [1, 1, 1]
    for row, column, flow in ((50, 100, (1, 0)), (100, 50, (0, 1)), (50, 0, (-1, 0)), (0, 50, (0, -1))):
        torch.testing.assert_close(wheel[0, :, row, column], flow_colors(steady(*flow))[0, :, 0, 0], rtol=0, atol=0.02)


@pytest.mark.parametrize("largest", [0, -1, float("nan")])
def test_a_largest_that_is_none_is_a_sentence(largest):
    with refused("largest is .*: give the speed of full colour, above 0 px"):
        flow_colors(steady(1, 0), largest=largest)


def test_everything_stays_on_its_device():
    with on_meta_alone():
        assert flow_colors(torch.rand(2, 2, 9, 11, device="meta")).device.type == "meta"
