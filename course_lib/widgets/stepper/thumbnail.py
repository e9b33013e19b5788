"""A small grey image as a PNG inside the SVG, written with the standard library alone."""

from __future__ import annotations

import base64
import struct
import zlib
from functools import lru_cache


@lru_cache(maxsize=64)
def thumbnail(pixels: bytes, side: int = 28) -> str:
    """Grey ``pixels`` (``side`` × ``side``, row by row) as a base64 PNG of some 500 bytes."""
    rows = b"".join(b"\0" + pixels[side * row : side * (row + 1)] for row in range(side))

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)  # 8 bits of grey
    image = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    image += chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return base64.b64encode(image).decode("ascii")
