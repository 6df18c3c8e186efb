"""Columns as files hold them -> exactly the declared type; what it cannot hold is refused, or NULL where the entry says so."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as is_type

from fedquery.spi import PhysicalColumn, faults


def converted(values: pa.Array, column: PhysicalColumn, source: str) -> pa.Array:
    """``values`` as the column's type, every value unchanged.

    Raises SourceDrift when the file's type is of another family, InvalidValue for single values; both name the column.
    """
    wanted = column.type.arrow
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if is_type.is_dictionary(values.type):
        values = values.dictionary_decode()
    if values.type == wanted:
        return values
    if not _may_hold(values.type, wanted):
        raise faults.other_type(source, (column.name,), private=f"{values.type} instead of {column.type}")
    try:
        return _cast(values, wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
        if column.invalid == "null":
            return _kept(values, wanted)
        raise faults.invalid_value(source, column.name, private=str(problem)) from None


def _may_hold(have: pa.DataType, want: pa.DataType) -> bool:
    """Whether a value of one type can mean a value of the other; a number is no date, whatever a cast makes of it."""
    if is_type.is_null(have):
        return True
    if is_type.is_list(want):
        return (is_type.is_list(have) or is_type.is_large_list(have)) and _may_hold(have.value_type, want.value_type)
    if is_type.is_boolean(want):
        return _is_text(have) or is_type.is_integer(have)
    if is_type.is_timestamp(want):
        return _is_text(have) or (is_type.is_timestamp(have) and bool(have.tz) == bool(want.tz))
    if is_type.is_decimal(want) or is_type.is_integer(want) or is_type.is_floating(want):
        exact = is_type.is_decimal(have) and not is_type.is_floating(want)
        return exact or _is_text(have) or is_type.is_integer(have) or is_type.is_floating(have)
    if is_type.is_string(want):
        return _is_text(have)
    if is_type.is_binary(want):
        return any(test(have) for test in (is_type.is_large_binary, is_type.is_fixed_size_binary, is_type.is_binary_view))
    if is_type.is_date(want):
        return _is_text(have) or is_type.is_date(have)
    return bool(is_type.is_time(want)) and (_is_text(have) or bool(is_type.is_time(have)))


def _cast(values: pa.Array, wanted: pa.DataType) -> pa.Array:
    if is_type.is_string_view(values.type) or is_type.is_large_string(values.type):
        values = pc.cast(values, pa.string())
    if is_type.is_boolean(wanted):
        return _booleans(values)
    if is_type.is_string(values.type) and is_type.is_time(wanted):  # Arrow reads fractions of seconds in timestamps only
        moments = pc.binary_join_element_wise("1970-01-01", values, " ")
        return pc.cast(pc.cast(moments, pa.timestamp("us")), wanted)
    if is_type.is_floating(values.type) and is_type.is_decimal(wanted):
        return _unchanged(values, pc.cast(pc.round(values, wanted.scale), wanted))
    if is_type.is_floating(values.type) and is_type.is_floating(wanted):
        return _unchanged(values, pc.cast(values, wanted))
    return pc.cast(values, wanted, safe=True)


def _unchanged(values: pa.Array, cast: pa.Array) -> pa.Array:
    """``cast``, if its numbers are those of ``values``: Arrow rounds silently here."""
    same = pc.or_kleene(pc.equal(pc.cast(cast, values.type), values), pc.is_nan(values))
    if not pc.all(same, min_count=0).as_py():
        raise pa.ArrowInvalid("a floating-point value has more digits")
    return cast


def _booleans(values: pa.Array) -> pa.Array:
    text = pc.utf8_lower(pc.cast(values, pa.string()))
    true, false = (pc.is_in(text, pa.array(words)) for words in (["true", "t", "1"], ["false", "f", "0"]))
    if not pc.all(pc.or_(pc.or_(true, false), pc.is_null(values)), min_count=0).as_py():
        raise pa.ArrowInvalid("no yes or no")
    return pc.if_else(pc.is_null(values), pa.scalar(None, pa.bool_()), true)


def _kept(values: pa.Array, wanted: pa.DataType) -> pa.Array:
    """The values that can be cast, NULL for the others; halves are tried first, so that few bad values cost little."""
    try:
        return _cast(values, wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        if len(values) == 1:
            return pa.nulls(1, wanted)
        half = len(values) // 2
        return pa.concat_arrays([_kept(values[:half], wanted), _kept(values[half:], wanted)])


def _is_text(type: pa.DataType) -> bool:
    return any(test(type) for test in (is_type.is_string, is_type.is_large_string, is_type.is_string_view))
