"""Any painting, any size, in one pass: what the network promises around its features, and where it says no."""

import copy
import itertools
import re

import jaxtyping
import pytest
import torch
from safetensors.torch import load_file

from nst_helpers.images import keep_luminance, load_image, match_color, save_image
from nst_helpers.networks import (
    ENCODED_LAYER,
    ENCODER,
    METHODS,
    AdaINNet,
    convolve_in,
    load_network,
    match_features,
    save_network,
)
from nst_helpers.vgg import VGGFeatures
from tests.placement import on_meta_alone

UNTRAINED = {"weights": "random", "normalized": False}  # made in a moment


def make():
    """A network whose decoder, untrained, draws something within [0, 1] all the same."""
    torch.manual_seed(0)
    network = AdaINNet(UNTRAINED)
    for conv in network.decoder:
        torch.nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        torch.nn.init.zeros_(conv.bias)
    with torch.no_grad():
        network.decoder[-1].weight *= 0.1
        network.decoder[-1].bias += 0.5
    return network.requires_grad_(False).eval()


@pytest.fixture(scope="module")
def network():
    return make()


@pytest.fixture
def pictures():
    """A photo and two paintings, each of another size."""
    return load_image("chelsea", 48), load_image("starry_night", 40), load_image("whalers", 64)


def test_there_is_something_to_see(network, pictures):
    """Else the tests below would compare one grey with another."""
    photo, first, second = pictures
    results = [network(photo, style, method=method) for style in (first, second) for method in METHODS]
    assert all(result.std() > 0.02 for result in results)
    assert all((one - other).abs().max() > 0.01 for one, other in itertools.combinations(results, 2))
    assert max((result == 0).float().mean() + (result == 1).float().mean() for result in results) < 0.1


def test_the_decoder_mirrors_the_encoder(network):
    """Huang & Belongie (2017), section 5: the encoder's convolutions to relu4_1 backwards, enlarged where it pools."""
    parts = [(name, part) for block in network.encoder.blocks for name, part in block.items() if "relu" not in name]
    assert parts[-1][0] == "conv4_1"
    mirrored = [None if "pool" in name else (part.out_channels, part.in_channels) for name, part in reversed(parts)]
    channels = [pair for pair in mirrored if pair]
    assert [(conv.in_channels, conv.out_channels) for conv in network.decoder] == channels
    sizes = []
    hooks = [conv.register_forward_hook(lambda *call: sizes.append(call[-1].shape[-1])) for conv in network.decoder]
    network(torch.rand(1, 512, 2, 2))
    for hook in hooks:
        hook.remove()
    enlarged = [pair for pair in mirrored if pair is None or mirrored]
    wanted, size = [], 2
    for pair in enlarged:
        size = 2 * size if pair is None else size
        wanted += [] if pair is None else [size]
    assert sizes == wanted


def test_the_decoder_is_what_torchs_layers_make_of_its_convolutions(network):
    layers = []
    for number, conv in enumerate(network.decoder):
        layers += [torch.nn.ReflectionPad2d(1), conv, torch.nn.ReLU()]
        layers += [torch.nn.Upsample(scale_factor=2, mode="nearest")] if number in (0, 4, 6) else []
    features = torch.rand(2, 512, 3, 4)
    wanted = torch.nn.Sequential(*layers[:-1])(features).clamp(0, 1)
    torch.testing.assert_close(network(features), wanted, rtol=0, atol=1e-5)


# Sizes


@pytest.mark.parametrize("size", [(10, 10), (1, 30), (12, 240), (240, 12), (33, 50)])
@pytest.mark.parametrize("style_size", [(16, 16), (17, 340), (40, 31)])
def test_any_photo_keeps_its_size_and_stays_in_range(network, size, style_size):
    photos, style = torch.rand(2, 3, *size), torch.rand(1, 3, *style_size)
    for method in METHODS:
        result = network(photos, style, method=method)
        assert result.shape == photos.shape
        assert result.isfinite().all()
        assert result.min() >= 0
        assert result.max() <= 1


def test_the_result_lies_where_the_photo_is_though_this_is_padded(network):
    encoded = network.encode_photo(torch.rand(1, 3, 20, 30))
    assert encoded.features.shape[-2:] == (3, 4)
    wanted = network(encoded.features)[..., :20, :30]
    torch.testing.assert_close(network(encoded, torch.rand(1, 3, 16, 16), alpha=0.0), wanted)


