"""Lesson 03, as students write: what no formula of the exercises' tables states."""

import torch
from torch.nn import functional as F

from nst_helpers import losses
from nst_helpers.images import color
from tests.wrong_answers import right, wrong

# content_loss


@right("content_loss")
def in_double_precision(features, target):
    return F.mse_loss(features.double(), target.double())


@right("content_loss")
def picture_by_picture(features, target):
    total = torch.tensor(0.0)
    for one, other in zip(features, target, strict=True):
        total = total + torch.mean((one - other) ** 2)
    return total / len(features)


@wrong("content_loss", says="Python number")
def python_number(features, target):
    return F.mse_loss(features, target).item()


@wrong("content_loss", says="look at `torch.no_grad()` in your code")
@torch.no_grad()
def without_gradient(features, target):
    return F.mse_loss(features, target)


@wrong("content_loss", says="changes features in place")
def in_place(features, target):
    features -= target
    return (features**2).mean()


@wrong("content_loss", says="its gradient is 0.5 times the right one: look at `.detach()`")
def half_detached(features, target):
    difference = features - target
    return (difference * difference.detach()).mean()


@wrong("content_loss", says="does it end with `return`")
def no_return(features, target):
    F.mse_loss(features, target)


@wrong("content_loss", says="reads a variable of the notebook")
def reads_a_global(features, target):
    return A_LOSS


@wrong("content_loss", says="leaves gradients switched off for the whole notebook")
def switches_gradients_off(features, target):
    torch.set_grad_enabled(False)
    return F.mse_loss(features, target)


@wrong("content_loss", says="Keep the signature as the exercise gives it")
def other_signature(features):
    return features.square().mean()


A_LOSS = torch.tensor(0.25)

# gram_matrix


@right("gram_matrix")
def filled_in(features):
    b, c, h, w = features.shape
    gram = torch.zeros(b, c, c)
    for i in range(c):
        for j in range(c):
            gram[:, i, j] = (features[:, i] * features[:, j]).sum(dim=(1, 2)) / (c * h * w)
    return gram


@right("gram_matrix")
def by_einsum(features):
    _, c, h, w = features.shape
    return torch.einsum("bchw,bdhw->bcd", features, features).div(c * h * w)


@wrong("gram_matrix", says="use `reshape` or `flatten`")
def viewed(features):
    b, c, h, w = features.shape
    rows = features.view(b * c, h * w).view(b, c, h * w)
    return rows @ rows.mT / (c * h * w)


@wrong("gram_matrix", says="gives NaN or infinity on some input, where")
def scaled_there_and_back(features):
    rows = features.flatten(2)
    length = rows.norm(dim=2, keepdim=True)
    return (rows / length * length) @ rows.mT / features[0].numel()


@wrong("gram_matrix", says="changes features in place")
def divided_in_place(features):
    _, c, h, w = features.shape
    features /= (c * h * w) ** 0.5
    return features.flatten(2) @ features.flatten(2).mT


@wrong("gram_matrix", says="yours is right on another input: is a size")
def size_of_the_example(features):
    rows = features.flatten(2)
    return rows @ rows.mT / (3 * 4 * 5)


@wrong("gram_matrix", says="at `return rows @ rows / (c * h * w)`")
def not_transposed(features):
    _, c, h, w = features.shape
    rows = features.flatten(2)
    return rows @ rows / (c * h * w)


@wrong("gram_matrix", says="its gradient stopped with RuntimeError")
def overwritten(features):
    rows = features.flatten(2) * 1
    gram = rows @ rows.mT
    rows.zero_()
    return gram / features[0].numel()


# style_loss


@right("style_loss")
def by_stack(features, targets, weights):
    terms = [weights[layer] * (losses.gram_matrix(features[layer]) - targets[layer]).pow(2).mean() for layer in targets]
    return torch.stack(terms).sum()


@right("style_loss")
def by_loop(features, targets, weights):
    total = 0
    for layer, target in targets.items():
        total += weights[layer] * F.mse_loss(losses.gram_matrix(features[layer]), target)
    return total


@wrong("style_loss", says="loop over the layers that are wanted")
def over_all_features(features, targets, weights):
    return sum(weights[layer] * F.mse_loss(losses.gram_matrix(features[layer]), targets[layer]) for layer in features)


@wrong("style_loss", says='puts something else into features["relu1_1"], the caller')
def dictionary_overwritten(features, targets, weights):
    for layer in targets:
        features[layer] = losses.gram_matrix(features[layer])
    return sum(weights[layer] * F.mse_loss(features[layer], targets[layer]) for layer in targets)


@wrong("style_loss", says='puts something else into weights["relu2_1"], the caller')
def weights_rescaled(features, targets, weights):
    total = sum(weights.values())
    for layer in weights:
        weights[layer] /= total
    return by_loop(features, targets, weights)


@wrong("style_loss", says="KeyError: 'relu1_1'")
def names_of_the_lesson(features, targets, weights):
    return sum(
        weights[layer] * F.mse_loss(losses.gram_matrix(features[layer]), targets[layer])
        for layer in ("relu1_1", "relu2_1", "relu3_1")
    )


