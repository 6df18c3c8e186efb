"""What SQLite says is wrong -> the error to raise, which says nothing of it."""

from __future__ import annotations

from fedquery.spi import Sentence, SourceRejected, SourceUnavailable, TableRead, faults

NO_FILE = Sentence("The file of {source} is not there.", "{source} 的文件不存在。")
CHECK_MOUNT = Sentence("Check that its folder is mounted.", "请检查其文件夹是否已挂载。")
UNREADABLE = Sentence("The file of {source} cannot be read now.", "{source} 的文件目前无法读取。")
_CHECK_FILE = Sentence(
    "Try again; if it stays so, check that the file is a SQLite database and that nobody holds it locked.",
    "请重试；如仍如此，请检查该文件是否为 SQLite 数据库、是否被长期锁定。",
)
_NOT_UTF8 = Sentence("The source {source} holds a text that is not UTF-8.", "数据源 {source} 中有不是 UTF-8 的文本。")
_TELL = Sentence("Tell its department.", "请告知其部门。")


def translated(problem: Exception, source: str, read: TableRead | None = None) -> Exception:
    """The error to raise instead of SQLite's."""
    text = str(problem)
    if isinstance(problem, UnicodeDecodeError) or "decode to UTF-8" in text:
        return SourceRejected(_NOT_UTF8(source=source), hint=_TELL(), source=source)
    if "no such table" in text or "no such column" in text:
        return faults.gone(source, ".".join(read.table) if read and "no such table" in text else None, private=text)
    if "interrupted" in text:
        return faults.late(source, private=text)
    if "locked" in text or "unable to open" in text or "not a database" in text or "disk I/O" in text:
        return SourceUnavailable(UNREADABLE(source=source), hint=_CHECK_FILE(), source=source, private=text)
    return faults.refused(source, private=text)
