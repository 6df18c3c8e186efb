"""Columns as files hold them -> exactly the declared type; what it cannot hold is refused, or NULL where the entry says so."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from fedquery.spi import InvalidValue, PhysicalColumn


def converted(values: pa.Array, column: PhysicalColumn, source: str) -> pa.Array:
    """``values`` as the column's type, every value unchanged. Raises InvalidValue, which names the column."""
    wanted = column.type.arrow
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if values.type == wanted:
        return values
    try:
        return _cast(values, wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
        if column.invalid == "null":
            return pa.array([_value(value, wanted) for value in values], wanted)
        raise InvalidValue(
            f"{source} holds a value in column {column.name} that the type {column.type} cannot hold.",
            hint='Tell its department; an entry with invalid = "null" would read it as NULL.',
            source=source,
            private=str(problem),
        ) from None


def _cast(values: pa.Array, wanted: pa.DataType) -> pa.Array:
    if pa.types.is_boolean(wanted) and not pa.types.is_boolean(values.type):
        return _booleans(values)
    if pa.types.is_timestamp(wanted) and wanted.tz is None and pa.types.is_timestamp(values.type) and values.type.tz:
        raise pa.ArrowInvalid("an instant is no local time")
    if pa.types.is_timestamp(wanted) and wanted.tz and pa.types.is_timestamp(values.type) and not values.type.tz:
        raise pa.ArrowInvalid("a local time is no instant")
    if pa.types.is_string(wanted) and not _is_text(values.type):
        raise pa.ArrowInvalid(f"{values.type} is no text")
    if pa.types.is_decimal(wanted) and pa.types.is_floating(values.type):
        exact = pc.cast(pc.round(values, wanted.scale), wanted)
        if not pc.all(pc.equal(pc.cast(exact, values.type), values), min_count=0).as_py():
            raise pa.ArrowInvalid("a floating-point value has more digits")
        return exact
    return pc.cast(values, wanted, safe=True)


def _booleans(values: pa.Array) -> pa.Array:
    text = pc.utf8_lower(pc.cast(values, pa.string()))
    true, false = (pc.is_in(text, pa.array(words)) for words in (["true", "t", "1"], ["false", "f", "0"]))
    if not pc.all(pc.or_(pc.or_(true, false), pc.is_null(values)), min_count=0).as_py():
        raise pa.ArrowInvalid("no yes or no")
    return pc.if_else(pc.is_null(values), pa.scalar(None, pa.bool_()), true)


def _value(value: pa.Scalar, wanted: pa.DataType) -> object:
    try:
        return _cast(pa.array([value.as_py()], value.type), wanted)[0].as_py()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _is_text(type: pa.DataType) -> bool:
    return any(test(type) for test in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view))
