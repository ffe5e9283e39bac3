"""Lesson 02: comparing sets of features and of numbers, and placing paintings by their distances."""

import torch
from torch.nn import functional as F

from tests.wrong_answers import right, wrong

# mmd


def kernel(x, y):
    return (x.T @ y) ** 2


@right("mmd")
def by_kernels(x, y):
    return kernel(x, x).mean() + kernel(y, y).mean() - 2 * kernel(x, y).mean()


@right("mmd")
def by_gram_matrices(x, y):
    return ((x @ x.T / x.shape[1] - y @ y.T / y.shape[1]) ** 2).sum()


@right("mmd")
def by_one_large_kernel(x, y):
    m, n = x.shape[1], y.shape[1]
    signs = torch.cat([x.new_full((m,), 1 / m), y.new_full((n,), -1 / n)])
    both = torch.cat([x, y], dim=1)
    return signs @ kernel(both, both) @ signs


@wrong("mmd", says="the kernel isn't squared")
def linear_kernel(x, y):
    return (x.T @ x).mean() + (y.T @ y).mean() - 2 * (x.T @ y).mean()


@wrong("mmd", says="pairs of an x and a y count once")
def crossed_once(x, y):
    return kernel(x, x).mean() + kernel(y, y).mean() - kernel(x, y).mean()


@wrong("mmd", says="pairs of an x and a y are added")
def crossed_and_added(x, y):
    return kernel(x, x).mean() + kernel(y, y).mean() + 2 * kernel(x, y).mean()


@wrong("mmd", says="pairs of a point with itself are left out")
def unbiased_estimate(x, y):
    m, n = x.shape[1], y.shape[1]
    within_x = (kernel(x, x).sum() - kernel(x, x).diagonal().sum()) / (m * (m - 1))
    within_y = (kernel(y, y).sum() - kernel(y, y).diagonal().sum()) / (n * (n - 1))
    return within_x + within_y - 2 * kernel(x, y).mean()


@wrong("mmd", says="nothing is divided; take the mean of each kernel matrix")
def kernels_summed(x, y):
    return kernel(x, x).sum() + kernel(y, y).sum() - 2 * kernel(x, y).sum()


@wrong("mmd", says="you square the mean")
def squared_after_the_mean(x, y):
    return (x.T @ x).mean() ** 2 + (y.T @ y).mean() ** 2 - 2 * (x.T @ y).mean() ** 2


@wrong("mmd", says="all three sums are divided by M^2")
def one_count_for_all(x, y):
    return (kernel(x, x).sum() + kernel(y, y).sum() - 2 * kernel(x, y).sum()) / x.shape[1] ** 2


@wrong("mmd", says="this is the root")
def root_of_mmd(x, y):
    return by_kernels(x, y).clamp(min=0).sqrt()


@wrong("mmd", says="this is the root")
def frobenius_norm(x, y):
    return torch.linalg.norm(x @ x.T / x.shape[1] - y @ y.T / y.shape[1])


@wrong("mmd", says="divided by C^2")
def mean_of_squares(x, y):
    return F.mse_loss(x @ x.T / x.shape[1], y @ y.T / y.shape[1])


@wrong("mmd", says="divided by C^2")
def grams_of_the_package(x, y):
    return (x @ x.T / x.numel() - y @ y.T / y.numel()).square().sum()


@wrong("mmd", says="absolute differences of Gram matrices")
def absolute_grams(x, y):
    return (x @ x.T / x.shape[1] - y @ y.T / y.shape[1]).abs().sum()


@wrong("mmd", says="divide one Gram matrix by M")
def undivided_grams(x, y):
    return (x @ x.T - y @ y.T).square().sum()


@wrong("mmd", says="1 is added in the kernel")
def polynomial_kernel(x, y):
    return ((x.T @ x + 1) ** 2).mean() + ((y.T @ y + 1) ** 2).mean() - 2 * ((x.T @ y + 1) ** 2).mean()


