"""The loop: its learning rate, its clipping, what it writes, and how it ends when numbers or the disk give out."""

import itertools
import json
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from nst_helpers.images import load_image
from nst_helpers.losses import Value
from nst_helpers.networks import load_network
from nst_helpers.training import DivergedError, learning_rate, make_accelerator
from tests.disk import room_for
from tests.training.runs import SAVED, STEPS, make_network, settings, start, steps_logged


def plain(network, batch):
    """How far the result lies from black."""
    loss = network(batch.photos, torch.eye(2)).square().mean()
    return Value(loss, {"brightness": loss})


def failing(step, spoil):
    """The plain objective, spoilt from the step after that one on."""

    def objective(network, batch):
        loss = plain(network, batch).total
        return Value(spoil(loss) if batch.samples[0] >= step * 2 else loss, {"brightness": loss})

    return objective


def test_the_learning_rate_rises_stays_and_falls_to_zero():
    chosen = settings(steps=100, warmup=10, cooldown=0.3, learning_rate=1e-3)
    rates = [learning_rate(step, chosen) / 1e-3 for step in range(101)]
    assert rates[:10] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    assert rates[9:71] == [1.0] * 62
    assert rates[70::10] == pytest.approx([1.0, 2 / 3, 1 / 3, 0.0])
    assert all(later < earlier for earlier, later in itertools.pairwise(rates[70:]))


def test_without_warm_up_and_cool_down_it_stays():
    chosen = settings(steps=5, warmup=0, cooldown=0.0, learning_rate=1e-3)
    assert [learning_rate(step, chosen) for step in range(5)] == [1e-3] * 5


def test_adam_takes_the_learning_rate_of_the_step(photos):
    """Its first step is as long in every weight, whatever the gradient (Kingma & Ba 2015, section 2.1)."""
    before, moved = make_network(), {}

    def objective(network, batch):
        moved["to"] = network
        return plain(network, batch)

    start(photos, objective=objective, steps=1, warmup=4, cooldown=0.0, learning_rate=1e-3)
    difference = (moved["to"].output.bias - before.output.bias).detach().abs()
    assert difference.tolist() == pytest.approx([1e-3 / 4] * 3, rel=1e-3)


def test_a_long_gradient_is_clipped(photos, tmp_path):
    def objective(network, batch):
        loss = plain(network, batch).total * 1e4
        return Value(loss, {"brightness": loss})

    start(photos, tmp_path, objective=objective, steps=1, clip=0.5)
    moments = [value for name, value in load_file(tmp_path / "checkpoint.safetensors").items() if "exp_avg" in name]
    first = [value for value in moments if value.min() < 0]  # the second moments are squares
    assert torch.cat([value.flatten() for value in first]).norm().item() == pytest.approx(0.1 * 0.5, rel=1e-2)


def test_the_loss_falls(photos):
    losses = [report.loss for report in start(photos, objective=plain, steps=12, learning_rate=0.02).history]
    assert losses[-1] < 0.5 * losses[0]


def test_in_bfloat16_it_trains_alike(photos):
    exact, coarse = (start(photos, precision=precision, steps=4).history for precision in ("float32", "bfloat16"))
    assert [report.loss for report in coarse] == pytest.approx([report.loss for report in exact], rel=0.1)
    assert [report.loss for report in coarse] != [report.loss for report in exact]