def test_photos_do_not_see_each_other(network, pictures):
    photos, style = torch.rand(3, 3, 20, 24), network.encode(pictures[1])
    for method in METHODS:
        alone = torch.cat([network(photo[None], style, method=method) for photo in photos])
        torch.testing.assert_close(network(photos, style, method=method), alone)


def test_photo_and_paintings_are_names_files_and_tensors(network, tmp_path):
    save_image(load_image("chelsea", 32), tmp_path / "photo.png")
    result = network(tmp_path / "photo.png", "whalers")
    torch.testing.assert_close(result, network(load_image(tmp_path / "photo.png"), load_image("whalers", 512)))
    assert result.shape == load_image(tmp_path / "photo.png").shape
    torch.testing.assert_close(network(load_image(tmp_path / "photo.png")[0], "whalers"), result)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("photo", "style"),
    [
        (torch.rand(1, 3, 8, 160), torch.full((1, 3, 16, 16), 0.6)),  # a panorama of 1:20, one colour
        (torch.full((1, 3, 24, 24), 0.3), torch.zeros(1, 3, 24, 24)),
        (torch.rand(1, 3, 160, 8), torch.rand(1, 3, 16, 320)),
    ],
    ids=["panorama, one colour", "one colour, black", "tall, panorama"],
)
def test_the_strangest_pictures_are_painted_at_every_strength(network, photo, style, method):
    encoded, style = network.encode_photo(photo), network.encode(style)
    for alpha in (0.0, 0.5, 1.0):
        result = network(encoded, style, alpha=alpha, method=method)
        assert result.shape == photo.shape
        assert result.isfinite().all()
        assert result.min() >= 0
        assert result.max() <= 1


# Styles, strength, method


@pytest.mark.parametrize("method", METHODS)
def test_the_result_is_decoded_from_features_that_are_matched_mixed_and_blended(network, pictures, method):
    photo, *styles = pictures
    encoder = VGGFeatures([ENCODED_LAYER], **{**ENCODER, **UNTRAINED}, device="cpu", precision="float32")
    content, first, second = (encoder(picture)[ENCODED_LAYER] for picture in pictures)
    mixed = 0.75 * match_features(content, first, method) + 0.25 * match_features(content, second, method)
    wanted = network(0.6 * mixed + 0.4 * content)[..., : photo.shape[-2], : photo.shape[-1]]
    result = network(photo, styles, style_weights=[3.0, 1.0], alpha=0.6, method=method)
    torch.testing.assert_close(result, wanted, rtol=0, atol=1e-4)


def test_styles_are_mixed_in_equal_parts_and_a_weight_of_0_leaves_one_out(network, pictures):
    photo, *styles = pictures
    torch.testing.assert_close(network(photo, styles), network(photo, styles, style_weights=[2.0, 2.0]))
    torch.testing.assert_close(network(photo, styles, style_weights=[0.0, 7.0]), network(photo, styles[1]))
    torch.testing.assert_close(network(photo, styles[::-1]), network(photo, styles))


@pytest.mark.parametrize("method", METHODS)
def test_at_alpha_0_every_painting_gives_the_photo_rebuilt(network, pictures, method):
    photo, *styles = pictures
    rebuilt = network(network.encoder(photo)[ENCODED_LAYER])[..., : photo.shape[-2], : photo.shape[-1]]
    for style in (*styles, torch.zeros(1, 3, 16, 16)):
        torch.testing.assert_close(network(photo, style, alpha=0.0, method=method), rebuilt, rtol=0, atol=1e-5)


def test_alpha_is_continuous(network, pictures):
    photo, style, _ = pictures
    strip = torch.cat([network(photo, style, alpha=number / 20) for number in range(21)])
    steps = (strip[1:] - strip[:-1]).square().mean(dim=(1, 2, 3)).sqrt()
    assert steps.min() > 0
    assert steps.max() < 3 * steps.mean()


# Masks


