"""The perceptual objective: Gatys' losses of a network's results, each picture with a style of its own."""

from collections import Counter

import pytest
import torch
from torch import nn

from nst_helpers.images import load_image, save_image
from nst_helpers.losses import Objective
from nst_helpers.training import Batch, Crops, PerceptualObjective, measured_objective
from tests.placement import on_meta_alone
from tests.training.runs import make_network, settings

PAINTINGS = {"starry_night": "starry_night", "whalers": "whalers", "ink": "ink_landscape"}
CHOSEN = settings(reconstruction=0, content_layers={"relu1_1": 0.3, "relu2_1": 0.7}, content_weight=0.7)


def draw(number, seed=0, size=32):
    return torch.rand(number, 3, size, size, generator=torch.Generator().manual_seed(seed))


class Fixed(nn.Module):
    """Gives the same pictures whatever it is shown, and remembers the mix it was asked for."""

    def __init__(self, pictures):
        super().__init__()
        self.pictures, self.mix = pictures, None

    def forward(self, photos, mix=None):
        self.mix = mix
        return self.pictures


@pytest.fixture(scope="module")
def objective():
    """Of three styles, with scales that can be told apart."""
    return PerceptualObjective(PAINTINGS, CHOSEN, scales={"whalers": 0.5, "ink": 3.0, "starry_night": 2.0})


def test_a_batch_is_the_mean_of_its_pictures_alone(objective):
    photos, results, samples = draw(4), draw(4, 1) * 1.4 - 0.2, torch.tensor([5, 2, 9, 13])
    together = objective(Fixed(results), Batch(photos, samples))
    alone = [
        objective(Fixed(results[k : k + 1]), Batch(photos[k : k + 1], samples[k : k + 1])) for k in range(len(photos))
    ]
    assert len(set(objective.styles_of(samples).tolist())) > 1
    assert together.losses.keys() == {"content", "style", "total variation", "range"}
    for name, loss in together.losses.items():
        torch.testing.assert_close(loss, torch.stack([one.losses[name] for one in alone]).mean())
    torch.testing.assert_close(together.total, torch.stack([one.total for one in alone]).mean())


def test_the_total_is_the_weighted_sum(objective):
    value = objective(Fixed(draw(2, 1) * 2), Batch(draw(2), torch.tensor([0, 1])))
    assert all(loss > 0 for loss in value.losses.values())
    chosen = objective.settings
    weights = [chosen.content_weight, chosen.style_weight, chosen.total_variation_weight, chosen.range_weight]
    names = ["content", "style", "total variation", "range"]
    expected = sum(weight * value.losses[name] for weight, name in zip(weights, names, strict=True))
    torch.testing.assert_close(value.total, expected)


@pytest.mark.parametrize("style", PAINTINGS)
def test_over_pixels_it_is_the_same_objective(objective, style):
    """Its terms, minimised by Gatys' method, give for a picture what a network pays that has this picture as result."""
    photo, result = draw(1), draw(1, 1)
    sample = next(k for k in range(9) if objective.styles[objective.styles_of(torch.tensor([k]))[0]] == style)
    value = objective(Fixed(result), Batch(photo, torch.tensor([sample])))
    pixels = Objective(objective.extractor, objective.terms(photo, style))(result)
    torch.testing.assert_close(pixels.total, value.total)
    content = sum(loss * weight for (name, loss), weight in zip(pixels.losses.items(), (0.3, 0.7), strict=False))
    torch.testing.assert_close(content, value.losses["content"])


def test_the_network_is_asked_for_the_style_that_it_is_judged_by(objective):
    samples = torch.tensor([4, 0, 1, 3, 8])
    wanted = objective.styles_of(samples).tolist()
    assert wanted != wanted[::-1]
    network = Fixed(draw(5, 1))
    objective(network, Batch(draw(5), samples))
    assert network.mix.argmax(dim=1).tolist() == wanted
    assert network.mix.sum(dim=1).tolist() == [1.0] * 5


