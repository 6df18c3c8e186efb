"""Batches as the driver gives them become batches of exactly the promised schema, or the error that says why not.

Decimals cross the wire in the server's own binary form, the cheapest for it, or as text where 64 bits do not hold them. Both
are read strictly (a digit too many is an error, never a rounding), and cost less than the driver's decoding.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from fedquery.spi import faults
from fedquery_postgres.numeric import decimals, packed

Convert = Callable[[pa.Array], pa.Array]

_MICROSECONDS = 1_000_000
_DAY = 86_400 * _MICROSECONDS
#: 4713-01-01 BC and 294247-01-10 in days from 1970; what the driver shifts beyond int64 wraps to before the first.
_FIRST_DAY, _LAST_DAY = -2_440_550, 106_751_991
_FIRST_MOMENT, _LAST_MOMENT = _FIRST_DAY * _DAY, 2**63 - 2


def delivered(text: str, schema: pa.Schema) -> str:
    """The statement with its decimals delivered as bytes or as text."""
    if not any(_exact(f.type) for f in schema) or len(set(schema.names)) < len(schema.names):
        return text
    columns = (_delivered(_quoted(f.name), f.type) for f in schema)
    return f'SELECT {", ".join(columns)} FROM ({text}) AS "_"'


def _delivered(name: str, type: pa.DataType) -> str:
    # Both functions take a numeric or an integer and nothing else: a float or a text is drift and not to be converted.
    if packed(type):
        return f"numeric_send({name}) AS {name}"
    return f"CAST(numeric_uplus({name}) AS text) AS {name}" if _exact(type) else name


class Arrival:
    """Checks a stream's schema once and converts its batches."""

    def __init__(self, arriving: pa.Schema, promised: pa.Schema, source: str) -> None:
        """Raises SourceDrift when no batch of ``arriving`` could become one of ``promised``."""
        if arriving.names != promised.names:
            raise faults.other_columns(source)
        self._promised, self._source = promised, source
        self._converts = []
        for got, field in zip(arriving, promised, strict=True):
            convert = _convert(_storage(got.type), field.type)
            if convert is None:
                raise faults.other_type(source, (field.name,), private=f"{got.type} instead of {field.type}")
            self._converts.append(convert)

    def batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch under the promised schema. Raises InvalidValue with the column's name, or SourceDrift for a NULL."""
        columns = [self._column(*each) for each in zip(batch.columns, self._converts, self._promised, strict=True)]
        return pa.RecordBatch.from_arrays(columns, schema=self._promised)

    def _column(self, array: pa.Array, convert: Convert, field: pa.Field) -> pa.Array:
        if isinstance(array, pa.ExtensionArray):
            array = array.storage
        try:
            converted = convert(array)
        except pa.ArrowInvalid:
            raise faults.invalid_value(self._source, field.name) from None
        if not field.nullable and converted.null_count:
            raise faults.null_unpromised(self._source, field.name)
        return converted


def _convert(got: pa.DataType, promised: pa.DataType) -> Convert | None:
    """How an array of ``got`` becomes one of ``promised``; None when it must not."""
    if pa.types.is_list(promised):
        item = _convert(_storage(got.value_type), promised.value_type) if pa.types.is_list(got) else None
        return item and (lambda array: _list(array, promised, item))
    if packed(promised) and pa.types.is_binary(got):
        return lambda array: decimals(array, promised)
    if _exact(promised):
        return _cast(promised) if pa.types.is_string(got) else None
    if pa.types.is_integer(promised):
        return _cast(promised) if pa.types.is_signed_integer(got) else None
    if got != promised:
        return None
    if pa.types.is_date32(promised):
        return _between(pa.int32(), _FIRST_DAY, _LAST_DAY)
    if pa.types.is_timestamp(promised):
        return _between(pa.int64(), _FIRST_MOMENT, _LAST_MOMENT)
    if pa.types.is_time64(promised):
        return _between(pa.int64(), 0, _DAY - 1)
    return lambda array: array


def _cast(type: pa.DataType) -> Convert:
    return lambda array: array.cast(type, safe=True)


def _between(storage: pa.DataType, low: int, high: int) -> Convert:
    def check(array: pa.Array) -> pa.Array:
        found = pc.min_max(array.view(storage))
        smallest, largest = found["min"].as_py(), found["max"].as_py()
        if smallest is not None and not low <= smallest <= largest <= high:
            raise pa.ArrowInvalid("out of range")
        return array

    return check


def _list(array: pa.ListArray, type: pa.ListType, item: Convert) -> pa.ListArray:
    values = array.values.storage if isinstance(array.values, pa.ExtensionArray) else array.values
    mask = array.is_null() if array.null_count else None
    return pa.ListArray.from_arrays(array.offsets, item(values), type=type, mask=mask)


def _storage(type: pa.DataType) -> pa.DataType:
    """Of the driver's extension types only numeric, which is text, is ever asked for: readings cast all others."""
    return type.storage_type if isinstance(type, pa.OpaqueType) and type.type_name == "numeric" else type


def _exact(type: pa.DataType) -> bool:
    """Whether the server keeps such values as numeric."""
    return bool(pa.types.is_decimal(type) or pa.types.is_uint64(type))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