def test_masks_give_each_style_its_place(network):
    """Far from the seam, beyond the decoder's sight, each half is what its style makes of the whole photo."""
    photo = load_image("chelsea", 192)
    styles = [load_image("starry_night", 64), load_image("whalers", 64)]
    left = torch.zeros(photo.shape[-2:])
    left[:, :96] = 1
    result = network(photo, styles, masks=[left, 1 - left])
    first, second = (network(photo, style) for style in styles)
    assert (result - first)[..., :32].abs().max() < 1e-5
    assert (result - second)[..., -32:].abs().max() < 1e-5
    assert (result - second)[..., :32].abs().max() > 0.01


def test_white_masks_change_nothing_and_where_all_are_black_the_photo_is_rebuilt(network):
    photo, style = load_image("chelsea", 192), load_image("starry_night", 64)
    white = torch.ones(20, 30)
    torch.testing.assert_close(network(photo, style, masks=[white]), network(photo, style))
    torch.testing.assert_close(network(photo, [style, style], masks=[white, white]), network(photo, style))
    half = white.clone()
    half[:, 15:] = 0
    result = network(photo, style, masks=[half])
    assert (result - network(photo, style, alpha=0.0))[..., -32:].abs().max() < 1e-5
    assert (result - network(photo, style))[..., :32].abs().max() < 1e-5
    weighed = network(photo, style, masks=[white], style_weights=[0.3])
    torch.testing.assert_close(weighed, network(photo, style, alpha=0.3), rtol=0, atol=1e-5)


def test_a_mask_finer_than_the_features_counts_by_its_mean(network):
    photo, style = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)
    rows = torch.arange(32)
    for mask, share in (((rows[:, None] + rows) % 2 == 0, 0.5), ((rows % 4 == 0).expand(32, 32), 0.25)):
        result = network(photo, style, masks=[mask.float()])
        torch.testing.assert_close(result, network(photo, style, alpha=share), rtol=0, atol=1e-5)


def test_a_mask_lies_where_the_photo_is_though_this_is_padded(network, monkeypatch):
    """Of 20 px, padded to 24, the first 16 are two positions of the features: a mask of these leaves the third."""
    seen = []
    monkeypatch.setattr(network, "_decode", lambda features: seen.append(features) or torch.zeros(1, 3, 24, 24))
    photo, style, mask = torch.rand(1, 3, 20, 20), torch.rand(1, 3, 32, 32), torch.zeros(20, 20)
    mask[:, :16] = 1
    network(photo, style, masks=[mask])
    network(photo, style)
    network(photo, style, alpha=0.0)
    masked, styled, plain = seen
    torch.testing.assert_close(masked[..., :2], styled[..., :2])
    torch.testing.assert_close(masked[..., 2:], plain[..., 2:])


# Colours


def test_colours_are_kept_by_chroma_afterwards_or_by_the_paintings_before(network, pictures):
    photo, style, _ = pictures
    kept = network(photo, style, preserve_color="luminance")
    torch.testing.assert_close(kept, keep_luminance(photo, network(photo, style)))
    matched = network(photo, style, preserve_color="match")
    torch.testing.assert_close(matched, network(photo, match_color(style, photo)))
    torch.testing.assert_close(network(photo, network.encode(style), preserve_color="match"), matched)


# A style is encoded once


@pytest.mark.parametrize("method", METHODS)
def test_an_encoded_style_gives_the_same_picture_without_being_encoded_again(network, pictures, monkeypatch, method):
    photo, first, second = pictures
    wanted = network(photo, [first, second], method=method)
    styles = [network.encode(first), network.encode(second)]
    encoded, measured, matching = [], [], METHODS[method]
    forward = VGGFeatures.forward
    monkeypatch.setattr(VGGFeatures, "forward", lambda self, image: encoded.append(image) or forward(self, image))
    counted = matching._replace(measure=lambda features: measured.append(1) or matching.measure(features))
    monkeypatch.setitem(METHODS, method, counted)
    for _ in range(2):
        assert torch.equal(network(photo, styles, method=method), wanted)
    assert torch.equal(network(photo, [styles[0], second], method=method), wanted)
    assert sorted(image.shape for image in encoded) == sorted([*3 * [photo.shape], second.shape])
    assert len(measured) == 2 + 1


