"""Lesson 06, as students write: what no formula of the exercises' tables states."""

import numpy as np
import torch
from torch.nn import functional as F

from nst_helpers import losses, networks
from tests.wrong_answers import right, wrong

# adain


@right("adain")
def by_the_package(content, style):
    return networks.adain(content.double(), style.double())


@right("adain")
def channel_by_channel(content, style):
    pictures = []
    for number, picture in enumerate(content):
        painting = style[number if len(style) > 1 else 0]
        channels = []
        for x, y in zip(picture, painting, strict=True):
            normal = (x - x.mean()) / torch.sqrt(((x - x.mean()) ** 2).mean() + 1e-5)
            channels.append(normal * torch.sqrt(((y - y.mean()) ** 2).mean() + 1e-5) + y.mean())
        pictures.append(torch.stack(channels))
    return torch.stack(pictures)


@right("adain")
def by_instance_norm(content, style):
    rows = style.flatten(2)
    deviation = (rows.std(dim=2, correction=0).square() + 1e-5).sqrt()
    return (
        torch.einsum("bchw,bc->bchw", F.instance_norm(content), deviation.expand(len(content), -1))
        + (rows.mean(dim=2)[..., None, None])
    )


@right("adain")
def as_one_multiplication_and_addition(content, style):
    (mean, deviation), (style_mean, style_deviation) = map(losses.channel_moments, (content, style))
    scale = style_deviation / deviation
    return content * scale[..., None, None] + (style_mean - scale * mean)[..., None, None]


@wrong("adain", says="torch's default; `correction=0` divides by H*W")
def by_std_of_torch(content, style):
    mean, deviation = content.mean(dim=(2, 3), keepdim=True), (content.var(dim=(2, 3), keepdim=True) + 1e-5).sqrt()
    style_deviation = (style.var(dim=(2, 3), keepdim=True) + 1e-5).sqrt()
    return style_deviation * (content - mean) / deviation + style.mean(dim=(2, 3), keepdim=True)


@wrong("adain", says="`keepdim=True`")
def dimensions_lost(content, style):
    (mean, deviation), (style_mean, style_deviation) = map(losses.channel_moments, (content, style))
    return style_deviation * (content - mean) / deviation + style_mean


@wrong("adain", says="epsilon stands under the content's root alone")
def by_instance_norm_and_std(content, style):
    deviation = style.std(dim=(2, 3), correction=0, keepdim=True)
    return F.instance_norm(content) * deviation + style.mean(dim=(2, 3), keepdim=True)


@wrong("adain", says="but its gradient is not the right one: look at `.detach()`")
def moments_detached(content, style):
    moments = [moment.detach() for moment in losses.channel_moments(content)]
    mean, deviation = (moment[..., None, None] for moment in moments)
    style_mean, style_deviation = (moment[..., None, None] for moment in losses.channel_moments(style))
    return style_deviation * (content - mean) / deviation + style_mean


@wrong("adain", says="changes content in place")
def centered_in_place(content, style):
    content -= content.mean(dim=(2, 3), keepdim=True)
    return by_the_package(content, style)


@wrong("adain", says="mean and deviation go over the batch too")
def batch_norm(content, style):
    mean, variance = style.mean(dim=(0, 2, 3)), style.var(dim=(0, 2, 3), correction=0)
    return F.batch_norm(content, None, None, (variance + 1e-5).sqrt(), mean, training=True)


@wrong("adain", says="epsilon is missing under the roots")
def epsilon_for_the_style_alone(content, style):
    mean, deviation = content.mean(dim=(2, 3), keepdim=True), content.std(dim=(2, 3), correction=0, keepdim=True)
    style_mean, style_deviation = (moment[..., None, None] for moment in losses.channel_moments(style))
    return style_deviation * (content - mean) / deviation + style_mean


@wrong("adain", says="yours is right on another input")
def clamped_deviation(content, style):
    mean, deviation = content.mean(dim=(2, 3), keepdim=True), content.std(dim=(2, 3), correction=0, keepdim=True)
    style_deviation = style.std(dim=(2, 3), correction=0, keepdim=True)
    return style_deviation * (content - mean) / deviation.clamp(min=1e-5) + style.mean(dim=(2, 3), keepdim=True)


@wrong("adain", says="compare your lines with the formula")
def content_mean_kept(content, style):
    (mean, deviation), (style_mean, style_deviation) = map(losses.channel_moments, (content, style))
    return (style_deviation / deviation)[..., None, None] * content + (style_mean - mean)[..., None, None]


