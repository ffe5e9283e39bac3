"""The estimates against what torch allocates and what the process holds, and the sentences where it won't fit."""

import os
import subprocess
import sys
import textwrap

import pytest
import torch

from nst_helpers.losses import Objective, content_terms, style_terms
from nst_helpers.optimize import optimize_image
from nst_helpers.runtime import memory as runtime_memory
from nst_helpers.runtime import multiplies_bfloat16_fast
from nst_helpers.vgg import (
    STYLE_LAYERS,
    VGGFeatures,
    estimate_memory,
    estimate_reading,
    require_memory,
    within_memory,
)
from nst_helpers.vgg import memory as vgg_memory

DEFAULT = {"layers": (*STYLE_LAYERS, "relu4_2")}
GB = 10**9


@pytest.fixture
def free(monkeypatch):
    """Pretend that so many bytes are free."""
    return lambda size: monkeypatch.setattr(vgg_memory, "available_memory", lambda device: int(size))


# What grows with what


@pytest.mark.parametrize("estimate", [estimate_memory, estimate_reading])
def test_memory_grows_with_the_area(estimate):
    constant, *sizes = [estimate(side, 2 * side, **DEFAULT) for side in (1, 64, 128, 256)]
    assert (sizes[1] - constant) / (sizes[0] - constant) == pytest.approx(4, rel=0.01)
    assert (sizes[2] - constant) / (sizes[1] - constant) == pytest.approx(4, rel=0.01)
    assert estimate(64, 128, **DEFAULT) == estimate(128, 64, **DEFAULT)


@pytest.mark.parametrize("thrifty", [
    {"dtype": torch.bfloat16}, {"checkpointing": True}, {"pooling": "average"}, {"vectors": 2},
    {"layers": ("relu4_2",)}, {"layers": ("relu2_1", "relu1_1")},
])  # fmt: skip
def test_thrift_takes_less_memory(thrifty):
    assert estimate_memory(256, 256, **{**DEFAULT, **thrifty}) < 0.99 * estimate_memory(256, 256, **DEFAULT)


def test_the_deepest_layer_decides():
    depths = [
        estimate_memory(256, 256, layers=[layer]) for layer in ("relu1_1", "relu1_2", "pool1", "relu4_2", "pool5")
    ]
    assert depths == sorted(depths)
    assert depths[0] < depths[1] < depths[3] < depths[4]


def test_a_convolution_that_is_read_is_kept_beside_its_relu():
    read = estimate_memory(64, 64, layers=["relu2_1", "conv1_1"]) - estimate_memory(64, 64, layers=["relu2_1"])
    assert read == 4 * 64 * 64 * 64


# What is really held


def largest_allocation(function):
    """The most bytes of tensors that were alive at once, counted by torch's profiler: the same on a busy machine."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        function()
    alive = most = 0
    events = [event for event in profile.profiler.kineto_results.events() if event.name() == "[memory]"]
    for event in sorted(events, key=lambda event: event.start_ns()):
        alive += event.nbytes()
        most = max(most, alive)
    return most


@pytest.mark.parametrize("options", [
    {"precision": "float32"}, {"precision": "float32", "pooling": "average"}, {"precision": "bfloat16"},
    {"precision": "float32", "checkpointing": True},
])  # fmt: skip
def test_what_is_counted_from_the_architecture_is_what_torch_allocates(options):
    if options["precision"] == "bfloat16" and not multiplies_bfloat16_fast("cpu"):
        pytest.skip("without bfloat16 in hardware the kernels hold float32 copies")
    layers = STYLE_LAYERS[:3]  # the deeper ones' filters are larger than their maps of so small a picture
    extractor = VGGFeatures(layers, weights="random", device="cpu", **options)
    photo, painting = torch.rand(1, 3, 96, 160), torch.rand(1, 3, 32, 32)
    terms = content_terms(extractor, photo, {"relu3_1": 1.0})
    objective = Objective(extractor, terms + style_terms(extractor, painting, dict.fromkeys(layers, 0.2)))
    allocated = largest_allocation(lambda: optimize_image(objective, photo, steps=3))
    asked = {"pooling": extractor.pooling, "checkpointing": extractor.checkpointing, "dtype": extractor.dtype}
    counted = estimate_memory(96, 160, layers=layers, **asked, vectors=4, device="meta")  # not the CPU's library
    assert counted == pytest.approx(allocated, rel=0.06)


MEASURE = """
    import torch
    from nst_helpers.losses import Objective, content_terms, style_terms
    from nst_helpers.optimize import optimize_image
    from nst_helpers.runtime import measure_peak, multiplies_bfloat16_fast, return_large_blocks
    from nst_helpers.vgg import STYLE_LAYERS, VGGFeatures, estimate_memory, estimate_reading

    WEIGHTS = dict.fromkeys(STYLE_LAYERS, 0.2)
    return_large_blocks()

    def measure(precision):
        extractor = VGGFeatures([*STYLE_LAYERS, "relu4_2"], weights="random", precision=precision, device="cpu")
        image, asked = torch.rand(1, 3, 256, 384), {"layers": extractor.layers, "dtype": extractor.dtype}
        terms, reading = measure_peak(lambda: style_terms(extractor, image, WEIGHTS), device="cpu")
        objective = Objective(extractor, terms + content_terms(extractor, image, {"relu4_2": 1.0}))
        _, peak = measure_peak(lambda: optimize_image(objective, image, steps=3), device="cpu")
        return estimate_memory(256, 384, **asked, vectors=2 * 2) / peak, estimate_reading(256, 384, **asked) / reading

    for precision in ("float32", "bfloat16") if multiplies_bfloat16_fast("cpu") else ("float32",):
        print(precision, *measure(precision))
