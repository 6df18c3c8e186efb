"""Statements over the village, drawn from a grammar: conditions that can raise and joins of every kind included."""

from __future__ import annotations

from hypothesis import strategies as st

_NUMBERS = st.sampled_from(["0", "1", "2", "7", "-5", "1000", "2147483647"])
_TEXTS = st.sampled_from(["'1'", "'abc'", "''", "'张*'", "'990101'", "'visit'", "'VISIT'", "'%'", "'a\\b'", "'it''s'"])
_DATES = st.sampled_from(["DATE '2026-01-01'", "DATE '1990-01-01'", "DATE '2000-03-01' - INTERVAL 30 DAY", "'1984-12-01'"])
#: Two who are there and seen, one written as others write him; one who is hidden, one who is nobody.
_WRITTEN = st.sampled_from(
    ["9901011990010101001X", " 9901011990030101003x", "9901011991000101100X", "nobody", "9901011990130101013X"]
)
_COMPARE = st.sampled_from(["=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"])


def _of(*options: str) -> st.SearchStrategy[str]:
    return st.sampled_from(options)


@st.composite
def _condition(draw: st.DrawFn, p: str, e: str, depth: int = 0) -> str:
    """A condition over a person ``p`` and an event ``e``."""
    kind = draw(st.integers(0, 15 if depth < 2 else 11))
    number = _of(f"{p}.n", f"{p}.band", f"{e}.qty", f"{p}.amount", f"{e}.price", f"{p}.n + 1", f"length({p}.note)")
    text = _of(f"{p}.note", f"{p}.district", f"{p}.name", f"{e}.kind", f"{p}.sex", f"upper({p}.note)", f"left({e}.kind, 2)")
    match kind:
        case 0 | 1:
            return f"{draw(number)} {draw(_COMPARE)} {draw(_NUMBERS)}"
        case 2 | 3:
            return f"{draw(text)} {draw(_COMPARE)} {draw(_TEXTS)}"
        case 4:
            return f"{draw(_of(f'{p}.born', f'{e}.day'))} {draw(_COMPARE)} {draw(_DATES)}"
        case 5:
            return f"{draw(text)} IN ({draw(_TEXTS)}, {draw(_TEXTS)})"
        case 6:
            return f"{draw(number)} BETWEEN {draw(_NUMBERS)} AND {draw(_NUMBERS)}"
        case 7:
            column = draw(_of(f"{p}.secret", f"{p}.name", f"{p}.born", f"{e}.person_id", f"{p}.amount", f"{e}.kind"))
            return f"{column} IS {draw(_of('', 'NOT '))}NULL"
        case 8:
            asked = f"lookup('{draw(_WRITTEN)}')"
            looked_up = f"{draw(_of(p, e))}.person_id {draw(_of('=', '<>'))} {asked}"
            return draw(_of(f"{p}.income {draw(_of('>', '<='))} 1000", looked_up, f"{e}.person_id IN ({asked}, lookup(''))"))
        case 9:
            return f"{draw(text)} LIKE {draw(_TEXTS)}"
        case 10:
            return draw(
                _of(
                    f"CAST({p}.note AS INTEGER) = 1",
                    f"10 // {p}.n > 1",
                    f"{p}.n * {p}.n > 5",
                    f"TRY_CAST({p}.note AS DATE) IS NULL",
                )
            )
        case 11:
            return f"{draw(number)} {draw(_COMPARE)} {draw(number)}"
        case 12:
            return f"NOT ({draw(_condition(p, e, depth + 1))})"
        case 13:
            return f"({draw(_condition(p, e, depth + 1))} OR {draw(_condition(p, e, depth + 1))})"
        case _:
            return f"({draw(_condition(p, e, depth + 1))} AND {draw(_condition(p, e, depth + 1))})"


_COLUMNS = (
    "p.name", "p.born", "p.note", "p.amount", "p.n", "p.band", "p.sex", "e.kind", "e.qty", "e.price",
    "p.secret", "p.secret IS NULL AS missing", "p.income > 1000 AS rich", "p.n + e.qty AS t", "p.amount / 3 AS third",
)  # fmt: skip
_AGGREGATES = "count(*) AS c, count(e.person_id) AS k, sum(p.n) AS s, max(e.price) AS m, min(p.amount) AS l"