# blend


@right("blend")
def by_lerp(features, matched, alpha):
    return torch.lerp(features, matched, alpha[:, None, None, None])


@right("blend")
def picture_by_picture(features, matched, alpha):
    pairs = zip(features.double(), matched, alpha.tolist(), strict=True)
    return torch.stack([own + strength * (wanted - own) for own, wanted, strength in pairs])


@right("blend")
def by_einsum(features, matched, alpha):
    return torch.einsum("b,bchw->bchw", alpha, matched) + torch.einsum("b,bchw->bchw", 1 - alpha, features)


@wrong("blend", says="alpha runs along the columns")
def without_view(features, matched, alpha):
    return alpha * matched + (1 - alpha) * features


@wrong("blend", says="alpha runs along the channels")
def along_the_channels(features, matched, alpha):
    alpha = alpha.view(-1, 1, 1)
    return alpha * matched + (1 - alpha) * features


@wrong("blend", says="alpha is the wrong way round")
def lerp_from_matched(features, matched, alpha):
    return torch.lerp(matched, features, alpha.view(-1, 1, 1, 1))


@wrong("blend", says="all pictures get the first one's strength")
def one_number(features, matched, alpha):
    strength = alpha[0].item()
    return strength * matched + (1 - strength) * features


@wrong("blend", says="stopped at `strength = float(alpha)`")
def as_float(features, matched, alpha):
    strength = float(alpha)
    return strength * matched + (1 - strength) * features


@wrong("blend", says="changes matched in place")
def scaled_in_place(features, matched, alpha):
    matched *= alpha.view(-1, 1, 1, 1)
    return matched + (1 - alpha.view(-1, 1, 1, 1)) * features


@wrong("blend", says="negative values are cut to 0")
def rectified(features, matched, alpha):
    return by_lerp(features, matched, alpha).clamp(min=0)


@wrong("blend", says="compare your lines with the formula")
def rounded(features, matched, alpha):
    return torch.where(alpha.view(-1, 1, 1, 1) > 0.5, matched, features)


# whiten


def _rows(features):
    rows = features.flatten(2)
    return rows - rows.mean(dim=2, keepdim=True)


@right("whiten")
def by_svd(features):
    """In float32: U V^T of the centred features, times the root of the positions."""
    pictures = []
    for rows in _rows(features):
        left, values, right_vectors = torch.linalg.svd(rows, full_matrices=False)
        kept = values**2 > 1e-5 * values.max() ** 2
        pictures.append(left[:, kept] @ right_vectors[kept] * rows.shape[1] ** 0.5)
    return torch.stack(pictures).view_as(features)


@right("whiten")
def direction_by_direction(features):
    result = torch.zeros_like(features).flatten(2)
    for number, rows in enumerate(_rows(features)):
        values, vectors = torch.linalg.eigh(torch.cov(rows, correction=0))
        for value, vector in zip(values, vectors.T, strict=True):
            if value > 1e-5 * values[-1]:
                result[number] += torch.outer(vector, vector @ rows) / value.sqrt()
    return result.view(features.shape)


@right("whiten")
def by_einsum_over_the_batch(features):
    values, vectors = torch.linalg.eigh(losses.channel_covariance(features))
    scales = torch.where(values > 1e-5 * values.amax(dim=1, keepdim=True), values, torch.inf).rsqrt()
    return torch.einsum("bij,bj,bkj,bkn->bin", vectors, scales, vectors, _rows(features)).reshape(features.shape)


@wrong("whiten", says="but turned: channel c is no longer channel c")
def principal_components(features):
    values, vectors = torch.linalg.eigh(losses.channel_covariance(features))
    kept = values > 1e-5 * values[:, -1:]
    return (torch.where(kept, values, torch.inf).rsqrt()[..., None] * vectors.mT @ _rows(features)).view_as(features)


@wrong("whiten", says="but turned: channel c is no longer channel c")
def by_cholesky(features):
    covariance = losses.channel_covariance(features) + 1e-7 * torch.eye(features.shape[1])
    return torch.linalg.solve_triangular(torch.linalg.cholesky(covariance), _rows(features), upper=False).view_as(
        features
    )


@wrong("whiten", says="the covariance is divided by H*W - 1")
def by_torch_cov(features):
    pictures = []
    for rows in _rows(features):
        values, vectors = torch.linalg.eigh(torch.cov(rows))
        scales = torch.where(values > 1e-5 * values[-1], values, torch.inf) ** -0.5
        pictures.append(vectors @ torch.diag(scales) @ vectors.T @ rows)
    return torch.stack(pictures).view_as(features)


