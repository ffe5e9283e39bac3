"""Lesson 03: optimising the pixels of one picture."""

import torch
from torch.nn import functional as F

from nst_helpers import losses
from nst_helpers.images import color
from tests.wrong_answers import right, wrong

# content_loss


@right("content_loss")
def by_torch(features, target):
    return F.mse_loss(features, target)


@right("content_loss")
def by_hand(features, target):
    difference = features - target
    return (difference * difference).sum() / difference.numel()


@right("content_loss")
def step_by_step(features, target):
    total = torch.tensor(0.0)
    for one, other in zip(features, target, strict=True):
        total = total + torch.mean((one - other) ** 2)
    return total / len(features)


@wrong("content_loss", says="the squares are summed; take their mean")
def sum_for_mean(features, target):
    return ((features - target) ** 2).sum()


@wrong("content_loss", says="half the sum")
def paper_s_half(features, target):
    return 0.5 * F.mse_loss(features, target, reduction="sum")


@wrong("content_loss", says="yours is 0.5 times the right one")
def half_the_mean(features, target):
    return F.mse_loss(features, target) / 2


@wrong("content_loss", says="absolute differences; square them")
def absolute(features, target):
    return F.l1_loss(features, target)


@wrong("content_loss", says="the square is missing")
def unsquared(features, target):
    return (features - target).mean()


@wrong("content_loss", says="leave the root out")
def root(features, target):
    return ((features - target) ** 2).mean().sqrt()


@wrong("content_loss", says="not the norm")
def norm(features, target):
    return torch.norm(features - target)


@wrong("content_loss", says="a loss is one number")
def not_reduced(features, target):
    return (features - target) ** 2


@wrong("content_loss", says="a number for each picture")
def for_each_picture(features, target):
    return ((features - target) ** 2).flatten(1).mean(dim=1)


@wrong("content_loss", says="Gram matrices are style")
def style_for_content(features, target):
    return F.mse_loss(losses.gram_matrix(features), losses.gram_matrix(target))


@wrong("content_loss", says="Python number")
def python_number(features, target):
    return F.mse_loss(features, target).item()


@wrong("content_loss", says="look at `.detach()` in your code")
def detached(features, target):
    return F.mse_loss(features.detach(), target.detach())


@wrong("content_loss", says="look at `.data` in your code")
def by_data(features, target):
    return ((features.data - target) ** 2).mean()


@wrong("content_loss", says="look at `torch.no_grad()` in your code")
@torch.no_grad()
def without_gradient(features, target):
    return F.mse_loss(features, target)


@wrong("content_loss", says="look at `.item()` and `torch.tensor()` in your code")
def wrapped_again(features, target):
    return torch.tensor(F.mse_loss(features, target).item(), dtype=features.dtype)


@wrong("content_loss", says="NumPy has no gradient")
def by_numpy(features, target):
    return torch.as_tensor(((features.numpy() - target.numpy()) ** 2).mean())


@wrong("content_loss", says="gives a list: return a torch tensor")
def a_list_of_losses(features, target):
    return [F.mse_loss(one, other) for one, other in zip(features, target, strict=True)]


@wrong("content_loss", says="changes features in place")
def in_place(features, target):
    features -= target
    return (features**2).mean()


@wrong("content_loss", says="changes target in place")
def target_in_place(features, target):
    return target.sub_(features).square().mean()


@wrong("content_loss", says="compare your lines with the formula, term by term")
def divided_by_its_size(features, target):
    return ((features - target) ** 2).sum() / (features - target).abs().sum()


@wrong("content_loss", says="its gradient is 0.5 times the right one: look at `.detach()`")
def half_detached_difference(features, target):
    difference = features - target
    return (difference * difference.detach()).mean()


@wrong("content_loss", says="gradient is not the right one")
def partly_detached(features, target):
    scale = features.square().mean()
    return F.mse_loss(features, target) * scale / scale.detach()


@wrong("content_loss", says="gives torch.float32 for a torch.float64 input")
def cast(features, target):
    return F.mse_loss(features.float(), target.float())


@wrong("content_loss", says="fixes a device with `.cpu(...)`")
def on_the_cpu(features, target):
    return F.mse_loss(features.cpu(), target.cpu())


@wrong("content_loss", says="does it end with `return`")
def no_return(features, target):
    F.mse_loss(features, target)


@wrong("content_loss", says="Keep the signature as the exercise gives it")
def other_signature(features):
    return features.square().mean()


GLOBAL = torch.tensor(0.25)


@wrong("content_loss", says="reads a variable of the notebook")
def reads_a_global(features, target):
    return GLOBAL


