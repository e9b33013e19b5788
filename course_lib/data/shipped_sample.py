"""The sample of Fashion-MNIST inside the package: 10,000 training and 2,000 test images."""

import hashlib
import io
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).with_name("fashion_mnist_sample")
SAMPLE_FILE = "fashion_mnist_sample.npz"
PROVENANCE_FILE = "provenance.json"


def read_shipped_sample(folder: Path = FOLDER) -> dict[str, NDArray[np.generic]]:
    """The sample's arrays by name, after checking the file's SHA-256.

    ``train_images`` (10,000×28×28, uint8), ``train_labels`` (10,000, uint8), ``train_indices``
    (10,000, uint16: the positions in the official set), and the same three for ``test`` (2,000).
    Raises RuntimeError if the file is missing or damaged.
    """
    try:
        data = (folder / SAMPLE_FILE).read_bytes()
        provenance = json.loads((folder / PROVENANCE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RuntimeError(f"The images of the course cannot be read: {error}; {_CURE}.") from None
    if hashlib.sha256(data).hexdigest() != provenance.get("sha256"):
        raise RuntimeError(
            f"The images of the course are damaged ({folder / SAMPLE_FILE} does not have the "
            f"SHA-256 in {PROVENANCE_FILE} beside it); {_CURE}."
        )
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


_CURE = "install the course again"