@pytest.mark.parametrize("style", PAINTINGS)
def test_the_painting_itself_loses_no_style_and_the_photo_no_content(objective, style):
    """The style's own painting; each of the others loses some."""
    number = list(PAINTINGS).index(style)
    sample = next(k for k in range(9) if objective.styles_of(torch.tensor([k])).item() == number)
    lost = {}
    for name, painting in PAINTINGS.items():
        picture = load_image(painting, CHOSEN.style_size)
        value = objective(Fixed(picture), Batch(picture, torch.tensor([sample])))
        lost[name] = value.losses["style"].item()
        assert value.losses["content"] == 0
        assert value.losses["range"] == 0
    assert lost.pop(style) == pytest.approx(0, abs=1e-9)
    assert min(lost.values()) > 1e-6


def test_scales_make_unchanged_photos_lose_one_on_average_in_every_style():
    photos = draw(6)
    objective = PerceptualObjective(PAINTINGS, CHOSEN, photos=photos)
    samples = torch.arange(3)
    for style in range(3):
        sample = samples[objective.styles_of(samples) == style]
        value = objective(Fixed(photos), Batch(photos, sample.expand(6)))
        assert value.losses["style"].item() == pytest.approx(1, rel=1e-4)
    given = PerceptualObjective(PAINTINGS, CHOSEN, scales=objective.scales)
    assert given.scales == objective.scales
    assert len(set(objective.scales.values())) == 3


def test_every_style_comes_once_in_as_many_samples_in_a_random_order(objective):
    rounds = objective.styles_of(torch.arange(60)).view(20, 3).tolist()
    assert all(sorted(one) == [0, 1, 2] for one in rounds)
    assert len({tuple(one) for one in rounds}) == 6
    assert Counter(objective.styles_of(torch.arange(60)).tolist()) == {0: 20, 1: 20, 2: 20}
    assert objective.styles_of(torch.tensor([7, 31])).tolist() == [rounds[2][1], rounds[10][1]]
    other = PerceptualObjective(PAINTINGS, settings(seed=1), scales=objective.scales)
    assert other.styles_of(torch.arange(60)).view(20, 3).tolist() != rounds


def test_one_style_needs_no_mix():
    network = Fixed(draw(2, 1))
    PerceptualObjective({"whalers": "whalers"}, CHOSEN)(network, Batch(draw(2), torch.arange(2)))
    assert network.mix is None


def test_results_out_of_range_pay_for_their_distance(objective):
    results = draw(1, 1).clamp(0.1, 0.9)
    results[0, 0, 0, 0], results[0, 1, 5, 5] = 1.5, -0.25
    value = objective(Fixed(results), Batch(draw(1), torch.tensor([0])))
    assert value.losses["range"].item() == pytest.approx((0.5**2 + 0.25**2) / results.numel())


def test_the_first_steps_ask_for_the_photo_back():
    objective = PerceptualObjective(PAINTINGS, settings(reconstruction=3, batch=2))
    photos, results = draw(2), draw(2, 1)
    for step in range(6):
        value = objective(Fixed(results), Batch(photos, torch.tensor([2 * step, 2 * step + 1])))
        assert ("reconstruction" in value.losses) is (step < 3)
    first = objective(Fixed(results), Batch(photos, torch.tensor([0, 1])))
    torch.testing.assert_close(first.total, (results - photos).square().mean())


def test_five_steps_lower_it(objective):
    network, batch = make_network("instance", 8), Batch(draw(3), torch.arange(3))
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        value = objective(lambda photos, _: network(photos), batch)
        value.total.backward()
        optimizer.step()
        losses.append(value.total.item())
    assert losses[-1] < losses[0]


def test_every_device_runs_it_forwards_and_backwards():
    chosen = settings(device="meta", reconstruction=0)
    paintings = {name: name for name in ("starry_night", "whalers")}
    photos = torch.rand(2, 3, 32, 32, device="meta")
    network = make_network().to("meta")
    with on_meta_alone():
        objective = PerceptualObjective(paintings, chosen, photos=photos)
        value = objective(network, Batch(photos, torch.tensor([0, 1])))
        value.total.backward()
    assert value.total.device.type == "meta"
    assert all(parameter.grad.device.type == "meta" for parameter in network.parameters())


def test_scales_are_those_of_the_same_photos_whatever_the_seed(tmp_path):
    for number in range(40):
        save_image(draw(1, number), tmp_path / f"{number}.png")
    pictures = sorted(tmp_path.iterdir())
    one, other = (
        measured_objective(
            {"ink": "ink_landscape"}, Crops(pictures, 32, seed), settings(seed=seed), torch.device("cpu")
        )
        for seed in (0, 5)
    )
    assert one.scales == other.scales