@wrong("content_loss", says="leaves gradients switched off for the whole notebook")
def switches_gradients_off(features, target):
    torch.set_grad_enabled(False)
    return F.mse_loss(features, target)


@wrong("content_loss", says="only the means are compared")
def means_alone(features, target):
    return (features.mean() - target.mean()) ** 2


@wrong("content_loss", says="the pictures of the batch are summed")
def pictures_summed(features, target):
    return sum(F.mse_loss(one, other) for one, other in zip(features, target, strict=True))


@wrong("content_loss", says="square them. (There is a factor of 2 besides.)")
def absolute_and_doubled(features, target):
    return 2 * F.l1_loss(features, target)


@wrong("content_loss", says="gives torch.int64: return floating-point numbers")
def whole_numbers(features, target):
    return F.mse_loss(features, target).round().long()


@wrong("content_loss", says="look at `torch.inference_mode()`")
def in_inference_mode(features, target):
    with torch.inference_mode():
        return F.mse_loss(features, target)


@wrong("content_loss", says="look at `torch.set_grad_enabled()`")
def gradient_disabled(features, target):
    with torch.set_grad_enabled(False):
        return F.mse_loss(features, target)


@wrong("content_loss", says="look at `.detach()` and `.numpy()`")
def by_numpy_detached(features, target):
    difference = features.detach().numpy() - target.numpy()
    return torch.as_tensor((difference**2).mean())


@wrong("content_loss", says="look at `.tolist()` and `torch.tensor()`")
def by_lists(features, target):
    squares = (features - target).square().flatten().tolist()
    return torch.tensor(sum(squares) / len(squares))


# gram_matrix


@right("gram_matrix")
def by_bmm(features):
    b, c, h, w = features.shape
    rows = features.reshape(b, c, h * w)
    return torch.bmm(rows, rows.transpose(1, 2)) / (c * h * w)


@right("gram_matrix")
def by_einsum(features):
    _, c, h, w = features.shape
    return torch.einsum("bchw,bdhw->bcd", features, features).div(c * h * w)


@right("gram_matrix")
def picture_by_picture(features):
    _, c, h, w = features.shape
    gram = features.new_zeros(len(features), c, c)
    for number, picture in enumerate(features):
        gram[number] = picture.flatten(1) @ picture.flatten(1).T / (c * h * w)
    return gram


@right("gram_matrix")
def filled_in_where_the_features_are(features):
    b, c, h, w = features.size()
    rows = features.view(b, c, h * w)
    gram = torch.zeros(b, c, c, device=features.device, dtype=features.dtype)
    for i in range(c):
        gram[:, i] = (rows[:, i : i + 1] * rows).sum(dim=2) / (c * h * w)
    return gram


@wrong("gram_matrix", says="is not divided")
def undivided(features):
    rows = features.flatten(2)
    return rows @ rows.mT


@wrong("gram_matrix", says="divided by H*W alone")
def by_positions(features):
    rows = features.flatten(2)
    return rows @ rows.mT / rows.shape[2]


@wrong("gram_matrix", says="divided by C alone")
def by_channels(features):
    rows = features.flatten(2)
    return rows @ rows.mT / rows.shape[1]


@wrong("gram_matrix", says="divided by B*C*H*W")
def by_batch_too(features):
    rows = features.flatten(2)
    return rows @ rows.mT / features.numel()


@wrong("gram_matrix", says="batch is folded into the channels")
def pytorch_tutorial(features):
    a, b, c, d = features.size()
    rows = features.reshape(a * b, c * d)
    return torch.mm(rows, rows.t()).div(a * b * c * d)


@wrong("gram_matrix", says="batch is folded into the channels")
def folded_and_undivided(features):
    rows = features.flatten(0, 1).flatten(1)
    return rows @ rows.T


@wrong("gram_matrix", says="added up or lost")
def batch_summed(features):
    _, c, h, w = features.shape
    return torch.einsum("bchw,bdhw->cd", features, features) / (c * h * w)


@wrong("gram_matrix", says="added up or lost")
def first_picture_alone(features):
    rows = features[0].flatten(1)
    return rows @ rows.T / rows.numel()


@wrong("gram_matrix", says="transposed, positions by positions")
def transposed(features):
    rows = features.flatten(2)
    return rows.mT @ rows / features[0].numel()


@wrong("gram_matrix", says="transposed, positions by positions")
def transposed_and_undivided(features):
    rows = features.flatten(2)
    return rows.mT @ rows


