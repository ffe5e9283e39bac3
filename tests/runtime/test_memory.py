"""What is free, on machines and in containers made up here; failed allocations; the peak of a call."""

import threading
import weakref
from types import SimpleNamespace

import psutil
import pytest
import torch

from nst_helpers.runtime import (
    available_memory,
    container_memory,
    measure_peak,
    memory_in_a_sentence,
    ran_out_of_memory,
)
from nst_helpers.runtime import memory as runtime_memory

# Free


@pytest.fixture
def machine(monkeypatch):
    """A machine with so much free memory, and so much left by its control groups."""

    def pretend(free, left=None):
        monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=free))
        monkeypatch.setattr(runtime_memory, "container_memory", lambda: left)

    return pretend


@pytest.mark.parametrize(("free", "left", "available"), [(900, None, 900), (900, 200, 200), (900, 2000, 900)])
def test_on_the_cpu_what_is_free_is_the_machine_s_within_the_container_s(free, left, available, machine):
    machine(free, left)
    assert available_memory("cpu") == available


def test_on_cuda_what_torch_keeps_for_reuse_is_free(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device=None: (123, 456))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device=None: 50)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device=None: 20)
    assert available_memory("auto") == 123 + 50 - 20


def test_this_machine_s_memory_is_read():
    assert 0 <= available_memory("cpu") <= psutil.virtual_memory().total
    assert container_memory() is None or container_memory() >= 0


# Containers: (limit, used, of it files that can be given up)

VERSION_2 = ("memory.max", "memory.current", "inactive_file")
VERSION_1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


@pytest.fixture
def root(tmp_path):
    """A file system in which control groups can be made, and which group this process is in can be said."""

    def group(folder, names, limit, used, files):
        at = tmp_path / "sys/fs/cgroup" / folder
        at.mkdir(parents=True, exist_ok=True)
        (at / names[0]).write_text(f"{limit}\n")
        (at / names[1]).write_text(f"{used}\n")
        (at / "memory.stat").write_text(f"anon 7\nfile 9\n{names[2]} {files}\nactive_file 11\n")

    def member(*lines):
        (tmp_path / "proc/self").mkdir(parents=True)
        (tmp_path / "proc/self/cgroup").write_text("".join(f"{line}\n" for line in lines))

    return SimpleNamespace(path=tmp_path, group=group, member=member)


def test_a_container_of_version_2_has_its_limit_less_what_it_uses_but_for_files(root):
    root.member("0::/")
    root.group("", VERSION_2, 1000, 700, 100)
    assert container_memory(root.path) == 1000 - (700 - 100)


def test_a_container_of_version_1_likewise_where_its_group_s_path_is_the_host_s(root):
    root.member("5:cpu,cpuacct:/docker/abc", "4:memory:/docker/abc", "0::/docker/abc")
    root.group("memory", VERSION_1, 1000, 700, 100)
    assert container_memory(root.path) == 400


@pytest.mark.parametrize(("inner", "outer", "left"), [(500, 4000, 500), (4000, 300, 300), ("max", 300, 300)])
def test_the_tightest_of_the_groups_around_a_process_counts(inner, outer, left, root):
    root.member("0::/user/job")
    root.group("user/job", VERSION_2, inner, 0, 0)
    root.group("user", VERSION_2, outer, 0, 0)
    root.group("user/other", VERSION_2, 1, 0, 0)
    assert container_memory(root.path) == left


def test_a_group_over_its_limit_leaves_nothing(root):
    root.member("0::/")
    root.group("", VERSION_2, 1000, 1200, 0)
    assert container_memory(root.path) == 0


def test_no_group_no_limit_and_an_unknown_format_are_no_limit(root):
    assert container_memory(root.path) is None
    root.group("", VERSION_2, "max", 700, 100)
    assert container_memory(root.path) is None
    root.member("0::/")
    root.group("", VERSION_2, "plenty", "some", "none")
    assert container_memory(root.path) is None


# Failed allocations

FAILURES = [
    MemoryError(),
    MemoryError("std::bad_alloc"),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
    RuntimeError("MPS backend out of memory"),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to "
        "allocate 99 bytes. Error code 12 (Cannot allocate memory)"
    ),
]


@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_an_allocation_that_fails_is_one_sentence(failure):
    assert ran_out_of_memory(failure)
    sentence = r"^memory ran out: take a smaller size, or close what else holds memory\.$"
    with pytest.raises(MemoryError, match=sentence), memory_in_a_sentence():
        raise failure
    with pytest.raises(MemoryError, match=r"^take less\.$"), memory_in_a_sentence(lambda: "take less."):
        raise failure


def test_torch_really_fails_in_one_of_these_ways():
    with pytest.raises(MemoryError, match=r"^memory ran out"), memory_in_a_sentence():
        torch.empty(2**50)


def test_a_refusal_keeps_its_sentence_and_other_errors_are_passed_on():
    for error in (MemoryError("a picture needs 3 GB: take size=100."), RuntimeError("shapes differ"), ValueError("no")):
        with pytest.raises(type(error)) as raised, memory_in_a_sentence():
            raise error
        assert raised.value is error
    assert not ran_out_of_memory(RuntimeError("shapes differ"))


def test_what_filled_the_memory_is_let_go():
    kept = []

    def fill():
        large = torch.ones(3)
        kept.append(weakref.ref(large))
        raise MemoryError

    try:
        with memory_in_a_sentence():
            fill()
    except MemoryError:
        assert kept[0]() is None


# The peak of a call


def test_the_peak_of_a_function_is_measured_above_what_was_held():
    held = torch.ones(20_000_000)  # 80 MB, no part of the peak
    if not runtime_memory._forget_highest():
        pytest.skip("only Linux tells a process its peak memory")
    result, peak = measure_peak(lambda: torch.ones(50_000_000).sum(), device="cpu")  # 200 MB, given back
    assert result == 50_000_000
    assert 150e6 < peak < 300e6
    assert held.sum() == 20_000_000


def test_where_the_system_does_not_tell_it_the_peak_is_looked_for(monkeypatch):
    working, looked = threading.Event(), threading.Event()

    def memory_info(_):
        if working.is_set():
            looked.set()
        return SimpleNamespace(rss=1300 if working.is_set() else 1000)

    monkeypatch.setattr(psutil.Process, "memory_info", memory_info)
    monkeypatch.setattr(runtime_memory, "_forget_highest", lambda: False)

    def work():
        working.set()
        return looked.wait(60)

    assert measure_peak(work, device="cpu") == (True, 300)
