"""The faults: what each changes, and which unit test and which notebook have to notice it."""

import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Edit:
    """A text of a file that becomes another."""

    file: str
    old: str
    new: str

    def apply(self, root: Path) -> None:
        """Change the file below ``root``; ValueError if the text doesn't stand there exactly once."""
        path = root / self.file
        text = path.read_text(encoding="utf-8")
        if (times := text.count(self.old)) != 1:
            raise ValueError(f"{self.file} has {self.old!r} {times} times, not once: bring the fault up to date.")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8", newline="\n")


@dataclass(frozen=True)
class Swap:
    """A file that becomes a copy of another."""

    file: str
    by: str

    def apply(self, root: Path) -> None:
        """Replace the file below ``root``; ValueError where one of the two is missing or they are the same."""
        path, other = root / self.file, root / self.by
        if not (path.is_file() and other.is_file()) or path.read_bytes() == other.read_bytes():
            raise ValueError(f"{self.file} and {self.by} should be two files: bring the fault up to date.")
        shutil.copyfile(other, path)


@dataclass(frozen=True)
class Fault:
    """A mistake that a maintainer could make, and what has to notice it.

    Attributes:
        name: in the table.
        change: what it does to the files.
        test: the unit test below ``tests/``, ``file::function``.
        notebook: the cheapest lesson that shows it, by its number.
    """

    name: str
    change: Edit | Swap
    test: str
    notebook: str


