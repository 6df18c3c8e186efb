"""The 22 statements with the standard's substitution parameters, over the directory's names."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

FOLDER = Path(__file__).with_name("queries")
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("q*.sql")))
TABLES = {
    "sales": ("lineitem", "orders"),
    "crm": ("customer", "nation", "region"),
    "supply": ("part", "partsupp", "supplier"),
}


def text(name: str, scale: float) -> str:
    """One statement. Q11 asks for a fraction that depends on the scale."""
    return FOLDER.joinpath(f"{name}.sql").read_text(encoding="utf-8").replace(":fraction", fraction(scale))


def title(name: str) -> str:
    """What the statement is called in the standard."""
    return FOLDER.joinpath(f"{name}.sql").read_text(encoding="utf-8").splitlines()[0].removeprefix("-- ").partition(";")[0]


def fraction(scale: float) -> str:
    """Q11's threshold as a literal."""
    return f"{Decimal('0.0001') / Decimal(str(scale)):f}"
