"""`stylize` on tiny pictures and a random VGG: what each option does, and what each mistake says."""

import jaxtyping
import pytest
import torch
from PIL import Image

from nst_helpers.gatys import GatysSettings, stylize
from nst_helpers.gatys import transfer as gatys
from nst_helpers.images import load_image, luminance, match_color, resize
from nst_helpers.losses import STATISTICS, Term
from nst_helpers.runtime import Stop
from nst_helpers.vgg import memory as vgg_memory

FAST = {
    "weights": "random",
    "normalized": False,
    "precision": "float32",
    "device": "cpu",
    "content_layers": ["relu2_1"],
    "style_layers": ["relu1_1", "relu2_1"],
}


@pytest.fixture(scope="module")
def photo():
    return load_image("astronaut", 32)


@pytest.fixture(scope="module")
def painting():
    return load_image("starry_night", 28)


def run(photo, painting, **options):
    return stylize(photo, painting, **{**FAST, "steps": 6, **options})


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"optimizer": "adam"},
        {"precondition": False},
        {"init": "noise"},
        {"tv_weight": 1.0},
        {"pooling": "average", "padding": "reflect"},
        {"checkpointing": True},
        {"convention": "pytorch_tutorial", "style_weight": 1e6, "content_weight": 1.0},
        {"preserve_color": "match"},
        {"precision": "bfloat16"},
        *[{"statistic": name} for name in STATISTICS],
    ],
    ids=lambda options: " ".join(map(str, (*options, *options.values()))) or "defaults",
)
def test_a_few_steps_lower_the_loss(photo, painting, options):
    result = run(photo, painting, **options)
    assert result.loss < result.history[0].loss
    assert result.image.shape == photo.shape
    assert result.image.min() >= 0
    assert result.image.max() <= 1
    assert len(result.history) == 6
    assert not result.interrupted


def test_the_real_network_with_the_defaults_lowers_every_style_loss():
    result = stylize("astronaut", "starry_night", size=48, steps=8)
    first, last = result.history[0].losses, result.history[-1].losses
    assert list(first) == ["content relu4_2", *(f"style relu{block}_1" for block in range(1, 6))]
    assert all(last[name] < first[name] for name in first if name.startswith("style"))
    assert first["content relu4_2"] < 1e-3 * last["content relu4_2"]  # the start is the photo


@pytest.mark.parametrize(
    ("part", "options"),
    [
        ("optimize_image", {"optimizer": "adam", "learning_rate": 0.3, "precondition": False}),
        ("VGGFeatures", {"pooling": "average", "padding": "reflect", "checkpointing": True, "normalized": True}),
        ("VGGFeatures", {"weights": "original", "precision": "bfloat16"}),
        ("within_memory", {"pooling": "average", "checkpointing": True}),
        ("content_terms", {"convention": "johnson"}),
        ("style_terms", {"convention": "johnson"}),
    ],
)
def test_options_reach_the_part_that_they_are_for(photo, painting, part, options, monkeypatch):
    seen, real = {}, getattr(gatys, part)

    def record(*arguments, **keywords):
        seen.update(keywords)
        return real(*arguments, **keywords)

    monkeypatch.setattr(gatys, part, record)
    run(photo, painting, steps=1, **options)
    assert seen | options == seen


@pytest.mark.parametrize(("optimizer", "vectors"), [("lbfgs", 40), ("adam", 2)])
def test_the_optimisers_memory_is_counted(photo, painting, optimizer, vectors, monkeypatch):
    counted, real = [], gatys.within_memory
    monkeypatch.setattr(gatys, "within_memory", lambda **needs: counted.append(needs["vectors"]) or real(**needs))
    run(photo, painting, optimizer=optimizer, steps=1)
    assert counted == [vectors]


def test_the_same_call_gives_the_same_picture(photo, painting):
    one, other = (run(photo, painting, init="noise", seed=3).image for _ in range(2))
    assert torch.equal(one, other)
    assert not torch.equal(one, run(photo, painting, init="noise", seed=4).image)


def test_a_larger_style_weight_brings_the_style_nearer(photo, painting):
    def final(weight):
        return run(photo, painting, style_weight=weight, steps=15).history[-1].losses["style relu2_1"]

    assert final(10.0) < final(1e-4)


def test_a_content_loss_of_zero_weight_leaves_pure_texture(photo, painting):
    losses = run(photo, painting, content_weight=0.0).history[-1].losses
    assert list(losses) == ["style relu1_1", "style relu2_1"]


