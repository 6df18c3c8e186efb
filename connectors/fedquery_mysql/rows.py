"""Rows of the text protocol as Arrow, decoded column by column over whole blocks of rows instead of cell by cell.

A row packet is a 4-byte header and the row's cells, each a length and its bytes. Where rows start is found row by row;
from there numpy walks all rows of a block at once, one column at a time, and Arrow parses the cells in place.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pymysql.err import raise_mysql_exception

#: Bytes to ask of the socket at once, and bytes of whole rows that make a batch.
READ_BYTES = 1 << 20
BATCH_BYTES = 1 << 18

_NULL, _TWO_BYTES, _THREE_BYTES, _EIGHT_BYTES, _END, _ERROR = 0xFB, 0xFC, 0xFD, 0xFE, 0xFE, 0xFF
_LARGEST = 0xFFFFFF
_header = struct.Struct("<I").unpack_from

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
#: A buffer, and where in it the cells of each row start.
Block = tuple[bytearray, list[int]]


class CellProblem(ValueError):
    """A cell that is not what its column promises: it does not parse as the type, or it is NULL where none may be."""

    def __init__(self, column: str, *, missing: bool = False) -> None:
        super().__init__(column)
        self.column = column
        self.missing = missing


def blocks(receive: Callable[[int], bytes]) -> Iterator[Block]:
    """Blocks of whole rows until the end of the result. ``receive`` returns at most so many bytes, b"" at end of stream.

    Raises pymysql's error for an error packet, ConnectionError when the stream ends early.
    """
    buffer, position = bytearray(), 0
    starts: list[int] = []
    while True:
        part = receive(READ_BYTES)
        if not part:
            raise ConnectionError("the stream ended before the result did")
        buffer += part
        end = len(buffer)
        while position + 4 < end:
            size = _header(buffer, position)[0] & _LARGEST
            following = position + 4 + size
            if size == _LARGEST:
                following = _join(buffer, position)
                end = len(buffer)
            if not position < following <= end:
                break
            first = buffer[position + 4]
            if first >= _END and (first == _ERROR or size < 9):
                if starts:
                    yield buffer, starts
                if first == _ERROR:
                    raise_mysql_exception(bytes(buffer[position + 4 : following]))
                return
            starts.append(position + 4)
            position = following
        if position >= BATCH_BYTES:
            yield buffer, starts
            buffer, position, starts = buffer[position:], 0, []


def _join(buffer: bytearray, position: int) -> int:
    """Take out the headers inside a row of 16 MiB or more; where the row ends then, or 0 while part of it is on its way."""
    at = position
    inner: list[int] = []
    while at + 4 <= len(buffer):
        size: int = _header(buffer, at)[0] & _LARGEST
        at += 4 + size
        if at > len(buffer):
            break
        if size < _LARGEST:
            for header in reversed(inner):
                del buffer[header : header + 4]
            return at - 4 * len(inner)
        inner.append(at)
    return 0


def decode(block: Block, schema: pa.Schema) -> pa.RecordBatch:
    """The rows of a block under the schema. Raises CellProblem; cells are parsed, never rounded or cut."""
    buffer, starts = block
    data = np.frombuffer(buffer, np.uint8)
    cells = pa.py_buffer(buffer)
    even = np.arange(0, 2 * len(starts), 2, dtype=np.int32)
    offsets = np.empty(2 * len(starts) + 1, np.int32)
    position = np.array(starts, np.int64)
    columns = []
    for field in schema:
        begin, length, missing = _cells(data, position)
        position = begin + length
        # The cells and the gaps between them, by turns, are one Arrow array over the packets themselves; every second is taken
        offsets[0:-1:2], offsets[1::2], offsets[-1] = begin, position, position[-1]
        kind = pa.binary() if pa.types.is_binary(field.type) else pa.string()
        turns = pa.Array.from_buffers(kind, 2 * len(starts), [None, pa.py_buffer(offsets), cells])
        try:
            columns.append(_parsed(turns.take(pa.array(even, mask=missing)), field.type))
        except pa.ArrowInvalid as problem:
            raise CellProblem(field.name) from problem
        if columns[-1].null_count and not field.nullable:
            raise CellProblem(field.name, missing=True)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _cells(data: Bytes, position: Numbers) -> tuple[Numbers, Numbers, npt.NDArray[np.bool_] | None]:
    """Where the cells at ``position`` begin, how long they are, and which are NULL."""
    length = data[position].astype(np.int64)
    begin = position + 1
    if length.max() < _NULL:
        return begin, length, None
    missing = length == _NULL
    length[missing] = 0
    for mark, width in ((_TWO_BYTES, 2), (_THREE_BYTES, 3), (_EIGHT_BYTES, 8)):
        if len(rows := np.flatnonzero(length == mark)):
            at = begin[rows]
            length[rows] = sum(data[at + i].astype(np.int64) << 8 * i for i in range(width))
            begin[rows] += width
    return begin, length, missing


def _parsed(cells: pa.Array, type: pa.DataType) -> pa.Array:
    if pa.types.is_binary(type):
        return cells
    if pa.types.is_string(type):
        cells.validate(full=True)
        return cells
    if pa.types.is_timestamp(type):
        return cells.cast(pa.timestamp("us")).view(type)  # sessions are in UTC
    if pa.types.is_time(type):  # Arrow parses no times, but the first microseconds of 1970
        return pc.binary_join_element_wise("1970-01-01", cells, " ").cast(pa.timestamp("us")).view(type)
    if pa.types.is_decimal(type) and (pc.max(pc.binary_length(cells)).as_py() or 0) >= type.precision:
        return cells.cast(pa.decimal256(76, type.scale)).cast(type)  # Arrow wraps texts of more digits than it has room for
    return cells.cast(type)
