"""Whether everything is on one device, without having another: torch's "meta" device, which computes shapes alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

_MOVES = ("copy_", "_to_copy")  # these are meant to take a tensor from one device to another


@contextmanager
def on_meta_alone() -> Iterator[None]:
    """Raise a RuntimeError where an operation, backwards too, mixes tensors on "meta" with tensors on the CPU.

    The meta device's own matrix products and convolutions don't complain as a GPU's would. Scalars may be on the CPU,
    as everywhere.

    Example:
        >>> with on_meta_alone():
        ...     loss(torch.rand(1, 3, 8, 8, device="meta", requires_grad=True)).backward()
    """
    with _OneDevice():
        yield


class _OneDevice(TorchDispatchMode):
    def __torch_dispatch__(self, operation, kinds, args=(), keywords=None):
        tensors = [leaf for leaf in tree_leaves((args, keywords)) if isinstance(leaf, Tensor) and leaf.dim()]
        devices = {tensor.device.type for tensor in tensors}
        if len(devices) > 1 and operation.overloadpacket.__name__ not in _MOVES:
            raise RuntimeError(f"{operation} was given tensors on {' and '.join(sorted(devices))}")
        return operation(*args, **(keywords or {}))