@wrong("whiten", says="look for a division by zero")
def every_direction(features):
    values, vectors = torch.linalg.eigh(losses.channel_covariance(features))
    return ((vectors / values.clamp(min=0).sqrt()[:, None]) @ vectors.mT @ _rows(features)).view_as(features)


@wrong("whiten", says="1e-5 is added to the eigenvalues")
def with_epsilon(features):
    values, vectors = torch.linalg.eigh(losses.channel_covariance(features) + 1e-5 * torch.eye(features.shape[1]))
    return (vectors @ torch.diag_embed(values**-0.5) @ vectors.mT @ _rows(features)).view_as(features)


@wrong("whiten", says="compare your lines with the formula")
def vectors_as_rows(features):
    """E^T D^-1/2 E, as if the eigenvectors were rows."""
    values, vectors = torch.linalg.eigh(losses.channel_covariance(features))
    scales = torch.where(values > 1e-5 * values[:, -1:], values, torch.inf) ** -0.5
    return (vectors.mT @ torch.diag_embed(scales) @ vectors @ _rows(features)).view_as(features)


@wrong("whiten", says="times the right one on one input and")
def gram_of_the_package(features):
    """`covariance_matrix` is divided by the channels too."""
    values, vectors = torch.linalg.eigh(losses.covariance_matrix(features))
    scales = torch.where(values > 1e-5 * values[:, -1:], values, torch.inf) ** -0.5
    return (vectors @ torch.diag_embed(scales) @ vectors.mT @ _rows(features)).view_as(features)


@wrong("whiten", says="they still rise and fall together")
def instance_norm(features):
    return F.instance_norm(features, eps=1e-12)


@wrong("whiten", says="print the shape after each line")
def in_rows(features):
    return direction_by_direction(features).flatten(2)


@wrong("whiten", says="changes features in place")
def means_subtracted_in_place(features):
    features -= features.mean(dim=(2, 3), keepdim=True)
    return by_svd(features)


# match_histogram


@right("match_histogram")
def by_quantiles(content, style):
    rows = content.flatten(2)
    ranks = rows.argsort(dim=2).argsort(dim=2)
    levels = torch.linspace(0, 1, rows.shape[2], dtype=torch.float64)
    values = torch.quantile(style.flatten(2).double(), levels, dim=2).movedim(0, -1).expand(*ranks.shape)
    return values.gather(2, ranks).view(content.shape)


@right("match_histogram")
def by_numpy(content, style):
    result = np.zeros(content.shape, dtype=np.float32)
    for b, picture in enumerate(content.numpy()):
        for c, channel in enumerate(picture):
            values = np.sort(style[b % len(style), c].numpy().ravel())
            places = np.linspace(0, len(values) - 1, channel.size)
            result[b, c].flat[np.argsort(channel, axis=None)] = np.interp(places, np.arange(len(values)), values)
    return torch.from_numpy(result)


@right("match_histogram")
def by_search(content, style):
    """Ranks by comparison of all with all, and two neighbours mixed by hand."""
    rows, values = content.flatten(2), style.flatten(2).sort(dim=2).values
    ranks = (rows[:, :, None] < rows[..., None]).sum(dim=3)
    places = ranks.double() * (values.shape[2] - 1) / (rows.shape[2] - 1)
    values = values.expand(len(rows), -1, -1)
    low, high = (values.gather(2, place.long()) for place in (places.floor(), places.ceil()))
    return (low + (places - places.floor()) * (high - low)).reshape(content.shape)


@wrong("match_histogram", says="the values come out sorted")
def sorted_alone(content, style):
    values = style.flatten(2).sort(dim=2).values
    values = F.interpolate(values, content[0, 0].numel(), mode="linear", align_corners=True)
    return values.expand(len(content), -1, -1).reshape(content.shape)


@wrong("match_histogram", says="`argsort` gives the position of each rank")
def argsort_once(content, style):
    order = content.flatten(2).argsort(dim=2)
    values = losses.statistics.resampled(style.flatten(2).sort(dim=2).values, order.shape[2])
    return values.expand(*order.shape).gather(2, order).view(content.shape)


