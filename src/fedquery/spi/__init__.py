"""The whole SPI: all that a connector may import of fedquery."""

from fedquery.arrow import FLOATS, INTEGERS, NUMERICS, TEMPORALS, LogicalType
from fedquery.errors import (
    Cancelled,
    InvalidValue,
    SecretProblem,
    SourceDrift,
    SourceError,
    SourceRejected,
    SourceTimeout,
    SourceUnavailable,
    TooManyBytes,
    TooManyRows,
    UnsupportedByConnector,
)
from fedquery.masks import MASK_NAMES, TOKEN_PREFIX, Mask
from fedquery.predicates import (
    COMPARISONS,
    And,
    ColumnOperand,
    Compare,
    Constant,
    In,
    IsNull,
    Not,
    Or,
    ParameterOperand,
    Predicate,
    StartsWith,
    ValueOperand,
)
from fedquery.said import Sentence
from fedquery.spi import faults
from fedquery.spi.capabilities import AGGREGATES, FUNCTIONS, JOINS, OPERATORS, SETS, Capabilities
from fedquery.spi.connector import BatchStream, Connector, Source, SourceConfig
from fedquery.spi.dialect import Dialect
from fedquery.spi.discovery import connectors
from fedquery.spi.duckdb_dialect import DUCKDB_CAPABILITIES, DuckDBDialect
from fedquery.spi.duckdb_facts import DUCKDB_FACTS
from fedquery.spi.fingerprint import Fact, Fingerprint, derived, probed
from fedquery.spi.parallel import Merged
from fedquery.spi.remote import RemoteColumn, RemoteTable
from fedquery.spi.request import Limits, Parameter, PhysicalColumn, SqlRequest, TableRead
from fedquery.spi.secrets import Secrets, is_reference
from fedquery.spi.statistics import Bound, ColumnStatistics, TableStatistics
from fedquery.spi.visit import Visit

__all__ = [
    "AGGREGATES",
    "COMPARISONS",
    "DUCKDB_CAPABILITIES",
    "DUCKDB_FACTS",
    "FLOATS",
    "FUNCTIONS",
    "INTEGERS",
    "JOINS",
    "MASK_NAMES",
    "NUMERICS",
    "OPERATORS",
    "SETS",
    "TEMPORALS",
    "TOKEN_PREFIX",
    "And",
    "BatchStream",
    "Bound",
    "Cancelled",
    "Capabilities",
    "ColumnOperand",
    "ColumnStatistics",
    "Compare",
    "Connector",
    "Constant",
    "Dialect",
    "DuckDBDialect",
    "Fact",
    "Fingerprint",
    "In",
    "InvalidValue",
    "IsNull",
    "Limits",
    "LogicalType",
    "Mask",
    "Merged",
    "Not",
    "Or",
    "Parameter",
    "ParameterOperand",
    "PhysicalColumn",
    "Predicate",
    "RemoteColumn",
    "RemoteTable",
    "SecretProblem",
    "Secrets",
    "Sentence",
    "Source",
    "SourceConfig",
    "SourceDrift",
    "SourceError",
    "SourceRejected",
    "SourceTimeout",
    "SourceUnavailable",
    "SqlRequest",
    "StartsWith",
    "TableRead",
    "TableStatistics",
    "TooManyBytes",
    "TooManyRows",
    "UnsupportedByConnector",
    "ValueOperand",
    "Visit",
    "connectors",
    "derived",
    "faults",
    "is_reference",
    "probed",
]
