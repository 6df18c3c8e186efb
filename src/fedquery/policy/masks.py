"""The meaning of masks and tokens, where policies look for it; the kit compares every source with the same functions."""

from fedquery.mask_meaning import apply, canonical, padded_blocks, token

__all__ = ["apply", "canonical", "padded_blocks", "token"]