@wrong("mmd", says="this is the kernel of `losses.mmd_loss`")
def kernel_of_the_package(x, y):
    def its_kernel(one, other):
        return (one.T @ other / len(one) + 1) ** 2

    return its_kernel(x, x).mean() + its_kernel(y, y).mean() - 2 * its_kernel(x, y).mean()


@wrong("mmd", says="this is a Gaussian kernel")
def gaussian_kernel(x, y):
    def its_kernel(one, other):
        return torch.exp(-((one[:, :, None] - other[:, None]) ** 2).sum(dim=0) / 2)

    return its_kernel(x, x).mean() + its_kernel(y, y).mean() - 2 * its_kernel(x, y).mean()


@wrong("mmd", says="stopped at `return ((x @ x.T) ** 2).mean()")
def kernel_of_rows(x, y):
    return ((x @ x.T) ** 2).mean() + ((y @ y.T) ** 2).mean() - 2 * ((x @ y.T) ** 2).mean()


@wrong("mmd", says="Print the shapes of what goes into that line; a mean")
def matrices_subtracted(x, y):
    return (kernel(x, x) + kernel(y, y) - 2 * kernel(x, y)).mean()


@wrong("mmd", says="yours is 0.5 times the right one")
def half_of_it(x, y):
    return by_kernels(x, y) / 2


@wrong("mmd", says="Python number")
def mmd_as_number(x, y):
    return by_kernels(x, y).item()


@wrong("mmd", says="its gradient is not the right one: look at `.detach()`")
def one_side_detached(x, y):
    within = (x.detach().T @ x).square().mean()
    return within + kernel(y, y).mean() - 2 * kernel(x, y).mean()


@wrong("mmd", says="the gradient of mmd is NaN")
def root_of_mmd_squared(x, y):
    return by_gram_matrices(x, y).sqrt() ** 2


@wrong("mmd", says="changes x in place")
def divided_x_in_place(x, y):
    x /= x.shape[1] ** 0.5
    return (x @ x.T - y @ y.T / y.shape[1]).square().sum()


# sorted_distance


@right("sorted_distance")
def both_sorted(a, b):
    return F.mse_loss(a.sort().values, b.sort().values)


@right("sorted_distance")
def both_sorted_down(a, b):
    return ((a.sort(descending=True)[0] - b.sort(descending=True)[0]) ** 2).mean()


@right("sorted_distance")
def by_argsort(a, b):
    return (a[a.argsort()] - b[b.argsort()]).square().sum() / len(a)


@right("sorted_distance")
def b_carried_to_a(a, b):
    ranks = a.argsort().argsort()
    return (a - b.sort().values[ranks]).square().mean()


@wrong("sorted_distance", says="compared as they stand")
def unsorted(a, b):
    return F.mse_loss(a, b)


@wrong("sorted_distance", says="only a is sorted")
def a_sorted(a, b):
    return F.mse_loss(a.sort().values, b)


@wrong("sorted_distance", says="only b is sorted")
def b_sorted(a, b):
    return F.mse_loss(a, b.sort().values)


@wrong("sorted_distance", says="only a is sorted")
def by_one_order(a, b):
    order = a.argsort()
    return F.mse_loss(a[order], b)


@wrong("sorted_distance", says="compared as they stand")
def both_in_the_order_of_a(a, b):
    order = a.argsort()
    return F.mse_loss(a[order], b[order])


@wrong("sorted_distance", says="one is sorted up and the other down")
def against_each_other(a, b):
    return F.mse_loss(a.sort().values, b.sort(descending=True).values)


@wrong("sorted_distance", says="the squares are summed")
def squares_summed(a, b):
    return F.mse_loss(a.sort().values, b.sort().values, reduction="sum")


@wrong("sorted_distance", says="the 1-Wasserstein")
def first_wasserstein(a, b):
    return F.l1_loss(a.sort().values, b.sort().values)


@wrong("sorted_distance", says="leave the root out: its gradient is NaN for equal sets")
def root_of_the_mean(a, b):
    return both_sorted(a, b).sqrt()