def test_an_encoded_photo_gives_the_same_pictures_and_is_matched_again_only_for_something_else(
    network, pictures, monkeypatch
):
    photo, first, second = pictures
    styles = [network.encode(first), network.encode(second)]
    encoded, calls = network.encode_photo(photo), []
    for name in ("adain", "histogram"):
        apply = METHODS[name].apply
        counted = METHODS[name]._replace(
            apply=lambda *given, name=name, apply=apply: calls.append(name) or apply(*given)
        )
        monkeypatch.setitem(METHODS, name, counted)
    for options in (
        {},
        {"alpha": 0.3, "style_weights": [1.0, 3.0]},
        {"masks": [WHITE, WHITE]},
        {"method": "histogram"},
    ):
        result = network(encoded, styles, **options)
        found = calls.copy()
        assert torch.equal(result, network(photo, styles, **options))
        calls[:] = found
    assert calls == 2 * ["adain"] + 2 * ["histogram"]
    network(encoded, network.encode(first))
    assert calls[4:] == ["adain"]


def test_in_the_colours_of_an_encoded_photo_an_encoded_style_is_encoded_once(network, pictures, monkeypatch):
    photo, style, _ = pictures
    wanted = network(photo, style, preserve_color="match")
    encoded, style, calls = network.encode_photo(photo), network.encode(style), []
    forward = VGGFeatures.forward
    monkeypatch.setattr(VGGFeatures, "forward", lambda self, image: calls.append(image) or forward(self, image))
    for _ in range(2):
        torch.testing.assert_close(network(encoded, style, preserve_color="match"), wanted)
    assert len(calls) == 1
    other = network.encode_photo("coffee")
    assert not torch.equal(network(other, style, preserve_color="match"), network(other, style))
    assert len(calls) == 3


# Where it is, and what it is made of


def test_the_encoder_follows_the_decoders_device_and_number_format():
    network = make()
    first = network.encoder
    assert network.encoder is first
    assert (first.device.type, first.dtype) == ("cpu", torch.float32)
    assert (first.padding, first.pooling) == (ENCODER["padding"], ENCODER["pooling"])
    convolve_in(network, torch.bfloat16)
    assert network.encoder.dtype == torch.bfloat16
    assert network.to("meta").encoder.device.type == "meta"


def test_in_bfloat16_the_picture_is_nearly_the_same(network, pictures):
    photo, style, _ = pictures
    half = copy.deepcopy(network)
    convolve_in(half, torch.bfloat16)
    result = half(photo, style)
    assert result.dtype == torch.float32
    assert 0 < (result - network(photo, style)).abs().max() < 0.05


def test_only_the_decoder_is_saved_and_trained(network, pictures):
    network(*pictures[:2])
    assert {name.split(".")[0] for name in network.state_dict()} == {"decoder"}
    decoder = sum(weight.numel() for weight in network.decoder.parameters())
    assert sum(weight.numel() for weight in network.parameters()) == decoder
    assert [type(part).__name__ for part in network.modules()].count("VGGFeatures") == 0


def test_a_round_trip_through_a_file_gives_the_same_picture(pictures, tmp_path):
    network = make()
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(weight.half())
    path = save_network(network, tmp_path / "any.safetensors", facts={"steps": 7})
    assert path.stat().st_size < 2.1 * sum(weight.numel() for weight in network.parameters())
    loaded = load_network(path, device="cpu", precision="float32")
    assert (loaded.facts, loaded.arguments, loaded.training) == ({"steps": 7}, network.arguments, False)
    assert not any(weight.requires_grad for weight in loaded.parameters())
    assert load_file(path).keys() == network.state_dict().keys()
    assert torch.equal(loaded(*pictures[:2]), network(*pictures[:2]))


def test_a_copy_is_of_its_own(network, pictures):
    photo, style, _ = pictures
    before = network(photo, style)
    other = copy.deepcopy(network)
    assert torch.equal(other(photo, style), before)
    with torch.no_grad():
        other.decoder[0].weight.zero_()
        next(iter(other.encoder.parameters())).zero_()
    assert torch.equal(network(photo, style), before)
    assert not torch.equal(other(photo, style), before)