@wrong("style_loss", says="no gradient: look at `.data`")
def by_data(features, targets, weights):
    return by_loop({layer: feature.data for layer, feature in features.items()}, targets, weights)


@wrong("style_loss", says="yours is right on another input: is a size, a name or a number of pictures fixed")
def first_picture_alone(features, targets, weights):
    return by_loop({layer: feature[:1] for layer, feature in features.items()}, first(targets), weights)


def first(targets):
    return {layer: target[:1] for layer, target in targets.items()}


# total_variation


@right("total_variation")
def by_diff(image):
    return sum(image.diff(dim=dim).square().mean() for dim in (2, 3))


@right("total_variation")
def by_two_losses(image):
    return F.mse_loss(image[..., 1:, :], image[..., :-1, :]) + F.mse_loss(image[..., 1:], image[..., :-1])


@wrong("total_variation", says="Python number")
def as_number(image):
    return float(by_diff(image))


@wrong("total_variation", says="no gradient: look at `.detach()`")
def detached(image):
    return by_diff(image.detach())


@wrong("total_variation", says="changes image in place")
def differences_in_place(image):
    across = image.diff(dim=3).square().mean()
    image[:, :, 1:] -= image[:, :, :-1].clone()
    return image[:, :, 1:].square().mean() + across


@wrong("total_variation", says="gradient of total_variation is NaN")
def root_and_square(image):
    return sum(image.diff(dim=dim).square().mean().sqrt().square() for dim in (2, 3))


@wrong("total_variation", says="yours is 0.5 times the right one")
def averaged_directions(image):
    return by_diff(image) / 2


@wrong("total_variation", says="stopped at `down = image - image[:, :, 1:")
def last_row_kept(image):
    down = image - image[:, :, 1:]
    return down.square().mean() + image.diff(dim=3).square().mean()


# optimize


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


@wrong("optimize", says="switches `requires_grad` on in the caller's image")
def requires_grad_left_on(image, loss_fn, steps):
    image.requires_grad_()
    return by_adam(image.detach(), loss_fn, steps)


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