@wrong("sorted_distance", says="leave the root out, and take the mean")
def norm_of_the_difference(a, b):
    return (a.sort().values - b.sort().values).norm()


@wrong("sorted_distance", says="the square is missing")
def difference_alone(a, b):
    return (a.sort().values - b.sort().values).mean()


@wrong("sorted_distance", says="a distance is one number")
def one_by_one(a, b):
    return (a.sort().values - b.sort().values) ** 2


@wrong("sorted_distance", says="only the means are compared")
def means_compared(a, b):
    return (a.mean() - b.mean()) ** 2


@wrong("sorted_distance", says="as if the numbers were normally distributed")
def of_normal_distributions(a, b):
    return (a.mean() - b.mean()) ** 2 + (a.std(correction=0) - b.std(correction=0)) ** 2


@wrong("sorted_distance", says="each of a goes to its nearest in b")
def to_the_nearest(a, b):
    return ((a[:, None] - b[None]) ** 2).min(dim=1).values.mean()


@wrong("sorted_distance", says="all pairs are averaged")
def every_pair(a, b):
    return ((a[:, None] - b[None]) ** 2).mean()


@wrong("sorted_distance", says="the places are compared")
def indices_compared(a, b):
    return F.mse_loss(a.sort().indices.float(), b.sort().indices.float())


@wrong("sorted_distance", says="take `.values`")
def what_sort_gives(a, b):
    return (a.sort() - b.sort()).square().mean()


@wrong("sorted_distance", says="Python number")
def distance_as_number(a, b):
    return float(both_sorted(a, b))


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
    return both_sorted(a, b).sqrt() ** 2


# nearest_neighbors


@right("nearest_neighbors")
def by_a_diagonal_of_infinity(distances):
    return distances.clone().fill_diagonal_(float("inf")).argmin(dim=1)


@right("nearest_neighbors")
def by_masking(distances):
    itself = torch.eye(len(distances), dtype=torch.bool, device=distances.device)
    return distances.masked_fill(itself, torch.inf).min(dim=1).indices


@right("nearest_neighbors")
def by_loop_over_the_others(distances):
    found = []
    for i, row in enumerate(distances):
        others = [j for j in range(len(row)) if j != i]
        found.append(min(others, key=lambda j: row[j].item()))
    return torch.tensor(found, device=distances.device)


@right("nearest_neighbors")
def down_the_columns(distances):
    return (distances + torch.diag(torch.full_like(distances[0], torch.inf))).argmin(dim=0)


@wrong("nearest_neighbors", says="found nearest to itself")
def itself(distances):
    return distances.argmin(dim=1)


@wrong("nearest_neighbors", says="the second of the sorted distances is yourself")
def second_of_the_sorted(distances):
    return distances.argsort(dim=1, stable=True)[:, 1]


@wrong("nearest_neighbors", says="every 0 is passed over")
def zeros_masked(distances):
    return distances.masked_fill(distances == 0, torch.inf).argmin(dim=1)


@wrong("nearest_neighbors", says="0 * infinity is NaN")
def infinity_times_identity(distances):
    return (distances + torch.eye(len(distances)) * float("inf")).argmin(dim=1)


@wrong("nearest_neighbors", says="1 on the diagonal is less than some distances")
def identity_added(distances):
    return (distances + torch.eye(len(distances))).argmin(dim=1)


@wrong("nearest_neighbors", says="isn't larger than itself")
def largest_on_the_diagonal(distances):
    return distances.clone().fill_diagonal_(distances.max().item()).argmin(dim=1)


@wrong("nearest_neighbors", says="counts one too low")
def diagonal_cut_out(distances):
    n = len(distances)
    others = distances[~torch.eye(n, dtype=torch.bool)].view(n, n - 1)
    return others.argmin(dim=1)


@wrong("nearest_neighbors", says="fixes a device with `torch.eye(...)`")
def masked_on_the_cpu(distances):
    return distances.masked_fill(torch.eye(len(distances), dtype=torch.bool), torch.inf).argmin(dim=1)