@wrong("gram_matrix", says="mixes channels with positions")
def reshaped_for_transposed(features):
    b, c, h, w = features.shape
    columns = features.reshape(b, h * w, c)
    return columns.mT @ columns / (c * h * w)


@wrong("gram_matrix", says="batch is folded into the channels")
def pytorch_tutorial_viewed(features):
    a, b, c, d = features.size()
    rows = features.view(a * b, c * d)  # fails on features stored channels last
    return torch.mm(rows, rows.t()).div(a * b * c * d)


@wrong("gram_matrix", says="use `reshape` or `flatten`")
def viewed(features):
    b, c, h, w = features.shape
    rows = features.view(b * c, h * w).view(b, c, h * w)
    return rows @ rows.mT / (c * h * w)


@wrong("gram_matrix", says="element by element")
def elementwise(features):
    return features * features / features[0].numel()


@wrong("gram_matrix", says="makes it a covariance")
def covariance(features):
    rows = features.flatten(2)
    rows = rows - rows.mean(dim=2, keepdim=True)
    return rows @ rows.mT / features[0].numel()


@wrong("gram_matrix", says="scaled to length 1")
def cosines(features):
    rows = F.normalize(features.flatten(2), dim=2)
    return rows @ rows.mT


@wrong("gram_matrix", says="scaled to length 1")
def cosines_of_dead_channels(features):
    rows = features.flatten(2)
    rows = rows / rows.norm(dim=2, keepdim=True)
    return rows @ rows.mT


@wrong("gram_matrix", says="gives NaN or infinity")
def scaled_there_and_back(features):
    rows = features.flatten(2)
    length = rows.norm(dim=2, keepdim=True)
    return (rows / length * length) @ rows.mT / features[0].numel()


@wrong("gram_matrix", says="its gradient is not the right one: look at `.detach()`")
def half_detached(features):
    rows = features.flatten(2)
    return rows @ rows.detach().mT / features[0].numel()


@wrong("gram_matrix", says="has the right value, but no gradient: look at `.detach()`")
def gram_detached(features):
    return by_bmm(features).detach()


@wrong("gram_matrix", says="changes features in place")
def divided_in_place(features):
    _, c, h, w = features.shape
    features /= (c * h * w) ** 0.5
    return features.flatten(2) @ features.flatten(2).mT


@wrong("gram_matrix", says="gives torch.float32 for a torch.float64 input")
def filled_in(features):
    b, c, h, w = features.shape
    gram = torch.zeros(b, c, c)
    for i in range(c):
        for j in range(c):
            gram[:, i, j] = (features[:, i] * features[:, j]).sum(dim=(1, 2)) / (c * h * w)
    return gram


@wrong("gram_matrix", says="fixes a device with `torch.zeros(...)`")
def filled_in_on_the_cpu(features):
    b, c, h, w = features.shape
    gram = torch.zeros(b, c, c, dtype=features.dtype)
    for number in range(b):
        gram[number] = features[number].flatten(1) @ features[number].flatten(1).T / (c * h * w)
    return gram


@wrong("gram_matrix", says="at `return rows @ rows / (c * h * w)`")
def not_transposed(features):
    _, c, h, w = features.shape
    rows = features.flatten(2)
    return rows @ rows / (c * h * w)


@wrong("gram_matrix", says="where (2, 3, 3) is right: print the shape after each line")
def averaged_away(features):
    return features.mean(dim=(2, 3))


# style_loss


@right("style_loss")
def by_loop(features, targets, weights):
    total = 0
    for layer, target in targets.items():
        total = total + weights[layer] * F.mse_loss(losses.gram_matrix(features[layer]), target)
    return total


@right("style_loss")
def by_stack(features, targets, weights):
    terms = [weights[layer] * (losses.gram_matrix(features[layer]) - targets[layer]).pow(2).mean() for layer in targets]
    return torch.stack(terms).sum()


@wrong("style_loss", says="weights are ignored")
def unweighted(features, targets, weights):
    return sum(F.mse_loss(losses.gram_matrix(features[layer]), target) for layer, target in targets.items())


@wrong("style_loss", says="divided by the number of layers")
def averaged_over_layers(features, targets, weights):
    return by_loop(features, targets, weights) / len(targets)


@wrong("style_loss", says="divided by the sum of the weights")
def weighted_mean(features, targets, weights):
    return by_loop(features, targets, weights) / sum(weights.values())


@wrong("style_loss", says="squares of each matrix are summed")
def entries_summed(features, targets, weights):
    return sum(
        weights[layer] * F.mse_loss(losses.gram_matrix(features[layer]), target, reduction="sum")
        for layer, target in targets.items()
    )