@st.composite
def sentences(draw: st.DrawFn, people: str, events: str) -> str:
    """One statement; ``people`` and ``events`` are the departments whose ``person`` and ``event`` it reads."""
    persons, happenings = f"{people}.person p", f"{events}.event e"
    on = "e.person_id = p.person_id" + (f" AND {draw(_condition('p', 'e'))}" if draw(st.booleans()) else "")
    source = f"{persons} {draw(_of('JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'))} {happenings} ON {on}"
    where = f" WHERE {draw(_condition('p', 'e'))}" if draw(st.booleans()) else ""
    number = draw(_NUMBERS)
    match draw(st.integers(0, 12)):
        case 0:
            columns = draw(st.lists(_of(*_COLUMNS), min_size=1, max_size=5, unique=True))
            return f"SELECT {', '.join(columns)} FROM {source}{where}"
        case 1:
            keys = _of("p.district", "e.kind", "p.sex", "p.band", "p.born", "e.day")
            named = ", ".join(draw(st.lists(keys, min_size=1, max_size=2, unique=True)))
            having = draw(_of("", " HAVING count(*) > 1", " HAVING max(p.n) > 1"))
            return f"SELECT {named}, {_AGGREGATES} FROM {source}{where} GROUP BY ALL{having}"
        case 2:
            inside = f"SELECT 1 FROM {happenings} WHERE e.person_id = p.person_id AND {draw(_condition('p', 'e'))}"
            return f"SELECT p.name, p.n FROM {persons} WHERE {draw(_of('EXISTS', 'NOT EXISTS'))} ({inside})"
        case 3:
            inside = f"SELECT p.person_id FROM {persons} WHERE p.n > {number}"
            return f"SELECT e.kind, e.qty FROM {happenings} WHERE e.person_id {draw(_of('IN', 'NOT IN'))} ({inside})"
        case 4:
            return f"SELECT DISTINCT p.district, p.band, p.sex FROM {persons} WHERE {draw(_alone())}"
        case 5:
            keys = f"p.n {draw(_of('', 'DESC'))}, p.note {draw(_of('', 'DESC NULLS FIRST'))}, p.amount"
            some = f"LIMIT {draw(st.integers(0, 6))} OFFSET {draw(st.integers(0, 3))}"
            return f"SELECT p.n, p.note, p.amount FROM {persons} ORDER BY {keys} {some}"
        case 6:
            operation = draw(_of("UNION", "UNION ALL", "EXCEPT", "INTERSECT"))
            return f"SELECT p.person_id, p.n FROM {persons} {operation} SELECT e.person_id, e.qty FROM {happenings}"
        case 7:
            inside = f"SELECT p.district AS d, p.sex AS s, count(*) AS c, max(p.note) AS m FROM {persons} GROUP BY ALL"
            where = f"x.d {draw(_COMPARE)} {draw(_TEXTS)} AND x.s IS NOT NULL"
            return f"SELECT x.d, x.c, x.m, (SELECT max(e.qty) FROM {happenings}) AS q FROM ({inside}) x WHERE {where}"
        case 8:
            inside = f"SELECT p.n AS n, p.note AS t, p.district AS d FROM {persons} ORDER BY p.n, p.note, p.district, p.amount"
            inside += f" LIMIT {draw(st.integers(1, 9))}"
            return f"SELECT upper(x.t) AS u, x.n FROM ({inside}) x WHERE x.n {draw(_COMPARE)} {number}"
        case 9:
            counted = f"count(*) FILTER (WHERE {draw(_alone())}) AS c, sum(p.n) FILTER (WHERE p.band > {number}) AS s"
            return (
                f"SELECT p.sex, {counted}, count(DISTINCT p.district) AS d FROM {persons} GROUP BY p.sex HAVING count(*) >= 1"
            )
        case 10:
            third = f"{draw(_of('JOIN', 'LEFT JOIN'))} {people}.person q USING (person_id)"
            return f"SELECT p.n, e.kind, q.note FROM {persons} JOIN {happenings} USING (person_id) {third}{where}"
        case 11:
            frame = f"ROWS BETWEEN {draw(st.integers(0, 2))} PRECEDING AND CURRENT ROW"
            order = "p.n, p.note, p.district, p.amount, p.band, p.sex, p.born, p.name, p.person_id"
            running, before = f"sum(p.band) OVER (ORDER BY {order} {frame})", f"lag(p.n, 1, 0) OVER (ORDER BY {order})"
            return f"SELECT p.n, {running} AS w, {before} AS l FROM {persons}"
        case _:
            inside = f"SELECT p.person_id AS i, p.n AS n, p.name AS w FROM {persons}"
            window = "count(*) OVER (PARTITION BY a.n) AS k"
            where = f"a.n {draw(_COMPARE)} {number}"
            return f"WITH c AS ({inside}) SELECT a.w, b.n, {window} FROM c a JOIN c b ON a.i = b.i WHERE {where}"


@st.composite
def _alone(draw: st.DrawFn) -> str:
    """A condition over a person only."""
    condition = draw(_condition("p", "p"))
    for event, person in (("qty", "n"), ("price", "amount"), ("kind", "note"), ("day", "born")):
        condition = condition.replace(f"p.{event}", f"p.{person}")
    return condition


def tamed(sql: str) -> str:
    """The same statement, but that no value of it can raise: what it asks of the sources is much the same."""
    for wild, tame in (
        ("n + 1", "n + 0"),
        ("n * p.n", "n * 1"),
        ("n + e.qty", "n + 0"),
        (" CAST(", " TRY_CAST("),
        ("(CAST(", "(TRY_CAST("),
    ):
        sql = sql.replace(wild, tame)
    return sql
