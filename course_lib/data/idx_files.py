"""The four files of Fashion-MNIST in the IDX format, and how to know that they are the real ones.

IDX (described at http://yann.lecun.com/exdb/mnist/): two zero bytes, a type code (8: uint8), the
number of dimensions, each dimension as a big-endian 32-bit integer, then the values.
"""

import gzip
import hashlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# SHA-256 of the content, not of the .gz: archives repack the same content with other bytes.
# The content is the official one: put back behind the gzip header that the official files carry,
# it has the MD5 sums that the data set's README publishes.
CONTENT_SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
FILE_NAMES = tuple(CONTENT_SHA256)
LARGEST_CONTENT = 16 + 60_000 * 28 * 28  # bytes: the training images


class NotTheOfficialFileError(ValueError):
    """The bytes are not those of the official file: damaged, cut short or another file."""


def verified_content(name: str, data: bytes) -> bytes:
    """The content of the official file ``name`` from its bytes, gzip-compressed or plain.

    Raises NotTheOfficialFileError, with the reason, for any other bytes.
    """
    if data[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(data)) as file:
                # One byte too many is enough to see that it is another file.
                data = file.read(LARGEST_CONTENT + 1)
        except EOFError:
            raise NotTheOfficialFileError("it ends too early") from None
        except (gzip.BadGzipFile, zlib.error):
            raise NotTheOfficialFileError("it is damaged") from None
    if hashlib.sha256(data).hexdigest() != CONTENT_SHA256[name]:
        raise NotTheOfficialFileError("its SHA-256 is not that of the official file")
    return data


def find_file(folder: Path, name: str) -> Path | None:
    """``name``.gz or plain ``name`` in ``folder``; None if neither is there."""
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    return None


def parse_idx(content: bytes) -> NDArray[np.uint8]:
    """The array in an IDX file of uint8 values. Raises ValueError if it is no such file."""
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise ValueError("This is not an IDX file of bytes.")
    dimensions = content[3]
    start = 4 + 4 * dimensions
    if len(content) < start:
        raise ValueError("This IDX file ends inside its header.")
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    values = np.frombuffer(content, np.uint8, offset=start)
    if values.size != np.prod(shape, dtype=np.int64):
        raise ValueError(f"This IDX file should hold {shape} values and holds {values.size}.")
    return values.reshape(shape).copy()  # a copy can be written to, the buffer cannot
