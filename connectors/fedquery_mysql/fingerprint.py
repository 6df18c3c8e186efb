"""What is asked of a MySQL or MariaDB, in a session pinned as statements have it, and what rests on the answers."""

from __future__ import annotations

from fedquery.spi import INTEGERS, Capabilities, Fact
from fedquery.spi.carried import ANY_TEXT, ARITHMETIC, COMPARING, EQUAL_TEXT, SHA256_OF_A, TEXT, TOKEN, everything, lists
from fedquery_mysql.capabilities import CAPABILITIES

#: The longest packet where the server does not say: the smallest default there was. What the rest of a statement may take.
_PACKET, _REST = 1 << 20, 1 << 18


def list_bytes(packet: str | None) -> int:
    """What is left for lists of keys of a packet of so many bytes."""
    return max((int(packet) if packet and packet.isdigit() else _PACKET) - _REST, 0)


FACTS = (
    Fact("text_case", "Whether 'a' equals 'A' in the session's collation.", "SELECT 'a' = 'A'", "0", EQUAL_TEXT,
         "the server compares text case-insensitively even under a binary collation"),
    Fact("text_accents", "Whether 'e' equals 'é' in the session's collation.", "SELECT 'e' = 'é'", "0", EQUAL_TEXT,
         "the server ignores accents even under a binary collation"),
    Fact("text_padding", "Whether 'a' equals 'a' and a blank in the session's collation.", "SELECT 'a' = 'a '", "0",
         EQUAL_TEXT,
         "the server ignores blanks at the end of texts even under a collation without padding"),
    Fact("text_order", "Whether 'B' sorts before 'a' in the session's collation.", "SELECT 'B' < 'a'", "1", TEXT,
         "the server does not sort texts by their code points even under a binary collation"),
    Fact("encoding", "The session's encoding.", "SELECT @@session.character_set_connection", "utf8mb4", TEXT,
         "the session is not in UTF-8"),
    Fact("empty_text", "Whether the empty text is NULL.", "SELECT '' IS NULL", "0", ANY_TEXT,
         "the server reads the empty text as NULL"),
    Fact("backslash", "How long the text of two backslashes is.", "SELECT CHAR_LENGTH('\\\\')", "1", TEXT,
         "the server does not read a backslash in a text as an escape"),
    Fact("double_quotes", "Whether double quotes make a text.", 'SELECT "a" = \'a\''),
    Fact("pipes", "What 'a' || 'b' is.", "SELECT 'a' || 'b'"),
    Fact("like_escape", "Whether a backslash escapes in LIKE.", "SELECT '_' LIKE '\\\\_' AND NOT 'a' LIKE '\\\\_'"),
    Fact("division", "What 5 / 2 is.", "SELECT 5 / 2"),
    Fact("exact_numbers", "Whether 0.1 + 0.2 is 0.3.", "SELECT 0.1 + 0.2 = 0.3", "1",
         Capabilities(operators={"decimal": COMPARING}, aggregates={"sum": frozenset({"decimal"})}, functions=ARITHMETIC),
         "the server computes decimals as floats"),
    Fact("wide_sums", "A sum of whole numbers beyond 64 bits.",
         "SELECT SUM(x) FROM (SELECT 9223372036854775807 AS x UNION ALL SELECT 9223372036854775807) AS v",
         "18446744073709551614", Capabilities(aggregates={"sum": INTEGERS}), "the server's sums of whole numbers can overflow"),
    Fact("set_operations", "Whether there is INTERSECT and EXCEPT: in MySQL from 8.0.31 on.",
         "SELECT COUNT(*) FROM (SELECT 1 AS x INTERSECT SELECT 1 EXCEPT SELECT 2) AS v", "1",
         Capabilities(sets=frozenset({"intersect", "except"})), "the server has no INTERSECT and EXCEPT"),
    Fact("null_order", "Whether NULL sorts where it is told to.",
         "SELECT COUNT(x) FROM (SELECT x FROM (SELECT 1 AS x UNION ALL SELECT NULL) AS v ORDER BY x IS NULL, x LIMIT 1) AS w",
         "1", Capabilities(order_limit=True), "the server does not sort NULL where it is told to"),
    Fact("time_zone", "The session's time zone.", "SELECT @@session.time_zone", "+00:00",
         everything("timestamptz"),
         "the session keeps another time than UTC"),
    Fact("row_limit", "The most rows that the server answers.", "SELECT @@session.sql_select_limit", "18446744073709551615",
         Capabilities(limit=True, order_limit=True), "the server cuts answers short"),
    Fact("packet", "The longest packet, in bytes: lists of keys may have no more.", "SELECT @@max_allowed_packet",
         list_bytes=list_bytes),
    Fact("identifier_case", "How the server compares names of tables (0: as they are written).",
         "SELECT @@lower_case_table_names"),
    Fact("isolation", "The isolation of transactions.", "SELECT @@session.tx_isolation"),
    Fact("lists", "Whether lists can be bound as JSON.",
         "SELECT 'a' IN (SELECT v FROM JSON_TABLE('[\"a\"]', '$[*]' COLUMNS (v VARCHAR(8) PATH '$')) AS list)", "1",
         lists(CAPABILITIES.operators), "the server has no JSON_TABLE"),
    Fact("sha256", "The SHA-256 of 'a'.", "SELECT SHA2('a', 256)", SHA256_OF_A, TOKEN, "the server cannot compute SHA-256"),
    Fact("regular_expressions", "Whether blanks can be trimmed by a regular expression.",
         "SELECT REGEXP_REPLACE(' a ', '\\\\A[ ]+|[ ]+\\\\z', '')", "a", TOKEN,
         "the server cannot replace by regular expressions"),
)  # fmt: skip
