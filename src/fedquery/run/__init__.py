"""Running a plan: fragments fetched as streams, joined in a locked DuckDB."""

from fedquery.run.budget import Budget
from fedquery.run.execution import Outcome, Statistics
from fedquery.run.fetch import SourceProgress
from fedquery.run.join import Engine
from fedquery.run.result import Result, execute
from fedquery.run.slots import SourceSlots

__all__ = [
    "Budget",
    "Engine",
    "Outcome",
    "Result",
    "SourceProgress",
    "SourceSlots",
    "Statistics",
    "execute",
]