@wrong("nearest_neighbors", says="these are the farthest")
def farthest(distances):
    return distances.argmax(dim=1)


@wrong("nearest_neighbors", says="one place in the flattened matrix")
def nearest_pair_of_all(distances):
    return distances.clone().fill_diagonal_(torch.inf).argmin()


@wrong("nearest_neighbors", says="all the others are ranked")
def ranked(distances):
    return distances.clone().fill_diagonal_(torch.inf).argsort(dim=1)


@wrong("nearest_neighbors", says="changes distances in place")
def diagonal_overwritten(distances):
    distances.fill_diagonal_(float("inf"))
    return distances.argmin(dim=1)


@wrong("nearest_neighbors", says="changes distances in place")
def diagonal_assigned(distances):
    for i in range(len(distances)):
        distances[i, i] = 1e9
    return distances.argmin(dim=1)


@wrong("nearest_neighbors", says="gives numbers of torch.float32: return places")
def distances_for_places(distances):
    return distances.clone().fill_diagonal_(torch.inf).min(dim=1).values


@wrong("nearest_neighbors", says="gives a min: return places")
def values_and_indices(distances):
    return distances.clone().fill_diagonal_(torch.inf).min(dim=1)


@wrong("nearest_neighbors", says="gives a list: return places")
def a_list_of_places(distances):
    return by_loop_over_the_others(distances).tolist()


# place


def scaled(distances):
    n = len(distances)
    center = torch.eye(n, dtype=distances.dtype, device=distances.device) - 1 / n
    return torch.linalg.eigh(-0.5 * center @ distances.square() @ center)


@right("place")
def by_the_centering_matrix(distances):
    values, vectors = scaled(distances)
    return vectors[:, -2:] * values[-2:].clamp(min=0).sqrt()


@right("place")
def by_subtracting_means(distances):
    squares = -(distances**2) / 2
    squares = squares - squares.mean(dim=0, keepdim=True)
    squares = squares - squares.mean(dim=1, keepdim=True)
    values, vectors = torch.linalg.eigh(squares)
    return vectors.flip(1)[:, :2] * values.flip(0)[:2].relu().sqrt()


@right("place")
def reflected_turned_and_moved(distances):
    points = by_the_centering_matrix(distances)
    turn = points.new_tensor([[0.6, -0.8], [-0.8, -0.6]])
    return points @ turn + 3


@wrong("place", says="the distances aren't squared")
def not_squared(distances):
    return by_the_centering_matrix(distances.sqrt())


@wrong("place", says="the minus of -1/2 is missing")
def sign_missing(distances):
    values, vectors = scaled(distances)
    return vectors[:, :2] * (-values[:2]).clamp(min=0).sqrt()


@wrong("place", says="the half of -1/2 is missing")
def half_missing(distances):
    return by_the_centering_matrix(distances * 2**0.5)


@wrong("place", says="isn't centred; subtract its rows' means")
def products_uncentered(distances):
    values, vectors = torch.linalg.eigh(-0.5 * distances**2)
    return vectors[:, -2:] * values[-2:].clamp(min=0).sqrt()


@wrong("place", says="only the columns are centred")
def columns_centered(distances):
    squares = distances**2
    values, vectors = torch.linalg.eigh(-0.5 * (squares - squares.mean(dim=0)))
    return vectors[:, -2:] * values[-2:].clamp(min=0).sqrt()


@wrong("place", says="only the rows are centred")
def rows_centered(distances):
    squares = distances**2
    values, vectors = torch.linalg.eigh(-0.5 * (squares - squares.mean(dim=1, keepdim=True)))
    return vectors[:, -2:] * values[-2:].clamp(min=0).sqrt()


@wrong("place", says="the mean of all with them twice")
def mean_of_all_forgotten(distances):
    squares = -0.5 * distances**2
    squares = squares - squares.mean(dim=0) - squares.mean(dim=1, keepdim=True)
    values, vectors = torch.linalg.eigh(squares)
    return vectors[:, -2:] * values[-2:].clamp(min=0).sqrt()


