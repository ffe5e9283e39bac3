"""Device, precision and seed, on whatever hardware the tests pretend to have."""

import os
import random
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import jaxtyping
import numpy as np
import pytest
import torch

from nst_helpers.runtime import (
    devices,
    import_torchvision,
    multiplies_bfloat16_fast,
    pick_device,
    pick_precision,
    require_choice,
    seed_everything,
)


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

    def pretend(*, cards=0, mps=False, capability=(8, 0), bf16=True, amx=False, aten="AVX512", onednn=True):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cards > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cards)
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
    ({"cards": 1, "mps": True}, "cuda"), ({"mps": True}, "mps"), ({}, "cpu"),
])  # fmt: skip
def test_auto_takes_the_fastest_device(present, picked, hardware):
    hardware(**present)
    assert pick_device() == torch.device(picked)
    assert pick_device(torch.device("cpu")) == torch.device("cpu")


@pytest.mark.parametrize(("present", "offered"), [
    ({}, ("cpu",)), ({"mps": True}, ("mps", "cpu")), ({"cards": 1}, ("cuda", "cpu")),
    ({"cards": 3}, ("cuda", "cuda:1", "cuda:2", "cpu")),
])  # fmt: skip
def test_every_device_that_is_offered_can_be_picked(present, offered, hardware):
    hardware(**present)
    assert devices() == offered
    for name in (*offered, *["cuda:0"] * ("cuda" in offered)):
        assert pick_device(name) == torch.device(name)


@pytest.mark.parametrize(("present", "device", "has"), [
    ({}, "cuda", "cpu"), ({}, "cuda:1", "cpu"), ({}, "mps", "cpu"), ({}, torch.device("cuda"), "cpu"),
    ({"cards": 1}, "cuda:1", "cuda, cpu"),
    ({"cards": 2}, "cuda:2", "cuda, cuda:1, cpu"), ({"mps": True}, "xpu", "mps, cpu"),
])  # fmt: skip
def test_an_absent_device_is_a_sentence_that_lists_what_there_is(present, device, has, hardware):
    hardware(**present)
    with pytest.raises(ValueError, match="is not on this machine") as raised:
        pick_device(device)
    assert (
        str(raised.value) == f"device '{device}' is not on this machine: this machine has {has}; auto takes the first."
    )


def test_an_unknown_device_is_a_sentence(hardware):
    hardware(mps=True)
    with pytest.raises(
        ValueError, match=r"^device 'gpu' is unknown: this machine has mps, cpu; auto takes the first\.$"
    ):
        pick_device("gpu")


# Precision


@pytest.mark.parametrize(("machine", "fast"), [
    ({}, True),
    ({"bf16": False}, False),
    ({"bf16": False, "amx": True}, True),
    ({"aten": "AVX2"}, False),
    ({"aten": "DEFAULT"}, False),
    ({"onednn": False}, False),
    ({"cards": 1, "bf16": False}, True),
    ({"cards": 1, "capability": (7, 5)}, False),
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


def test_torchvision_is_imported_by_several_threads_at_once(fake_torchvision):
    fake_torchvision("""
        import time, torch
        if not hasattr(torch.ops.torchvision, "wanted_by_threads"):
            time.sleep(0.05)  # the others come meanwhile
            raise RuntimeError("operator torchvision::wanted_by_threads does not exist")
        answer = 42
    """)
    with ThreadPoolExecutor(4) as threads:
        found = [threads.submit(import_torchvision) for _ in range(4)]
    assert [future.result().answer for future in found] == [42] * 4