def test_the_loss_is_the_sum_of_the_losses_by_the_weights_that_were_given(photo, painting):
    """To the letter: alpha * content + beta * style, each by its layers' weights, and total variation."""
    weights = {"content relu1_1": 0.3 * 4, "content relu2_1": 0.3 * 5}
    weights |= {"style relu1_1": 2e5 * 0.6, "style relu2_1": 2e5 * 0.7, "total variation": 500.0}
    result = run(
        photo,
        painting,
        content_weight=0.3,
        content_layers={"relu1_1": 4.0, "relu2_1": 5.0},
        style_weight=2e5,
        style_layers={"relu1_1": 0.6, "relu2_1": 0.7},
        tv_weight=500.0,
        convention="mean",
        init="noise",
        steps=2,
    )
    for report in result.history:
        parts = {name: weights[name] * loss for name, loss in report.losses.items()}
        assert report.loss == pytest.approx(sum(parts.values()), rel=1e-5)
        assert parts.keys() == weights.keys()
        assert all(part > 1e-3 * report.loss for part in parts.values())


def test_total_variation_counts_with_its_weight(photo, painting):
    report = run(photo, painting, content_weight=0.0, style_weight=0.0, tv_weight=3.0, steps=2).history[0]
    assert report.losses["total variation"] > 0
    assert report.loss == pytest.approx(3 * report.losses["total variation"])


def test_the_callers_tensors_stay_as_they_are(photo, painting):
    before = photo.clone(), painting.clone()
    run(photo, painting, preserve_color="match")
    assert torch.equal(photo, before[0])
    assert torch.equal(painting, before[1])


def test_luminance_is_the_results_and_chroma_the_photos(photo, painting):
    plain, kept = run(photo, painting), run(photo, painting, preserve_color="luminance")
    assert torch.allclose(luminance(plain.image), luminance(kept.image), atol=1e-5)
    chroma = (kept.image - luminance(kept.image)) * (photo - luminance(photo))
    assert (chroma >= -1e-6).all()  # paled where it would leave [0, 1], but never another hue


def test_match_gives_the_painting_the_photos_colours_first(photo, painting):
    recoloured = run(photo, match_color(painting, photo))
    assert torch.equal(run(photo, painting, preserve_color="match").image, recoloured.image)
    assert not torch.equal(run(photo, painting).image, recoloured.image)


def test_each_style_stays_under_its_mask(photo):
    left = torch.zeros(32, 32)
    left[:, :16] = 1
    red, blue = torch.zeros(2, 1, 3, 32, 32)
    red[:, 0], blue[:, 2] = 0.9, 0.9
    layers = ["relu1_1"]
    image = run(
        photo,
        [red, blue],
        masks=[left, 1 - left],
        init="noise",
        content_weight=0.0,
        style_layers=layers,
        content_layers=layers,
        steps=40,
    ).image
    assert image[0, 0, :, :14].mean() > image[0, 2, :, :14].mean() + 0.2
    assert image[0, 2, :, 18:].mean() > image[0, 0, :, 18:].mean() + 0.2


def test_style_weights_shift_the_blend(photo, painting):
    other = load_image("ink_landscape", 28)

    def distance(weights):
        return run(photo, [painting, other], style_weights=weights, steps=15).history[-1].losses["style 1 relu2_1"]

    assert distance([0.9, 0.1]) < distance([0.1, 0.9])


def test_coarse_to_fine_takes_all_its_steps_and_ends_at_full_size(photo, painting):
    images = []
    result = run(photo, painting, scales=2, steps=7, callback=lambda report: images.append(report.image))
    assert [tuple(image.shape[-2:]) for image in images] == [(16, 16)] * 4 + [(32, 32)] * 3
    best = min(range(4), key=lambda number: result.history[number].loss)
    assert torch.allclose(images[4], resize(images[best], (32, 32)), atol=1e-5)
    assert [(report.iteration, report.total) for report in result.history] == [(number, 7) for number in range(1, 8)]
    assert result.image.shape == photo.shape


def test_with_fewer_steps_than_scales_the_coarsest_are_left_out(photo, painting):
    result = run(photo, painting, scales=3, steps=2)
    assert len(result.history) == 2
    assert result.image.shape == photo.shape


@pytest.mark.parametrize("scales", [1, 2])
def test_a_stopped_run_returns_its_best_picture_at_full_size(photo, painting, scales):
    def stop(progress):
        if progress.iteration == 3:
            raise Stop

    result = run(photo, painting, scales=scales, steps=20, callback=stop)
    assert result.interrupted
    assert len(result.history) == 3
    assert result.image.shape == photo.shape