@wrong("optimize", says="more than once per step")
def evaluated_again_to_print(image, loss_fn, steps):
    image = image.detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([image], lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        loss_fn(image).backward()
        optimizer.step()
        image.data.clamp_(0, 1)
        loss_fn(image).item()
    return image.detach()


@wrong("optimize", says="hardly improved")
def the_start_returned(image, loss_fn, steps):
    by_adam(image, loss_fn, steps)
    return image.clone()


@wrong("optimize", says="gives the picture that an earlier step began with")
def the_best_so_far(image, loss_fn, steps):
    image, lowest, best = image.detach().clone().requires_grad_(), torch.inf, None
    optimizer = torch.optim.Adam([image], lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = loss_fn(image)
        loss.backward()
        optimizer.step()
        image.data.clamp_(0, 1)
        if loss < lowest:
            lowest, best = loss.item(), image.detach().clone()
    return best


@wrong("optimize", says="starts from another picture than `image`")
def from_noise(image, loss_fn, steps):
    return by_adam(torch.rand_like(image), loss_fn, steps)


@wrong("optimize", says="return `image.detach()`")
def still_asks_for_a_gradient(image, loss_fn, steps):
    return by_adam(image, loss_fn, steps).requires_grad_()


# make_targets


@right("make_targets")
@torch.no_grad()
def by_loop_over_features(extractor, image, layers):
    targets = {}
    for layer, feature in extractor(image).items():
        if layer in layers:
            targets[layer] = losses.gram_matrix(feature)
    return targets


@right("make_targets")
def each_detached(extractor, image, layers):
    features = extractor(image.detach())
    return {layer: losses.gram_matrix(features[layer].detach()).double() for layer in layers}


@wrong("make_targets", says="with a gradient: every backward pass")
def with_gradient(extractor, image, layers):
    features = extractor(image)
    return {layer: losses.gram_matrix(features[layer]) for layer in layers}


@wrong("make_targets", says="no loss made with them could go backwards")
@torch.inference_mode()
def in_inference_mode(extractor, image, layers):
    features = extractor(image)
    return {layer: losses.gram_matrix(features[layer]) for layer in layers}


@wrong("make_targets", says="runs the network 2 times")
def network_in_the_loop(extractor, image, layers):
    with torch.no_grad():
        return {layer: losses.gram_matrix(extractor(image)[layer]) for layer in layers}


@wrong("make_targets", says="gives a list: return a dictionary")
def a_list(extractor, image, layers):
    return list(each_detached(extractor, image, layers).values())


@wrong("make_targets", says="leaves gradients switched off for the whole notebook")
def gradients_off_for_good(extractor, image, layers):
    torch.set_grad_enabled(False)
    return each_detached(extractor, image, layers)


@wrong("make_targets", says="gives relu4_2, relu1_1 where conv4_1, relu4_1, conv4_2 is wanted")
def names_of_the_example(extractor, image, layers):
    return each_detached(extractor, image, ["relu4_2", "relu1_1"])


# keep_colors


@right("keep_colors")
def by_the_package(content, result):
    return color.keep_luminance(content, result)


@right("keep_colors")
def by_matrix(content, result):
    weights = torch.tensor([0.2126, 0.7152, 0.0722]).view(1, 3, 1, 1)
    y, chroma = (weights * result).sum(dim=1, keepdim=True), content - (weights * content).sum(dim=1, keepdim=True)
    return torch.clamp(y + chroma, min=0.0, max=1.0)


@wrong("keep_colors", says="changes result in place")
def result_in_place(content, result):
    result += color.luminance(content) - color.luminance(result)
    return result


@wrong("keep_colors", says="`keepdim=True`")
def without_keepdim(content, result):
    weights = content.new_tensor([0.2126, 0.7152, 0.0722]).view(1, 3, 1, 1)
    return (content + (weights * (result - content)).sum(dim=1)).clamp(0, 1)


@wrong("keep_colors", says="print the shape after each line")
def one_channel(content, result):
    return color.luminance(result)


@wrong("keep_colors", says="or a range of values left out")
def clamped_at_one_end(content, result):
    return (content - color.luminance(content) + color.luminance(result)).clamp(min=0)


@wrong("keep_colors", says="gives torch.uint8: return floating-point numbers")
def as_bytes(content, result):
    picture = (content - color.luminance(content) + color.luminance(result)).clamp(0, 1)
    return (255 * picture).byte()


# transfer


@right("transfer")
def assembled(photo, painting, extractor, alpha, weights, steps, content_loss, make_targets, style_loss, optimize):
    with torch.no_grad():
        wanted = extractor(photo)["relu4_2"]
    targets = make_targets(extractor, painting, weights.keys())

    def loss_fn(image):
        features = extractor(image)
        return style_loss(features, targets, weights) + alpha * content_loss(features["relu4_2"], wanted)

    return optimize(photo, loss_fn, steps)


@right("transfer")
def with_a_detached_target(photo, painting, extractor, alpha, weights, steps, *parts):
    content_loss, make_targets, style_loss, optimize = parts
    targets, wanted = make_targets(extractor, painting, tuple(weights)), extractor(photo)["relu4_2"].detach()

    def total(features):
        return alpha * content_loss(features["relu4_2"], wanted) + style_loss(features, targets, weights)

    return optimize(photo.clone(), lambda image: total(extractor(image)), steps)


@wrong("transfer", says="runs the network 9 times for 3 steps")
def targets_in_the_loop(
    photo, painting, extractor, alpha, weights, steps, content_loss, make_targets, style_loss, optimize
):
    def loss_fn(image):
        features, wanted = extractor(image), extractor(photo)["relu4_2"].detach()
        targets = make_targets(extractor, painting, list(weights))
        return alpha * content_loss(features["relu4_2"], wanted) + style_loss(features, targets, weights)

    return optimize(photo, loss_fn, steps)


@wrong("transfer", says="only the style counts")
def compared_with_itself(
    photo, painting, extractor, alpha, weights, steps, content_loss, make_targets, style_loss, optimize
):
    targets = make_targets(extractor, painting, list(weights))

    def loss_fn(image):
        features = extractor(image)
        content = content_loss(features["relu4_2"], features["relu4_2"].detach())
        return alpha * content + style_loss(features, targets, weights)

    return optimize(photo, loss_fn, steps)


@wrong("transfer", says="the content's target is the painting's")
def photo_and_painting_confused(photo, painting, extractor, alpha, weights, steps, *parts):
    content_loss, make_targets, style_loss, optimize = parts
    wanted, targets = extractor(painting)["relu4_2"].detach(), make_targets(extractor, painting, list(weights))

    def loss_fn(image):
        features = extractor(image)
        return alpha * content_loss(features["relu4_2"], wanted) + style_loss(features, targets, weights)

    return optimize(photo, loss_fn, steps)


@wrong("transfer", says="the loop starts from the painting")
def from_the_painting(photo, painting, *others):
    *others, optimize = others
    return assembled(photo, painting, *others, lambda image, loss_fn, steps: optimize(painting, loss_fn, steps))


@wrong("transfer", says="stopped at")
def no_gradient_in_the_loss(photo, painting, extractor, *others):
    return assembled(photo, painting, torch.no_grad()(extractor), *others)


@wrong("transfer", says="compare your lines with the formula")
def another_layer(photo, painting, extractor, alpha, weights, steps, content_loss, make_targets, style_loss, optimize):
    wanted, targets = extractor(photo)["conv4_2"].detach(), make_targets(extractor, painting, list(weights))

    def loss_fn(image):
        features = extractor(image)
        return alpha * content_loss(features["conv4_2"], wanted) + style_loss(features, targets, weights)

    return optimize(photo, loss_fn, steps)


@wrong("transfer", says="only the content counts")
def style_of_the_photo(photo, painting, *others):
    return assembled(photo, photo, *others)
