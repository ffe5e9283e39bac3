"""Lesson 02, as students write: what no formula of the exercises' tables states."""

import torch
from torch.nn import functional as F

from nst_helpers import losses
from tests.wrong_answers import right, wrong

# shuffle_positions


@right("shuffle_positions")
def by_one_hot(features, order):
    return (features.flatten(2) @ torch.eye(len(order))[order].T).reshape(features.shape)


@right("shuffle_positions")
def position_by_position(features, order):
    moved, width = torch.zeros(features.shape), features.shape[3]
    for p, q in enumerate(order.tolist()):
        moved[:, :, p // width, p % width] = features[:, :, q // width, q % width]
    return moved


@wrong("shuffle_positions", says="gives another order each time: use `order`")
def random_order(features, order):
    return by_one_hot(features, torch.randperm(len(order)))


@wrong("shuffle_positions", says="each channel in an order of its own")
def channel_by_channel(features, order):
    moved, rows = features.flatten(2).clone(), features.flatten(2)
    for channel in range(rows.shape[1]):
        rows = rows[:, :, order]
        moved[:, channel] = rows[:, channel]
    return moved.reshape(features.shape)


@wrong("shuffle_positions", says="use `reshape` or `flatten`")
def by_view(features, order):
    b, c, h, w = features.shape
    return features.view(b * c, h * w)[:, order].view(b, c, h, w)


@wrong("shuffle_positions", says="changes features in place")
def assigned(features, order):
    features[:] = by_one_hot(features, order)
    return features


@wrong("shuffle_positions", says="or a range of values left out")
def rectified(features, order):
    return by_one_hot(features, order).relu()


# covariance


@right("covariance")
def entry_by_entry(features):
    b, c, _, _ = features.shape
    result, apart = torch.zeros(b, c, c, dtype=torch.float64), features - features.mean(dim=(2, 3), keepdim=True)
    for i in range(c):
        for j in range(c):
            result[:, i, j] = (apart[:, i] * apart[:, j]).mean(dim=(1, 2))
    return result


@right("covariance")
def by_torch_cov(features):
    return torch.stack([torch.cov(picture.flatten(1), correction=0) for picture in features])


@wrong("covariance", says="a mean or a sum over a dimension keeps it")
def dimension_lost(features):
    rows = features.flatten(2)
    rows = rows - rows.mean(dim=2)
    return rows @ rows.mT / rows.shape[2]


@wrong("covariance", says="gives NaN or infinity on some input, where")
def scaled_down_and_up(features):
    rows = features.flatten(2)
    deviation, mean = torch.std_mean(rows, dim=2, correction=0, keepdim=True)
    rows = (rows - mean) / deviation
    return deviation * (rows @ rows.mT / rows.shape[2]) * deviation.mT


@wrong("covariance", says="changes features in place")
def centered_in_place(features):
    features -= features.mean(dim=(2, 3), keepdim=True)
    return features.flatten(2) @ features.flatten(2).mT / features[0, 0].numel()


@wrong("covariance", says="its gradient is not the right one: look at `.detach()`")
def half_detached_covariance(features):
    centered = features - features.mean(dim=(2, 3), keepdim=True)
    return centered.flatten(2) @ centered.detach().flatten(2).mT / features[0, 0].numel()


@wrong("covariance", says="is a size, a name or a number of pictures fixed in your code")
def size_of_the_example(features):
    rows = (features - features.mean(dim=(2, 3), keepdim=True)).flatten(2)
    return rows @ rows.mT / 10


# moments


@right("moments")
def by_mean_of_squares(features):
    rows = features.flatten(2)
    mean = rows.mean(dim=2)
    return torch.stack((mean, ((rows**2).mean(dim=2) - mean**2 + torch.tensor([1e-5])) ** 0.5), 1)


@right("moments")
def by_the_package(features):
    return torch.stack(losses.channel_moments(features.double()), dim=1)


@wrong("moments", says="or a range of values left out")
def variance_clamped(features):
    return torch.stack([features.mean(dim=(2, 3)), features.var(dim=(2, 3), correction=0).clamp(min=1e-5).sqrt()], 1)


@wrong("moments", says="gives a tuple: return a torch tensor")
def a_tuple(features):
    return losses.channel_moments(features)


@wrong("moments", says="the gradient of moments is NaN")
def root_of_the_square_of_the_root(features):
    deviation = features.var(dim=(2, 3), correction=0).sqrt()
    return torch.stack([features.mean(dim=(2, 3)), (deviation**2 + 1e-5).sqrt()], dim=1)


@wrong("moments", says="its gradient is not the right one: look at `.detach()`")
def deviation_detached(features):
    mean, deviation = losses.channel_moments(features)
    return torch.stack([mean, deviation.detach()], dim=1)


@wrong("moments", says="changes features in place")
def centered_moments(features):
    mean = features.mean(dim=(2, 3), keepdim=True)
    features.sub_(mean)
    return torch.stack([mean[..., 0, 0], (features.square().mean(dim=(2, 3)) + 1e-5).sqrt()], dim=1)


# mmd


@right("mmd")
def by_gram_matrices(x, y):
    return F.mse_loss(x @ x.T / x.shape[1], y @ y.T / y.shape[1], reduction="sum")


@right("mmd")
def by_one_large_kernel(x, y):
    m, n = x.shape[1], y.shape[1]
    signs, both = torch.tensor([1 / m] * m + [-1 / n] * n), torch.cat([x, y], dim=1)
    return signs @ (both.T @ both) ** 2 @ signs


@wrong("mmd", says="Print the shapes of what goes into that line; a mean")
def matrices_subtracted(x, y):
    return ((x.T @ x) ** 2 + (y.T @ y) ** 2 - 2 * (x.T @ y) ** 2).mean()


@wrong("mmd", says="Python number")
def mmd_as_number(x, y):
    return by_gram_matrices(x, y).item()


@wrong("mmd", says="its gradient is not the right one: look at `.detach()`")
def one_side_detached(x, y):
    within = (x.detach().T @ x).square().mean()
    return within + (y.T @ y).square().mean() - 2 * (x.T @ y).square().mean()


@wrong("mmd", says="the gradient of mmd is NaN")
def root_of_mmd_squared(x, y):
    return by_gram_matrices(x, y).sqrt() ** 2


@wrong("mmd", says="changes x in place")
def divided_x_in_place(x, y):
    x /= x.shape[1] ** 0.5
    return (x @ x.T - y @ y.T / y.shape[1]).square().sum()


# sorted_distance


@right("sorted_distance")
def both_sorted_down(a, b):
    return ((a.sort(descending=True)[0] - b.double().sort(descending=True)[0]) ** 2).mean()


@right("sorted_distance")
def pair_by_pair(a, b):
    pairs = zip(a.argsort().tolist(), b.argsort().tolist(), strict=True)
    return sum((a[i] - b[j]) ** 2 for i, j in pairs) / len(a)


@wrong("sorted_distance", says="take `.values`")
def what_sort_gives(a, b):
    return (a.sort() - b.sort()).square().mean()


@wrong("sorted_distance", says="no gradient: look at `.tolist()` and `torch.tensor()`")
def by_python_s_sorted(a, b):
    pairs = zip(sorted(a.tolist()), sorted(b.tolist()), strict=True)
    return torch.tensor(sum((one - other) ** 2 for one, other in pairs) / len(a))


@wrong("sorted_distance", says="changes a in place")
def sorted_into_itself(a, b):
    a[:] = a.sort().values
    return F.mse_loss(a, b.sort().values)


@wrong("sorted_distance", says="gradient of sorted_distance is NaN")
def root_squared(a, b):
    return both_sorted_down(a, b).sqrt() ** 2


@wrong("sorted_distance", says="stopped at `return F.mse_loss(a.unique(), b.unique())`")
def twins_dropped(a, b):
    return F.mse_loss(a.unique(), b.unique())


# nearest_neighbors


@right("nearest_neighbors")
def by_masking(distances):
    return distances.masked_fill(torch.eye(len(distances), dtype=torch.bool), torch.inf).min(dim=1).indices


@right("nearest_neighbors")
def by_loop_over_the_others(distances):
    n = len(distances)
    return torch.tensor([min((j for j in range(n) if j != i), key=distances[i].__getitem__) for i in range(n)])


@wrong("nearest_neighbors", says="a range of values left out")
def thousand_on_the_diagonal(distances):
    return distances.clone().fill_diagonal_(1000).argmin(dim=1)


@wrong("nearest_neighbors", says="changes distances in place")
def diagonal_overwritten(distances):
    return distances.fill_diagonal_(torch.inf).argmin(dim=1)


@wrong("nearest_neighbors", says="gives numbers of torch.float32: return places")
def distances_for_places(distances):
    return distances.clone().fill_diagonal_(torch.inf).min(dim=1).values


@wrong("nearest_neighbors", says="gives a min: return places")
def values_and_indices(distances):
    return distances.clone().fill_diagonal_(torch.inf).min(dim=1)


@wrong("nearest_neighbors", says="gives a single number where (6,) is right")
def nearest_pair_of_all(distances):
    return distances.clone().fill_diagonal_(torch.inf).argmin()


# place


@right("place")
def by_the_centering_matrix(distances):
    n = len(distances)
    center = torch.eye(n, dtype=torch.float64) - 1 / n
    values, vectors = torch.linalg.eigh(-0.5 * center @ distances.double() ** 2 @ center)
    return vectors[:, -2:] * values[-2:].clamp(min=0).sqrt()


@right("place")
def reflected_turned_and_moved(distances):
    turn = torch.tensor([[0.6, -0.8], [-0.8, -0.6]])
    return by_the_centering_matrix(distances).float() @ turn + 3


@wrong("place", says="gives NaN, the root of a negative eigenvalue")
def not_clamped(distances):
    squares = -(distances**2) / 2
    squares = squares - squares.mean(dim=0)
    values, vectors = torch.linalg.eigh(squares - squares.mean(dim=1, keepdim=True))
    return vectors[:, -2:] * values[-2:].sqrt()


@wrong("place", says="(5, 2) is right: transpose it, a row for each painting")
def transposed_points(distances):
    return by_the_centering_matrix(distances).T


@wrong("place", says="or a range of values left out")
def largest_by_size(distances):
    squares = -(distances**2) / 2
    values, vectors = torch.linalg.eigh(squares - squares.mean(0) - squares.mean(1, keepdim=True) + squares.mean())
    chosen = values.abs().argsort()[-2:]
    return vectors[:, chosen] * values[chosen].clamp(min=0).sqrt()


@wrong("place", says="changes distances in place")
def squared_in_place(distances):
    distances **= 2
    return by_the_centering_matrix(distances.sqrt())


@wrong("place", says="gives complex numbers: take `eigh`")
def by_eig(distances):
    n = len(distances)
    values, vectors = torch.linalg.eig(-0.5 * (torch.eye(n) - 1 / n) @ distances.square() @ (torch.eye(n) - 1 / n))
    return vectors[:, :2] * values[:2].sqrt()


# grow


def _measured(picture, encode, measure):
    return {layer: measure(features) for layer, features in encode(picture).items()}


@right("grow")
def layer_by_layer(start, painting, encode, measure, steps):
    with torch.no_grad():
        targets = _measured(painting, encode, measure)
    pixels = torch.nn.Parameter(start.clone())
    adam = torch.optim.Adam([pixels], lr=0.02)
    for _ in range(steps):
        adam.zero_grad()
        for layer, found in _measured(pixels, encode, measure).items():
            (found - targets[layer]).square().mean().backward(retain_graph=True)
        adam.step()
        pixels.data.clamp_(0, 1)
    return pixels.data


@right("grow")
def halved_and_in_a_list(start, painting, encode, measure, steps):
    targets = [measure(features).detach() for features in encode(painting).values()]
    picture = start.detach().clone().requires_grad_()
    adam = torch.optim.Adam([picture], lr=0.02)
    for _ in range(steps):
        found = [measure(features) for features in encode(picture).values()]
        losses = [F.mse_loss(one, target) for one, target in zip(found, targets, strict=True)]
        picture.grad = torch.autograd.grad(sum(losses) / 2, picture)[0]
        adam.step()
        picture.data = picture.data.clamp(0, 1)
    return picture.detach()


@wrong("grow", says="measure the painting once, before the loop")
def painting_measured_in_each_step(start, painting, encode, measure, steps):
    picture = start.detach().clone().requires_grad_()
    adam = torch.optim.Adam([picture], lr=0.02)
    for _ in range(steps):
        targets = _measured(painting, encode, measure)
        adam.zero_grad()
        sum(F.mse_loss(one, targets[layer]) for layer, one in _measured(picture, encode, measure).items()).backward()
        adam.step()
        picture.data.clamp_(0, 1)
    return picture.detach()


@wrong("grow", says="still asks for a gradient: end with `.detach()`")
def grown_and_attached(start, painting, encode, measure, steps):
    targets = {layer: target.detach() for layer, target in _measured(painting, encode, measure).items()}
    picture = start.detach().clone().requires_grad_()
    adam = torch.optim.Adam([picture], lr=0.02)
    for _ in range(steps):
        adam.zero_grad()
        sum(F.mse_loss(one, targets[layer]) for layer, one in _measured(picture, encode, measure).items()).backward()
        adam.step()
        picture.data.clamp_(0, 1)
    return picture


@wrong("grow", says="clamp into [0, 1] after every step, not only at the end")
def clamped_at_the_end(start, painting, encode, measure, steps):
    targets = {layer: target.detach() for layer, target in _measured(painting, encode, measure).items()}
    picture = start.detach().clone().requires_grad_()
    adam = torch.optim.Adam([picture], lr=0.02)
    for _ in range(steps):
        adam.zero_grad()
        sum(F.mse_loss(one, targets[layer]) for layer, one in _measured(picture, encode, measure).items()).backward()
        adam.step()
    return picture.detach().clamp(0, 1)


@wrong("grow", says="Change the picture under `torch.no_grad()`")
def clamped_with_gradient(start, painting, encode, measure, steps):
    targets = {layer: target.detach() for layer, target in _measured(painting, encode, measure).items()}
    picture = start.detach().clone().requires_grad_()
    adam = torch.optim.Adam([picture], lr=0.02)
    for _ in range(steps):
        adam.zero_grad()
        sum(F.mse_loss(one, targets[layer]) for layer, one in _measured(picture, encode, measure).items()).backward()
        adam.step()
        picture.clamp_(0, 1)
    return picture.detach()


@wrong("grow", says="KeyError")
def layers_by_number(start, painting, encode, measure, steps):
    target = measure(encode(painting)[0])
    return start * 0 + target.mean()


@wrong("grow", says="Compute the loss anew in each step")
def targets_with_a_graph(start, painting, encode, measure, steps):
    picture = start.detach().clone().requires_grad_()
    found = _measured(picture, encode, measure)
    targets = _measured(painting, encode, measure)
    adam = torch.optim.Adam([picture], lr=0.02)
    for _ in range(steps):
        adam.zero_grad()
        sum(F.mse_loss(one, targets[layer]) for layer, one in found.items()).backward()
        adam.step()
        picture.data.clamp_(0, 1)
    return picture.detach()
