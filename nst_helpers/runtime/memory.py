"""Memory: what is free, a sentence where it runs out, and the peak of a call."""

import contextlib
import ctypes
import gc
import re
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import torch

from nst_helpers.runtime.device import pick_device

Result = TypeVar("Result")

_M_MMAP_THRESHOLD = -3  # glibc's name for the bound above which a block is mapped by itself

# How torch (CUDA, MPS, CPU) and the system say that an allocation failed; torch's on the CPU is a bare RuntimeError.
_FAILED_ALLOCATION = re.compile(r"out of memory|can't allocate memory|not enough memory|alloc_cpu", re.IGNORECASE)

# Of a control group of version 2 and of version 1: where its folders lie, its limit, what it uses, and which line of
# memory.stat counts the files that are kept in memory only until somebody needs it.
_CONTROL_GROUPS = (
    ("", "sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
    ("memory", "sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


def available_memory(device: str | torch.device = "auto") -> int:
    """Bytes free on the device; on the CPU, what new programs can have without swapping, within a container's limit."""
    device = pick_device(device)
    if device.type == "cuda":
        kept_for_reuse = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + kept_for_reuse
    import psutil

    available = psutil.virtual_memory().available
    left = container_memory()
    return available if left is None else min(available, left)


def container_memory(root: Path = Path("/")) -> int | None:
    """Bytes that this process's control groups (version 1 or 2) leave it, or None where none of them has a limit.

    A container is such a group; the system's own count of free memory doesn't know its limit.

    Args:
        root: of the file system, where ``proc`` and ``sys`` lie.
    """
    left = []
    for controller, mount, limit, used, reclaimable in _CONTROL_GROUPS:
        for folder in _control_group(root, controller, root / mount):
            with contextlib.suppress(OSError, ValueError, StopIteration):  # no such group, "max", an unknown format
                lines = (folder / "memory.stat").read_text().splitlines()
                files = next(int(line.split()[1]) for line in lines if line.split()[0] == reclaimable)
                held = int((folder / used).read_text()) - files
                left.append(max(0, int((folder / limit).read_text()) - held))
    return min(left, default=None)


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether an allocation failed: Python's MemoryError, torch's own error, or its RuntimeError on the CPU."""
    failed = isinstance(error, RuntimeError) and _FAILED_ALLOCATION.search(str(error))
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or bool(failed)


@contextlib.contextmanager
def memory_in_a_sentence(
    sentence: str | Callable[[], str] = "memory ran out: take a smaller size, or close what else holds memory.",
) -> Iterator[None]:
    """Make of an allocation that fails within a MemoryError that says this; one that has its sentence keeps it."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        has_its_sentence = isinstance(error, MemoryError) and str(error).endswith(".")  # no library's is one
        if has_its_sentence or not ran_out_of_memory(error):
            raise
        traceback.clear_frames(error.__traceback__)  # they hold what filled the memory
        raise MemoryError(sentence if isinstance(sentence, str) else sentence()) from None


def return_large_blocks() -> None:
    """Have glibc give blocks above 8 MB back to the system as soon as they are freed; does nothing elsewhere.

    Left to itself it raises that bound to 32 MB and keeps the pieces, and an optimisation holds more memory. It holds
    for the whole process, so a program calls it, or a loop that begins; no constructor does.
    """
    _call_glibc("mallopt", _M_MMAP_THRESHOLD, 8_000_000)


def measure_peak(function: Callable[[], Result], *, device: str | torch.device = "auto") -> tuple[Result, int]:
    """What a function returns, and the most bytes that it held above what was held before.

    On CUDA the allocator's own count; on the CPU the process's resident memory, after what it no longer needs was given
    back: the highest that Linux saw, or elsewhere the highest of a look every 2 ms, which a busy machine delays.
    """
    device = pick_device(device)
    gc.collect()
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        result = function()
        return result, torch.cuda.max_memory_allocated(device) - before
    _call_glibc("malloc_trim", 0)
    if not _forget_highest():
        return _watch_peak(function)
    before = _resident("VmRSS")
    result = function()
    return result, _resident("VmHWM") - before


def _control_group(root: Path, controller: str, mount: Path) -> Iterator[Path]:
    """The folders of this process's group and of those around it; inside a container the mount itself may be its."""
    folder = mount
    with contextlib.suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controller in controllers.split(","):
                folder = mount / path.lstrip("/")
    yield folder
    while folder != mount:
        folder = folder.parent
        yield folder


def _forget_highest() -> bool:
    """Let Linux count the process's highest resident memory anew; whether it could."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _resident(which: str) -> int:
    """Bytes: "VmRSS" now, or "VmHWM" at the highest."""
    return 1024 * int(re.search(rf"{which}:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])


def _watch_peak(function: Callable[[], Result]) -> tuple[Result, int]:
    import psutil

    process, done = psutil.Process(), threading.Event()
    before = peak = process.memory_info().rss

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.002):
            peak = max(peak, process.memory_info().rss)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        result = function()
    finally:
        done.set()
        watcher.join()
    return result, peak - before


def _call_glibc(function: str, *arguments: int) -> None:
    """Call a function of glibc's memory allocator, where there is one."""
    with contextlib.suppress(OSError, AttributeError):
        getattr(ctypes.CDLL("libc.so.6"), function)(*arguments)
