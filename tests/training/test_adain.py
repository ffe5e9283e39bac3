"""The decoder for any style: its losses by hand, what is kept of crops, and runs that go on bit for bit."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from nst_helpers.images import find_pictures, load_image, save_image
from nst_helpers.losses import channel_moments, moments_loss
from nst_helpers.networks import AdaINNet, TransformNet, adain, load_network, save_network
from nst_helpers.training import AdaINObjective, AdaINSettings, Batch, RepeatedCrops, adain_objective, train_adain
from nst_helpers.vgg import VGGFeatures
from tests.training.runs import draw_pictures, steps_logged
from tests.training.test_resume import assert_same_end

REPOSITORY = Path(__file__).resolve().parents[2]
STEPS, SAVED = 7, 3

# A pool of three crops, of which a batch has two: the kill comes in the middle of a pool and of a batch.
SMALL = {
    **{"size": 32, "batch": 2, "steps": STEPS, "save_every": SAVED, "held_out": 0, "workers": 0, "reconstruction": 2},
    **{"warmup": 2, "pool": 3, "passes": 2, "averaging": 0.9, "style_layers": ("relu1_1", "relu3_1"), "undone": 0},
    **{"weights": "random", "normalized": False, "device": "cpu", "precision": "float32"},
}
ENCODER = {"weights": "random", "pooling": "max", "padding": "reflect", "normalized": False}


@pytest.fixture(scope="module")
def paintings(tmp_path_factory):
    """A folder of four small pictures, other ones than the photos."""
    folder = tmp_path_factory.mktemp("paintings")
    for name in ("starry_night", "whalers", "coffee", "ink_landscape"):
        save_image(load_image(name, 48), folder / f"{name}.png")
    return folder


def start(photos, paintings, folder=None, *, callback=None, **options):
    """Begin a run or go on with it."""
    return train_adain(photos, paintings, folder=folder, callback=callback, **{**SMALL, **options})


# The objective


@pytest.fixture
def objective(photos, paintings):
    """With its crops."""
    return make_objective(photos, paintings)


def make_objective(photos, paintings, **options):
    settings = AdaINSettings(**{**SMALL, **options})
    crops, styles = (
        RepeatedCrops(find_pictures(folder), settings.size, seed, settings.pool, settings.passes)
        for seed, folder in enumerate((photos, paintings))
    )
    return AdaINObjective(crops, styles, settings, torch.device("cpu"))


def batch_of(objective, step):
    """As the loop gives it."""
    samples = [2 * step, 2 * step + 1]
    return Batch(torch.stack([objective.crops[sample][0] for sample in samples]), torch.tensor(samples))


def make_network():
    with torch.random.fork_rng([]):
        torch.manual_seed(7)
        return AdaINNet(ENCODER).train()


def test_the_losses_are_the_papers(objective):
    """Huang & Belongie (2017), eqs. 11 to 13, from the pictures on, all crops of the step encoded anew."""
    network, step = make_network(), 4
    batch = batch_of(objective, step)
    value = objective(network, batch)
    extractor = VGGFeatures(["relu1_1", "relu3_1", "relu4_1"], **ENCODER, device="cpu", precision="float32")
    styles = torch.stack([objective.styles[sample][0] for sample in batch.samples.tolist()])
    content, style = extractor(batch.photos)["relu4_1"].bfloat16().float(), extractor(styles)
    target = adain(content, style["relu4_1"])
    found = extractor(network(target))
    content_loss = (found["relu4_1"] - target).square().mean()
    style_loss = sum(moments_loss(found[name], channel_moments(style[name])) for name in ("relu1_1", "relu3_1"))
    torch.testing.assert_close(value.losses["content"], content_loss, rtol=1e-4, atol=0)
    torch.testing.assert_close(value.losses["style"], style_loss, rtol=1e-4, atol=0)
    identity_loss = (network(content[:1]) - batch.photos[:1]).square().mean()  # of every fourth photo
    torch.testing.assert_close(value.losses["identity"], identity_loss, rtol=1e-4, atol=0)
    total = content_loss + 10 * style_loss + 400 * identity_loss
    torch.testing.assert_close(value.total, total, rtol=1e-4, atol=0)
    value.total.backward()
    assert all(weight.grad.abs().sum() > 0 for weight in network.parameters())


def test_one_pairs_objective_over_pixels_is_the_batchs(objective):
    """Of a crop and its painting, for a picture that has much of the crop."""
    for sample in (4, 5):
        batch = Batch(objective.crops[sample][0][None], torch.tensor([sample]))
        picture, painting = 0.7 * batch.photos + 0.1, objective.styles[sample][0][None]
        whole = objective(lambda target, picture=picture: picture, batch)
        value = adain_objective(batch.photos, painting, **SMALL)(picture)
        torch.testing.assert_close(value.losses["content"], whole.losses["content"], rtol=2e-2, atol=0)  # bfloat16
        style = sum(loss for name, loss in value.losses.items() if name.startswith("style"))
        torch.testing.assert_close(style, whole.losses["style"])
        torch.testing.assert_close(value.total, value.losses["content"] + 10 * style)


def test_a_picture_is_its_own_style_at_no_loss(objective):
    photo = objective.crops[0][0][None]
    assert adain_objective(photo, photo, **SMALL)(photo).total < 1e-9
    other = objective.crops[1][0][None]
    assert adain_objective(photo, other, **SMALL)(photo).total > 1e-4


def test_the_first_steps_teach_to_give_the_photo_back(objective):
    network = make_network()
    for step, names in ((0, {"reconstruction"}), (1, {"reconstruction"}), (2, {"content", "style", "identity"})):
        batch = batch_of(objective, step)
        value = objective(network, batch)
        assert value.losses.keys() == names
        if step < 2:
            rebuilt = network(objective.features_of(batch))
            torch.testing.assert_close(value.total, F.mse_loss(rebuilt, batch.photos))


def test_what_is_kept_equals_what_is_computed_anew(photos, paintings):
    """Whatever the batches before were, and on a second pass."""
    kept = make_objective(photos, paintings)
    for step in range(6):
        batch = batch_of(kept, step)
        given = kept.features_of(batch), kept.moments_of(batch.samples.tolist())
        fresh = make_objective(photos, paintings)
        anew = fresh.features_of(batch), fresh.moments_of(batch.samples.tolist())
        assert torch.equal(given[0], anew[0])
        for layer, moments in anew[1].items():
            assert all(torch.equal(one, other) for one, other in zip(given[1][layer], moments, strict=True))


def test_a_crop_is_encoded_once_while_it_is_in_use(photos, paintings, monkeypatch):
    """Three crops of each folder in six samples, which are two passes; then three others."""
    objective = make_objective(photos, paintings, reconstruction=0)
    network, encoded, forward = make_network(), [], VGGFeatures.forward

    def counted(self, image):
        encoded.append(len(image) if not torch.is_grad_enabled() else 0)
        return forward(self, image)

    monkeypatch.setattr(VGGFeatures, "forward", counted)
    sums = []
    for step in range(6):
        objective(network, batch_of(objective, step))
        sums.append(sum(encoded))
    assert sums == [4, 6, 6, 10, 12, 12]


def test_of_an_earlier_pool_nothing_is_remembered(photos, paintings):
    objective = make_objective(photos, paintings)
    network, most = make_network(), 0
    for step in range(2, 40):
        objective(network, batch_of(objective, step))
        most = max(most, len(objective._features), len(objective._moments))
    assert most <= 3 + 1  # a batch may reach over the edge of a pool
    assert min(objective._features) >= 2 * 39 // 6 * 3


def test_features_are_kept_in_half_the_memory(objective):
    objective(make_network(), batch_of(objective, 2))
    assert {kept.dtype for kept in objective._features.values()} == {torch.bfloat16}


# The run


@pytest.fixture(scope="module")
def whole(photos, paintings, tmp_path_factory):
    """A run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    assert not start(photos, paintings, folder, facts={"sources": "noise"}).interrupted
    return folder