# Those of one lesson stand together.
FAULTS = (
    Fault(
        "layers swapped",
        Edit(
            "nst_helpers/vgg/weights.py",
            'key = name.replace("conv", "block")',
            'key = {"conv4_2": "conv4_3", "conv4_3": "conv4_2"}.get(name, name).replace("conv", "block")',
        ),
        "vgg/test_features.py::test_original_weights_agree_with_an_independent_forward_pass",
        "01",
    ),
    Fault(
        "layers off by one",
        Edit(
            "nst_helpers/vgg/features.py",
            "            x = module(x)\n            if name in self.layers:\n                found[name] = x.float()\n",
            "            if name in self.layers:\n                found[name] = x.float()\n            x = module(x)\n",
        ),
        "vgg/test_features.py::test_shapes_and_order_of_the_features",
        "01",
    ),
    Fault(
        "poolings swapped",
        Edit(
            "nst_helpers/vgg/features.py",
            '{"max": nn.MaxPool2d, "average": nn.AvgPool2d}',
            '{"max": nn.AvgPool2d, "average": nn.MaxPool2d}',
        ),
        "vgg/test_features.py::test_average_pooling_averages",
        "01",
    ),
    Fault(
        "VGG given BGR",
        Edit("nst_helpers/vgg/weights.py", 'weight.flip(1) if name == "conv1_1" else weight', "weight"),
        "vgg/test_features.py::test_original_weights_agree_with_an_independent_forward_pass",
        "01",
    ),
    Fault(
        "Gram divisor without channels",
        Edit("nst_helpers/losses/formulas.py", "/ (c * positions)", "/ positions"),
        "losses/test_formulas.py::test_gram_by_hand_on_two_channels_of_three_by_three",
        "02",
    ),
    Fault(
        "filters scaled and not undone",
        Edit("nst_helpers/vgg/weights.py", "weight * previous.view(1, -1, 1, 1) / mean", "weight / mean"),
        "vgg/test_features.py::test_normalized_features_are_the_raw_ones_divided_by_their_channel_means",
        "02",
    ),
    Fault(
        "red and blue swapped",
        Edit("nst_helpers/images/decode.py", "pixels.permute(2, 0, 1)[None]", "pixels.flip(2).permute(2, 0, 1)[None]"),
        "images/test_files.py::test_a_picture_is_a_contiguous_batch_of_one_in_0_to_1",
        "03",
    ),
    Fault(
        "pictures resized to the nearest pixel",
        Edit("nst_helpers/images/decode.py", "Resampling.LANCZOS", "Resampling.NEAREST"),
        "images/test_files.py::test_shrinking_is_antialiased",
        "03",
    ),
    Fault(
        "wrong painting",
        Edit("data/manifest.toml", 'file = "style/starry_night.jpg"', 'file = "style/irises.jpg"'),
        "test_assets.py::test_every_entry_is_complete_and_its_file_unchanged",
        "03",
    ),
    Fault(
        "content loss summed",
        Edit(
            "nst_helpers/losses/formulas.py",
            "F.mse_loss(features, target.expand_as(features))",
            'F.mse_loss(features, target.expand_as(features), reduction="sum")',
        ),
        "losses/test_formulas.py::test_content_and_gram_loss_of_a_difference_of_two_are_four",
        "03",
    ),
    Fault(
        "content layer wrong",
        Edit("nst_helpers/gatys/settings.py", '{"relu4_2": 1.0}', '{"relu4_1": 1.0}'),
        "gatys/test_settings.py::test_the_defaults_are_the_papers_and_the_departures_that_stylize_names",
        "03",
    ),
    Fault(
        "style weight three times",
        Edit("nst_helpers/gatys/transfer.py", "factor = settings.style_weight", "factor = 3 * settings.style_weight"),
        "gatys/test_transfer.py::test_the_loss_is_the_sum_of_the_losses_by_the_weights_that_were_given",
        "03",
    ),
    Fault(
        "total variation of one axis",
        Edit("nst_helpers/losses/formulas.py", "for difference in (down, right)", "for difference in (down,)"),
        "losses/test_formulas.py::test_total_variation_of_a_checkerboard_is_two",
        "03",
    ),
    Fault(
        "instance norm over the batch",
        Edit(
            "nst_helpers/networks/blocks.py",
            "return _mean_and_variance(x, (2, 3))",
            "return _mean_and_variance(x, (0, 2, 3))",
        ),
        "networks/test_blocks.py::test_instance_norm_is_torchs",
        "05",
    ),
    Fault(
        "running statistics the wrong way round",
        Edit("nst_helpers/networks/blocks.py", "_MOMENTUM = 0.1", "_MOMENTUM = 0.9"),
        "networks/test_blocks.py::test_batch_norm_is_torchs_in_training_and_by_running_statistics",
        "05",
    ),
    Fault(
        "luminance mistyped",
        Edit("nst_helpers/images/color.py", "(0.2126, 0.7152, 0.0722)", "(0.2126, 0.7152, 0.722)"),
        "images/test_color.py::test_luminance_of_known_colours",
        "05",
    ),
    Fault(
        "deviations unbiased",
        Edit("nst_helpers/losses/statistics.py", "dim=(2, 3), correction=0", "dim=(2, 3), correction=1"),
        "losses/test_statistics.py::test_moments_of_a_known_channel",
        "06",
    ),
    Fault(
        "AdaIN without deviations",
        Edit(
            "nst_helpers/networks/matching.py",
            "wanted_deviation * (features - mean) / deviation + wanted_mean",
            "features - mean + wanted_mean",
        ),
        "networks/test_matching.py::test_adain_has_the_styles_means_and_deviations",
        "06",
    ),
    Fault(
        "every style the first",
        Edit("nst_helpers/networks/blocks.py", "(mix[..., None] * row).sum(dim=1)", "row[:1].expand(len(mix), -1)"),
        "networks/test_blocks.py::test_conditional_norm_takes_each_pictures_own_gamma_and_beta",
        "06",
    ),
    Fault(
        "alpha ignored",
        Edit("nst_helpers/networks/adain.py", "settings.alpha * mixed + (1 - settings.alpha) * features", "mixed"),
        "networks/test_adain.py::test_at_alpha_0_every_painting_gives_the_photo_rebuilt",
        "06",
    ),
    Fault(
        "masks inverted",
        Edit(
            "nst_helpers/gatys/pictures.py",
            "loaded.append(F.interpolate(grey,",
            "loaded.append(1 - F.interpolate(grey,",
        ),
        "gatys/test_pictures.py::test_a_mask_is_white_where_its_style_is_wanted",
        "06",
    ),
    Fault(
        "warp off by half a pixel",
        Edit(
            "nst_helpers/video/warping.py",
            "for length in (width, height))",
            "for length in (width, height))\n    x = x + 0.5",
        ),
        "video/test_warping.py::test_zero_flow_is_the_identity",
        "07",
    ),
    Fault(
        "flow reversed",
        Edit("nst_helpers/video/flow.py", "return estimate(first, second)", "return estimate(second, first)"),
        "video/test_flow.py::test_the_previous_frame_is_brought_to_this_one",
        "07",
    ),
    Fault(
        "occlusions inverted",
        Edit("nst_helpers/video/occlusion.py", "mask = ~undone", "mask = undone"),
        "video/test_occlusion.py::test_exact_flow_without_boundaries_gives_the_exact_occlusion",
        "07",
    ),
    Fault(
        "stale checkpoint",
        Swap("data/networks/reconet_baseline.safetensors", "data/networks/reconet.safetensors"),
        "test_assets.py::test_networks_and_figures_are_those_that_the_manifest_describes",
        "07",
    ),
)
