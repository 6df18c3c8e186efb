"""The closed list of forms in which a column may be had: names, parameters and the types each fits.

What a mask *means* is in :mod:`fedquery.policy.masks`; how a source spells it is in that source's dialect.

>>> Form.parse("keep(1,1)")
Form(kind='mask', mask=Mask(name='keep', arguments=(1, 1)))
>>> str(Form.parse("truncate(month)"))
'truncate(month)'
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from fedquery.arrow import INTEGERS, LogicalType

Argument = int | str | Decimal

TRUNCATE_UNITS = ("year", "quarter", "month", "day", "hour")
MASK_NAMES = ("null", "const", "keep", "prefix", "band", "truncate", "token")
FORM_KINDS = ("clear", "mask", "token", "join", "verify")
#: One of each, for editors.
EXAMPLES = (
    "clear", "keep(1,1)", "prefix(6)", "band(1000)", "truncate(month)", "const('x')", "const('x', hide_null)", "null", "token",
    "join", "verify",
)  # fmt: skip
#: What a grant may add for a masked column; without it the column can only be selected.
USES = ("filter", "join", "group", "order", "aggregate")

TOKEN_PREFIX = "tk1_"  # noqa: S105 - the form of a token, not a secret
TOKEN_LENGTH = len(TOKEN_PREFIX) + 32


@dataclass(frozen=True, slots=True)
class Mask:
    """One mask of the closed list. ``token`` is a mask too: it is how the forms ``token`` and ``join`` are made.

    NULL stays NULL; with ``hide_null`` it is masked like a value, so that nobody sees whether there is one. Only ``const``
    can: what any other mask gives depends on the value, and would show that there was none.
    """

    name: str
    arguments: tuple[Argument, ...] = ()
    hide_null: bool = False

    def __str__(self) -> str:
        if not self.arguments:
            return self.name
        if self.name == "const":
            return f"const('{self.arguments[0]}'{', hide_null' if self.hide_null else ''})"
        return f"{self.name}({','.join(map(str, self.arguments))})"

    def problem(self, type: LogicalType) -> str | None:
        """Why this mask does not fit a column of ``type``; None when it fits."""
        fits = {
            "null": True,
            "const": type.name == "varchar",
            "keep": type.name == "varchar",
            "prefix": type.name == "varchar",
            "token": type.name == "varchar",
            "band": type.name in INTEGERS or type.name == "decimal",
            "truncate": type.name in ("date", "timestamp"),
        }
        if not fits[self.name]:
            return f"the mask {self} does not fit the type {type}"
        if self.name == "truncate" and type.name == "date" and self.arguments[0] in ("day", "hour"):
            return f"the mask {self} would leave a date as it is"
        if self.name == "band":
            step = Decimal(self.arguments[0])
            scale = type.scale if type.name == "decimal" else 0
            if step != step.quantize(Decimal(1).scaleb(-scale)):
                return f"the step of {self} has more decimal places than {type}"
        return None


@dataclass(frozen=True, slots=True)
class Form:
    """The form in which a grant gives a column: ``clear``, a mask, ``token``, ``join`` or ``verify``."""

    kind: str
    mask: Mask | None = None

    @staticmethod
    def parse(text: str) -> Form:
        """``"clear"``, ``"keep(3,4)"``, ``"const('x')"``, ``"token"``. Raises ValueError that lists the forms."""
        return _parse_form(text)

    def __str__(self) -> str:
        return str(self.mask) if self.kind == "mask" and self.mask else self.kind


CLEAR = Form("clear")
TOKEN = Form("token", Mask("token"))
JOIN = Form("join", Mask("token"))
VERIFY = Form("verify")

#: The text in quotes, and whether it stands for NULL too.
_CONST = re.compile(r"(['\"])(.*)\1(\s*,\s*hide_null)?", re.DOTALL)
_CALL = re.compile(r"(\w+)\s*(?:\((.*)\))?", re.DOTALL)


def _parse_form(text: str) -> Form:
    found = _CALL.fullmatch(text.strip())
    if not found:
        raise ValueError(_FORMS_HELP.format(text))
    name, inside = found[1].lower(), found[2]
    plain = {"clear": CLEAR, "token": TOKEN, "join": JOIN, "verify": VERIFY, "null": Form("mask", Mask("null"))}
    if name in plain and inside is None:
        return plain[name]
    words = [w.strip() for w in (inside or "").split(",")] if name != "const" else []
    if name == "const" and (text_of := _CONST.fullmatch(inside or "")):
        return Form("mask", Mask("const", (text_of[2],), hide_null=bool(text_of[3])))
    if name == "keep" and len(words) == 2 and all(w.isdigit() for w in words):
        return Form("mask", Mask("keep", (int(words[0]), int(words[1]))))
    if name == "prefix" and len(words) == 1 and words[0].isdigit() and int(words[0]) > 0:
        return Form("mask", Mask("prefix", (int(words[0]),)))
    if name == "truncate" and words and words[0] in TRUNCATE_UNITS and len(words) == 1:
        return Form("mask", Mask("truncate", (words[0],)))
    if name == "band" and len(words) == 1 and re.fullmatch(r"\d+(\.\d+)?", words[0]) and Decimal(words[0]) > 0:
        step = Decimal(words[0])
        return Form("mask", Mask("band", (int(step) if step == int(step) else step,)))
    raise ValueError(_FORMS_HELP.format(text))


_FORMS_HELP = (
    "{0!r} is not a form; the forms are clear, null, const('x'), const('x', hide_null), keep(prefix,suffix), prefix(n), "
    "band(step), truncate(" + "|".join(TRUNCATE_UNITS) + "), token, join, verify"
)