def test_size_is_of_files_by_default_and_of_tensors_if_given(photo, painting, tmp_path):
    path = tmp_path / "photo.png"
    Image.new("RGB", (40, 20), "teal").save(path)
    assert run(path, painting, size=32, steps=1).image.shape[-2:] == (16, 32)
    assert run(photo, painting, size=24, steps=1).image.shape[-2:] == (24, 24)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"steps": 0}, "steps is 0: give a whole number of at least 1"),
        ({"scales": 0}, "scales is 0"),
        ({"size": 0}, "size is 0"),
        ({"style_weight": float("nan")}, "style_weight is nan: give a finite number"),
        ({"content_weight": -1.0}, "content_weight is -1.0"),
        ({"style_layers": ["relu9_1"]}, "layer 'relu9_1' is unknown"),
        ({"style_weights": [1.0, 1.0]}, "2 style_weights were given for 1 styles"),
        ({"masks": [torch.ones(4, 4)] * 2}, "2 masks were given for 1 styles"),
        ({"masks": [torch.zeros(4, 4)]}, "black all over"),
        ({"content_weight": 0.0, "style_weight": 0.0}, "every weight is 0"),
        ({"init": "nose"}, "init 'nose' is unknown: did you mean noise"),
        ({"style_layers": ["relu5_1"], "size": 8}, "needs at least 16 px"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_a_mistake_is_one_sentence(photo, painting, options, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        run(photo, painting, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "options", [{"optimizer": "sgd"}, {"preserve_color": "yes"}, {"pooling": "min"}, {"convention": "gatis"}]
)
def test_a_word_that_is_no_choice_is_one_sentence(photo, painting, options, monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # as for users: types are checked in tests alone
    with pytest.raises(ValueError, match=r"is unknown: (choose from|did you mean)"):
        run(photo, painting, **options)


def test_no_style_and_an_unknown_option(photo, painting):
    with pytest.raises(ValueError, match="no style was given"):
        run(photo, [])
    with pytest.raises(TypeError, match="option 'style_wieght' is unknown: did you mean style_weight"):
        run(photo, painting, style_wieght=2)


def test_what_wont_fit_is_refused_before_it_is_loaded(painting, monkeypatch):
    monkeypatch.setattr(vgg_memory, "available_memory", lambda device: 10**9)
    monkeypatch.setattr(gatys, "load_inputs", lambda *_: pytest.fail("loaded at full size"))
    with pytest.raises(MemoryError, match=r"needs about \d+\.\d GB and 1.0 GB are free: take size=\d+ or less"):
        run("astronaut", painting, size=20_000)


def test_a_painting_that_wont_fit_is_refused_too(photo, monkeypatch):
    monkeypatch.setattr(vgg_memory, "available_memory", lambda device: 10**9)
    with pytest.raises(MemoryError, match="a picture of 12000x"):
        run(photo, torch.zeros(1, 3, 1, 1).expand(1, 3, 600, 12_000))


def test_an_allocation_that_fails_is_the_same_sentence(photo, painting, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(gatys, "optimize_image", fail)
    with pytest.raises(MemoryError, match=r"^memory ran out: a picture of 32x32 px needs about "):
        run(photo, painting)


def test_further_terms_count_at_every_scale(photo, painting):
    sizes = []

    def darkness(image, features):
        sizes.append(tuple(image.shape[-2:]))
        assert "relu1_2" in features
        return image.mean()

    term = Term("darkness", 1e4, darkness, ("relu1_2",))
    result = run(photo, painting, terms=[term], scales=2, steps=12)
    assert sizes == [(16, 16)] * 6 + [(32, 32)] * 6
    assert result.image.mean() < run(photo, painting, scales=2, steps=12).image.mean() - 0.1
    alone = run(photo, painting, terms=[term], content_weight=0.0, style_weight=0.0, steps=1)
    assert list(alone.history[0].losses) == ["darkness"]


def test_ctrl_c_between_scales_keeps_the_coarse_picture(photo, painting, monkeypatch):
    real, scales = gatys.optimize_image, []

    def interrupted_before_the_second(*arguments, **keywords):
        scales.append(keywords["steps"])
        if len(scales) == 2:
            raise KeyboardInterrupt
        return real(*arguments, **keywords)

    monkeypatch.setattr(gatys, "optimize_image", interrupted_before_the_second)
    result = run(photo, painting, scales=2, steps=8)
    assert result.interrupted
    assert len(result.history) == 4
    assert result.image.shape == photo.shape
    assert (result.image - photo).abs().mean() > 1e-3


def test_ctrl_c_before_the_first_step_leaves_an_empty_history(photo, painting, monkeypatch):
    monkeypatch.setattr(gatys, "content_terms", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    result = run(photo, painting)
    assert result.interrupted
    assert result.history == []


def test_settings_are_frozen_and_carry_the_papers_layers():
    settings = GatysSettings()
    assert set(settings.style_layers.values()) == {0.2}
    with pytest.raises(AttributeError):
        settings.steps = 5
