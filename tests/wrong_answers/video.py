"""Lesson 07, as students write: what no formula of the exercises' tables states."""

import numpy as np
import torch
from torch.nn import functional as F

from nst_helpers import video
from nst_helpers.images import luminance
from tests.wrong_answers import right, wrong

# warp


def _positions(flow):
    """x and y that a flow leads to, each (B, H, W)."""
    height, width = flow.shape[2:]
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return x + flow[:, 0], y + flow[:, 1]


def _by_grid_sample(image, x, y, **options):
    height, width = image.shape[2:]
    grid = torch.stack([2 * x / (width - 1) - 1, 2 * y / (height - 1) - 1], dim=3)
    return F.grid_sample(image, grid, **({"padding_mode": "border", "align_corners": True} | options))


@right("warp")
def by_the_package(image, flow):
    return video.warp(image, flow)


@right("warp")
def by_grid_sample(image, flow):
    return _by_grid_sample(image, *_positions(flow))


@right("warp")
def from_pixels_edges(image, flow):
    """With align_corners=False, whose -1 and 1 are the outer edges: half a pixel is added."""
    height, width = image.shape[2:]
    x, y = _positions(flow)
    grid = torch.stack([(2 * x + 1) / width - 1, (2 * y + 1) / height - 1], dim=3)
    return F.grid_sample(image, grid, padding_mode="border", align_corners=False)


@right("warp")
def by_four_neighbours(image, flow):
    """Advanced indexing, in float64; the far neighbours' weights are 0 where they are clamped."""
    height, width = image.shape[2:]
    x, y = _positions(flow.double())
    x, y = x.clamp(0, width - 1), y.clamp(0, height - 1)
    result = 0
    batch = torch.arange(len(image)).view(-1, 1, 1)
    for row in (y.floor(), y.floor() + 1):
        for column in (x.floor(), x.floor() + 1):
            weight = (1 - (y - row).abs()) * (1 - (x - column).abs())
            pixels = image[batch, :, row.long().clamp(max=height - 1), column.long().clamp(max=width - 1)]
            result = result + weight[..., None] * pixels
    return result.permute(0, 3, 1, 2)


@right("warp")
def pixel_by_pixel(image, flow):
    """Loops, with tents for weights; beyond the frame the picture is padded."""
    b, _, height, width = image.shape
    x, y = _positions(flow)
    x, y = x.clamp(0, width - 1), y.clamp(0, height - 1)
    pictures = []
    for n in range(b):
        across = (1 - (x[n, ..., None] - torch.arange(width)).abs()).clamp(min=0)
        down = (1 - (y[n, ..., None] - torch.arange(height)).abs()).clamp(min=0)
        pictures.append(torch.einsum("crs,hwr,hws->chw", image[n], down, across))
    return torch.stack(pictures)


@wrong("warp", says="x and y of the flow are swapped")
def rows_first(image, flow):
    y, x = flow.unbind(1)
    return by_the_package(image, torch.stack([x, y], dim=1))


@wrong("warp", says="rows and columns are swapped")
def grid_of_rows_and_columns(image, flow):
    height, width = image.shape[2:]
    x, y = _positions(flow)
    grid = torch.stack([2 * y / (height - 1) - 1, 2 * x / (width - 1) - 1], dim=3)
    return F.grid_sample(image, grid, padding_mode="border", align_corners=True)


@wrong("warp", says="the flow is followed backwards")
def subtracted(image, flow):
    return by_four_neighbours(image, -flow)