def test_what_a_run_leaves_behind(photos, tmp_path):
    photo = load_image("astronaut", 32)
    done = start(photos, tmp_path, objective=plain, preview=lambda _: photo, preview_every=4, facts={"data": "noise"})
    names = ["checkpoint.safetensors", "log.jsonl", "network.safetensors", "preview.jpg"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    first, *steps = map(json.loads, (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines())
    assert first == {"step": 0, "device": "cpu", "processes": 1, "precision": "float32", "compiled": False}
    assert [entry["step"] for entry in steps] == list(range(1, STEPS + 1))
    assert steps[-1].keys() == {"step", "loss", "brightness", "seconds", "waited"}
    network = load_network(tmp_path / "network.safetensors", device="cpu", precision="float32")
    assert network.facts["steps"] == STEPS
    assert network.facts["losses"] == {"brightness": steps[-1]["brightness"]}
    assert network.facts["data"] == "noise"
    assert network.facts["settings"]["clip"] == 0.5
    kept = {name: value.half().float() for name, value in done.network.state_dict().items()}
    assert all(torch.equal(value, kept[name]) for name, value in network.state_dict().items())


def test_without_a_folder_nothing_is_written_and_chance_stays(photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = torch.get_rng_state()
    assert len(start(photos, objective=plain, steps=2).history) == 2
    assert torch.equal(torch.get_rng_state(), before)
    assert list(tmp_path.iterdir()) == []


def test_a_broken_photo_is_told_once(photos, tmp_path):
    (tmp_path / "photos").mkdir()
    for path in photos.iterdir():
        (tmp_path / "photos" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "photos/2.png").write_bytes(b"no picture")
    done = start(tmp_path / "photos", tmp_path / "run", objective=plain)
    told = [entry["note"] for entry in steps_logged(tmp_path / "run") if "note" in entry]
    assert len(told) == 1
    assert "2.png is cut short or no picture" in told[0]
    assert [report.note for report in done.history if report.note] == told


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda loss: loss * torch.nan, "the loss is nan after 4 steps"),
        (lambda loss: loss * torch.inf, "the loss is inf after 4 steps"),
        (lambda loss: loss + (0 * loss).sqrt(), r"the loss is [\d.]+ after 4 steps, or its gradient isn't finite"),
    ],
)
def test_a_loss_that_is_no_number_stops_it_and_the_last_checkpoint_stays(photos, tmp_path, spoil, told):
    with pytest.raises(DivergedError, match=rf"^[^\n]*{told}[^\n]*: the checkpoint of step {SAVED} stays; lower"):
        start(photos, tmp_path, objective=failing(4, spoil))
    tensors = load_file(tmp_path / "checkpoint.safetensors")
    assert all(tensor.isfinite().all() for tensor in tensors.values())
    done = start(photos, tmp_path, objective=plain)
    assert [report.iteration for report in done.history] == list(range(SAVED + 1, STEPS + 1))


def test_a_loss_that_is_no_number_from_the_start_says_that_nothing_is_kept(photos, tmp_path):
    with pytest.raises(DivergedError, match=r"after 0 steps.*: no checkpoint was written yet; lower learning_rate"):
        start(photos, tmp_path, objective=failing(0, lambda loss: loss * torch.nan))
    assert [path.name for path in tmp_path.iterdir()] == ["log.jsonl"]


@pytest.mark.parametrize(("size", "name"), [(10_000, "checkpoint.safetensors"), (500, "log.jsonl")])
def test_a_full_disk_is_a_sentence_and_the_older_checkpoint_stays_whole(photos, tmp_path, size, name):
    start(photos, tmp_path / "whole", objective=plain)
    start(photos, tmp_path / "full", objective=plain, steps=1)
    before = (tmp_path / "full/checkpoint.safetensors").read_bytes()
    assert len(before) > 10_000
    sentence = rf"^[^\n]*{re.escape(name)} can't be written \(File too large\): [^\n]*free some space[^\n]*$"
    with room_for(size), pytest.raises(OSError, match=sentence):
        start(photos, tmp_path / "full", objective=plain)
    assert (tmp_path / "full/checkpoint.safetensors").read_bytes() == before
    start(photos, tmp_path / "full", objective=plain)
    assert [entry["step"] for entry in steps_logged(tmp_path / "full")] == list(range(1, STEPS + 1))
    assert sorted(path.name for path in (tmp_path / "full").iterdir()) == [
        *("checkpoint.safetensors", "log.jsonl", "network.safetensors")
    ]


def test_a_folder_that_cannot_be_made_is_a_sentence(photos, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"file can't be made \(File exists\): name another folder"):
        start(photos, Path(tmp_path / "file"), objective=plain)


def test_each_run_of_a_process_has_the_device_of_its_own_settings():
    assert make_accelerator(settings(device="meta")).device.type == "meta"
    assert make_accelerator(settings(device="cpu")).device.type == "cpu"