"""


@pytest.mark.skipif(
    not os.access("/proc/self/clear_refs", os.W_OK), reason="only Linux tells a process its peak memory"
)
def test_the_estimates_are_within_a_quarter_of_the_peaks():
    """Which Linux keeps itself, so that a busy machine changes nothing."""
    command = [sys.executable, "-c", textwrap.dedent(MEASURE)]
    done = subprocess.run(
        command, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=True
    )
    for line in done.stdout.splitlines():
        precision, *ratios = line.split()
        for what, ratio in zip(("optimising", "reading"), map(float, ratios), strict=True):
            assert 0.75 < ratio < 1.25, (precision, what)


# Refused beforehand


@pytest.mark.parametrize("size", [6e7, 1e8, 3.3e8, 1.234e9])
@pytest.mark.parametrize(("height", "width"), [(3000, 2000), (1111, 2777), (5000, 1700)])
def test_the_size_that_is_named_fits_and_a_larger_one_does_not(height, width, size, free):
    free(size)
    message = f"a picture of {width}x{height} px needs about .* are free: take size="
    with pytest.raises(MemoryError, match=message) as raised:
        require_memory(height, width, device="cpu", **DEFAULT)
    named = int(str(raised.value).split("size=")[1].split()[0])

    def needed(size):
        return estimate_memory(*loaded(height, width, size), **DEFAULT)

    assert needed(named) <= size < needed(int(1.05 * named) + 2)
    require_memory(*loaded(height, width, named), device="cpu", **DEFAULT)


def test_a_painting_that_does_not_fit_is_refused_and_its_size_said(free):
    free(2 * GB)
    require_memory(96, 128, device="cpu", paintings=[(300, 400)], **DEFAULT)
    with pytest.raises(MemoryError, match=r"^a picture of 40000x2000 px needs about \d+\.\d GB and 2\.0 GB") as raised:
        require_memory(96, 128, device="cpu", paintings=[(300, 400), (2000, 40_000)], **DEFAULT)
    named = int(str(raised.value).split("size=")[1].split()[0])
    scaled = [loaded(*sides, named) for sides in ((300, 400), (2000, 40_000))]
    require_memory(*loaded(96, 128, named), device="cpu", paintings=scaled, **DEFAULT)
    with pytest.raises(MemoryError):
        require_memory(*loaded(96, 128, 2 * named), device="cpu", paintings=scaled, **DEFAULT)


def test_paintings_are_held_while_the_photo_is_optimised(free):
    free(estimate_memory(512, 512, **DEFAULT) + 3 * 4 * 200 * 300)
    require_memory(512, 512, device="cpu", paintings=[(200, 300)], **DEFAULT)
    with pytest.raises(MemoryError):
        require_memory(512, 512, device="cpu", paintings=[(200, 301)], **DEFAULT)


def test_reading_a_picture_takes_less_than_optimising_it():
    assert 0.1 < estimate_reading(512, 512, **DEFAULT) / estimate_memory(512, 512, **DEFAULT) < 0.4


def test_no_size_is_named_where_none_fits(free):
    free(10**6)
    with pytest.raises(MemoryError, match=r"are free: close something else first\.$"):
        require_memory(300, 200, device="cpu")


def test_checkpointing_is_advised_where_it_helps(free):
    full, thrifty = (estimate_memory(3000, 3000, **DEFAULT, checkpointing=on) for on in (False, True))
    for size, ending in ((full - 1, ", or checkpointing=True"), (thrifty - 1, "")):
        free(size)
        with pytest.raises(MemoryError, match=rf"take size=\d+ or less{ending}\.$"):
            require_memory(3000, 3000, device="cpu", **DEFAULT)


def loaded(height, width, size):
    """The sides that load_image gives a picture of this shape."""
    return max(1, round(height * size / max(height, width))), max(1, round(width * size / max(height, width)))


# Or run out of on the way


def test_within_memory_refuses_beforehand(free):
    free(GB)
    with pytest.raises(MemoryError, match="are free: take size="), within_memory(3000, 3000, device="cpu", **DEFAULT):
        pytest.fail("begun all the same")


def test_the_allocator_is_told_to_give_back_where_an_optimisation_begins_and_by_no_constructor(free, monkeypatch):
    told = []
    monkeypatch.setattr(runtime_memory, "_call_glibc", lambda *arguments: told.append(arguments))
    free(100 * GB)
    VGGFeatures(["relu1_1"], weights="random", device="cpu")
    assert not told
    with within_memory(64, 64, device="cpu", **DEFAULT):
        assert [function for function, *_ in told] == ["mallopt"]
    with within_memory(64, 64, device="meta", **DEFAULT):
        assert len(told) == 1


@pytest.mark.parametrize("still_free", [100 * GB, GB])
def test_an_allocation_that_fails_names_a_size_that_fits_what_is_then_free(still_free, free):

    def work():
        free(still_free)
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 768000000 bytes.")

    free(100 * GB)
    with pytest.raises(MemoryError) as raised, within_memory(3000, 2000, device="cpu", **DEFAULT):
        work()
    sentence = str(raised.value)
    assert sentence.startswith("memory ran out: a picture of 2000x3000 px needs about ")
    named = int(sentence.split("size=")[1].split()[0].rstrip(",."))
    needed = estimate_memory(*loaded(3000, 2000, named), **DEFAULT)
    assert needed <= min(still_free, 0.8 * estimate_memory(3000, 2000, **DEFAULT))
    assert "\n" not in sentence


def test_what_goes_right_or_wrong_otherwise_is_left_alone(free):
    free(100 * GB)
    with within_memory(64, 64, device="cpu", **DEFAULT):
        pass
    with pytest.raises(RuntimeError, match="shapes differ"), within_memory(64, 64, device="cpu", **DEFAULT):
        raise RuntimeError("shapes differ")
