"""The drawn objective: its three pictures, and what stands between them and the loss."""

import matplotlib.pyplot as plt
import torch

from nst_helpers import plots


def test_the_drawing_has_its_pictures_and_says_which_one_changes():
    photo, painting, picture = torch.rand(1, 3, 20, 30), torch.rand(1, 3, 24, 16), torch.rand(1, 3, 20, 30)
    figure = plots.draw_objective(photo, painting, picture)
    (axis,) = figure.axes
    drawn = [artist.offsetbox.get_data() for artist in axis.artists]
    assert [image.shape[:2] for image in drawn] == [(20, 30), (20, 30), (24, 16)]
    said = [text.get_text() for text in axis.texts]
    assert [text for text in said if text.endswith(": changes")] == ["the picture: changes"]
    assert sum(text == "VGG-19,\nfrozen" for text in said) == 3
    assert {"content loss", "style loss", "gradient, back to the pixels"} <= set(said)
    plt.close(figure)
