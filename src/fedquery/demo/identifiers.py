"""Numbers with valid check digits over fictional region codes, so that no generated one can be a real one.

>>> resident_id("990101", dt.date(1990, 3, 7), 12)
'99010119900307012X'
>>> credit_code("990101", 0)
'91990101MA0000000U'
>>> bank_card(0)
'6200000000000000000'
"""

from __future__ import annotations

import datetime as dt

#: Prefixes 99 and 98 are not assigned in the list of administrative divisions (GB/T 2260).
DISTRICTS = ("990101", "990102", "990103")
PROVINCE_B = "980100"

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def resident_id(region: str, born: dt.date, sequence: int) -> str:
    """A resident identity number (GB 11643): check digit by ISO 7064 MOD 11-2; an odd sequence (0-999) is male."""
    body = f"{region}{born:%Y%m%d}{sequence:03d}"
    return body + _ID_CHECKS[sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True)) % 11]


def credit_code(region: str, number: int) -> str:
    """A unified social credit code (GB 32100) of an enterprise; ``number`` is below 31 to the power of 7."""
    organisation = "".join(_CODE_ALPHABET[number // 31**place % 31] for place in range(6, -1, -1))
    body = f"91{region}MA{organisation}"
    total = sum(_CODE_ALPHABET.index(sign) * weight for sign, weight in zip(body, _CODE_WEIGHTS, strict=True))
    return body + _CODE_ALPHABET[-total % 31]


def bank_card(number: int) -> str:
    """A bank card number of 19 digits with Luhn's check digit; ``number`` has at most 16 digits."""
    body = f"62{number:016d}"
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(body)))
    return body + str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)
