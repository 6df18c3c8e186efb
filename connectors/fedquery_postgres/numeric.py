"""PostgreSQL's own form of a numeric, many at once: digits of base 10,000, how many of them stand before the point, a sign.

Exact or refused: NaN, an infinity, a digit behind the promised scale and a number of too many digits raise ArrowInvalid.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: Decimal digits in one of the wire's, the bit of a negative number, and the powers that 64 bits hold.
_WIDTH, _NEGATIVE = 4, 0x4000
_POWERS = np.array([10_000**exponent for exponent in range(5)], np.int64)
#: Words before the first digit: number of digits, weight of the first, sign, decimals to show.
_HEAD = 4


def packed(type: pa.DataType) -> bool:
    """Whether 64 bits hold every value of the type, counted in the last of the wire's digits that it may have."""
    return bool(pa.types.is_decimal128(type) and type.precision + -type.scale % _WIDTH <= 18)


def decimals(array: pa.BinaryArray, type: pa.Decimal128Type) -> pa.Array:
    """What ``numeric_send`` gave, as a :func:`packed` type."""
    if array.null_count == len(array):
        return pa.nulls(len(array), type)
    offsets = np.frombuffer(array.buffers()[1], np.int32, len(array) + 1, array.offset * 4)
    words = np.frombuffer(array.buffers()[2], ">i2", int(offsets[-1]) // 2).astype(np.int16)
    if not array.null_count:
        return _column(_numbers(words, offsets[:-1] // 2, type), type)
    valid = array.is_valid()
    numbers = np.zeros(len(array), np.int64)
    present = valid.to_numpy(zero_copy_only=False)
    numbers[present] = _numbers(words, offsets[:-1][present] // 2, type)
    return pc.if_else(valid, _column(numbers, type), pa.scalar(None, type))


def _numbers(words: np.ndarray, starts: np.ndarray, type: pa.Decimal128Type) -> np.ndarray:
    """The values in units of the type's last place; ``starts`` says where in ``words`` each begins."""
    count, weight, sign = (words[starts + place] for place in range(3))
    before, after = type.precision - type.scale, -(-type.scale // _WIDTH)
    top = (before - 1) // _WIDTH  # the weight of the largest first digit
    digits = [words[np.minimum(starts + (_HEAD + place), len(words) - 1)] for place in range(max(1, int(count.max())))]
    large = (weight > top) | ((weight == top) & (digits[0] >= 10 ** (before - _WIDTH * top)))
    if (sign & ~_NEGATIVE).any() or ((count > 0) & (large | (count - weight - 1 > after))).any():
        raise pa.ArrowInvalid("not a number of the promised digits")
    numbers = np.zeros(len(starts), np.int64)
    for place, digit in enumerate(digits):
        numbers = np.where(count > place, numbers * 10_000 + digit, numbers)
    numbers *= _POWERS[np.clip(weight - count + 1 + after, 0, len(_POWERS) - 1)]
    numbers, rest = np.divmod(numbers, 10 ** (after * _WIDTH - type.scale))
    if rest.any():
        raise pa.ArrowInvalid("a digit behind the promised scale")
    return np.where(sign == 0, numbers, -numbers)


def _column(numbers: np.ndarray, type: pa.Decimal128Type) -> pa.Array:
    halves = np.empty((len(numbers), 2), np.int64)
    halves[:, 0] = numbers
    halves[:, 1] = numbers >> 63
    return pa.Array.from_buffers(type, len(numbers), [None, pa.py_buffer(halves)])
