"""Middlebury's .flo files (Baker et al. 2007): one flow each, float32."""

import os
import struct
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers.runtime import printable, require_writable, write_whole

_MAGIC = b"PIEH"  # 202021.25 as a little-endian float32
_HEADER = struct.Struct("<4sii")  # magic, width, height
_UNKNOWN = 1e9  # Middlebury's sign of a pixel whose flow is not known


def write_flow(flow: Float[Tensor, "*batch 2 height width"], path: str | os.PathLike) -> Path:
    """Write one flow, which appears whole or not at all, and return the path; NaN is written as Middlebury's unknown.

    Raises ValueError for a batch of several, and what `require_writable` and `write_whole` raise.
    """
    path = require_writable(path)
    if flow[..., 0, 0, 0].numel() != 1:
        raise ValueError(f"the flow's shape is {tuple(flow.shape)} and a file holds one: pick one with flow[i]")
    height, width = flow.shape[-2:]
    known = flow.detach().reshape(2, height, width).nan_to_num(nan=2 * _UNKNOWN).to("cpu", torch.float32)
    pixels = known.permute(1, 2, 0).contiguous().numpy().astype("<f4")
    return write_whole(path, _HEADER.pack(_MAGIC, width, height) + pixels.tobytes())


def read_flow(path: str | os.PathLike) -> Float[Tensor, "1 2 height width"]:
    """One flow, x first, in pixels; NaN where the file says unknown.

    Raises FileNotFoundError and the like, or ValueError for a file that is no .flo file or isn't whole.
    """
    data, shown = Path(path).expanduser().read_bytes(), printable(path)
    if len(data) < _HEADER.size or not data.startswith(_MAGIC):
        raise ValueError(f"{shown} is no .flo file, which begins with 202021.25: give one, or estimate the flow")
    _, width, height = _HEADER.unpack_from(data)
    wanted = _HEADER.size + 8 * width * height
    if min(width, height) < 1 or len(data) != wanted:
        held = f"{len(data)} bytes where {width}x{height} px take {wanted}" if min(width, height) > 0 else "no pixels"
        raise ValueError(f"{shown} is damaged, with {held}: copy or write it again")
    pixels = np.frombuffer(data, "<f4", offset=_HEADER.size).astype(np.float32).reshape(height, width, 2)
    flow = torch.from_numpy(pixels).permute(2, 0, 1)[None].contiguous()
    unknown = (flow.abs() > _UNKNOWN).any(dim=1, keepdim=True)
    return flow.masked_fill(unknown, torch.nan)