@wrong("place", says="one mean of all is subtracted")
def one_mean_of_all(distances):
    squares = -0.5 * distances**2
    values, vectors = torch.linalg.eigh(squares - squares.mean())
    return vectors[:, -2:] * values[-2:].clamp(min=0).sqrt()


@wrong("place", says="centred before they are squared")
def squared_too_late(distances):
    centered = distances - distances.mean(dim=0) - distances.mean(dim=1, keepdim=True) + distances.mean()
    values, vectors = torch.linalg.eigh(-0.5 * centered**2)
    return vectors[:, -2:] * values[-2:].clamp(min=0).sqrt()


@wrong("place", says="the two smallest eigenvalues")
def smallest(distances):
    values, vectors = scaled(distances)
    return vectors[:, :2] * values[:2].clamp(min=0).sqrt()


@wrong("place", says="the eigenvectors have length 1")
def not_scaled(distances):
    return scaled(distances).eigenvectors[:, -2:]


@wrong("place", says="multiplied by the eigenvalues; take their roots")
def scaled_without_root(distances):
    values, vectors = scaled(distances)
    return vectors[:, -2:] * values[-2:].clamp(min=0)


@wrong("place", says="eigenvectors are columns; you took rows")
def rows_for_columns(distances):
    values, vectors = scaled(distances)
    return (values[-2:, None].clamp(min=0).sqrt() * vectors[-2:]).T


@wrong("place", says="a large negative eigenvalue is taken for a large one")
def by_svd(distances):
    n = len(distances)
    center = torch.eye(n, dtype=distances.dtype, device=distances.device) - 1 / n
    vectors, values, _ = torch.linalg.svd(-0.5 * center @ distances**2 @ center)
    return vectors[:, :2] * values[:2].sqrt()


@wrong("place", says="principal components of the rows of D")
def principal_components(distances):
    vectors, values, _ = torch.linalg.svd(distances - distances.mean(dim=0), full_matrices=False)
    return vectors[:, :2] * values[:2]


@wrong("place", says="gives NaN, the root of a negative eigenvalue")
def not_clamped(distances):
    values, vectors = scaled(distances)
    return vectors[:, -2:] * values[-2:].sqrt()


@wrong("place", says="(5, 2) is right: transpose it, a row for each painting")
def transposed_points(distances):
    return by_the_centering_matrix(distances).T


@wrong("place", says="gives the shape (5, 5) where (5, 2) is right")
def all_axes(distances):
    values, vectors = scaled(distances)
    return vectors * values.clamp(min=0).sqrt()


@wrong("place", says="gives a tuple: return a torch tensor")
def two_columns(distances):
    return by_the_centering_matrix(distances).unbind(dim=1)


@wrong("place", says="changes distances in place")
def squared_in_place(distances):
    distances **= 2
    return by_the_centering_matrix(distances.sqrt())


@wrong("place", says="Make new tensors of the given ones' type")
def identity_in_single_precision(distances):
    n = len(distances)
    center = torch.eye(n) - 1 / n
    values, vectors = torch.linalg.eigh(-0.5 * center @ distances.square() @ center)
    return vectors[:, -2:] * values[-2:].clamp(min=0).sqrt()


@wrong("place", says="fixes a device with `torch.eye(...)`")
def identity_on_the_cpu(distances):
    n = len(distances)
    center = torch.eye(n, dtype=distances.dtype) - 1 / n
    values, vectors = torch.linalg.eigh(-0.5 * center @ distances.square() @ center)
    return vectors[:, -2:] * values[-2:].clamp(min=0).sqrt()


@wrong("place", says="gives complex numbers: take `eigh`")
def by_eig(distances):
    n = len(distances)
    center = torch.eye(n, dtype=distances.dtype, device=distances.device) - 1 / n
    values, vectors = torch.linalg.eig(-0.5 * center @ distances.square() @ center)
    return vectors[:, :2] * values[:2].sqrt()


@wrong("place", says="times the right one on every input")
def twice_as_far(distances):
    return 2 * by_the_centering_matrix(distances)
