"""Forms and masks: what they parse from, what they mean by hand-computed values, and that they print what they parse."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from decimal import Decimal

import pytest

from fedquery.arrow import LogicalType
from fedquery.mask_meaning import apply, padded_blocks, token
from fedquery.masks import Form


@pytest.mark.parametrize(
    ("form", "type", "value", "masked"),
    [
        ("null", "bigint", 7, None),
        ("const('x')", "varchar", "secret", "x"),
        ("const('x')", "varchar", None, None),
        ("const('x', hide_null)", "varchar", "secret", "x"),
        ("const('x', hide_null)", "varchar", None, "x"),
        ("keep(1,1)", "varchar", "李小雷", "李*雷"),
        ("keep(1,1)", "varchar", "李雷", "**"),
        ("keep(3,4)", "varchar", "110105194912310021", "110***********0021"),
        ("keep(0,0)", "varchar", "ab", "**"),
        ("keep(1,0)", "varchar", "𠮷野家", "𠮷**"),
        ("prefix(2)", "varchar", "𠮷野家", "𠮷野"),
        ("prefix(9)", "varchar", "ab", "ab"),
        ("band(10)", "integer", 37, 30),
        ("band(10)", "integer", -1, -10),
        ("band(10)", "tinyint", -128, -128),
        ("band(0.05)", "decimal(10,2)", Decimal("1.07"), Decimal("1.05")),
        ("band(0.05)", "decimal(10,2)", Decimal("-0.01"), Decimal("-0.05")),
        ("truncate(year)", "date", dt.date(2024, 2, 29), dt.date(2024, 1, 1)),
        ("truncate(quarter)", "date", dt.date(2024, 6, 30), dt.date(2024, 4, 1)),
        ("truncate(month)", "timestamp", dt.datetime(2023, 8, 31, 23, 59, 59), dt.datetime(2023, 8, 1)),
        ("truncate(hour)", "timestamp", dt.datetime(1969, 12, 31, 23, 59, 59), dt.datetime(1969, 12, 31, 23)),
    ],
)
def test_meaning(form: str, type: str, value: object, masked: object) -> None:
    mask = Form.parse(form).mask
    assert mask is not None and mask.problem(LogicalType.parse(type)) is None
    assert apply(mask, value, LogicalType.parse(type)) == masked


@pytest.mark.parametrize(
    "text",
    [
        "clear", "token", "join", "verify", "null", "const('it')", "keep(3,4)", "prefix(1)", "band(0.05)", "truncate(day)",
        "const('it', hide_null)", "const('a\\b')", "const('it's \"so\"')", "const('')", "const('a, hide_null')",
    ],
)  # fmt: skip
def test_forms_print_what_they_parse(text: str) -> None:
    assert str(Form.parse(text)) == text
    assert Form.parse(str(Form.parse(f"  {text.upper() if '(' not in text else text} "))) == Form.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "keep",
        "keep(1)",
        "keep(-1,2)",
        "prefix(0)",
        "band(0)",
        "truncate(week)",
        "clear()",
        "const(x)",
        "const('x', y)",
        "null(hide_null)",
        "keep(1,1,hide_null)",
        "prefix(1,hide_null)",
        "band(10,hide_null)",
        "token(hide_null)",
    ],
)
def test_what_is_no_form_lists_the_forms(text: str) -> None:
    with pytest.raises(ValueError, match="the forms are clear, null"):
        Form.parse(text)


@pytest.mark.parametrize(("form", "type"), [("keep(1,1)", "integer"), ("band(0.05)", "integer"), ("truncate(day)", "date")])
def test_masks_that_do_not_fit(form: str, type: str) -> None:
    mask = Form.parse(form).mask
    assert mask is not None and mask.problem(LogicalType.parse(type))


def test_tokens_are_hmac_over_the_canonical_value() -> None:
    """RFC 4231, test case 2, as far as the canonical form lets it through."""
    expected = "tk1_" + hmac.new(b"Jefe", b"110X", hashlib.sha256).hexdigest()[:32]
    assert token(b"Jefe", " 110x\t") == expected
    assert token(b"Jefe", None) is None
    inner, outer = map(bytes.fromhex, padded_blocks(b"Jefe"))
    again = hashlib.sha256(outer + hashlib.sha256(inner + b"what do ya want for nothing?").digest()).hexdigest()
    assert again == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
