"""Device, precision, seed and memory, on whatever hardware the tests pretend to have."""

import os
import random
import subprocess
import sys
import textwrap
import time

import jaxtyping
import numpy as np
import pytest
import torch

from nst_helpers.runtime import (
    available_memory,
    import_torchvision,
    measure_peak,
    multiplies_bfloat16_fast,
    pick_device,
    pick_precision,
    require_choice,
    seed_everything,
)
from nst_helpers.vgg import estimate_memory, require_memory
from nst_helpers.vgg import memory as vgg_memory


def run_python(code, **environment):
    """What a fresh process prints."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.fixture
def hardware(monkeypatch):
    """Pretend to have these devices, and a CPU that multiplies bfloat16."""

    def pretend(*, cuda=False, mps=False, capability=(8, 0), bf16=True, amx=False, aten="AVX512", onednn=True):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device=None: capability)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: bf16)
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
        monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: aten)
        monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: onednn)
        for variable in ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"):
            monkeypatch.delenv(variable, raising=False)

    return pretend


# Names


@pytest.mark.parametrize(("given", "sentence"), [
    ("avrage", "pooling 'avrage' is unknown: did you mean average?"),
    ("xyz", "pooling 'xyz' is unknown: choose from max, average."),
    (3, "pooling 3 is unknown: choose from max, average."),
])  # fmt: skip
def test_an_unknown_choice_names_the_near_ones(given, sentence):
    with pytest.raises(ValueError, match="unknown") as raised:
        require_choice("pooling", given, (name for name in ("max", "average")))
    assert str(raised.value) == sentence
    require_choice("pooling", "max", ("max", "average"))


# Device


@pytest.mark.parametrize(("present", "picked"), [
    ({"cuda": True, "mps": True}, "cuda"), ({"mps": True}, "mps"), ({}, "cpu"),
])  # fmt: skip
def test_auto_takes_the_fastest_device(present, picked, hardware):
    hardware(**present)
    assert pick_device() == torch.device(picked)
    assert pick_device(torch.device("cpu")) == torch.device("cpu")


@pytest.mark.parametrize("device", ["cuda", "cuda:1", "mps", torch.device("cuda")])
def test_an_absent_device_is_a_sentence(device, hardware):
    hardware()
    with pytest.raises(ValueError, match=r"^device '(cuda|cuda:1|mps)' is not on this machine: use auto or cpu\.$"):
        pick_device(device)


def test_an_unknown_device_is_a_sentence():
    with pytest.raises(ValueError, match=r"^device 'gpu' is unknown: use auto, cpu, cuda, cuda:1 or mps\.$"):
        pick_device("gpu")


# Precision


@pytest.mark.parametrize(("machine", "fast"), [
    ({}, True),
    ({"bf16": False}, False),
    ({"bf16": False, "amx": True}, True),
    ({"aten": "AVX2"}, False),
    ({"aten": "DEFAULT"}, False),
    ({"onednn": False}, False),
    ({"cuda": True, "bf16": False}, True),
    ({"cuda": True, "capability": (7, 5)}, False),
    ({"mps": True}, False),
])  # fmt: skip
def test_auto_is_bfloat16_where_hardware_multiplies_it(machine, fast, hardware):
    hardware(**machine)
    assert multiplies_bfloat16_fast() is fast
    assert pick_precision() == (torch.bfloat16 if fast else torch.float32)


@pytest.mark.parametrize("variable", ["ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"])
@pytest.mark.parametrize(("isa", "fast"), [
    ("SSE41", False), ("AVX2", False), ("AVX512_CORE", False), ("AVX512_CORE_VNNI", False),
    ("AVX512_CORE_BF16", True), ("avx512_core_bf16", True), ("AVX512_CORE_FP16", True), ("AVX512_CORE_AMX", True),
    ("AVX10_1_512", True), ("AVX10_1_512_AMX", True), ("ALL", True), ("DEFAULT", True), ("", True),
])  # fmt: skip
def test_auto_obeys_the_instruction_set_that_onednn_is_held_to(isa, fast, variable, hardware, monkeypatch):
    hardware()
    monkeypatch.setenv(variable, isa)
    assert multiplies_bfloat16_fast("cpu") is fast


def test_an_emulated_old_processor_gets_float32():
    code = "from nst_helpers.runtime import pick_precision; print(pick_precision(device='cpu'))"
    assert run_python(code, ATEN_CPU_CAPABILITY="default", ONEDNN_MAX_CPU_ISA="SSE41").strip() == "torch.float32"


@pytest.mark.parametrize("bf16", [False, True])
def test_a_named_precision_is_taken_on_any_hardware(bf16, hardware):
    hardware(bf16=bf16)
    assert pick_precision("float32") == torch.float32
    assert pick_precision("bfloat16", "cpu") == torch.bfloat16


def test_an_unknown_precision_is_a_sentence(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # users see the sentence, tests the annotation
    with pytest.raises(ValueError, match=r"precision 'float61' is unknown: did you mean float16|float32"):
        pick_precision("float61")


# Seed


def test_a_seed_repeats_all_three_generators_and_another_differs():
    drawn = []
    for seed in (3, 3, 4):
        seed_everything(seed)
        drawn.append((random.random(), np.random.rand(), torch.rand(1).item()))
    assert drawn[0] == drawn[1]
    assert all(first != other for first, other in zip(drawn[0], drawn[2], strict=True))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_a_sentence(seed):
    with pytest.raises(ValueError, match=rf"^seed {seed} is out of range: use a whole number from 0 to 4294967295\.$"):
        seed_everything(seed)
    seed_everything(2**32 - 1)


# torchvision beside another torch


@pytest.fixture
def fake_torchvision(tmp_path, monkeypatch):
    """Put a package called torchvision, with this source, before the real one."""

    def install(source):
        monkeypatch.setitem(sys.modules, "torchvision", None)  # put back at the end
        del sys.modules["torchvision"]
        (tmp_path / "torchvision.py").write_text(textwrap.dedent(source))
        monkeypatch.syspath_prepend(tmp_path)

    return install


def test_torchvision_without_its_operators_is_imported(fake_torchvision):
    fake_torchvision("""
        import torch
        for name in ("first_absent", "second_absent"):
            if not hasattr(torch.ops.torchvision, name):
                raise RuntimeError(f"operator torchvision::{name} does not exist")
        answer = 42
    """)
    assert import_torchvision().answer == 42


def test_another_failure_of_torchvision_is_passed_on(fake_torchvision):
    fake_torchvision("raise RuntimeError('something else')")
    with pytest.raises(RuntimeError, match="something else"):
        import_torchvision()


def test_a_torchvision_that_never_imports_is_a_sentence(fake_torchvision):
    fake_torchvision("""
        import uuid
        raise RuntimeError(f"operator torchvision::absent_{uuid.uuid4().hex} does not exist")
    """)
    with pytest.raises(ImportError, match="install the two in matching versions"):
        import_torchvision()


# Memory

DEFAULT = {"layers": ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1")}


def test_memory_grows_with_the_area():
    constant, *sizes = [estimate_memory(side, 2 * side, **DEFAULT) for side in (1, 64, 128, 256)]
    assert (sizes[1] - constant) / (sizes[0] - constant) == pytest.approx(4, rel=0.01)
    assert (sizes[2] - constant) / (sizes[1] - constant) == pytest.approx(4, rel=0.01)
    assert estimate_memory(64, 128, **DEFAULT) == estimate_memory(128, 64, **DEFAULT)


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


MEASURE = """
    import torch
    from nst_helpers.vgg import features as vgg
    from nst_helpers.losses import Objective, content_terms, style_terms
    from nst_helpers.optimize import optimize_image
    from nst_helpers.runtime import measure_peak, multiplies_bfloat16_fast
    from nst_helpers.vgg import estimate_memory

    def measure(precision):
        extractor = vgg.VGGFeatures([*vgg.STYLE_LAYERS, "relu4_2"], weights="random", precision=precision, device="cpu")
        image = torch.rand(1, 3, 256, 384)
        terms = content_terms(extractor, image, {"relu4_2": 1.0})
        terms += style_terms(extractor, image[..., :64, :64], dict.fromkeys(vgg.STYLE_LAYERS, 0.2))
        _, peak = measure_peak(lambda: optimize_image(Objective(extractor, terms), image, steps=6), device="cpu")
        return estimate_memory(256, 384, layers=extractor.layers, dtype=extractor.dtype, vectors=2 * 5) / peak

    for precision in ("float32", "bfloat16") if multiplies_bfloat16_fast("cpu") else ("float32",):
        print(precision, measure(precision))