@wrong("warp", says="compare your lines with the formula")
def splatted(image, flow):
    """Pixels are put where they go, instead of fetched from there."""
    height, width = image.shape[2:]
    x, y = _positions(flow)
    x, y = x.round().long().clamp(0, width - 1), y.round().long().clamp(0, height - 1)
    result = torch.zeros_like(image)
    batch = torch.arange(len(image)).view(-1, 1, 1)
    return result.permute(0, 2, 3, 1).index_put((batch, y, x), image.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


@wrong("warp", says="everything lies half a pixel off")
def half_a_pixel_off(image, flow):
    height, width = image.shape[2:]
    x, y = _positions(flow)
    grid = torch.stack([2 * x / width - 1, 2 * y / height - 1], dim=3)
    return F.grid_sample(image, grid, padding_mode="border", align_corners=False)


@wrong("warp", says="everything lies half a pixel off")
def from_an_affine_grid(image, flow):
    """affine_grid's centres are right; the flow is counted so, but half a pixel is taken off again."""
    return by_the_package(image, flow - 0.5)


@wrong("warp", says="puts -1 and 1 at the edges of the outermost pixels")
def by_default(image, flow):
    return _by_grid_sample(image, *_positions(flow), align_corners=False)


@wrong("warp", says="positions are divided by width and height")
def divided_by_the_sides(image, flow):
    height, width = image.shape[2:]
    x, y = _positions(flow)
    grid = torch.stack([x / width, y / height], dim=3) * 2 - 1
    return F.grid_sample(image, grid, padding_mode="border", align_corners=True)


@wrong("warp", says="the nearest pixel is taken whole")
def rounded(image, flow):
    return by_the_package(image, flow.round())


@wrong("warp", says="beyond the frame it is black")
def zeros_beyond(image, flow):
    return _by_grid_sample(image, *_positions(flow), padding_mode="zeros")


@wrong("warp", says="but no gradient: look at `.detach()`")
def by_numpy(image, flow):
    return torch.from_numpy(np.asarray(by_the_package(image.detach(), flow)))


@wrong("warp", says="changes flow in place")
def positions_added_in_place(image, flow):
    height, width = image.shape[2:]
    flow[:, 0] += torch.arange(width)
    flow[:, 1] += torch.arange(height)[:, None]
    return _by_grid_sample(image, *flow.unbind(1))


@wrong("warp", says="yours is right on another input")
def square_alone(image, flow):
    side = image.shape[2]
    x, y = _positions(flow)
    grid = torch.stack([x, y], dim=3) * 2 / (side - 1) - 1
    return F.grid_sample(image, grid, padding_mode="border", align_corners=True)


@wrong("warp", says="stopped at")
def channels_first(image, flow):
    x, y = _positions(flow)
    return F.grid_sample(image, torch.stack([x, y], dim=1), padding_mode="border", align_corners=True)


# occlusion_mask


@right("occlusion_mask")
def mask_of_the_package(forward, backward, warp):
    return video.occlusion_mask(forward, backward, boundaries=False)


@right("occlusion_mask")
def by_norms_in_float64(forward, backward, warp):
    forward, backward = forward.double(), backward.double()
    there = warp(forward, backward)
    allowed = 0.01 * (there.norm(dim=1) ** 2 + backward.norm(dim=1) ** 2) + 0.5
    differs = (there + backward).norm(dim=1) ** 2 > allowed
    height, width = forward.shape[2:]
    x, y = _positions(backward)
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return (differs | ~inside)[:, None]


@right("occlusion_mask")
def visible_turned_round(forward, backward, warp):
    """Looked up by the student's own lines, and the frame's edge found by what zeros beyond it leave of a one."""
    there = _by_grid_sample(forward, *_positions(backward))
    u, v = (there + backward).unbind(1)
    total = there.pow(2).sum(1) + backward.pow(2).sum(1)
    ones = torch.ones_like(backward[:, :1])
    inside = _by_grid_sample(ones, *_positions(backward), padding_mode="zeros") > 0.9999
    visible = (u**2 + v**2 <= 0.01 * total + 0.5)[:, None] & inside
    return torch.logical_not(visible)


@wrong("occlusion_mask", says="the mask is inverted")
def visible(forward, backward, warp):
    return ~mask_of_the_package(forward, backward, warp)


@wrong("occlusion_mask", says="return True and False")
def as_zeros_and_ones(forward, backward, warp):
    return mask_of_the_package(forward, backward, warp).float()


@wrong("occlusion_mask", says="the forward flow is taken at the pixel itself")
def not_looked_up(forward, backward, warp):
    differs = (forward + backward).square().sum(1, keepdim=True)
    allowed = 0.01 * (forward.square() + backward.square()).sum(1, keepdim=True) + 0.5
    return (differs > allowed) | video.out_of_frame(backward)


@wrong("occlusion_mask", says="forward and backward are swapped")
def on_the_previous_frame(forward, backward, warp):
    return mask_of_the_package(backward, forward, warp)


@wrong("occlusion_mask", says="print the shape after each line")
def dimension_lost(forward, backward, warp):
    return mask_of_the_package(forward, backward, warp)[:, 0]


@wrong("occlusion_mask", says="compare your lines with the formula")
def motion_boundaries_too(forward, backward, warp):
    return video.occlusion_mask(forward, backward)


@wrong("occlusion_mask", says="compare your lines with the formula")
def halves_of_the_frame_swapped(forward, backward, warp):
    there = warp(forward, backward)
    differs = (there + backward).square().sum(1, keepdim=True)
    allowed = 0.01 * (there.square() + backward.square()).sum(1, keepdim=True) + 0.5
    x, y = _positions(backward)
    height, width = forward.shape[2:]
    return (differs > allowed) | ((x > width - 1) | (y > height - 1))[:, None]


@wrong("occlusion_mask", says="the two are subtracted")
def difference_of_flows(forward, backward, warp):
    there = warp(forward, backward)
    differs = F.mse_loss(there, backward, reduction="none").sum(1, keepdim=True)
    allowed = 0.01 * (there.square() + backward.square()).sum(1, keepdim=True) + 0.5
    return (differs > allowed) | video.out_of_frame(backward)


@wrong("occlusion_mask", says="pixels that came from outside the frame are left out")
def edge_forgotten(forward, backward, warp):
    there = warp(forward, backward)
    allowed = 0.01 * (there.square() + backward.square()).sum(1, keepdim=True) + 0.5
    return (there + backward).square().sum(1, keepdim=True) > allowed


@wrong("occlusion_mask", says="yours is right on another input")
def slightly_too_much_allowed(forward, backward, warp):
    there = warp(forward, backward)
    allowed = 0.012 * (there.square() + backward.square()).sum(1, keepdim=True) + 0.5
    return ((there + backward).square().sum(1, keepdim=True) > allowed) | video.out_of_frame(backward)


@wrong("occlusion_mask", says="stopped at")
def one_flow_given(forward, backward, warp):
    return warp(forward) + backward > 0.5


# temporal_loss


@right("temporal_loss")
def loss_of_the_package(this, warped, visible):
    return video.temporal_loss(this, warped, visible)


@right("temporal_loss")
def picture_by_picture(this, warped, visible):
    sums = [(mask * (one - other) ** 2).sum() for one, other, mask in zip(this, warped, visible, strict=True)]
    return torch.stack(sums).double().sum() / this.numel()


@right("temporal_loss")
def by_the_roots_of_weights(this, warped, visible):
    root = visible.float().sqrt()
    return F.mse_loss(root * this, root * warped)


@wrong("temporal_loss", says="the weights are squared, too")
def masked_before(this, warped, visible):
    return F.mse_loss(visible * this, visible * warped)


@wrong("temporal_loss", says="divided by the visible pixels alone")
def chosen(this, warped, visible):
    weights = visible.float().expand_as(this)
    return (weights * (this - warped) ** 2).sum() / weights.sum().clamp(min=1e-9)


@wrong("temporal_loss", says="look for a division by zero")
def by_nothing(this, warped, visible):
    """Right on what is fully visible, of which no trial is."""
    return loss_of_the_package(this, warped, visible) * visible.sum() / visible.sum()


@wrong("temporal_loss", says="the mask is inverted")
def hidden(this, warped, visible):
    return ((1 - visible.float()) * (this - warped).square()).mean()


@wrong("temporal_loss", says="stopped at `return torch.einsum(")
def weights_alone(this, warped, visible):
    return torch.einsum("bchw,bihw->", (this - warped).square(), visible) / this.numel()


@wrong("temporal_loss", says="stopped at")
def indexed(this, warped, visible):
    return ((this - warped) ** 2)[visible].mean()


@wrong("temporal_loss", says="which has no gradient")
def as_number(this, warped, visible):
    return loss_of_the_package(this, warped, visible).item()


@wrong("temporal_loss", says="but no gradient: look at `.detach()`")
def detached(this, warped, visible):
    return loss_of_the_package(this.detach(), warped, visible)


@wrong("temporal_loss", says="changes this in place")
def in_place(this, warped, visible):
    this -= warped
    return (visible * this**2).mean()


@wrong("temporal_loss", says="print the shape after each line")
def one_for_each_picture(this, warped, visible):
    return (visible * (this - warped).square()).mean(dim=(1, 2, 3))


# output_temporal_loss


@right("output_temporal_loss")
def by_the_package_without_flow(this, warped, frame, warped_frame, visible):
    flow = torch.zeros_like(this[:, :2])
    return video.output_temporal_loss(this, warped, (frame, warped_frame), flow, visible)


@right("output_temporal_loss")
def by_hand(this, warped, frame, warped_frame, visible):
    red, green, blue = (frame - warped_frame).double().unbind(1)
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return torch.stack([(visible[:, 0] * (this[:, c] - warped[:, c] - light) ** 2).mean() for c in range(3)]).mean()


@right("output_temporal_loss")
def luminances_subtracted(this, warped, frame, warped_frame, visible):
    weights = torch.tensor([[0.2126, 0.7152, 0.0722]])[..., None, None]
    before, after = F.conv2d(warped_frame, weights), F.conv2d(frame, weights)
    return (visible * ((this - after) - (warped - before)).pow(2)).mean()


def _by_weights(*weights):
    weights = torch.tensor(weights).view(3, 1, 1)

    def loss(this, warped, frame, warped_frame, visible):
        light = ((frame - warped_frame) * weights).sum(1, keepdim=True)
        return (visible * (this - warped - light) ** 2).mean()

    return loss


@wrong("output_temporal_loss", says="BT.601's weights")
def by_old_weights(*clip):
    return _by_weights(0.299, 0.587, 0.114)(*clip)


@wrong("output_temporal_loss", says="green's weight is mistyped")
def mistyped_green(*clip):
    return _by_weights(0.2126, 0.7512, 0.0722)(*clip)


@wrong("output_temporal_loss", says="red's weight is mistyped")
def mistyped_red(*clip):
    return _by_weights(0.2162, 0.7152, 0.0722)(*clip)


@wrong("output_temporal_loss", says="compare your lines with the formula")
def mistyped_otherwise(*clip):
    return _by_weights(0.2126, 0.7125, 0.0722)(*clip)


@wrong("output_temporal_loss", says="in the order blue, green, red")
def as_opencv_has_them(this, warped, frame, warped_frame, visible):
    return by_hand(this.flip(1), warped.flip(1), frame.flip(1), warped_frame.flip(1), visible)


@wrong("output_temporal_loss", says="the luminance is the channels' mean")
def grey_by_mean(this, warped, frame, warped_frame, visible):
    light = (frame - warped_frame).mean(1, keepdim=True)
    return (visible * (this - warped - light).square()).mean()


@wrong("output_temporal_loss", says="each channel's own change of the frames is subtracted")
def channel_by_channel(this, warped, frame, warped_frame, visible):
    return video.temporal_loss(this - frame, warped - warped_frame, visible)


@wrong("output_temporal_loss", says="the light's change is added")
def signs_mixed_up(this, warped, frame, warped_frame, visible):
    return (visible * (this - warped - luminance(warped_frame - frame)).square()).mean()


@wrong("output_temporal_loss", says="the channels are summed")
def of_the_paper(this, warped, frame, warped_frame, visible):
    change = this - warped - luminance(frame - warped_frame)
    return (visible * change.square()).sum() / visible.numel()


@wrong("output_temporal_loss", says="must match the size")
def dimension_of_light_lost(this, warped, frame, warped_frame, visible):
    light = luminance(frame - warped_frame).squeeze(1)
    return (visible * (this - warped - light).square()).mean()


@wrong("output_temporal_loss", says="but no gradient: look at `torch.no_grad()`")
def without_gradients(this, warped, frame, warped_frame, visible):
    with torch.no_grad():
        return by_the_package_without_flow(this, warped, frame, warped_frame, visible)


# flicker


@right("flicker")
def flicker_of_the_package(frames, flow, occluded, warp):
    return video.flicker(frames, flow, occluded)


@right("flicker")
def pair_by_pair(frames, flow, occluded, warp):
    total, count = torch.zeros((), dtype=torch.float64), 0
    for n in range(len(frames) - 1):
        before = warp(frames[n : n + 1], flow[n : n + 1])
        kept = ~occluded[n].expand(3, -1, -1)
        total += ((frames[n + 1] - before[0])[kept] ** 2).sum()
        count += kept.sum()
    return total / max(1, count)


@right("flicker")
def by_boolean_index(frames, flow, occluded, warp):
    change = (frames[1:] - warp(frames[:-1], flow)).square().mean(1, keepdim=True)
    kept = change[~occluded]
    return kept.mean() if len(kept) else torch.tensor(0.0)


@wrong("flicker", says="look for a division by zero")
def mean_of_nothing(frames, flow, occluded, warp):
    return (frames[1:] - warp(frames[:-1], flow)).square().mean(1, keepdim=True)[~occluded].mean()


@wrong("flicker", says="divided by all numbers")
def zeros_in_the_mean(frames, flow, occluded, warp):
    return ((frames[1:] - warp(frames[:-1], flow)) * ~occluded).square().mean()


@wrong("flicker", says="the mask is inverted")
def of_occluded_pixels(frames, flow, occluded, warp):
    return flicker_of_the_package(frames, flow, ~occluded, warp)


@wrong("flicker", says="each pair's mean counts the same")
def mean_of_means(frames, flow, occluded, warp):
    pairs = zip(frames[:-1].split(1), frames[1:].split(1), flow.split(1), occluded.split(1), strict=True)
    flickers = [video.flicker(torch.cat([one, other]), way, mask) for one, other, way, mask in pairs]
    return torch.stack(flickers).mean()


@wrong("flicker", says="the later frame of each pair is warped")
def later_one_warped(frames, flow, occluded, warp):
    return video.flicker(frames.flip(0), flow.flip(0), occluded.flip(0))


@wrong("flicker", says="each has three channels")
def by_pixels(frames, flow, occluded, warp):
    visible = ~occluded
    change = (frames[1:] - warp(frames[:-1], flow)).square()
    return (visible * change).sum() / visible.sum().clamp(min=1)


@wrong("flicker", says="motion counts as flicker")
def without_flow(frames, flow, occluded, warp):
    return video.flicker(frames, torch.zeros_like(flow), occluded)


@wrong("flicker", says="must match the size")
def one_pair_too_many(frames, flow, occluded, warp):
    return (frames - warp(frames[:-1], flow)).square()[~occluded].mean()


@wrong("flicker", says="this is the sum")
def summed(frames, flow, occluded, warp):
    return ((frames[1:] - warp(frames[:-1], flow)).square() * ~occluded).sum()


@wrong("flicker", says="gives the Python number")
def as_float(frames, flow, occluded, warp):
    return float(flicker_of_the_package(frames, flow, occluded, warp))


# paint_steadily


@right("paint_steadily")
def frame_by_frame(frames, paint, flow_between, warp, occlusion_mask, strength):
    results = []
    for n, frame in enumerate(frames):
        result = paint(frame[None])
        if n > 0:
            back = flow_between(frame[None], frames[n - 1][None])
            visible = ~occlusion_mask(flow_between(frames[n - 1][None], frame[None]), back, warp)
            share = strength * visible.float()
            result = share * warp(results[-1], back) + (1 - share) * result
        results.append(result)
    return torch.cat(results)


@right("paint_steadily")
def all_painted_at_once(frames, paint, flow_between, warp, occlusion_mask, strength):
    """Painted, and the flows found, as batches; then the results are filled in."""
    results, previous, this = paint(frames).clone(), frames[:-1], frames[1:]
    backward = torch.cat([flow_between(one, two) for one, two in zip(this.split(1), previous.split(1), strict=True)])
    forward = torch.cat([flow_between(one, two) for one, two in zip(previous.split(1), this.split(1), strict=True)])
    occluded = occlusion_mask(forward, backward, warp)
    for n in range(1, len(frames)):
        before = torch.where(occluded[n - 1], results[n], warp(results[n - 1 : n], backward[n - 1 : n])[0])
        results[n] = results[n].lerp(before, strength)
    return results


@right("paint_steadily")
def by_the_painter_of_the_package(frames, paint, flow_between, warp, occlusion_mask, strength):
    """`video.Blended`, whose own warp agrees with whichever is handed in if it is given that one's result."""

    def motion(this, previous):
        back = flow_between(this, previous)
        whole = torch.equal(warp(this, back), video.warp(this, back.round()))
        visible = ~occlusion_mask(flow_between(previous, this), back, warp)
        return video.Motion(back.round() if whole else back, visible)

    painter = video.Blended(video.FrameByFrame(paint), strength, motion)
    results, before = [], None
    for frame in frames.split(1):
        results.append(painter.paint(frame, before and video.Previous(before[0], results[-1])))
        before = (frame,)
    return torch.cat(results)


def _steadily(frames, paint, flow_between, warp, occlusion_mask, strength, first=None):
    """Right, but for what is handed in instead."""
    result = paint(frames[:1]) if first is None else first
    results = [result]
    for previous, this in zip(frames[:-1].split(1), frames[1:].split(1), strict=True):
        back = flow_between(this, previous)
        occluded = occlusion_mask(flow_between(previous, this), back, warp)
        painted = paint(this)
        result = torch.where(occluded, painted, (1 - strength) * painted + strength * warp(result, back))
        results.append(result)
    return torch.cat(results)


@wrong("paint_steadily", says="return a torch tensor")
def as_list(*parts):
    return list(_steadily(*parts).split(1))


@wrong("paint_steadily", says="paints 8 pictures for 4 frames: paint each frame once")
def painted_twice(frames, paint, flow_between, warp, occlusion_mask, strength):
    paint(frames)
    return _steadily(frames, paint, flow_between, warp, occlusion_mask, strength)


@wrong("paint_steadily", says="the previous frame's own painting is blended in")
def painting_of_the_frame_before(frames, paint, flow_between, warp, occlusion_mask, strength):
    results = [paint(frames[:1])]
    for n in range(1, len(frames)):
        this, previous = frames[n : n + 1], frames[n - 1 : n]
        back = flow_between(this, previous)
        visible = ~occlusion_mask(flow_between(previous, this), back, warp)
        share = strength * visible
        results.append(share * warp(paint(previous), back) + (1 - share) * paint(this))
    return torch.cat(results)


@wrong("paint_steadily", says="the previous frame of the film is blended in, unpainted")
def photo_shows_through(frames, paint, flow_between, warp, occlusion_mask, strength):
    results = [paint(frames[:1])]
    for this, previous in zip(frames[1:].split(1), frames[:-1].split(1), strict=True):
        back = flow_between(this, previous)
        share = strength * ~occlusion_mask(flow_between(previous, this), back, warp)
        results.append(paint(this).lerp(warp(previous, back), share))
    return torch.cat(results)


@wrong("paint_steadily", says="the flow leads from the previous frame to this one")
def warped_by_forward(frames, paint, flow_between, warp, occlusion_mask, strength):
    results = [paint(frames[:1])]
    for this, previous in zip(frames[1:].split(1), frames[:-1].split(1), strict=True):
        forward, backward = flow_between(previous, this), flow_between(this, previous)
        share = strength * ~occlusion_mask(forward, backward, warp)
        results.append(paint(this).lerp(warp(results[-1], forward), share))
    return torch.cat(results)


@wrong("paint_steadily", says="compare your lines with the formula")
def first_and_second_swapped(frames, paint, flow_between, warp, occlusion_mask, strength):
    return _steadily(frames, paint, lambda one, other: flow_between(other, one), warp, occlusion_mask, strength)


@wrong("paint_steadily", says="nothing is masked")
def no_mask(frames, paint, flow_between, warp, occlusion_mask, strength):
    def nothing(forward, backward, warp):
        return torch.zeros_like(forward[:, :1]).bool()

    return _steadily(frames, paint, flow_between, warp, nothing, strength)


@wrong("paint_steadily", says="the mask is inverted")
def blended_where_occluded(frames, paint, flow_between, warp, occlusion_mask, strength):
    return _steadily(frames, paint, flow_between, warp, lambda *flows: ~occlusion_mask(*flows), strength)


@wrong("paint_steadily", says="the first frame is blended with nothing")
def first_from_black(frames, paint, flow_between, warp, occlusion_mask, strength):
    first = torch.zeros_like(frames[:1]).lerp(paint(frames[:1]), 1 - strength)
    return _steadily(frames, paint, flow_between, warp, occlusion_mask, strength, first)


@wrong("paint_steadily", says="yours is right on another input")
def with_a_warp_of_its_own(frames, paint, flow_between, warp, occlusion_mask, strength):
    return _steadily(frames, paint, flow_between, video.warp, occlusion_mask, strength)


@wrong("paint_steadily", says="stopped at")
def cold_start(frames, paint, flow_between, warp, occlusion_mask, strength):
    result = None
    for this in frames.split(1):
        result = strength * result + (1 - strength) * paint(this)
    return result


@wrong("paint_steadily", says="changes frames in place")
def painted_into_the_frames(frames, paint, flow_between, warp, occlusion_mask, strength):
    for n in range(len(frames)):
        frames[n : n + 1] = paint(frames[n : n + 1])
    return frames