KILLED = """
import os, sys
import torch
from tests.training.test_adain import start
torch.set_num_threads(1)
*folders, step = sys.argv[1:]
start(*folders, callback=lambda progress: progress.iteration == int(step) and os.kill(os.getpid(), 9))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="signals as on Unix")
@pytest.mark.parametrize("workers", [0, 2])
def test_killed_in_the_middle_of_a_pool_and_resumed_it_ends_where_an_uninterrupted_run_ends(
    photos, paintings, whole, tmp_path, workers
):
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", KILLED, str(photos), str(paintings), str(tmp_path), "5"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    again = start(photos, paintings, tmp_path, workers=workers)
    assert [report.iteration for report in again.history] == list(range(SAVED + 1, STEPS + 1))
    assert_same_end(tmp_path, whole)


def test_a_run_with_other_passes_or_another_encoder_does_not_go_on(photos, paintings, whole):
    for options in ({"passes": 3}, {"pool": 4}, {"pooling": "average"}, {"style_weight": 1.0}):
        with pytest.raises(ValueError, match=f"holds a run with {next(iter(options))}"):
            start(photos, paintings, whole, **options)


def test_the_network_tells_what_it_was_trained_with_and_which_encoder_it_needs(whole):
    network = load_network(whole / "network.safetensors", device="cpu", precision="float32")
    assert network.arguments == {"encoder": ENCODER}
    told = {"photos": 5, "paintings": 4, "held_out": [], "held_out_paintings": [], "sources": "noise", "steps": STEPS}
    assert {name: network.facts[name] for name in told} == told
    assert network.facts["losses"].keys() == {"content", "style", "identity"}
    assert AdaINSettings(**network.facts["settings"] | {"style_layers": SMALL["style_layers"]}) == AdaINSettings(
        **SMALL
    )
    assert network(torch.rand(1, 3, 20, 20), torch.rand(1, 3, 16, 16)).shape == (1, 3, 20, 20)
    assert [entry["step"] for entry in steps_logged(whole)] == list(range(1, STEPS + 1))


def test_photos_and_paintings_are_held_out_by_name_and_never_used(tmp_path):
    """Those are broken, and nobody notices in more than a round of each."""
    for kind in ("photos", "paintings"):
        draw_pictures(tmp_path / kind, 10)
        (tmp_path / kind / "0.png").write_bytes(b"no picture")
    done = start(tmp_path / "photos", tmp_path / "paintings", tmp_path / "run", held_out=3, pool=20, steps=10)
    assert all(report.note == "" for report in done.history)
    facts = load_network(tmp_path / "run/network.safetensors", device="cpu").facts
    assert (facts["held_out"], facts["held_out_paintings"]) == (["0.png"], ["0.png"])
    assert (facts["photos"], facts["paintings"]) == (9, 9)


def test_a_run_begins_with_another_networks_decoder(photos, paintings, whole, tmp_path):
    before = load_network(whole / "network.safetensors", device="cpu", precision="float32").state_dict()
    still = SMALL | {"steps": 1, "learning_rate": 1e-30}
    done = train_adain(photos, paintings, start_from=whole / "network.safetensors", **still)
    for name, weight in done.network.state_dict().items():
        torch.testing.assert_close(weight, before[name], rtol=0, atol=1e-20)  # a weight of 0 has moved by such a step
    anew = train_adain(photos, paintings, **still)
    assert not torch.equal(anew.network.decoder[0].weight, before["decoder.0.weight"])
    save_network(TransformNet(2), tmp_path / "fast.safetensors")
    with pytest.raises(ValueError, match=r"fast.safetensors is a TransformNet: begin with an AdaINNet"):
        train_adain(photos, paintings, start_from=tmp_path / "fast.safetensors", **SMALL)


def test_the_preview_is_one_photo_in_four_paintings(photos, paintings, tmp_path):
    start(photos, paintings, tmp_path, steps=2, preview_every=2)
    photo = load_image("neuschwanstein", 256)
    assert load_image(tmp_path / "preview.jpg").shape == (1, 3, photo.shape[-2], 4 * photo.shape[-1])


def test_twenty_steps_lower_each_loss(photos, paintings):
    """Of the same two crops, over and over."""
    for reconstruction in (0, 100):
        run = start(photos, paintings, steps=20, reconstruction=reconstruction, pool=2, passes=100, cooldown=0.0)
        assert run.history[-1].loss < 0.8 * run.history[0].loss


def test_no_layer_for_the_style_is_a_sentence(photos, paintings):
    with pytest.raises(ValueError, match="style_layers is empty: name at least one, such as relu1_1"):
        make_objective(photos, paintings, style_layers=())