"""


@pytest.mark.skipif(
    not os.access("/proc/self/clear_refs", os.W_OK), reason="only Linux tells a process its peak memory"
)
def test_the_estimate_is_within_a_quarter_of_the_peak():
    for line in run_python(MEASURE).splitlines():
        precision, ratio = line.split()
        assert 0.75 < float(ratio) < 1.25, precision


@pytest.mark.parametrize("free", [6e7, 1e8, 3.3e8, 1.234e9])
@pytest.mark.parametrize(("height", "width"), [(3000, 2000), (1111, 2777), (5000, 1700)])
def test_the_size_that_is_named_fits_and_a_larger_one_does_not(height, width, free, monkeypatch):
    monkeypatch.setattr(vgg_memory, "available_memory", lambda device: int(free))
    with pytest.raises(
        MemoryError, match=f"a picture of {width}x{height} px needs about .* are free: take size="
    ) as raised:
        require_memory(height, width, device="cpu", **DEFAULT)
    named = int(str(raised.value).split("size=")[1].split()[0])

    def needed(size):
        return estimate_memory(*loaded(height, width, size), **DEFAULT)

    assert needed(named) <= free < needed(int(1.05 * named) + 2)
    require_memory(*loaded(height, width, named), device="cpu", **DEFAULT)


def test_no_size_is_named_where_none_fits(monkeypatch):
    monkeypatch.setattr(vgg_memory, "available_memory", lambda device: 10**6)
    with pytest.raises(MemoryError, match=r"are free: close something else first\.$"):
        require_memory(300, 200, device="cpu")


def loaded(height, width, size):
    """The sides that load_image gives a picture of this shape."""
    return max(1, round(height * size / max(height, width))), max(1, round(width * size / max(height, width)))


def test_checkpointing_is_advised_where_it_helps(monkeypatch):
    full, thrifty = (estimate_memory(3000, 3000, **DEFAULT, checkpointing=on) for on in (False, True))
    for free, ending in ((full - 1, ", or checkpointing=True"), (thrifty - 1, "")):
        monkeypatch.setattr(vgg_memory, "available_memory", lambda device, free=free: free)
        with pytest.raises(MemoryError, match=rf"take size=\d+ or less{ending}\.$"):
            require_memory(3000, 3000, **DEFAULT)


def test_free_memory_is_the_device_s(hardware, monkeypatch):
    assert 10**7 < available_memory("cpu") < 10**14
    hardware(cuda=True)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device=None: (123, 456))
    assert available_memory("auto") == 123


def test_the_peak_of_a_function_is_measured_above_what_was_held():
    held = torch.ones(20_000_000)  # 80 MB, no part of the peak

    def work():
        total = torch.ones(50_000_000).sum()  # 200 MB, given back
        time.sleep(0.02)
        return total

    result, peak = measure_peak(work, device="cpu")
    assert result == 50_000_000
    assert 150e6 < peak < 300e6
    assert held.sum() == 20_000_000
