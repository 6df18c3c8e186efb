"""What ``describe`` found of a table -> the draft of its directory entry, which a person completes.

What only a person can know stands as an empty value (a grade as 0): the draft is no valid entry until each is filled, and
``fedquery catalog validate`` lists those that are not, with their lines. No column is given in any form until its ``forms``
say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import tomli_w

from fedquery.names import IDENTIFIER
from fedquery.spi import RemoteColumn, RemoteTable

LONGEST = 63  # characters of a directory name

_HEAD = """\
# A draft. Empty values and grades of 0 are for a person to fill; `fedquery catalog validate` lists them.
# level: core, important or general. grade: 1 to 4, the most sensitive. forms: what a grant may choose; [] gives nothing."""


def draft(table: RemoteTable, source: str) -> str:
    """TOML of one ``[resources.NAME]``, to be appended to its department's file; ``source`` is the department's name for it.

    >>> from fedquery.spi import LogicalType
    >>> column = RemoteColumn("XM", "varchar(50)", LogicalType("varchar"), nullable=False, comment="姓名")
    >>> print(draft(RemoteTable(("public", "T_CZRK"), (column,)), "main").split("\\n\\n")[2])
    [resources.t_czrk.columns.xm]
    physical = "XM"
    type = "varchar"
    declared = "varchar(50)"
    nullable = false
    grade = 0
    forms = []
    description = { zh = "姓名", en = "" }
    <BLANKLINE>
    """
    (name,) = directory_names((table.path[-1],), "resource")
    entry = [
        _HEAD,
        f"[resources.{name}]",
        f"title = {_text(table.comment)}",
        f"source = {_value(source)}",
        f"table = [{', '.join(_value(part) for part in table.path)}]",
        'format = "table"  # or view, file, stream',
        'update_cycle = ""  # real_time, daily, weekly, monthly, quarterly, yearly or irregular',
        'level = ""',
        "grade = 0",
        f"description = {_text(table.comment)}",
    ]
    sharing = [
        f"[resources.{name}.sharing]",
        'attribute = ""  # unconditional; conditional, with scope and use; or not_shared, with reason and legal_basis',
    ]
    names = directory_names((column.name for column in table.columns), "column")
    columns = [
        list(_column(f"resources.{name}.columns.{own}", column)) for own, column in zip(names, table.columns, strict=True)
    ]
    return "\n\n".join("\n".join(lines) for lines in (entry, sharing, *columns)) + "\n"


def directory_names(physical: Iterable[str], kind: str) -> tuple[str, ...]:
    """A directory name for each name at a source: lower case, no two the same; ``kind`` stands where no letter is left.

    >>> directory_names(("XM", "Xm", "CSRQ 1", "2020", "住址"), "column")
    ('xm', 'xm_2', 'csrq_1', 'column_2020', 'column')
    """
    names: list[str] = []
    for text in physical:
        plain = re.sub(r"[^a-z0-9_]+", "_", text.lower()).strip("_")
        base = plain if re.match(r"[a-z]", plain) else f"{kind}_{plain}".rstrip("_")
        name, number = base[:LONGEST], 1
        while name in names:
            number += 1
            name = f"{base[: LONGEST - len(str(number)) - 1]}_{number}"
        assert re.fullmatch(IDENTIFIER, name)
        names.append(name)
    return tuple(names)


def _column(path: str, column: RemoteColumn) -> Iterator[str]:
    if column.note:
        yield f"# {_one_line(column.note)}"
    yield f"[{path}]"
    yield f"physical = {_value(column.name)}"
    yield f"type = {_value(str(column.type) if column.type else '')}"
    if column.declared:
        yield f"declared = {_value(column.declared)}"
    if not column.nullable:
        yield "nullable = false"
    if column.key:
        yield "key = true"
    yield "grade = 0"
    yield "forms = []"
    yield f"description = {_text(column.comment)}"


def _text(chinese: str) -> str:
    return f'{{ zh = {_value(_one_line(chinese))}, en = "" }}'


def _value(text: str) -> str:
    """A TOML string, quoted by the TOML writer."""
    return tomli_w.dumps({"x": text}).removeprefix("x = ").rstrip("\n")


def _one_line(text: str) -> str:
    """Comments of a source, as they may stand in a line: no control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
