"""More than 1,300 odd and hostile images, each opened as the app opens a visitor's."""

import re

import numpy as np
import pytest
from odd_images import GROUPS

from cnn_core import images

# Opened in this process too, which has to give the same: small files, and all formats, that a process which can read no
# file any more would fail to open if it had to import something for them.
OPENED_TWICE = ("of_every_format", "cut", "turned")


def outcome(open_, data):
    """Pixels or a sentence; nothing else."""
    try:
        image = open_(data)
    except images.ImageError as error:
        return str(error)
    assert image.mode == "RGB"
    assert not image.info
    assert max(image.size) <= images.MAX_SIDE
    assert images.to_network_input(image).shape == (32, 32, 3)
    return np.asarray(image)


def is_one_sentence(words):
    """One that says what to do."""
    is_one = words.endswith(".") and ". " not in words and "\n" not in words
    return is_one and re.search("again|choose", words) and len(words) < 250


@pytest.mark.filterwarnings("ignore")  # Pillow's, where such files are opened and made in this process
def test_each_is_a_small_image_or_one_sentence():
    opened, refused, wrong, contents = [], {}, [], set()
    for group, make in GROUPS.items():
        for name, data in make():
            seen = outcome(images.open_safely, data)
            contents.add(hash(data))
            if isinstance(seen, np.ndarray):
                opened.append(name)
            else:
                refused[group, name] = seen
                wrong += [(name, seen)] if not is_one_sentence(seen) else []
            if group in OPENED_TWICE and not np.array_equal(seen, outcome(images.open_image, data)):
                wrong.append((name, "opened otherwise in a process of its own"))
    assert not wrong
    assert len(opened) > 400
    assert len(refused) > 800
    assert len(contents) > 1_300
    assert {name for _, name in refused if "turned" in name} <= {f"TIFF turned {n}" for n in range(100)}
    assert "takes too long" in refused["jpegs", "JPEG of 25 megapixels in 21,474 scans"]
    assert "PostScript" in refused["of_other_kinds", "EPS"]