@wrong("style_loss", says="absolute differences; square them")
def absolute_style(features, targets, weights):
    return sum(
        weights[layer] * (losses.gram_matrix(features[layer]) - targets[layer]).abs().mean() for layer in targets
    )


@wrong("style_loss", says="the square is missing")
def unsquared_style(features, targets, weights):
    return sum(weights[layer] * (losses.gram_matrix(features[layer]) - targets[layer]).mean() for layer in targets)


@wrong("style_loss", says="weights are squared as well")
def weights_squared(features, targets, weights):
    return sum(
        (weights[layer] * (losses.gram_matrix(features[layer]) - target)).square().mean()
        for layer, target in targets.items()
    )


@wrong("style_loss", says="only the last layer counts")
def last_layer_alone(features, targets, weights):
    for layer, target in targets.items():
        total = weights[layer] * F.mse_loss(losses.gram_matrix(features[layer]), target)
    return total


@wrong("style_loss", says="does `return` stand inside the loop")
def returned_too_early(features, targets, weights):
    total = 0
    for layer, target in targets.items():
        total = total + weights[layer] * F.mse_loss(losses.gram_matrix(features[layer]), target)
        return total


@wrong("style_loss", says="wrong layers meet")
def zipped(features, targets, weights):
    return sum(
        weight * F.mse_loss(losses.gram_matrix(feature), target)
        for weight, feature, target in zip(weights.values(), features.values(), targets.values(), strict=False)
    )


@wrong("style_loss", says="loop over the layers that are wanted")
def over_all_features(features, targets, weights):
    return sum(weights[layer] * F.mse_loss(losses.gram_matrix(features[layer]), targets[layer]) for layer in features)


@wrong("style_loss", says="your Gram matrices are undivided")
def undivided_style(features, targets, weights):
    return sum(
        weights[layer] * F.mse_loss(features[layer].flatten(2) @ features[layer].flatten(2).mT, target)
        for layer, target in targets.items()
    )


@wrong("style_loss", says="yours is 0.25 times the right one")
def paper_s_quarter(features, targets, weights):
    return by_loop(features, targets, weights) / 4


@wrong("style_loss", says="Python number")
def summed_items(features, targets, weights):
    return sum(
        weights[layer] * F.mse_loss(losses.gram_matrix(features[layer]), target).item()
        for layer, target in targets.items()
    )


@wrong("style_loss", says='puts something else into features["relu1_1"], the caller')
def dictionary_overwritten(features, targets, weights):
    for layer in targets:
        features[layer] = losses.gram_matrix(features[layer])
    return sum(weights[layer] * F.mse_loss(features[layer], targets[layer]) for layer in targets)


@wrong("style_loss", says="no gradient: look at `.data`")
def style_by_data(features, targets, weights):
    return by_loop({layer: feature.data for layer, feature in features.items()}, targets, weights)


@wrong("style_loss", says='no gradient with respect to "relu1_1"')
def one_layer_detached(features, targets, weights):
    return by_loop(features | {"relu1_1": features["relu1_1"].detach()}, targets, weights)


@wrong("style_loss", says="stopped at `total = total + weights[layer] * (features[layer] - target)")
def features_for_gram(features, targets, weights):
    total = 0
    for layer, target in targets.items():
        total = total + weights[layer] * (features[layer] - target).square().mean()
    return total


@wrong("style_loss", says="leave the root of each layer's loss out")
def roots(features, targets, weights):
    return sum(
        weights[layer] * F.mse_loss(losses.gram_matrix(features[layer]), target).sqrt()
        for layer, target in targets.items()
    )


@wrong("style_loss", says="NameError: name 'gram' is not defined. Run the set-up cell first")
def name_of_another_cell(features, targets, weights):
    return sum(weights[layer] * F.mse_loss(gram(features[layer]), targets[layer]) for layer in targets)  # noqa: F821


# total_variation


@right("total_variation")
def by_slices(image):
    down = image[:, :, 1:, :] - image[:, :, :-1, :]
    across = image[:, :, :, 1:] - image[:, :, :, :-1]
    return (down**2).mean() + (across**2).mean()


@right("total_variation")
def by_diff(image):
    return sum(image.diff(dim=dim).square().mean() for dim in (2, 3))


@wrong("total_variation", says="looks downwards alone")
def down_alone(image):
    return image.diff(dim=2).square().mean()


@wrong("total_variation", says="looks to the right alone")
def right_alone(image):
    return image.diff().square().mean()


