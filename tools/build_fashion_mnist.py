"""Build the sample of Fashion-MNIST that the package ships, from the four official IDX files.

    python tools/build_fashion_mnist.py /usr/share/datasets/fashion-mnist

On Debian and Ubuntu the package ``dataset-fashion-mnist`` puts the files there. The sample and its
provenance are written beside the licence in ``course_lib/data/fashion_mnist_sample``; a second run
writes the same bytes.
"""

import argparse
import hashlib
import io
import json
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from course_lib.data.idx_files import CONTENT_SHA256, find_file, parse_idx, verified_content
from course_lib.data.shipped_sample import FOLDER, PROVENANCE_FILE, SAMPLE_FILE

SEED = 2017  # the year in which the data set appeared
PER_CLASS = {"train": 1_000, "test": 200}
OFFICIAL_PREFIX = {"train": "train", "test": "t10k"}


def choose(labels: NDArray[np.uint8], per_class: int, seed: int) -> NDArray[np.uint16]:
    """Positions of ``per_class`` samples of each class, at random, in ascending order."""
    # PCG64's raw output is part of NumPy's promise of stability; shuffles and choices are not.
    keys = np.random.PCG64(seed).random_raw(len(labels))
    chosen = []
    for label in np.unique(labels):
        positions = np.flatnonzero(labels == label)
        if len(positions) < per_class:
            raise ValueError(f"Class {label} has {len(positions)} samples, fewer than {per_class}.")
        by_key = np.argsort(keys[positions], kind="stable")
        chosen.append(positions[by_key[:per_class]])
    return np.sort(np.concatenate(chosen)).astype(np.uint16)


def read_official(folder: Path, name: str) -> NDArray[np.uint8]:
    """The array of one official file, checked."""
    path = find_file(folder, name)
    if path is None:
        raise FileNotFoundError(f"{folder} holds neither {name}.gz nor {name}.")
    return parse_idx(verified_content(name, path.read_bytes()))


def pack(arrays: dict[str, NDArray[np.generic]]) -> bytes:
    """The arrays as an .npz file that is the same each time: no clock, no machine in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, values in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, values, version=(1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            archive.writestr(entry, member.getvalue())
    return buffer.getvalue()


def build(folder: Path) -> tuple[bytes, dict[str, object]]:
    """The sample's bytes and its provenance, from the folder with the official files."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for part, per_class in PER_CLASS.items():
        prefix = OFFICIAL_PREFIX[part]
        images = read_official(folder, f"{prefix}-images-idx3-ubyte")
        labels = read_official(folder, f"{prefix}-labels-idx1-ubyte")
        indices = choose(labels, per_class, SEED)
        arrays[f"{part}_images"] = images[indices]
        arrays[f"{part}_labels"] = labels[indices]
        arrays[f"{part}_indices"] = indices
    sample = pack(arrays)
    return sample, provenance(sample)


def provenance(sample: bytes) -> dict[str, object]:
    """Where the sample comes from, how it was chosen, and what proves that it is unchanged."""
    return {
        "file": SAMPLE_FILE,
        "sha256": hashlib.sha256(sample).hexdigest(),
        "bytes": len(sample),
        "source": "Fashion-MNIST, https://github.com/zalandoresearch/fashion-mnist",
        "citation": (
            "Han Xiao, Kashif Rasul, Roland Vollgraf: Fashion-MNIST: a Novel Image Dataset for "
            "Benchmarking Machine Learning Algorithms, 2017, arXiv:1708.07747"
        ),
        "licence": "MIT, Copyright (c) 2017 Zalando SE; the text is in LICENSE beside this file",
        "changes": "A choice of images; no pixel and no label is changed.",
        "built_by": "tools/build_fashion_mnist.py",
        "choice": (
            "Class-balanced: of each class, the images with the smallest keys, where image i of "
            "a set has output i of NumPy's PCG64(seed) as its key; then in the official order. "
            "The official positions are in train_indices and test_indices of the file."
        ),
        "seed": SEED,
        "images_per_class": PER_CLASS,
        "sha256_of_the_official_files_unpacked": CONTENT_SHA256,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,  # another zlib may pack the same arrays differently
    }


def main() -> None:
    """Read the folder's name, build, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="folder with the four official IDX files")
    parser.add_argument("--output", type=Path, default=FOLDER, help="where to write the sample")
    arguments = parser.parse_args()
    sample, facts = build(arguments.folder)
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / SAMPLE_FILE).write_bytes(sample)
    text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    (arguments.output / PROVENANCE_FILE).write_text(text, encoding="utf-8", newline="\n")
    print(f"{arguments.output / SAMPLE_FILE}: {len(sample):,} bytes, SHA-256 {facts['sha256']}")


if __name__ == "__main__":
    main()
