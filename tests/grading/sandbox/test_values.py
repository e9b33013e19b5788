"""What crosses comes back as it was; what must not cross does not; no bytes hurt the reader."""

import json
import math
import struct

import numpy as np
import pytest

from course_lib.grading.values import DTYPES, MAX_DEPTH, ReplyError, pack, unpack


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -(2**63),
        2**63 - 1,
        0.1,
        -0.0,
        math.inf,
        "ä 名 \x00 \n",
        [],
        {},
        [1, [2.5, None], {"a": {"b": "c"}}],
    ],
    ids=repr,
)
def test_plain_values_come_back_as_they_were(value):
    back = unpack(pack(value))
    assert back == value
    assert repr(back) == repr(value)  # -0.0 is 0.0, and True is 1, but not here


def test_nan_comes_back():
    assert math.isnan(unpack(pack(math.nan)))


def test_tuples_arrive_as_lists():
    assert unpack(pack((1, (2,)))) == [1, [2]]


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 4)])
def test_arrays_come_back_bit_for_bit(name, shape):
    sent = np.asarray(np.random.default_rng(3).random(shape) * 9).astype(name)
    first, second = unpack(pack([np.arange(7), sent]))
    assert second.dtype == sent.dtype
    assert second.shape == sent.shape
    assert second.tobytes() == sent.tobytes()
    assert first.tolist() == list(range(7))


def test_arrays_that_are_not_contiguous_or_not_of_this_byte_order_come_back():
    sent = np.arange(12, dtype=">i4").reshape(3, 4).T[::2]
    assert (unpack(pack(sent)) == sent).all()


def test_an_array_that_came_can_be_written_to():
    unpack(pack(np.zeros(3)))[0] = 1


class Pretender(int):
    """Of another type, whatever it says."""


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"a": [1, object()]}, r"the value\['a'\]\[1\] is of type object"),
        (Pretender(3), "of type Pretender"),
        (np.float64(1.0), "of type float64"),
        (2**63, "more than 64 bits"),
        ({1: 2}, "a key that is not a str"),
        ({"__array__": []}, "stands for arrays"),
        (np.array([object()]), "array of object"),
        (np.array(["x"]), "array of str"),
        (np.zeros(2, [("a", "i4")]), "does not cross"),
        (b"x", "of type bytes"),
        (1j, "of type complex"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_plain_is_named(value, says):
    with pytest.raises(ReplyError, match=says):
        pack(value)


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


def test_depth_has_a_limit_on_both_sides():
    assert unpack(pack(nested(MAX_DEPTH))) == nested(MAX_DEPTH)
    with pytest.raises(ReplyError, match="deep"):
        pack(nested(MAX_DEPTH + 1))
    with pytest.raises(ReplyError, match="deep"):
        unpack(packed(json.dumps(nested(MAX_DEPTH + 1))))


def packed(document, arrays=b""):
    document = document.encode("utf-8", "surrogatepass")
    return struct.pack("<I", len(document)) + document + arrays


def array(name, shape, start, arrays=bytes(64)):
    return packed(json.dumps({"__array__": [name, shape, start]}), arrays)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x01",
        struct.pack("<I", 2**32 - 1) + b"{}",
        packed("{"),
        packed("[" * 100_000),
        packed("9" * 10_000),
        packed(str(2**63)),
        struct.pack("<I", 2) + b"\xff\xfe",
        packed('"\ud800"'),
        array("object", [1], 0),
        array("float64", [9], 0),
        array("float64", [1], 60),
        array("float64", [-1], 0),
        array("float64", [1], -8),
        array("float64", [1], 8),
        array("float64", [2**62, 2**62], 0),
        array("float64", [0, 2**62, 2**62], 0),
        array("float64", [1] * 65, 0),
        array("float64", [True], 0),
        array("float64", 1, 0),
        array("float64", ["1"], 0),
        packed('{"__array__": null}'),
        packed('{"__array__": ["float64", [1]]}', bytes(64)),
    ],
    ids=range(23),
)
def test_bytes_that_hold_no_value_are_refused(content):
    with pytest.raises(ReplyError):
        unpack(content)


def test_bytes_beyond_the_limit_are_refused_unread():
    content = pack([0] * 1000)
    assert unpack(content, len(content)) == [0] * 1000
    with pytest.raises(ReplyError, match="longer than"):
        unpack(content, len(content) - 1)


def test_no_array_is_read_twice():
    told = {"__array__": ["uint8", [64], 0]}
    with pytest.raises(ReplyError, match="wrongly"):
        unpack(packed(json.dumps([told, told]), bytes(64)))


@pytest.mark.parametrize("part", ["[],", "{},", "0,", '{"a":0},'])
def test_a_reply_of_few_bytes_that_would_fill_the_memory_is_refused_unread(part):
    with pytest.raises(ReplyError, match="parts"):
        unpack(packed("[" + part * 1_000_001 + "0]"))


def test_more_than_any_exercise_tells_is_refused():
    """The judge's time and memory are not a submission's to spend."""
    assert unpack(pack(["x" * 10_000, list(range(40_000))]))
    with pytest.raises(ReplyError, match="text of more than"):
        unpack(pack(["x" * 10_001]))
    with pytest.raises(ReplyError, match="parts"):
        unpack(pack(list(range(60_000))))


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_text_that_no_file_could_hold_is_mended(text):
    for back in (unpack(pack([text]))[0], unpack(packed(json.dumps([text])))[0]):
        back.encode("utf-8")
        assert "�" in back


def test_a_thousand_damaged_replies_are_refused_or_read_but_never_hurt():
    rng = np.random.default_rng(8)
    whole = bytearray(pack({"a": np.arange(6.0), "b": [1, "x", None], "c": np.ones(3, "int8")}))
    refused = 0
    for _ in range(1000):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), rng.integers(1, 6)):
            damaged[place] = rng.integers(0, 256)
        try:
            unpack(bytes(damaged[: rng.integers(1, len(whole) + 1)]))
        except ReplyError:
            refused += 1
    assert refused > 500
