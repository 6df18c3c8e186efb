"""The driver's and the server's errors as ours: the one place that translates them."""

from __future__ import annotations

import pymysql

from fedquery.spi import SourceError, faults

_UNREACHABLE = {
    0,
    1040,
    1053,
    1129,
    1130,
    1152,
    1158,
    1159,
    1160,
    1161,
    1184,
    1203,
    1226,
    1927,
    2002,
    2003,
    2005,
    2006,
    2013,
    2026,
}
_REFUSED = {1044, 1045, 1251, 1698, 1820, 1862, 2054, 2059, 2061, 3118, 4151}
_DRIFTED = {1049, 1051, 1054, 1109, 1146, 1356, 1932}
_TIMED_OUT = {1205, 1317, 1969, 3024}
_LOST = 2013


def translated(error: Exception, source: str) -> SourceError:
    """The error to raise instead. The server's own text goes to ``private`` only."""
    private = f"{error.__class__.__name__}: {error}"
    code = error.args[0] if isinstance(error, pymysql.Error) and error.args else None
    if isinstance(error, TimeoutError) or code in _TIMED_OUT or (code == _LOST and "timed out" in str(error)):
        return faults.late(source, private=private)
    if isinstance(error, OSError) or code in _UNREACHABLE:
        return faults.unreachable(source, private)
    if code in _REFUSED or (isinstance(error, RuntimeError) and "cryptography" in str(error)):
        return faults.login_refused(source, private)
    if code in _DRIFTED:
        return faults.gone(source, private=private)
    return faults.refused(source, private)
