"""Lesson 05, as students write: what no formula of the exercises' tables states."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from nst_helpers.images import equalize_luminance
from nst_helpers.networks import Norm
from tests.wrong_answers import right, wrong

# normalize


@right("normalize")
def by_var_mean(x, axes, eps=1e-5):
    variance, mean = torch.var_mean(x, dim=axes, correction=0, keepdim=True)
    return (x - mean) * torch.rsqrt(variance + eps)


@right("normalize")
def as_layer_norm(x, axes, eps=1e-5):
    """The axes moved to the end, which F.layer_norm goes over."""
    last = tuple(range(-len(axes), 0))
    moved = x.movedim(axes, last)
    return F.layer_norm(moved, moved.shape[-len(axes) :], eps=eps).movedim(last, axes)


@right("normalize")
def by_squares_in_double(x, axes, eps=1e-5):
    x = x.double()
    mean, square = x.mean(axes, keepdim=True), (x * x).mean(axes, keepdim=True)
    return (x - mean) / (square - mean * mean + eps).sqrt()


@wrong("normalize", says="has the right value, but its gradient is not the right one: look at `.detach()`")
def statistics_detached(x, axes, eps=1e-5):
    mean = x.mean(dim=axes, keepdim=True).detach()
    variance = x.var(dim=axes, correction=0, keepdim=True).detach()
    return (x - mean) / (variance + eps).sqrt()


@wrong("normalize", says="but no gradient: look at `torch.no_grad()`")
@torch.no_grad()
def without_gradient(x, axes, eps=1e-5):
    return by_var_mean(x, axes, eps)


@wrong("normalize", says="changes x in place")
def subtracted_in_place(x, axes, eps=1e-5):
    x -= x.mean(dim=axes, keepdim=True)
    return by_var_mean(x, axes, eps)


@wrong("normalize", says="`keepdim=True`")
def without_keepdim(x, axes, eps=1e-5):
    return (x - x.mean(dim=axes)) / (x.var(dim=axes, correction=0) + eps).sqrt()


@wrong("normalize", says="Keep the signature as the exercise gives it")
def without_epsilon(x, axes):
    return by_var_mean(x, axes)


@wrong("normalize", says="(0, 2, 3), which is batch norm; take `dim=axes`")
def batch_norm_of_torch(x, axes, eps=1e-5):
    return F.batch_norm(x, None, None, training=True, eps=eps)


@wrong("normalize", says="the gradient of normalize is NaN on some input")
def root_squared_again(x, axes, eps=1e-5):
    deviation = x.var(dim=axes, correction=0, keepdim=True).sqrt()
    return (x - x.mean(dim=axes, keepdim=True)) / (deviation**2 + eps).sqrt()


@wrong("normalize", says="print the shape after each line")
def flattened(x, axes, eps=1e-5):
    rows = x.flatten(2)
    return (rows - rows.mean(dim=2, keepdim=True)) / (rows.var(dim=2, correction=0, keepdim=True) + eps).sqrt()


# update_running


@right("update_running")
def by_lerp(mean, variance, x, momentum=0.1):
    with torch.no_grad():
        now = torch.var_mean(x, dim=(0, 2, 3), correction=0)
        return [old.lerp(new, momentum) for old, new in zip((mean, variance), now[::-1], strict=True)]


@right("update_running")
def torchs_corrected(mean, variance, x, momentum=0.1):
    """Of a new module, whose variance is scaled back."""
    n = x[:, 0].numel()
    norm = nn.BatchNorm2d(x.shape[1], momentum=1.0)
    norm(x)
    batch_mean, batch_variance = norm.running_mean, norm.running_var * (n - 1) / n
    return mean + momentum * (batch_mean - mean), variance + momentum * (batch_variance - variance)


@right("update_running")
def channel_by_channel(mean, variance, x, momentum=0.1):
    means, variances = [], []
    for channel, numbers in enumerate(x.detach().transpose(0, 1).double()):
        means.append((1 - momentum) * mean[channel] + momentum * numbers.mean())
        variances.append((1 - momentum) * variance[channel] + momentum * numbers.var(correction=0))
    return torch.stack(means), torch.stack(variances)


@wrong("update_running", says="keeps the way back to x")
def leading_back(mean, variance, x, momentum=0.1):
    now = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)
    return tuple((1 - momentum) * old + momentum * new for old, new in zip((mean, variance), now, strict=True))


@wrong("update_running", says="changes mean in place")
def in_place(mean, variance, x, momentum=0.1):
    with torch.no_grad():
        mean.lerp_(x.mean(dim=(0, 2, 3)), momentum)
        variance.lerp_(x.var(dim=(0, 2, 3), correction=0), momentum)
    return mean, variance


@wrong("update_running", says="this is torch's own answer")
def torchs_own(mean, variance, x, momentum=0.1):
    mean, variance = mean.clone(), variance.clone()
    F.batch_norm(x, mean, variance, training=True, momentum=momentum)
    return mean, variance


@wrong("update_running", says="gives a Tensor: return two tensors, (mean, variance)")
def mean_alone(mean, variance, x, momentum=0.1):
    return (1 - momentum) * mean + momentum * x.detach().mean(dim=(0, 2, 3))


@wrong("update_running", says="gives 3 values: return two tensors")
def batch_counted_too(mean, variance, x, momentum=0.1):
    return *by_lerp(mean, variance, x, momentum), 1


@wrong("update_running", says="as the mean, gives the Python number")
def python_numbers(mean, variance, x, momentum=0.1):
    return tuple(one.mean().item() for one in by_lerp(mean, variance, x, momentum))


@wrong("update_running", says='in "the mean", gives the shape (1, 4, 1, 1) where (4,) is right')
def dimensions_kept(mean, variance, x, momentum=0.1):
    with torch.no_grad():
        now = torch.var_mean(x, dim=(0, 2, 3), correction=0, keepdim=True)
        old = (one.view(1, -1, 1, 1) for one in (mean, variance))
        return tuple((1 - momentum) * one + momentum * new for one, new in zip(old, now[::-1], strict=True))


@wrong("update_running", says="NumPy has no gradient")
def by_numpy(mean, variance, x, momentum=0.1):
    numbers = x.numpy()
    return by_lerp(mean, variance, torch.from_numpy(numbers), momentum)


@wrong("update_running", says='in "the mean", gives')
def in_the_wrong_order(mean, variance, x, momentum=0.1):
    return by_lerp(mean, variance, x, momentum)[::-1]


# conditional_affine


@right("conditional_affine")
def by_one_hot(normal, gammas, betas, index):
    shares = F.one_hot(index, len(gammas)).to(normal.dtype)
    return torch.einsum("bs,sc,bchw->bchw", shares, gammas, normal) + (shares @ betas)[:, :, None, None]


@right("conditional_affine")
def picture_by_picture(normal, gammas, betas, index):
    pictures = [
        picture * gammas[style].view(-1, 1, 1) + betas[style].view(-1, 1, 1)
        for picture, style in zip(normal, index.tolist(), strict=True)
    ]
    return torch.stack(pictures)


@right("conditional_affine")
def by_embedding(normal, gammas, betas, index):
    rows = F.embedding(index, torch.cat([gammas, betas], dim=1)).double()
    gamma, beta = rows.unflatten(1, (2, -1)).unbind(dim=1)
    return torch.addcmul(beta[..., None, None], gamma[..., None, None], normal.double())


@wrong("conditional_affine", says='has no gradient with respect to "betas": look at `.data`')
def betas_as_data(normal, gammas, betas, index):
    return gammas[index][..., None, None] * normal + betas.data[index][..., None, None]


@wrong("conditional_affine", says='has no gradient with respect to "gammas"')
def gammas_as_numbers(normal, gammas, betas, index):
    gamma = torch.tensor(gammas.tolist())
    return picture_by_picture(normal, gamma, betas, index)


@wrong("conditional_affine", says="changes normal in place")
def multiplied_in_place(normal, gammas, betas, index):
    normal *= gammas[index][..., None, None]
    return normal + betas[index][..., None, None]


@wrong("conditional_affine", says="must match the size")
def channels_as_columns(normal, gammas, betas, index):
    return gammas[index][:, None, None] * normal + betas[index][:, None, None]


@wrong("conditional_affine", says="`index` picks channels, not styles")
def columns(normal, gammas, betas, index):
    return gammas[:, index][..., None, None] * normal + betas[:, index][..., None, None]


@wrong("conditional_affine", says="picture n gets row n")
def index_forgotten(normal, gammas, betas, index):
    number = len(normal)
    return gammas[:number, :, None, None] * normal + betas[:number, :, None, None]


@wrong("conditional_affine", says="gives the shape (9, 3, 2, 4) where (3, 3, 2, 4) is right")
def every_style_for_each_picture(normal, gammas, betas, index):
    return torch.cat([g.view(-1, 1, 1) * normal + b.view(-1, 1, 1) for g, b in zip(gammas, betas, strict=True)])


@wrong("conditional_affine", says="all pictures get the first one's row")
def one_index(normal, gammas, betas, index):
    return gammas[index[0]].view(-1, 1, 1) * normal + betas[index[0]].view(-1, 1, 1)


# equalize


@right("equalize")
def by_the_package(y):
    return equalize_luminance(y.expand(-1, 3, -1, -1))[:, :1]


@right("equalize")
def by_search(y):
    pixels = y.flatten(1)
    steps = pixels.sort(dim=1).values
    places = [torch.searchsorted(steps, pixels, side=side) for side in ("left", "right")]
    return (sum(places) / 2 / pixels.shape[1]).view_as(y)


@right("equalize")
def by_histogram(y):
    pictures = []
    for picture in y:
        levels = (255 * picture).round().long()
        counts = torch.bincount(levels.flatten(), minlength=256).double()
        pictures.append(((counts.cumsum(0) - counts / 2) / counts.sum())[levels])
    return torch.stack(pictures)


@wrong("equalize", says="those as bright count whole")
def cumulative_histogram(y):
    pictures = []
    for picture in y:
        levels = (255 * picture).round().long()
        counts = torch.bincount(levels.flatten(), minlength=256)
        pictures.append((counts.cumsum(0) / counts.sum())[levels])
    return torch.stack(pictures)


@wrong("equalize", says="yours is right on another input")
def hundred_levels(y):
    return by_search((100 * y).round())


@wrong("equalize", says="changes y in place")
def written_into_y(y):
    y[:] = by_search(y)
    return y


@wrong("equalize", says="gives the shape (2, 12) where (2, 1, 3, 4) is right")
def flat_rows(y):
    return by_search(y).flatten(1)


@wrong("equalize", says="gives torch.int64: return floating-point numbers")
def levels_again(y):
    return (255 * by_search(y)).round().long()


@wrong("equalize", says="in which pixels of one brightness differ by where they stand")
def ranks(y):
    places = y.flatten(1).argsort(dim=1, stable=True).argsort(dim=1)
    return (places / places.shape[1]).view_as(y)


@wrong("equalize", says="gives a ndarray: return a torch tensor")
def as_numpy(y):
    return np.stack([(np.searchsorted(np.sort(one.ravel()), one) / one.size) for one in y.numpy()])


@wrong("equalize", says="compare your lines with the formula")
def standardised(y):
    return 0.5 + (y - y.mean(dim=(2, 3), keepdim=True)) / (12 * y.var(dim=(2, 3), keepdim=True) + 1e-6).sqrt()


# count_norm


@right("count_norm")
def by_the_packages_layers(channels, kind, styles=1):
    layers = [Norm(number, kind, styles) for number in channels]
    learned = sum(weight.numel() for layer in layers for weight in layer.parameters())
    return learned, sum(buffer.numel() for layer in layers for buffer in layer.buffers())


@right("count_norm")
def layer_by_layer(channels, kind, styles=1):
    learned = stored = 0
    for number in channels:
        learned += 2 * number * max(1, styles)
        if kind == "batch":
            stored += 2 * number
    return [learned, stored]


@wrong("count_norm", says="gives the number 16 alone: return Python integers, (learned, stored)")
def learned_alone(channels, kind, styles=1):
    return 2 * sum(channels) * styles


@wrong("count_norm", says="gives the learned as a tensor")
def as_tensors(channels, kind, styles=1):
    numbers = torch.tensor(channels)
    return 2 * numbers.sum() * styles, 2 * numbers.sum() * (kind == "batch")


@wrong("count_norm", says="torch's BatchNorm2d also counts its batches")
def buffers_of_torchs(channels, kind, styles=1):
    layers = [nn.BatchNorm2d(number) for number in channels] if kind == "batch" else []
    return 2 * sum(channels) * styles, sum(buffer.numel() for layer in layers for buffer in layer.buffers())


@wrong("count_norm", says="torch's InstanceNorm2d has no gamma and beta by default")
def parameters_of_torchs(channels, kind, styles=1):
    if kind == "instance":
        layers = [nn.InstanceNorm2d(number) for number in channels]
        return sum(weight.numel() for layer in layers for weight in layer.parameters()), 0
    return layer_by_layer(channels, kind, styles)


@wrong("count_norm", says="changes channels, the caller's list")
def emptied(channels, kind, styles=1):
    total = 0
    while channels:
        total += channels.pop()
    return 2 * total * styles, 2 * total * (kind == "batch")


@wrong("count_norm", says="`styles` is left out")
def kind_misspelt(channels, kind, styles=1):
    rows = styles if kind == "conditional" else 1
    return 2 * sum(channels) * rows, 2 * sum(channels) * (kind == "batch")


@wrong("count_norm", says="The list may be empty, too")
def last_apart(channels, kind, styles=1):
    last = channels[-1]
    return layer_by_layer([*channels[:-1], last], kind, styles)
