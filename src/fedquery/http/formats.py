"""The three answers a query can be had as, and which of them an Accept header asks for."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv
from werkzeug.exceptions import NotAcceptable
from werkzeug.http import parse_list_header, parse_options_header

from fedquery import sentences as say
from fedquery.arrow import ARROW_STREAM
from fedquery.errors import OutOfMemory, TooManyBytes
from fedquery.http.values import to_json, to_text
from fedquery.run.result import Result

JSON, CSV, TEXT = "application/json", "text/csv", "text/plain"
#: Media type -> what may stand for it in an Accept header, best first when the caller takes anything.
ANSWERS = (ARROW_STREAM, JSON, CSV)
CODECS = ("zstd", "lz4")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A media type and, for Arrow, the codec both sides know."""

    media_type: str
    codec: str | None = None


def wanted(accept: str, offered: tuple[str, ...] = ANSWERS) -> Wanted:
    """The best of ``offered`` that the header takes; the first of them when it takes anything.

    ``codecs="zstd, lz4"`` lists what the caller can unpack; without it the stream is not compressed.

    >>> wanted('application/vnd.apache.arrow.stream; codecs="lz4, snappy"')
    Wanted(media_type='application/vnd.apache.arrow.stream', codec='lz4')
    >>> wanted('text/html, */*;q=0.1').codec is None
    True
    """
    ranges = [parse_options_header(item) for item in parse_list_header(accept or "*/*")]
    found: list[tuple[float, Wanted]] = []
    for media_type in offered:
        names = (media_type, media_type.split("/")[0] + "/*", "*/*")
        fitting = [(names.index(name.lower()), options) for name, options in ranges if name.lower() in names]
        if fitting:
            nearness, options = min(fitting, key=lambda fit: fit[0])
            # Of equal wishes the one that names the type wins over the one that takes anything.
            found.append((_quality(options) - nearness / 10_000, Wanted(media_type, _codec(media_type, options))))
    score, best = max(found, key=lambda one: one[0], default=(0.0, None))
    if best is None or score <= 0:
        raise NotAcceptable(f"This endpoint answers as {', '.join(offered)}.")
    return best


def _quality(options: dict[str, str]) -> float:
    try:
        return float(options.get("q", "1"))
    except ValueError:
        return 0.0


def _codec(media_type: str, options: dict[str, str]) -> str | None:
    known = [word.strip().lower() for word in options.get("codecs", "").split(",")]
    return next((codec for codec in CODECS if codec in known), None) if media_type == ARROW_STREAM else None


class _Chunks(io.RawIOBase):
    """A file whose bytes are taken away as soon as they are written."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def arrow_chunks(schema: pa.Schema, batches: Iterable[pa.RecordBatch], codec: str | None) -> Iterator[bytes]:
    """An Arrow IPC stream, a chunk for each batch. The end marker is written only when ``batches`` end without a failure."""
    sink = _Chunks()
    writer = pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(compression=codec))
    for batch in batches:
        writer.write_batch(batch)
        yield sink.take()
    writer.close()
    yield sink.take()


class Cap:
    """Lets the first ``limit`` rows through, and knows whether there were more."""

    def __init__(self, limit: int | None) -> None:
        self._limit, self.count, self.reached = limit, 0, False

    def rows(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches, the last of them cut at the limit."""
        for batch in batches:
            if self._limit is not None and self.count + batch.num_rows > self._limit:
                self.reached = True
                batch = batch.slice(0, self._limit - self.count)
            self.count += batch.num_rows
            yield batch
            if self.reached:
                return


class BoundedFile:
    """A file that takes at most ``limit`` bytes. Raises TooManyBytes beyond."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self._file, self._limit, self.size, self.closed = file, limit, 0, False

    def write(self, data: Any) -> int:
        self.size += len(data)
        if self.size > self._limit:
            raise TooManyBytes(say.ANSWER_TOO_LARGE(size=self._limit), hint=say.STREAM_OR_FEWER())
        return self._file.write(data)

    def flush(self) -> None:
        """Nothing is held back here."""


class Spool(BoundedFile):
    """On the gateway's own disk, which may be full. Raises OutOfMemory then."""

    def write(self, data: Any) -> int:
        with _on_disk():
            return super().write(data)

    def rewind(self) -> None:
        """All is written; the next read is from the beginning."""
        with _on_disk():
            self._file.seek(0)


@contextmanager
def _on_disk() -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise OutOfMemory(say.NO_ROOM_FOR_ANSWER(), hint=say.STREAM_INSTEAD(), private=repr(problem)) from None


def write_csv(schema: pa.Schema, batches: Iterable[pa.RecordBatch], file: BoundedFile) -> int:
    """CSV for machines: RFC 4180, UTF-8, NULL is an empty field and an empty text is ``""``. Returns the number of rows."""
    sample = [to_text(pa.array([], field.type)).type for field in schema]
    flat = pa.schema([pa.field(field.name, type) for field, type in zip(schema, sample, strict=True)])
    rows = 0
    with pyarrow.csv.CSVWriter(_sink(file), flat) as writer:
        for batch in batches:
            rows += batch.num_rows
            writer.write_batch(pa.record_batch([to_text(column) for column in batch.columns], schema=flat))
    return rows


def write_json(head: dict[str, Any], batches: Iterable[pa.RecordBatch], tail: Any, file: BoundedFile) -> int:
    """One JSON object: ``head``, the rows as arrays, then what ``tail(rows)`` says once they are counted."""
    file.write(json_bytes(head)[:-1] + b',"rows":[')
    rows = 0
    for batch in batches:
        if batch.num_rows:
            file.write((b",\n" if rows else b"\n") + b",\n".join(map(json_bytes, rows_of(batch))))
            rows += batch.num_rows
    file.write(b"],\n" + json_bytes(tail(rows))[1:])
    return rows


def rows_of(batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    """The rows as values that JSON can hold."""
    return zip(*(to_json(column) for column in batch.columns), strict=True)


def head(result: Result) -> dict[str, Any]:
    """What a JSON answer begins with."""
    columns = [{"name": c.name, "type": c.type, "form": c.form, "origins": c.origins} for c in result.columns]
    return {"query_id": result.query_id, "columns": columns}


def tail(result: Result, count: int, reached: bool) -> dict[str, Any]:
    """What a JSON answer ends with: its size, its marks, and what it rests on."""
    metadata = result.schema.metadata
    return {
        "row_count": count,
        "truncated_by": "max_rows" if reached else None,
        "marks": [dataclasses.asdict(mark) for mark in result.marks],
        "sources": [
            {
                "source": one.source,
                "rows": one.rows,
                "bytes": one.bytes,
                "ms": one.milliseconds,
                "snapshot": result.snapshots[one.source],
            }
            for one in result.progress()
        ],
        **{name: metadata[f"fedquery.{name}".encode()].decode() for name in ("grant", "catalog_version")},
    }


def json_bytes(value: Any) -> bytes:
    """Compact UTF-8 JSON; dates as ISO text. NaN is a ValueError: it is no JSON."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=str).encode()


def _sink(file: BoundedFile) -> pa.PythonFile:
    return pa.PythonFile(file, mode="w")
