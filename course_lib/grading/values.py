"""What may cross between a submission's process and the judge: plain values, never pickle.

A value is None, bool, int, float, str, list, dict with str keys, or a NumPy array of numbers;
tuples arrive as lists. Packed, it is a JSON document followed by the arrays' raw bytes. Nothing
that a hostile process may write runs code or costs the reader more than the size it allowed.
"""

from __future__ import annotations

import json
import re
import struct
from typing import Any

import numpy as np

DTYPES = {
    name: np.dtype(name).newbyteorder("<")
    for name in (
        *("bool", "int8", "int16", "int32", "int64"),
        *("uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"),
    )
}
MAX_DEPTH = 32
MAX_BYTES = 32 * 2**20
_ARRAY = "__array__"  # a dict with this key stands for an array: [dtype, shape, start]
_HEAD = struct.Struct("<I")  # bytes of JSON
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_LARGEST_INT = 2**63
# No exercise tells as much; judging takes time and memory for each of them.
_MOST_PARTS = 50_000
_LONGEST_TEXT = 10_000


class ReplyError(ValueError):
    """The value cannot cross, or the bytes hold none; says why in one sentence."""


def pack(value: Any) -> bytes:
    """The value as bytes.

    Raises:
        ReplyError: it holds something that is not plain; the sentence names its type and place.
    """
    arrays: list[bytes] = []
    document = json.dumps(_to_json(value, arrays, "the value", 0)).encode("ascii")
    return b"".join([_HEAD.pack(len(document)), document, *arrays])


def unpack(content: bytes, max_bytes: int = MAX_BYTES) -> Any:
    """The value that the bytes hold.

    Raises:
        ReplyError: too long, or not what ``pack`` writes.
    """
    if len(content) > max_bytes:
        raise ReplyError(f"the reply is longer than {max_bytes} bytes")
    if len(content) < _HEAD.size:
        raise ReplyError("the reply ends before it begins")
    end = _HEAD.size + _HEAD.unpack_from(content)[0]
    if end > len(content):
        raise ReplyError("the reply ends too early")
    written = content[_HEAD.size : end]
    if sum(map(written.count, (b",", b"[", b"{"))) > _MOST_PARTS:
        raise ReplyError(f"the reply has more than {_MOST_PARTS} parts")
    try:
        document = json.loads(written.decode("utf-8"))
    except (ValueError, RecursionError) as reason:  # UnicodeDecodeError is a ValueError
        raise ReplyError("the reply is not JSON") from reason
    return _from_json(document, _Arrays(memoryview(content)[end:]), 0)


def _to_json(value: Any, arrays: list[bytes], place: str, depth: int) -> Any:
    # Exact types: a subclass may lie about everything that is asked of it.
    kind = type(value)
    if depth > MAX_DEPTH:
        raise ReplyError(f"{place} is nested more than {MAX_DEPTH} deep")
    if value is None or kind in (bool, float):
        return value
    if kind is int:
        if not -_LARGEST_INT <= value < _LARGEST_INT:
            raise ReplyError(f"{place} is an int of more than 64 bits")
        return value
    if kind is str:
        return _LONE_SURROGATE.sub("�", value)
    if kind in (list, tuple):
        return [_to_json(item, arrays, f"{place}[{i}]", depth + 1) for i, item in enumerate(value)]
    if kind is dict:
        return _dict_to_json(value, arrays, place, depth)
    if kind is np.ndarray:
        return {_ARRAY: _array_to_json(value, arrays, place)}
    raise ReplyError(f"{place} is of type {kind.__name__}, which is not a plain value")


def _dict_to_json(value: dict[Any, Any], arrays: list[bytes], place: str, depth: int) -> Any:
    for key in value:
        if type(key) is not str:
            raise ReplyError(f"{place} has a key that is not a str")
        if key == _ARRAY:
            raise ReplyError(f"{place} has the key {_ARRAY!r}, which stands for arrays")
    return {
        _LONE_SURROGATE.sub("�", key): _to_json(item, arrays, f"{place}[{key!r}]", depth + 1)
        for key, item in value.items()
    }


def _array_to_json(array: np.ndarray, arrays: list[bytes], place: str) -> list[Any]:
    name = array.dtype.name
    if name not in DTYPES:
        raise ReplyError(f"{place} is an array of {name}, which does not cross")
    start = sum(map(len, arrays))
    arrays.append(np.ascontiguousarray(array, DTYPES[name]).tobytes())
    return [name, list(array.shape), start]


def _from_json(document: Any, arrays: _Arrays, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise ReplyError(f"the reply is nested more than {MAX_DEPTH} deep")
    kind = type(document)
    if kind is int and not -_LARGEST_INT <= document < _LARGEST_INT:
        raise ReplyError("the reply holds an int of more than 64 bits")
    if kind is str:
        if len(document) > _LONGEST_TEXT:
            raise ReplyError(f"the reply holds a text of more than {_LONGEST_TEXT} characters")
        return _LONE_SURROGATE.sub("�", document)
    if kind is list:
        return [_from_json(item, arrays, depth + 1) for item in document]
    if kind is not dict:
        return document
    if _ARRAY in document:
        return arrays.next(document[_ARRAY])
    return {
        _LONE_SURROGATE.sub("�", key): _from_json(item, arrays, depth + 1)
        for key, item in document.items()
    }


class _Arrays:
    """The arrays of a reply, taken one after the other, as they were written.

    No byte is read twice: a description of a few bytes would else be worth megabytes, each time.
    """

    def __init__(self, content: memoryview) -> None:
        self._content = content
        self._taken = 0

    def next(self, described: Any) -> np.ndarray:
        """The array that begins where the one before it ended. Raises ReplyError."""
        match described:
            case [str(name), list(shape), int(start)] if name in DTYPES and start == self._taken:
                pass
            case _:
                raise ReplyError("the reply describes an array wrongly")
        count = 1
        for length in shape:
            if type(length) is not int or length < 0:
                raise ReplyError("the reply describes an array wrongly")
            count *= length
        dtype = DTYPES[name]
        end = start + count * dtype.itemsize
        if len(shape) > MAX_DEPTH or end > len(self._content):
            raise ReplyError("the reply describes an array that it does not hold")
        self._taken = end
        flat = np.frombuffer(self._content, dtype, count, start) if count else np.empty(0, dtype)
        try:
            return flat.reshape(shape).astype(name)
        except ValueError as reason:  # an empty array with a length beyond any machine
            raise ReplyError("the reply describes an array wrongly") from reason