@wrong("match_histogram", says="the smallest and the largest value aren't kept")
def by_interpolate_as_it_comes(content, style):
    ranks = content.flatten(2).argsort(dim=2).argsort(dim=2)
    values = F.interpolate(style.flatten(2).sort(dim=2).values, ranks.shape[2], mode="linear")
    return values.expand(*ranks.shape).gather(2, ranks).view(content.shape)


@wrong("match_histogram", says="shape mismatch")
def of_equal_sizes_alone(content, style):
    result, order = torch.zeros_like(content.flatten(2)), content.flatten(2).argsort(dim=2)
    for rows, places, values in zip(result.flatten(0, 1), order.flatten(0, 1), style.flatten(0, 1), strict=True):
        rows[places] = values.flatten().sort().values
    return result.view(content.shape)


@wrong("match_histogram", says="all channels are sorted together")
def of_the_whole_picture(content, style):
    order, values = content.flatten(1).argsort(dim=1), style.flatten(1).sort(dim=1).values
    values = F.interpolate(values[:, None], order.shape[1], mode="linear", align_corners=True)[:, 0]
    return torch.zeros_like(content.flatten(1)).scatter(1, order, values.expand(*order.shape)).view(content.shape)


@wrong("match_histogram", says="each value is one of the style's, the nearest in rank")
def by_rounded_places(content, style):
    ranks, values = content.flatten(2).argsort(dim=2).argsort(dim=2), style.flatten(2).sort(dim=2).values
    places = (((ranks + 0.5) * values.shape[2] / ranks.shape[2]) - 0.5).round().long()
    return values.expand(len(content), -1, -1).gather(2, places).view(content.shape)


@wrong("match_histogram", says="changes content in place")
def written_into_content(content, style):
    content[:] = by_numpy(content, style)
    return content


@wrong("match_histogram", says="`sort`, and `min` along a dimension, give values and indices together")
def values_forgotten(content, style):
    values = style.flatten(2).sort(dim=2)
    return F.interpolate(values, content[0, 0].numel(), mode="linear")


@wrong("match_histogram", says="this is AdaIN")
def moments_alone(content, style):
    return networks.adain(content, style)


# mix_under_masks