@wrong("total_variation", says="wraps around")
def rolled(image):
    return sum((image - image.roll(1, dim)).square().mean() for dim in (2, 3))


@wrong("total_variation", says="compared with zeros outside")
def padded(image):
    down = F.pad(image, (0, 0, 0, 1)).diff(dim=2)
    across = F.pad(image, (0, 1, 0, 0)).diff(dim=3)
    return down.square().mean() + across.square().mean()


@wrong("total_variation", says="absolute differences; square them")
def absolute_variation(image):
    return image.diff(dim=2).abs().mean() + image.diff(dim=3).abs().mean()


@wrong("total_variation", says="squares are summed; take the mean")
def summed_variation(image):
    return image.diff(dim=2).square().sum() + image.diff(dim=3).square().sum()


@wrong("total_variation", says="average their squares")
def kornia_s(image):
    return image.diff(dim=2).abs().sum() + image.diff(dim=3).abs().sum()


@wrong("total_variation", says="rises and falls cancel")
def unsquared_variation(image):
    return image.diff(dim=2).mean() + image.diff(dim=3).mean()


@wrong("total_variation", says="divided by the number of pixels")
def by_pixels(image):
    return (image.diff(dim=2).square().sum() + image.diff(dim=3).square().sum()) / image.numel()


@wrong("total_variation", says="colours are compared with one another")
def colors_too(image):
    return sum(image.diff(dim=dim).square().mean() for dim in (1, 2, 3))


@wrong("total_variation", says="along the diagonal")
def diagonal(image):
    return (image[..., 1:, 1:] - image[..., :-1, :-1]).square().mean()


@wrong("total_variation", says="yours is 0.5 times the right one")
def averaged_directions(image):
    return by_diff(image) / 2


@wrong("total_variation", says="isotropic total variation")
def isotropic(image):
    down, across = image.diff(dim=2)[..., 1:], image.diff(dim=3)[..., 1:, :]
    return (down**2 + across**2).sqrt().mean()


@wrong("total_variation", says="Python number")
def variation_as_number(image):
    return float(by_diff(image))


@wrong("total_variation", says="no gradient: look at `.detach()`")
def variation_detached(image):
    return by_diff(image.detach())


@wrong("total_variation", says="changes image in place")
def variation_in_place(image):
    across = image.diff(dim=3).square().mean()
    image[:, :, 1:] -= image[:, :, :-1].clone()
    return image[:, :, 1:].square().mean() + across


@wrong("total_variation", says="gradient of total_variation is NaN")
def squared_root(image):
    return sum(image.diff(dim=dim).square().mean().sqrt().square() for dim in (2, 3))


@wrong("total_variation", says="leave the root out: its gradient is NaN on a flat picture")
def variation_with_roots(image):
    return sum(image.diff(dim=dim).square().mean().sqrt() for dim in (2, 3))


# optimize


@right("optimize")
def by_lbfgs(image, loss_fn, steps):
    image = image.detach().clone().requires_grad_()
    optimizer = torch.optim.LBFGS([image], max_iter=1)

    def closure():
        optimizer.zero_grad()
        loss = loss_fn(image)
        loss.backward()
        return loss

    for _ in range(steps):
        optimizer.step(closure)
        with torch.no_grad():
            image.clamp_(0, 1)
    return image.detach()


@right("optimize")
def by_adam(image, loss_fn, steps):
    image = image.clone().requires_grad_()
    optimizer = torch.optim.Adam([image], lr=0.02)
    for _ in range(steps):
        optimizer.zero_grad()
        loss_fn(image).backward()
        optimizer.step()
        image.data.clamp_(0, 1)
    return image.data


@right("optimize")
def by_hand_without_an_optimizer(image, loss_fn, steps):
    image = image.detach().clone()
    for _ in range(steps):
        image.requires_grad_()
        (gradient,) = torch.autograd.grad(loss_fn(image), image)
        image = (image.detach() - 0.1 * gradient).clamp(0, 1)
    return image


def adam_loop(image, loss_fn, steps, *, step, start=None, finish=None, lr=0.05):
    """An Adam loop with one thing done differently."""
    image = (start or (lambda picture: picture.detach().clone().requires_grad_()))(image)
    optimizer = torch.optim.Adam([image], lr=lr)
    for _ in range(steps):
        step(optimizer, image, loss_fn)
        image.data.clamp_(0, 1)
    return (finish or torch.Tensor.detach)(image)


