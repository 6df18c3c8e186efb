"""Keys of tokens: one per grant, epoch and kind of identifier, derived from the master key.

A source's operators may learn the key of one grant, from the values bound at their own system, and nothing more.
"""

from __future__ import annotations

import hashlib
import hmac

from fedquery.catalog.model import Grant
from fedquery.errors import SecretProblem
from fedquery.mask_meaning import padded_blocks, token


def token_key(master: bytes, grant: Grant, kind: str) -> bytes:
    """The HMAC key of this grant's tokens of ``kind``. Raises SecretProblem when the master key is shorter than 32 bytes."""
    if len(master) < 32:
        raise SecretProblem("The master key is shorter than 32 bytes.", hint="Put 32 random bytes or more into it.")
    context = f"fedquery token\n{grant.id}\n{grant.epoch}\n{kind}".encode()
    return hmac.new(master, context, hashlib.sha256).digest()


def key_blocks(master: bytes, grant: Grant, kind: str) -> tuple[str, str]:
    """The key as its (inner, outer) padded blocks, 128 hex digits each: with them a source needs plain SHA-256 only."""
    return padded_blocks(token_key(master, grant, kind))


def token_of(master: bytes, grant: Grant, kind: str, value: str) -> str:
    """The token that an identifier has under this grant: what a lookup gives."""
    made = token(token_key(master, grant, kind), value)
    assert made is not None
    return made
