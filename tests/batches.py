"""Generated examples in batches, each drawn from a seed of its own: however many there are, and in whichever process.

``FEDQUERY_TEST_EXAMPLES`` is how many, ``FEDQUERY_TEST_SEED`` what they are drawn from. A failing test names its seed. In CI it
is always the same, so that a commit passes or fails for what it is; everywhere else it is another every time. Examples are
drawn one apart from the other: Hypothesis's own way makes one of three from an earlier one, and a third of those alike.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

SEED = os.environ.get("FEDQUERY_TEST_SEED") or ("1" if os.environ.get("CI") else str(secrets.randbelow(10**6)))
#: Examples of one batch.
SIZE = 500

AVAILABLE_PROVIDERS["apart"] = HypothesisProvider  # under any name but its own, without mutations
_UNHEALTHY = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@dataclass(frozen=True, slots=True)
class Batch:
    """So many examples, and what they are drawn from."""

    number: int
    size: int
    seed: str

    def run(self, check: Callable[[st.DataObject], None]) -> None:
        """Check each example; the first that fails is made small."""
        limits = settings(
            max_examples=self.size, deadline=None, suppress_health_check=_UNHEALTHY, database=None, backend="apart",
            phases=(Phase.generate, Phase.shrink),  # explaining a failure traces every line, and says what nobody reads
        )  # fmt: skip
        try:
            seed(f"{self.seed} {self.number} {check.__qualname__}")(limits(given(st.data())(check)))()
        except BaseException as problem:
            problem.add_note(f"drawn from FEDQUERY_TEST_SEED={self.seed}, in batch {self.number} of {SIZE} examples")
            raise


def batches(unless_told: int, share: int = 1) -> pytest.MarkDecorator:
    """Gives the test a ``batch``: examples for one in ``share`` of what the environment tells, or ``unless_told``."""
    examples = max(int(os.environ.get("FEDQUERY_TEST_EXAMPLES") or unless_told) // share, 1)
    sizes = [min(SIZE, examples - begun) for begun in range(0, examples, SIZE)]
    return pytest.mark.parametrize("batch", [Batch(n, size, SEED) for n, size in enumerate(sizes)], ids=range(len(sizes)))