@wrong("optimize", says="changes the picture inside the closure")
def clamped_in_closure(image, loss_fn, steps):
    image = image.detach().clone().requires_grad_()
    optimizer = torch.optim.LBFGS([image], max_iter=1)

    def closure():
        image.data.clamp_(0, 1)
        optimizer.zero_grad()
        loss = loss_fn(image)
        loss.backward()
        return loss

    for _ in range(steps):
        optimizer.step(closure)
    return image.detach().clamp(0, 1)


@wrong("optimize", says="changes the picture inside the closure")
def the_tutorial_s(image, loss_fn, steps):
    image = image.detach().clone().requires_grad_()
    optimizer = torch.optim.LBFGS([image])
    run = [0]
    while run[0] < steps:

        def closure():
            with torch.no_grad():
                image.clamp_(0, 1)
            optimizer.zero_grad()
            loss = loss_fn(image)
            loss.backward()
            run[0] += 1
            return loss

        optimizer.step(closure)
    return image.detach().clamp(0, 1)


@wrong("optimize", says="clamps on the way to the loss")
def clamped_on_the_way(image, loss_fn, steps):
    image = image.detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([image], lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        loss_fn(image.clamp(0, 1)).backward()
        optimizer.step()
    return image.detach().clamp(0, 1)


@wrong("optimize", says="`max_iter=1`")
def twenty_a_step(image, loss_fn, steps):
    image = image.detach().clone().requires_grad_()
    optimizer = torch.optim.LBFGS([image])

    def closure():
        optimizer.zero_grad()
        loss = loss_fn(image)
        loss.backward()
        return loss

    for _ in range(steps):
        optimizer.step(closure)
        image.data.clamp_(0, 1)
    return image.detach()


@wrong("optimize", says="more than once per step")
def evaluated_again_to_print(image, loss_fn, steps):
    def step(optimizer, picture, loss_fn):
        optimizer.zero_grad()
        loss_fn(picture).backward()
        optimizer.step()
        loss_fn(picture).item()

    return adam_loop(image, loss_fn, steps, step=step)


@wrong("optimize", says="loop over `range(steps)`")
def a_step_short(image, loss_fn, steps):
    return by_adam(image, loss_fn, steps - 1)


@wrong("optimize", says="has a closure that returns nothing")
def closure_without_return(image, loss_fn, steps):
    image = image.detach().clone().requires_grad_()
    optimizer = torch.optim.LBFGS([image], max_iter=1)

    def closure():
        optimizer.zero_grad()
        loss_fn(image).backward()

    for _ in range(steps):
        optimizer.step(closure)
        image.data.clamp_(0, 1)
    return image.detach()


@wrong("optimize", says="`loss.backward()` is missing")
def no_backward(image, loss_fn, steps):
    def step(optimizer, picture, loss_fn):
        optimizer.zero_grad()
        loss_fn(picture)
        optimizer.step()

    return adam_loop(image, loss_fn, steps, step=step)


@wrong("optimize", says="`image = image.clamp(0, 1)` makes one")
def new_tensor_by_clamp(image, loss_fn, steps):
    image = image.detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([image], lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        loss_fn(image).backward()
        optimizer.step()
        image = image.detach().clamp(0, 1).requires_grad_()
    return image.detach()


@wrong("optimize", says="adds each gradient to those of the steps before")
def no_zero_grad(image, loss_fn, steps):
    def step(optimizer, picture, loss_fn):
        loss_fn(picture).backward()
        optimizer.step()

    return adam_loop(image, loss_fn, steps, step=step)


@wrong("optimize", says="makes a new optimiser in every step")
def optimizer_in_the_loop(image, loss_fn, steps):
    image = image.detach().clone().requires_grad_()
    for _ in range(steps):
        optimizer = torch.optim.Adam([image], lr=0.05)
        loss_fn(image).backward()
        optimizer.step()
        optimizer.zero_grad()
        image.data.clamp_(0, 1)
    return image.detach()


@wrong("optimize", says="pixels from -0.")
def never_clamped(image, loss_fn, steps):
    image = image.detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([image], lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        loss_fn(image).backward()
        optimizer.step()
    return image.detach()


@wrong("optimize", says="after every step, not only at the end")
def clamped_at_the_end_alone(image, loss_fn, steps):
    return never_clamped(image, loss_fn, steps).clamp(0, 1)


@wrong("optimize", says="clamp into [0, 1] after the last step as well")
def clamped_before_the_step(image, loss_fn, steps):
    image = image.detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([image], lr=0.05)
    for _ in range(steps):
        image.data.clamp_(0, 1)
        optimizer.zero_grad()
        loss_fn(image).backward()
        optimizer.step()
    return image.detach()


@wrong("optimize", says="No gradient arrives there")
def loss_of_a_detached_picture(image, loss_fn, steps):
    def step(optimizer, picture, loss_fn):
        optimizer.zero_grad()
        loss_fn(picture.detach()).backward()
        optimizer.step()

    return adam_loop(image, loss_fn, steps, step=step)


@wrong("optimize", says="changes image in place")
def the_caller_s_picture(image, loss_fn, steps):
    return adam_loop(image, loss_fn, steps, step=one_step, start=lambda picture: picture.detach().requires_grad_())


def one_step(optimizer, picture, loss_fn):
    optimizer.zero_grad()
    loss_fn(picture).backward()
    optimizer.step()


@wrong("optimize", says="switches `requires_grad` on in the caller's image")
def requires_grad_left_on(image, loss_fn, steps):
    image.requires_grad_()
    return by_adam(image.detach(), loss_fn, steps)


@wrong("optimize", says="An optimiser moves leaves only")
def not_a_leaf(image, loss_fn, steps):
    return adam_loop(image, loss_fn, steps, step=one_step, start=lambda picture: picture.requires_grad_().clone())


@wrong("optimize", says="return `image.detach()`")
def still_asks_for_a_gradient(image, loss_fn, steps):
    return adam_loop(image, loss_fn, steps, step=one_step, finish=lambda picture: picture)


@wrong("optimize", says="hardly improved")
def the_start_returned(image, loss_fn, steps):
    by_adam(image, loss_fn, steps)
    return image.clone()


@wrong("optimize", says="is the learning rate about 1 (L-BFGS)")
def too_slow(image, loss_fn, steps):
    return adam_loop(image, loss_fn, steps, step=one_step, lr=1e-4)


@wrong("optimize", says="Python number")
def the_loss_returned(image, loss_fn, steps):
    return loss_fn(by_adam(image, loss_fn, steps - 1)).item()


@wrong("optimize", says="gives the shape (108,): return the picture, (1, 3, 6, 6)")
def pixels_in_a_row(image, loss_fn, steps):
    return by_adam(image, loss_fn, steps).flatten()


@wrong("optimize", says="Change the picture under `torch.no_grad()`")
def leaf_changed_in_place(image, loss_fn, steps):
    image = image.detach().clone().requires_grad_()
    for _ in range(steps):
        loss_fn(image).backward()
        image -= 0.1 * image.grad
    return image.detach()


@wrong("optimize", says="Compute the loss anew in each step")
def loss_outside_the_loop(image, loss_fn, steps):
    image = image.detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([image], lr=0.05)
    loss = loss_fn(image)
    for _ in range(steps):
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        image.data.clamp_(0, 1)
    return image.detach()


# make_targets


@right("make_targets")
def by_comprehension(extractor, image, layers):
    with torch.no_grad():
        features = extractor(image)
    return {layer: losses.gram_matrix(features[layer]) for layer in layers}


@right("make_targets")
@torch.no_grad()
def by_loop_over_features(extractor, image, layers):
    targets = {}
    for layer, feature in extractor(image).items():
        if layer in layers:
            targets[layer] = losses.gram_matrix(feature)
    return targets


@right("make_targets")
def targets_detached(extractor, image, layers):
    features = extractor(image.detach())
    return {layer: losses.gram_matrix(features[layer].detach()) for layer in layers}


@wrong("make_targets", says="carries a gradient")
def with_gradient(extractor, image, layers):
    features = extractor(image)
    return {layer: losses.gram_matrix(features[layer]) for layer in layers}


@wrong("make_targets", says="runs the network 2 times")
def network_in_the_loop(extractor, image, layers):
    with torch.no_grad():
        return {layer: losses.gram_matrix(extractor(image)[layer]) for layer in layers}


@wrong("make_targets", says="wrong layer, conv4_2")
def convolution_for_relu(extractor, image, layers):
    with torch.no_grad():
        features = extractor(image)
    return {layer: losses.gram_matrix(features[layer.replace("relu", "conv")]) for layer in layers}


@wrong("make_targets", says="wrong layer, relu4_1")
def two_layers_early(extractor, image, layers):
    with torch.no_grad():
        features = extractor(image)
    names = list(features)
    return {layer: losses.gram_matrix(features[names[names.index(layer) - 2]]) for layer in layers}


@wrong("make_targets", says="not in that of `layers`")
def zipped_layers(extractor, image, layers):
    with torch.no_grad():
        features = extractor(image)
    return {layer: losses.gram_matrix(feature) for layer, feature in zip(layers, features.values(), strict=False)}


@wrong("make_targets", says="the wrong layer")
def same_variable(extractor, image, layers):
    with torch.no_grad():
        features = extractor(image)
    return {layer: losses.gram_matrix(features["relu4_2"]) for layer in layers}


@wrong("make_targets", says="when asked for relu4_2, relu1_1: loop over `layers`")
def all_layers(extractor, image, layers):
    with torch.no_grad():
        return {layer: losses.gram_matrix(feature) for layer, feature in extractor(image).items()}


@wrong("make_targets", says="gives a list: return a dictionary")
def a_list(extractor, image, layers):
    return list(by_comprehension(extractor, image, layers).values())


@wrong("make_targets", says="is the feature map of relu4_2 itself")
def features_for_targets(extractor, image, layers):
    with torch.no_grad():
        features = extractor(image)
    return {layer: features[layer] for layer in layers}


@wrong("make_targets", says="is no layer's Gram matrix")
def batch_dropped(extractor, image, layers):
    return {layer: target[0] for layer, target in by_comprehension(extractor, image, layers).items()}


@wrong("make_targets", says="hands the network another picture")
def normalized_twice(extractor, image, layers):
    mean, deviation = image.new_tensor([0.485, 0.456, 0.406]), image.new_tensor([0.229, 0.224, 0.225])
    return by_comprehension(extractor, (image - mean.view(3, 1, 1)) / deviation.view(3, 1, 1), layers)


@wrong("make_targets", says="runs the network 0 times")
def the_network_forgotten(extractor, image, layers):
    return {layer: losses.gram_matrix(image.detach()) for layer in layers}


@wrong("make_targets", says="leaves gradients switched off for the whole notebook")
def gradients_off_for_good(extractor, image, layers):
    torch.set_grad_enabled(False)
    return by_comprehension(extractor, image, layers)


# keep_colors


@right("keep_colors")
def by_shift(content, result):
    return (content + color.luminance(result) - color.luminance(content)).clamp(0, 1)


@right("keep_colors")
def by_the_package(content, result):
    return color.keep_luminance(content, result)


@right("keep_colors")
def by_matrix(content, result):
    weights = content.new_tensor([0.2126, 0.7152, 0.0722]).view(1, 3, 1, 1)
    y, chroma = (weights * result).sum(dim=1, keepdim=True), content - (weights * content).sum(dim=1, keepdim=True)
    return torch.clamp(y + chroma, min=0.0, max=1.0)


@wrong("keep_colors", says="roles are swapped")
def swapped(content, result):
    return by_shift(result, content)


@wrong("keep_colors", says="this is grey")
def grey(content, result):
    return color.luminance(result).repeat(1, 3, 1, 1)


@wrong("keep_colors", says="the luminance alone")
def one_channel(content, result):
    return color.luminance(result)


@wrong("keep_colors", says="mean of R, G and B")
def mean_for_luminance(content, result):
    return (content + result.mean(dim=1, keepdim=True) - content.mean(dim=1, keepdim=True)).clamp(0, 1)


@wrong("keep_colors", says="weights of BT.601")
def pillow_s_weights(content, result):
    weights = content.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    return (content + (weights * (result - content)).sum(dim=1, keepdim=True)).clamp(0, 1)


@wrong("keep_colors", says="colours are multiplied")
def by_ratio(content, result):
    return content * color.luminance(result) / color.luminance(content)


@wrong("keep_colors", says="the content's own luminance is still in it")
def luminance_on_top(content, result):
    return content + color.luminance(result)


@wrong("keep_colors", says="bring them back into [0, 1]")
def not_clamped(content, result):
    return content + color.luminance(result) - color.luminance(content)


@wrong("keep_colors", says="only the mean colours are the content's")
def mean_colors(content, result):
    shift = content.mean(dim=(2, 3), keepdim=True) - result.mean(dim=(2, 3), keepdim=True)
    return (result + shift).clamp(0, 1)


@wrong("keep_colors", says="the result as it was")
def nothing_done(content, result):
    return result


@wrong("keep_colors", says="changes result in place")
def result_in_place(content, result):
    result += color.luminance(content) - color.luminance(result)
    return result


@wrong("keep_colors", says="Print the shapes of what goes into that line")
def without_keepdim(content, result):
    weights = content.new_tensor([0.2126, 0.7152, 0.0722]).view(1, 3, 1, 1)
    return (content + (weights * (result - content)).sum(dim=1)).clamp(0, 1)


@wrong("keep_colors", says="the content as it was")
def content_returned(content, result):
    return content.clone()
