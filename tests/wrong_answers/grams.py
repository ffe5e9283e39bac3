"""Lesson 02: what a Gram matrix keeps, and what other statistics of features keep."""

import torch
from torch.nn import functional as F

from nst_helpers import losses
from tests.wrong_answers import right, wrong

# shuffle_positions


@right("shuffle_positions")
def by_columns(features, order):
    b, c, h, w = features.shape
    return features.reshape(b, c, h * w)[:, :, order].view(b, c, h, w)


@right("shuffle_positions")
def by_index_select(features, order):
    return features.flatten(2).index_select(2, order).unflatten(2, features.shape[2:])


@right("shuffle_positions")
def by_gather(features, order):
    rows = features.flatten(2)
    return rows.gather(2, order.expand(rows.shape)).reshape_as(features)


@right("shuffle_positions")
def position_by_position(features, order):
    moved = torch.zeros_like(features)
    for p, q in enumerate(order.tolist()):
        width = features.shape[3]
        moved[:, :, p // width, p % width] = features[:, :, q // width, q % width]
    return moved


@wrong("shuffle_positions", says="this is the inverse")
def inverse(features, order):
    moved = torch.empty_like(features).flatten(2)
    moved[:, :, order] = features.flatten(2)
    return moved.reshape(features.shape)


@wrong("shuffle_positions", says="gives another order each time: use `order`")
def random_order(features, order):
    return by_columns(features, torch.randperm(features[0, 0].numel()))


@wrong("shuffle_positions", says="gives another order each time")
def random_order_in_each_channel(features, order):
    rows = features.flatten(2)
    return rows.gather(2, torch.rand_like(rows).argsort(dim=2)).reshape(features.shape)


@wrong("shuffle_positions", says="each channel in an order of its own")
def channel_by_channel(features, order):
    moved, rows = features.flatten(2).clone(), features.flatten(2)
    for channel in range(rows.shape[1]):
        rows = rows[:, :, order]
        moved[:, channel] = rows[:, channel]
    return moved.reshape(features.shape)


@wrong("shuffle_positions", says="each channel in an order of its own")
def sorted_by_brightness(features, order):
    return features.flatten(2).sort(dim=2).values.reshape(features.shape)


@wrong("shuffle_positions", says="nothing has moved")
def unmoved(features, order):
    return features.flatten(2).reshape(features.shape)


@wrong("shuffle_positions", says="still stand in one line")
def in_one_line(features, order):
    return features.flatten(2)[..., order]


@wrong("shuffle_positions", says="the other pictures of the batch are lost")
def one_picture(features, order):
    return by_columns(features[:1], order)


@wrong("shuffle_positions", says="height and width are swapped on the way back")
def swapped_back(features, order):
    b, c, h, w = features.shape
    return features.flatten(2)[:, :, order].reshape(b, c, w, h)


@wrong("shuffle_positions", says="and no transposing after it")
def swapped_back_and_transposed(features, order):
    return swapped_back(features, order).transpose(2, 3)


@wrong("shuffle_positions", says="numbered down the columns")
def columns_first(features, order):
    return by_columns(features.transpose(2, 3), order).transpose(2, 3)


@wrong("shuffle_positions", says="mixes channels with positions")
def mixed(features, order):
    b, c, h, w = features.shape
    return features.reshape(b, h * w, c)[:, order].reshape(b, c, h, w)


@wrong("shuffle_positions", says="applied twice")
def twice(features, order):
    return by_columns(features, order[order])


@wrong("shuffle_positions", says="for input of size 30. Print the shapes of what goes into that line.")
def across_channels(features, order):
    return features.flatten(1)[:, order].reshape(features.shape)


@wrong("shuffle_positions", says="stopped at `return features[order]`")
def pictures_for_positions(features, order):
    return features[order]


@wrong("shuffle_positions", says="use `reshape` or `flatten`")
def by_view(features, order):
    b, c, h, w = features.shape
    return features.view(b * c, h * w)[:, order].view(b, c, h, w)


@wrong("shuffle_positions", says="changes features in place")
def assigned(features, order):
    features[:] = by_columns(features, order)
    return features


@wrong("shuffle_positions", says="no gradient: look at `.detach()`")
def shuffled_and_detached(features, order):
    return by_columns(features.detach(), order)


@wrong("shuffle_positions", says="gives torch.float32 for a torch.float64 input")
def into_new_zeros(features, order):
    moved = torch.zeros(features.shape)
    moved[:] = by_columns(features, order)
    return moved


@wrong("shuffle_positions", says="compare your lines with the formula")
def turned_around(features, order):
    return by_columns(features, order.flip(0))


@wrong("shuffle_positions", says="gives torch.int64: return floating-point numbers")
def rounded(features, order):
    return by_columns(features, order).long()


# covariance


@right("covariance")
def by_centering(features):
    rows = features.flatten(2)
    rows = rows - rows.mean(dim=2, keepdim=True)
    return rows @ rows.mT / rows.shape[2]


@right("covariance")
def by_subtracting_the_means_product(features):
    rows = features.flatten(2)
    mean = rows.mean(dim=2, keepdim=True)
    return rows @ rows.mT / rows.shape[2] - mean @ mean.mT


@right("covariance")
def by_torch_cov(features):
    return torch.stack([torch.cov(picture.flatten(1), correction=0) for picture in features])


@right("covariance")
def centered_on_one_side(features):
    rows = features.flatten(2)
    return (rows - rows.mean(dim=2, keepdim=True)) @ rows.mT / rows.shape[2]


@wrong("covariance", says="the means are still in it")
def uncentered(features):
    rows = features.flatten(2)
    return rows @ rows.mT / rows.shape[2]


@wrong("covariance", says="the means are still in it")
def gram_times_channels(features):
    return losses.gram_matrix(features) * features.shape[1]


@wrong("covariance", says="(There is a factor of 3 besides.)")
def gram_tripled(features):
    return 3 * gram_times_channels(features)


@wrong("covariance", says="divided by H*W - 1")
def unbiased_covariance(features):
    return torch.stack([torch.cov(picture.flatten(1)) for picture in features])


@wrong("covariance", says="divided by C*H*W")
def like_the_gram_matrix(features):
    return losses.gram_matrix(features - features.mean(dim=(2, 3), keepdim=True))


@wrong("covariance", says="it is not divided")
def undivided_covariance(features):
    rows = features.flatten(2)
    rows = rows - rows.mean(dim=2, keepdim=True)
    return rows @ rows.mT


@wrong("covariance", says="divided by C alone")
def divided_by_channels(features):
    rows = features.flatten(2)
    rows = rows - rows.mean(dim=2, keepdim=True)
    return rows @ rows.mT / rows.shape[1]


@wrong("covariance", says="divided by B*H*W")
def divided_by_pictures_too(features):
    return by_centering(features) / len(features)


@wrong("covariance", says="one mean of all channels is subtracted")
def one_mean_for_each_picture(features):
    return uncentered(features - features.mean(dim=(1, 2, 3), keepdim=True))


@wrong("covariance", says="the mean of everything is subtracted")
def one_mean(features):
    return uncentered(features - features.mean())


@wrong("covariance", says="taken over the batch as well")
def like_batch_norm(features):
    return uncentered(features - features.mean(dim=(0, 2, 3), keepdim=True))


@wrong("covariance", says="the mean over channels is subtracted")
def centered_over_channels(features):
    return uncentered(features - features.mean(dim=1, keepdim=True))


@wrong("covariance", says="the mean of each row is subtracted")
def centered_over_columns(features):
    return uncentered(features - features.mean(dim=3, keepdim=True))


@wrong("covariance", says="the mean of each column is subtracted")
def centered_over_rows(features):
    return uncentered(features - features.mean(dim=2, keepdim=True))


@wrong("covariance", says="the mean of the Gram matrix is subtracted")
def gram_less_its_mean(features):
    gram = uncentered(features)
    return gram - gram.mean(dim=(1, 2), keepdim=True)


@wrong("covariance", says="makes it a correlation")
def by_corrcoef(features):
    return torch.stack([torch.corrcoef(picture.flatten(1)) for picture in features])


@wrong("covariance", says="makes it a correlation")
def normalized(features):
    return uncentered(F.instance_norm(features, eps=1e-8))


@wrong("covariance", says="batch is folded into the channels")
def folded_covariance(features):
    b, c, h, w = features.shape
    return torch.cov(features.reshape(b * c, h * w), correction=0)


@wrong("covariance", says="added up or lost")
def one_for_all_pictures(features):
    _, c, _, _ = features.shape
    return torch.cov(features.transpose(0, 1).reshape(c, -1), correction=0)


@wrong("covariance", says="transposed, positions by positions")
def positions_by_positions(features):
    rows = features.flatten(2)
    rows = rows - rows.mean(dim=2, keepdim=True)
    return rows.mT @ rows / rows.shape[2]


@wrong("covariance", says="the variances alone")
def variances(features):
    return features.var(dim=(2, 3), correction=0)


@wrong("covariance", says="a mean or a sum over a dimension keeps it")
def dimension_lost(features):
    rows = features.flatten(2)
    rows = rows - rows.mean(dim=2)
    return rows @ rows.mT / rows.shape[2]


@wrong("covariance", says="use `reshape` or `flatten`")
def covariance_by_view(features):
    b, c, h, w = features.shape
    rows = features.view(b * c, h * w)
    rows = (rows - rows.mean(dim=1, keepdim=True)).view(b, c, h * w)
    return rows @ rows.mT / (h * w)


@wrong("covariance", says="gives NaN or infinity")
def scaled_down_and_up(features):
    rows = features.flatten(2)
    deviation, mean = torch.std_mean(rows, dim=2, correction=0, keepdim=True)
    rows = (rows - mean) / deviation
    return deviation * (rows @ rows.mT / rows.shape[2]) * deviation.mT


@wrong("covariance", says="changes features in place")
def centered_in_place(features):
    features -= features.mean(dim=(2, 3), keepdim=True)
    return uncentered(features)


@wrong("covariance", says="its gradient is not the right one: look at `.detach()`")
def half_detached_covariance(features):
    centered = features - features.mean(dim=(2, 3), keepdim=True)
    return centered.flatten(2) @ centered.detach().flatten(2).mT / features[0, 0].numel()


@wrong("covariance", says="no gradient: look at `torch.no_grad()`")
@torch.no_grad()
def covariance_without_gradient(features):
    return by_centering(features)


@wrong("covariance", says="fixes a device with `torch.zeros(...)`")
def covariance_on_the_cpu(features):
    b, c, _, _ = features.shape
    result = torch.zeros(b, c, c, dtype=features.dtype)
    for number, picture in enumerate(features):
        result[number] = torch.cov(picture.flatten(1), correction=0)
    return result


# moments


@right("moments")
def by_var_mean(features):
    variance, mean = torch.var_mean(features, dim=(2, 3), correction=0)
    return torch.stack((mean, torch.sqrt(variance + 1e-5)), 1)


@right("moments")
def moments_by_hand(features):
    rows = features.flatten(2)
    mean = rows.mean(dim=2, keepdim=True)
    variance = ((rows - mean) ** 2).mean(dim=2, keepdim=True)
    return torch.cat([mean, (variance + 1e-5) ** 0.5], dim=2).mT


@right("moments")
def by_the_package(features):
    return torch.stack(losses.channel_moments(features), dim=1)


@wrong("moments", says="stacked in front of the batch")
def stacked_in_front(features):
    return torch.stack(losses.channel_moments(features))


@wrong("moments", says="stacked behind the channels")
def stacked_behind(features):
    return torch.stack(losses.channel_moments(features), dim=-1)


@wrong("moments", says="put end to end")
def end_to_end(features):
    return torch.cat(losses.channel_moments(features), dim=1)


@wrong("moments", says="the two are swapped")
def torch_s_order(features):
    variance, mean = torch.var_mean(features, dim=(2, 3), correction=0)
    return torch.stack(((variance + 1e-5).sqrt(), mean), dim=1)


@wrong("moments", says="torch's default; `correction=0`")
def unbiased_moments(features):
    return torch.stack([features.mean(dim=(2, 3)), (features.var(dim=(2, 3)) + 1e-5).sqrt()], dim=1)


@wrong("moments", says="this is the variance; the deviation")
def variance_for_deviation(features):
    return torch.stack([features.mean(dim=(2, 3)), features.var(dim=(2, 3), correction=0)], dim=1)


@wrong("moments", says="add the 1e-5 to the variance, under the root")
def without_epsilon(features):
    return torch.stack([features.mean(dim=(2, 3)), features.std(dim=(2, 3), correction=0)], dim=1)


@wrong("moments", says="on a constant channel you give next to 0")
def epsilon_after_the_root(features):
    return torch.stack([features.mean(dim=(2, 3)), features.std(dim=(2, 3), correction=0) + 1e-5], dim=1)


@wrong("moments", says="1e-06 stands under the root")
def smaller_epsilon(features):
    return torch.stack(losses.channel_moments(features, eps=1e-6), dim=1)


@wrong("moments", says="1e-08 stands under the root")
def smallest_epsilon(features):
    return torch.stack(losses.channel_moments(features, eps=1e-8), dim=1)


@wrong("moments", says="this is the variance; the deviation is")
def variance_and_epsilon(features):
    return torch.stack([features.mean(dim=(2, 3)), features.var(dim=(2, 3), correction=0) + 1e-5], dim=1)


@wrong("moments", says="without subtracting the mean first")
def root_mean_square(features):
    return torch.stack([features.mean(dim=(2, 3)), ((features**2).mean(dim=(2, 3)) + 1e-5).sqrt()], dim=1)


@wrong("moments", says="mean absolute deviations")
def mean_absolute(features):
    mean = features.mean(dim=(2, 3), keepdim=True)
    return torch.stack([mean[..., 0, 0], (features - mean).abs().mean(dim=(2, 3))], dim=1)


@wrong("moments", says="one mean for all channels")
def layer_norm_s(features):
    variance, mean = torch.var_mean(features, dim=(1, 2, 3), correction=0)
    return torch.stack([mean, (variance + 1e-5).sqrt()], dim=1)


@wrong("moments", says="the batch is averaged away")
def batch_norm_s(features):
    variance, mean = torch.var_mean(features, dim=(0, 2, 3), correction=0)
    return torch.stack([mean, (variance + 1e-5).sqrt()], dim=1)


@wrong("moments", says="only the columns are averaged")
def one_dimension(features):
    variance, mean = torch.var_mean(features, dim=3, correction=0)
    return torch.stack([mean, (variance + 1e-5).sqrt()], dim=1)


@wrong("moments", says="the mean alone")
def mean_alone(features):
    return features.mean(dim=(2, 3))


@wrong("moments", says="gives a tuple: return a torch tensor")
def a_tuple(features):
    return losses.channel_moments(features)


@wrong("moments", says="the gradient of moments is NaN")
def root_of_the_square_of_the_root(features):
    centered = features - features.mean(dim=(2, 3), keepdim=True)
    deviation = centered.square().mean(dim=(2, 3)).sqrt()
    return torch.stack([features.mean(dim=(2, 3)), (deviation**2 + 1e-5).sqrt()], dim=1)


@wrong("moments", says="its gradient is not the right one: look at `.detach()`")
def deviation_detached(features):
    mean, deviation = losses.channel_moments(features)
    return torch.stack([mean, deviation.detach()], dim=1)


@wrong("moments", says="a mean or a sum over a dimension keeps it")
def mean_without_dimensions(features):
    mean = features.mean(dim=(2, 3))
    return torch.stack([mean, ((features - mean).square().mean(dim=(2, 3)) + 1e-5).sqrt()], dim=1)


@wrong("moments", says="use `reshape` or `flatten`")
def moments_by_view(features):
    b, c, h, w = features.shape
    variance, mean = torch.var_mean(features.view(b * c, h * w), dim=1, correction=0)
    return torch.stack([mean.view(b, c), (variance + 1e-5).sqrt().view(b, c)], dim=1)


@wrong("moments", says="changes features in place")
def centered_moments(features):
    mean = features.mean(dim=(2, 3), keepdim=True)
    features.sub_(mean)
    return torch.stack([mean[..., 0, 0], (features.square().mean(dim=(2, 3)) + 1e-5).sqrt()], dim=1)


@wrong("moments", says="fixes a device with `torch.tensor(...)`")
def epsilon_on_the_cpu(features):
    epsilon = torch.tensor([1e-5], dtype=features.dtype)
    variance, mean = torch.var_mean(features, dim=(2, 3), correction=0)
    return torch.stack([mean, (variance + epsilon).sqrt()], dim=1)