def test_the_encoder_is_the_papers_unless_another_is_asked_for(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    assert AdaINNet().arguments == {"encoder": ENCODER}
    assert AdaINNet({"pooling": "average"}).arguments == {"encoder": {**ENCODER, "pooling": "average"}}
    for encoder, sentence in (
        ({"weigths": "random"}, "option of the encoder 'weigths' is unknown: did you mean weights?"),
        ({"device": "cpu"}, "option of the encoder 'device' is unknown"),
        ({"weights": "orginal"}, "weights 'orginal' is unknown: did you mean original?"),
    ):
        with pytest.raises(ValueError, match=re.escape(sentence)):
            AdaINNet(encoder)


def test_every_device_runs_the_decoder_forwards_and_backwards():
    network = make().requires_grad_().train().to("meta")
    with on_meta_alone():
        network(torch.rand(2, 512, 4, 3, device="meta")).sum().backward()
    assert all(weight.grad.device.type == "meta" for weight in network.parameters())


def test_in_training_the_result_is_not_clamped_so_that_a_gradient_leads_back():
    network = make().requires_grad_().train()
    with torch.no_grad():
        network.decoder[-1].bias.fill_(3.0)
    result = network(torch.rand(1, 512, 2, 2))
    assert result.max() > 1
    result.sum().backward()
    assert network.decoder[-1].bias.grad.min() > 0
    assert network.eval()(torch.rand(1, 512, 2, 2)).max() == 1


# What can't be


NAN = torch.full((1, 3, 20, 20), float("nan"))
WHITE, BLACK = torch.ones(20, 20), torch.zeros(20, 20)


@pytest.mark.parametrize(
    ("photo", "style", "options", "sentence"),
    [
        (NAN, "whalers", {}, "has NaN or infinite values"),
        (torch.cat([torch.rand(1, 3, 20, 20), NAN]), "whalers", {}, "has NaN or infinite values"),
        (torch.full((2, 3, 20, 20), 2.0), "whalers", {}, "a picture lies in [0, 1]"),
        (torch.rand(1, 4, 20, 20), "whalers", {}, "one picture is (3, height, width)"),
        ("chelsea", NAN, {}, "has NaN or infinite values"),
        ("chelsea", torch.rand(2, 3, 20, 20), {}, "a batch of 2: pick one"),
        (
            "chelsea",
            torch.rand(1, 3, 8, 9),
            {},
            "a style is 9x8 px: its short side needs at least 16 px; take",
        ),
        ("chelsea", "walers", {}, "did you mean 'whalers'?"),
        ("chelsea", [], {}, "no style was given"),
        ("chelsea", None, {}, "no style was given: name a painting, such as starry_night"),
        (torch.rand(1, 3, 20, 20), None, {}, "no style was given: name a painting, such as starry_night"),
        ("chelsea", ["whalers", "coffee"], {"masks": [WHITE]}, "1 masks were given for 2 styles: give one for each"),
        ("chelsea", "whalers", {"masks": [BLACK]}, "a mask is black all over"),
        ("chelsea", "whalers", {"masks": []}, "0 masks were given for 1 styles"),
        ("chelsea", "whalers", {"masks": [torch.ones(2, 1, 20, 20)]}, "one picture is (3, height, width)"),
        ("chelsea", "whalers", {"masks": [torch.ones(0, 20)]}, "of shape (1, 3, 0, 20): one picture is"),
        ("chelsea", "whalers", {"masks": [NAN[0, 0]]}, "has NaN or infinite values"),
        ("chelsea", "whalers", {"masks": [-WHITE]}, "a picture lies in [0, 1]"),
        ("chelsea", "whalers", {"style_weights": [1, 1]}, "2 style_weights were given for 1 styles"),
        ("chelsea", "whalers", {"style_weights": [0]}, "the style_weights are all 0"),
        ("chelsea", "whalers", {"style_weights": [-1]}, "style_weights is [-1]"),
        ("chelsea", "whalers", {"alpha": 1.1}, "alpha is 1.1: give a finite number of at least 0 and of at most 1"),
        ("chelsea", "whalers", {"alpha": float("nan")}, "alpha is nan"),
        ("chelsea", "whalers", {"method": "swap"}, "method 'swap' is unknown: did you mean style_swap?"),
        (torch.rand(2, 3, 20, 20), "whalers", {"preserve_color": "match"}, "takes one photo at a time"),
    ],
)
def test_what_cannot_be_is_a_sentence(network, photo, style, options, sentence, monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # users see the sentence, tests the annotation
    with pytest.raises(ValueError, match=re.escape(sentence)) as caught:
        network(load_image(photo, 20) if isinstance(photo, str) else photo, style, **options)
    assert "\n" not in str(caught.value)