@right("mix_under_masks")
def by_average_pooling(matched, masks):
    places = F.avg_pool2d(masks, masks.shape[2] // matched.shape[2])
    return ((places * matched).sum(dim=0) / places.sum(dim=0))[None]


@right("mix_under_masks")
def cell_by_cell(matched, masks):
    styles, channels, height, width = matched.shape
    result = torch.zeros(1, channels, height, width, dtype=torch.float64)
    step = masks.shape[3] // width
    for i in range(height):
        for j in range(width):
            whole = masks[:, 0, i * step : (i + 1) * step, j * step : (j + 1) * step].sum(dim=(1, 2)).double()
            result[0, :, i, j] = sum(whole[n] / whole.sum() * matched[n, :, i, j] for n in range(styles))
    return result


@right("mix_under_masks")
def by_interpolate_and_einsum(matched, masks):
    places = F.interpolate(masks, size=matched.shape[2:], mode="area")[:, 0]
    return torch.einsum("shw,schw->chw", F.normalize(places, p=1, dim=0), matched).unsqueeze(0)


@wrong("mix_under_masks", says="one pixel of each cell decides for all of it")
def by_strides(matched, masks):
    step = masks.shape[2] // matched.shape[2]
    places = masks[:, :, ::step, ::step]
    return (places * matched).sum(dim=0, keepdim=True) / places.sum(dim=0).clamp(min=1e-12)


@wrong("mix_under_masks", says="is a size, a name or a number of pictures fixed in your code")
def pooled_by_four(matched, masks):
    places = F.interpolate(F.avg_pool2d(masks, min(4, masks.shape[2] // matched.shape[2])), matched.shape[2:])
    return (places * matched).sum(dim=0, keepdim=True) / places.sum(dim=0)


@wrong("mix_under_masks", says="the shares don't sum to 1")
def undivided(matched, masks):
    return (F.interpolate(masks, matched.shape[2:], mode="area") * matched).sum(dim=0, keepdim=True)


@wrong("mix_under_masks", says="must match the size")
def unresized(matched, masks):
    return (masks * matched).sum(dim=0, keepdim=True) / masks.sum(dim=0)


@wrong("mix_under_masks", says="gives the shape (3, 2, 3) where (1, 3, 2, 3) is right")
def batch_lost(matched, masks):
    return by_average_pooling(matched, masks)[0]


@wrong("mix_under_masks", says="a number of pictures fixed in your code")
def two_styles(matched, masks):
    places = F.adaptive_avg_pool2d(masks, matched.shape[2:])
    share = places[:1] / (places[:1] + places[1:2])
    return share * matched[:1] + (1 - share) * matched[1:2]


@wrong("mix_under_masks", says="compare your lines with the formula")
def inverted(matched, masks):
    return by_average_pooling(matched, 1 - masks)


@wrong("mix_under_masks", says="times the right one")
def divided_by_the_number_of_styles(matched, masks):
    places = F.adaptive_avg_pool2d(masks, matched.shape[2:])
    return (places / places.sum(dim=0) * matched).mean(dim=0, keepdim=True)


@wrong("mix_under_masks", says="gives the Python number")
def a_share(matched, masks):
    return masks.mean().item()


# restyle


@right("restyle")
def in_a_row(photo, painting, alpha, encode, match, blend, decode):
    content, style = encode(photo), encode(painting)
    picture = decode(blend(content, match(content, style), alpha))
    height, width = photo.shape[2:]
    return picture[:, :, :height, :width].clamp(min=0, max=1)


@right("restyle")
def mixed_by_hand(photo, painting, alpha, encode, match, blend, decode):
    style, content = encode(painting), encode(photo)
    alpha = alpha.reshape(-1, 1, 1, 1)
    mixed = alpha * match(content, style) + (1 - alpha) * content
    picture = torch.stack([decode(one[None])[0, :, : photo.shape[2], : photo.shape[3]] for one in mixed])
    return torch.minimum(torch.maximum(picture, torch.zeros(())), torch.ones(()))


@right("restyle")
def without_gradients(photo, painting, alpha, encode, match, blend, decode):
    with torch.no_grad():
        return in_a_row(photo.clone(), painting, alpha, encode, match, blend, decode)


@wrong("restyle", says="encodes 3 times: two are enough")
def encoded_again(photo, painting, alpha, encode, match, blend, decode):
    matched = match(encode(photo), encode(painting))
    picture = decode(blend(encode(photo), matched, alpha))
    return picture[..., : photo.shape[2], : photo.shape[3]].clamp(0, 1)


@wrong("restyle", says="encodes 4 times: two are enough")
def photo_by_photo(photo, painting, alpha, encode, match, blend, decode):
    pictures = []
    for one, strength in zip(photo.split(1), alpha.split(1), strict=True):
        pictures.append(in_a_row(one, painting, strength, encode, match, blend, decode))
    return torch.cat(pictures)


@wrong("restyle", says="colours fall outside [0, 1]")
def unclamped(photo, painting, alpha, encode, match, blend, decode):
    content = encode(photo)
    return decode(blend(content, match(content, encode(painting)), alpha))[..., : photo.shape[2], : photo.shape[3]]


@wrong("restyle", says="the result has the size of whole cells")
def uncut(photo, painting, alpha, encode, match, blend, decode):
    content = encode(photo)
    return decode(blend(content, match(content, encode(painting)), alpha)).clamp(0, 1)


@wrong("restyle", says="`match` was given the painting first")
def painting_first(photo, painting, alpha, encode, match, blend, decode):
    style, content = encode(painting), encode(photo)
    mixed = blend(content, match(style, content), alpha)
    return decode(mixed)[..., : photo.shape[2], : photo.shape[3]].clamp(0, 1)


@wrong("restyle", says="AdaIN stands fixed in your code")
def adain_of_the_package(photo, painting, alpha, encode, match, blend, decode):
    return in_a_row(photo, painting, alpha, encode, networks.adain, blend, decode)


@wrong("restyle", says="compare your lines with the formula")
def style_decoded(photo, painting, alpha, encode, match, blend, decode):
    style = encode(painting)
    content = 0 * encode(photo) + style.mean(dim=(2, 3), keepdim=True)
    return decode(blend(content, style, alpha))[..., : photo.shape[2], : photo.shape[3]].clamp(0, 1)


@wrong("restyle", says="is a size, a name or a number of pictures fixed in your code, or a range")
def cut_at_the_top(photo, painting, alpha, encode, match, blend, decode):
    content = encode(photo)
    picture = decode(blend(content, match(content, encode(painting)), alpha))
    return picture[..., -photo.shape[2] :, -photo.shape[3] :].clamp(0, 1)


@wrong("restyle", says="stopped at")
def blended_with_a_number(photo, painting, alpha, encode, match, blend, decode):
    content = encode(photo)
    return decode(blend(content, match(content, encode(painting)), alpha.mean().item()))
