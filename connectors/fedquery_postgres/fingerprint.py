"""What is asked of a PostgreSQL, or of what speaks its protocol, and what rests on the answers."""

from __future__ import annotations

from dataclasses import replace

from fedquery.spi import INTEGERS, Capabilities, Fact
from fedquery.spi.carried import ANY_TEXT, ARITHMETIC, EQUAL_TEXT, SHA256_OF_A, TEXT, TOKEN, everything, lists
from fedquery_postgres.capabilities import CAPABILITIES

FACTS = (
    Fact("encoding", "The database's encoding.", "SELECT current_setting('server_encoding')", "UTF8", TEXT,
         "the database is not encoded in UTF-8"),
    Fact("collation", "The database's own collation.",
         "SELECT datcollate FROM pg_catalog.pg_database WHERE datname = current_database()"),
    Fact("text_case", "Whether 'a' equals 'A' under the binary collation.", """SELECT 'a' COLLATE "C" = 'A'""", "false",
         EQUAL_TEXT, "the server compares text case-insensitively even under a binary collation"),
    Fact("text_padding", "Whether 'a' equals 'a' and a blank under the binary collation.", """SELECT 'a' COLLATE "C" = 'a '""",
         "false", EQUAL_TEXT, "the server ignores blanks at the end of texts even under a binary collation"),
    Fact("text_order", "Whether 'B' sorts before 'a' under the binary collation.", """SELECT 'B' COLLATE "C" < 'a'""", "true",
         TEXT, "the server does not sort texts by their code points even under a binary collation"),
    Fact("text_normal_form", "Whether a letter equals its decomposed form.",
         """SELECT U&'\\00E9' COLLATE "C" = U&'e\\0301'""", "false", EQUAL_TEXT,
         "the server normalises texts before it compares"),
    Fact("empty_text", "Whether the empty text is NULL.", "SELECT '' IS NULL", "false", ANY_TEXT,
         "the server reads the empty text as NULL"),
    Fact("backslash", "How long the text of two backslashes is.", "SELECT length('\\\\')", "2", TEXT,
         "the server reads a backslash in a text as an escape"),
    Fact("like_escape", "Whether a backslash escapes in LIKE.", "SELECT '_' LIKE E'\\\\_' AND NOT 'a' LIKE E'\\\\_'"),
    Fact("division", "What 5 / 2 is.", "SELECT 5 / 2"),
    Fact("exact_numbers", "Whether 0.1 + 0.2 is 0.3.", "SELECT 0.1 + 0.2 = 0.3", "true",
         replace(everything("decimal"), functions=ARITHMETIC),
         "the server computes decimals as floats"),
    Fact("wide_sums", "The type of a sum of bigint.", "SELECT pg_typeof(sum(x)) FROM (VALUES (CAST(1 AS bigint))) AS v (x)",
         "numeric", Capabilities(aggregates={"sum": INTEGERS}), "the server's sums of whole numbers can overflow"),
    Fact("nan_order", "Whether NaN equals itself and is above infinity.",
         "SELECT float8 'NaN' = float8 'NaN' AND float8 'NaN' > float8 'Infinity'", "true", everything("double", "real"),
         "the server orders NaN elsewhere"),
    Fact("null_order", "Whether NULL sorts where it is told to.",
         "SELECT count(x) FROM (SELECT x FROM (VALUES (1), (NULL)) AS v (x) ORDER BY x NULLS FIRST LIMIT 1) AS w", "0",
         Capabilities(order_limit=True), "the server does not sort NULL where it is told to"),
    Fact("infinite_dates", "Whether infinity is above every date.", "SELECT timestamp 'infinity' > timestamp '294276-12-31'",
         "true", everything("date", "timestamp", "timestamptz"), "the server has no infinite dates, or orders them elsewhere"),
    Fact("time_zone", "The session's time zone.", "SELECT current_setting('TimeZone')"),
    Fact("identifier_length", "The longest name, in bytes.", "SELECT current_setting('max_identifier_length')"),
    Fact("lists", "Whether lists can be bound as JSON.",
         """SELECT CAST('a' AS text) IN (SELECT "e" FROM jsonb_array_elements_text('["a"]') AS "_" ("e"))""", "true",
         lists(CAPABILITIES.operators), "the login may not, or the server cannot, read lists from JSON"),
    Fact("temporary_tables", "Whether the login may make temporary tables, at a server that takes writes.",
         "SELECT has_database_privilege(current_database(), 'TEMPORARY') AND NOT pg_is_in_recovery()", "true",
         Capabilities(scratch=True), "the login may make no temporary tables, or the server takes no writes"),
    Fact("sha256", "The SHA-256 of 'a'.", "SELECT encode(sha256(CAST('a' AS bytea)), 'hex')", SHA256_OF_A,
         TOKEN, "the login may not, or the server cannot, compute SHA-256"),
    Fact("starts_with", "Whether there is starts_with.", "SELECT starts_with('ab', 'a')", "true",
         Capabilities(functions=frozenset({"starts_with"})), "the login may not, or the server cannot, compute starts_with"),
    Fact("regular_expressions", "Whether regular expressions are there.", "SELECT 'abc' ~ '^a.c$'"),
    Fact("icu", "How ICU's root collation writes a sharp s in capitals; nothing where the server is built without it.",
         """SELECT upper(U&'\\00DF' COLLATE "und-x-icu")"""),
)  # fmt: skip
