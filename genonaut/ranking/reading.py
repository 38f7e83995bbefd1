"""Reading: the page at a rank, the rank of a key, counts. Each is one statement, and so sees one snapshot.

A reader names a ranking, values of its facets, and where rows come from (`Selection`). Whatever the ranking does not
count as the reader wants it, takes part as corrections: rows that belong to the list beside (the viewer's own private
ones) or do not belong to it (those that came later), as far as they are few.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

from django.db import connections, router

from genonaut.ranking.columns import one_of
from genonaut.ranking.declaration import BLOCK, BLOCK_ROWS, GROUP, WHOLE, Ranking
from genonaut.ranking.statements import Statement, compose, joined, value

KeyValues = tuple[Any, ...]

# The numbers of a selection's own edges among those of a statement.
LOWER, UPPER, ASKED = -3, -2, -1
# How many columns every answer begins with.
LEARNT = 10
NOTHING = Statement("NULL")
# A rank that no table reaches.
FAR = 2**40


class NotReadyError(Exception):
    """The ranking cannot answer: it is not built, or there are too many corrections."""


class Edge(NamedTuple):
    """A place between rows: before the row of these keys, or behind it; keys left out are the lowest, or the highest."""

    keys: KeyValues
    is_behind: bool = False


class Bound(NamedTuple):
    """A comparison of rows' keys with a row of SQL expressions."""

    operator: str
    keys: Statement


class RowSource(Protocol):
    """Where the rows of a selection are read: an ordered walk along indexes."""

    def keys(self, bounds: Sequence[Bound], *, is_descending: bool | None, reach: int | None) -> Statement:
        """Return SQL of the keys, named key_0, key_1 ..., of the rows within all bounds.

        In order where a direction is given, and then of `reach` rows at least, if there are as many.
        """


@dataclass(frozen=True)
class Correction:
    """Rows to count beside the ranking's (`weight` 1) or not to count (-1): SQL of their keys, as in RowSource."""

    keys: Statement
    weight: int


@dataclass(frozen=True)
class Selection:
    """What of a ranking is read: facet values (all, where a facet is left out), between two edges."""

    ranking: Ranking
    facets: Mapping[str, Collection[Any]]
    rows: RowSource
    corrections: Sequence[Correction] = ()
    lower: Edge | None = None
    upper: Edge | None = None
    # Edges whose ranks every answer gives, and one value that it reads in the same snapshot.
    marks: Sequence[Edge] = ()
    also: Statement = NOTHING
    # More corrections than this are more than a page may cost.
    most_corrections: int = 10_000


@dataclass(frozen=True)
class Answer:
    """What a reader learns, all of one snapshot.

    `first` is the rank of the first key in the reading direction, counted from 0; `ranks` those of edges asked for.
    """

    total: int
    version: str
    pending: int  # deltas that readers have to add up until they are folded
    first: int = 0
    keys: list[KeyValues] = field(default_factory=list)
    # Of the selection's marks, counted from the lowest key of the whole ranking, whatever the selection's edges.
    marks: list[int] = field(default_factory=list)
    start: int = 0  # the rank, among those, that the selection begins at
    whole: int = 0  # the rows of the whole ranking, whatever the selection's edges
    removed: int = 0  # rows that corrections took away
    also: Any = None


def at_rank(selection: Selection, rank: int, limit: int, *, is_descending: bool) -> Answer:
    """Return up to `limit` keys from the row at `rank` on; none where the rank is past the end. One query."""
    # A row walked to is one of the block that holds the rank; blocks grow until they are folded.
    reach = 4 * BLOCK_ROWS + limit
    reader, given = _Reader(selection), value(min(rank, FAR), "bigint")
    answer, skipped = reader.page(given, limit, reach, is_descending=is_descending)
    if rank < answer.total and skipped + limit > reach:
        answer, _ = reader.page(given, limit, 2 * (skipped + limit), is_descending=is_descending)
    return answer


def from_edge(
    selection: Selection, edge: Edge | None, limit: int, *, is_descending: bool, is_backward: bool = False
) -> Answer:
    """Return up to `limit` keys beyond an edge in reading direction, or before it when backward (in reading order
    all the same), with the rank of the first. None is the end that the walk starts from. One query."""
    return _Reader(selection).beyond(edge, limit, is_descending=is_descending, is_backward=is_backward)


def around(selection: Selection, edge: Edge, size: int, *, is_descending: bool) -> Answer:
    """Return the page, of pages of `size`, that holds the first row beyond an edge in reading direction; the last page
    where there is none. One query."""
    reach = 4 * BLOCK_ROWS + size + 1
    reader = _Reader(replace(selection, marks=[*selection.marks, edge]))
    answer, skipped = reader.page(
        Statement("page_of_mark.rank"), size + 1, reach, is_descending=is_descending, size=size
    )
    if skipped + size >= reach:
        answer, _ = reader.page(
            Statement("page_of_mark.rank"), size + 1, 2 * (skipped + size), is_descending=is_descending, size=size
        )
    return answer


def figures(selection: Selection) -> Answer:
    """Return the total and the ranks of the selection's marks. One query."""
    return _Reader(selection).figures()


def rank_of(selection: Selection, pk: object) -> Answer:
    """Return, as `first`, how many rows lie before the row of this primary key; -1 if it is none of them. One query."""
    return _Reader(selection).rank_of(pk)


def versions(wanted: Sequence[tuple[Ranking, Mapping[str, Collection[Any]]]]) -> list[str] | None:
    """Return, of each ranking, what changes whenever a row of these facets comes, goes or changes; None if one of
    them is not built. One query."""
    readers = [_Reader(Selection(ranking, facets, rows=None)) for ranking, facets in wanted]
    parts = [part for reader in readers for part in (reader.generation, reader.changes)]
    row = readers[0].run(compose("SELECT {parts}", parts=joined(", ", parts)))[0]
    pairs = list(zip(row[::2], row[1::2], strict=True))
    return None if None in row[::2] else [f"{generation}.{changes}" for generation, changes in pairs]


def version(ranking: Ranking, facets: Mapping[str, Collection[Any]]) -> str | None:
    """Return the version of one ranking; see versions."""
    found = versions([(ranking, facets)])
    return found and found[0]


class _Reader:
    """Puts the statements together."""

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.ranking = selection.ranking
        self.columns = self.ranking.key_columns
        self.node = f'"{self.ranking.node._meta.db_table}"'
        self.delta = f'"{self.ranking.owner.delta._meta.db_table}"'
        self.node_keys = ", ".join(column.name for column in self.columns)
        self.names = ", ".join(f"key_{number}" for number in range(len(self.columns)))
        self.lowest = ", ".join(column.lowest for column in self.columns)
        self.facets = self._facets()

    # --- Pieces

    def _facets(self) -> Statement:
        """Return the condition of the facets over deltas and nodes."""
        conditions = [
            one_of(self.ranking.owner.facets[name].name, values) for name, values in self.selection.facets.items()
        ]
        return joined(" AND ", conditions) if conditions else Statement("true")

    @property
    def generation(self) -> Statement:
        """The generation of the blocks; NULL where they are not built."""
        return compose(
            "(SELECT generation FROM ranking_rankingstate WHERE model = {label})", label=value(self.ranking.owner.label)
        )

    @property
    def changes(self) -> Statement:
        """How many changes there were in this generation."""
        return compose(
            "(SELECT (SELECT coalesce(sum(change_count), 0) FROM {node} WHERE level = {whole} AND {facets})"
            " + (SELECT coalesce(sum(change_count), 0) FROM {delta} WHERE {facets}))",
            node=self.node,
            delta=self.delta,
            whole=str(WHOLE),
            facets=self.facets,
        )

    def _aliased(self, row: str) -> str:
        return ", ".join(f"{row}.key_{number}" for number in range(len(self.columns)))

    def _named(self, names: Sequence[str]) -> str:
        """Return expressions under the names key_0, key_1 ..."""
        return ", ".join(f"{name} AS key_{number}" for number, name in enumerate(names))

    def _literal(self, edge: Edge) -> Statement:
        """Return an edge as a row of expressions: such that rows before it are smaller, and no row is equal."""
        parts = [value(key, column.type) for key, column in zip(edge.keys, self.columns, strict=False)]
        rest = self.columns[len(edge.keys) :]
        parts += [Statement(column.highest if edge.is_behind else column.lowest) for column in rest]
        return joined(", ", parts)

    def _operators(self, edge: Edge) -> tuple[str, str]:
        """Return how rows before the edge and rows behind it compare with its expressions."""
        is_inclusive = edge.is_behind and len(edge.keys) == len(self.columns)
        return ("<=", ">") if is_inclusive else ("<", ">=")

    def _interval(self) -> list[Bound]:
        """Return the selection's own edges."""
        bounds = []
        if self.selection.lower is not None:
            bounds.append(Bound(self._operators(self.selection.lower)[1], self._literal(self.selection.lower)))
        if self.selection.upper is not None:
            bounds.append(Bound(self._operators(self.selection.upper)[0], self._literal(self.selection.upper)))
        return bounds

    def _changed(self) -> Statement:
        """Return the CTEs of all that the nodes do not count yet, or not as wanted: keys and how many rows each is."""
        names = self._named([column.name for column in self.columns])
        corrections = [
            compose(
                "SELECT {names}, {weight} FROM (SELECT * FROM ({keys}) AS corrected LIMIT {most}) AS few",
                names=self.names,
                weight=str(correction.weight),
                keys=correction.keys,
                most=str(self.selection.most_corrections + 1),
            )
            for correction in self.selection.corrections
        ]
        corrected = joined(" UNION ALL ", corrections)
        deltas = compose(
            "SELECT {names}, row_count::int AS row_count FROM {delta} WHERE row_count <> 0 AND {facets}",
            names=names,
            delta=self.delta,
            facets=self.facets,
        )
        if not corrections:
            return compose(
                "corrected AS (SELECT 0 AS row_count WHERE false), changed AS MATERIALIZED ({deltas})", deltas=deltas
            )
        return compose(
            "corrected ({names}, row_count) AS MATERIALIZED ({corrected}),"
            " changed AS MATERIALIZED ({deltas} UNION ALL SELECT * FROM corrected)",
            names=self.names,
            corrected=corrected,
            deltas=deltas,
        )

    def _ranked(self, edges: Statement) -> Statement:
        """Return the CTE `edge_rank` (number, rank): how many rows lie before each of `edges` (number, place, keys)."""
        nodes = " CROSS JOIN LATERAL ".join(
            f"""(SELECT {self.names} FROM (
                (SELECT {self._named([c.name for c in self.columns])} FROM {self.node}
                WHERE level = {level} AND ({self.node_keys}) <= ({self._aliased("edge")})
                ORDER BY {", ".join(f"{c.name} DESC" for c in self.columns)} LIMIT 1)
                UNION ALL SELECT {self._named([c.lowest for c in self.columns])}
            ) AS at_or_before ORDER BY {", ".join(f"key_{n} DESC" for n in range(len(self.columns)))} LIMIT 1) AS {name}"""
            for level, name in ((GROUP, "in_group"), (BLOCK, "in_block"))
        )
        rows = self.selection.rows.keys(
            [Bound(">=", Statement(self._aliased("in_block"))), Bound("<=", Statement(self._aliased("edge")))],
            is_descending=None,
            reach=None,
        )
        return compose(
            """edge (number, is_behind, {names}) AS MATERIALIZED ({edges}), edge_rank AS MATERIALIZED (
                SELECT edge.number, (
                    (SELECT coalesce(sum(row_count), 0) FROM {node} WHERE level = {group} AND {facets}
                        AND ({node_keys}) < ({in_group}))
                    + (SELECT coalesce(sum(row_count), 0) FROM {node} WHERE level = {block} AND {facets}
                        AND ({node_keys}) >= ({in_group}) AND ({node_keys}) < ({in_block}))
                    + (SELECT coalesce(sum(row_count), 0) FROM changed WHERE ({names}) < ({in_block}))
                    + (SELECT count(*) FILTER (WHERE edge.is_behind OR ({names}) <> ({edge})) FROM ({rows}) AS inside)
                )::bigint AS rank
                FROM edge CROSS JOIN LATERAL {nodes}
            )""",
            names=self.names,
            edges=edges,
            node=self.node,
            node_keys=self.node_keys,
            facets=self.facets,
            group=str(GROUP),
            block=str(BLOCK),
            in_group=self._aliased("in_group"),
            in_block=self._aliased("in_block"),
            edge=self._aliased("edge"),
            rows=rows,
            nodes=nodes,
        )

    def _edges(self, edge: Edge | None = None) -> Statement:
        """Return the numbered edges of a statement as rows: the selection's own, its marks, and one more."""
        own = {LOWER: self.selection.lower, UPPER: self.selection.upper, ASKED: edge}
        wanted = {number: some for number, some in own.items() if some is not None}
        selects = [
            compose(
                "SELECT {number}, {is_behind}, {keys}",
                number=str(number),
                is_behind=str(some.is_behind).lower(),
                keys=self._literal(some),
            )
            for number, some in (wanted | dict(enumerate(self.selection.marks))).items()
        ]
        nothing = ", ".join(f"NULL::{column.type}" for column in self.columns)
        return joined(" UNION ALL ", [*selects, Statement(f"SELECT 0, false, {nothing} WHERE false")])

    def _figures(self) -> Statement:
        """Return the CTE `figures`: all of the ranking's rows, and the ranks that the selection begins and ends at."""
        return compose(
            """edges AS (
                SELECT (SELECT rank FROM edge_rank WHERE number = {lower}) AS lower,
                    (SELECT rank FROM edge_rank WHERE number = {upper}) AS upper, (
                        (SELECT coalesce(sum(row_count), 0) FROM {node} WHERE level = {level} AND {facets})
                        + (SELECT coalesce(sum(row_count), 0) FROM changed)
                    )::bigint AS whole
            ), figures AS MATERIALIZED (
                SELECT whole, coalesce(lower, 0) AS start,
                    greatest(coalesce(upper, whole), coalesce(lower, 0)) AS finish
                FROM edges
            )""",
            lower=str(LOWER),
            upper=str(UPPER),
            node=self.node,
            level=str(WHOLE),
            facets=self.facets,
        )

    @property
    def _learnt(self) -> Statement:
        """Return what every answer says: total, version, deltas to be folded, corrections."""
        return compose(
            """figures.finish - figures.start, {generation}, {changes}, (SELECT count(*) FROM {delta}),
            (SELECT count(*) FROM corrected), (SELECT count(*) FROM corrected WHERE row_count < 0), figures.start, figures.whole,
            ARRAY(SELECT rank FROM edge_rank WHERE number >= 0 ORDER BY number), {also}""",
            generation=self.generation,
            changes=self.changes,
            delta=self.delta,
            also=self.selection.also,
        )

    def _seek(self) -> Statement:
        """Return the CTEs that find `in_block`: the block that holds the rank `target`, with the ranks at its ends."""
        in_group = self._search(
            "group",
            nodes=compose(
                "SELECT {keys}, CASE WHEN {facets} THEN row_count ELSE 0 END AS row_count FROM {node}"
                " WHERE level = {level} UNION ALL SELECT {lowest}, 0",
                keys=self._named([column.name for column in self.columns]),
                facets=self.facets,
                node=self.node,
                level=str(GROUP),
                lowest=self.lowest,
            ),
            changes="SELECT * FROM changed",
            within=f"(SELECT 0 AS start, whole AS finish, {self._ends([c.highest for c in self.columns])} FROM figures)",
        )
        in_block = self._search(
            "block",
            nodes=compose(
                "SELECT {keys}, CASE WHEN {facets} THEN row_count ELSE 0 END AS row_count FROM {node} CROSS JOIN in_group"
                " WHERE level = {level} AND ({node_keys}) >= ({start}) AND ({node_keys}) < ({ends})"
                " UNION ALL SELECT {start}, 0 FROM in_group",
                keys=self._named([column.name for column in self.columns]),
                node_keys=self.node_keys,
                facets=self.facets,
                node=self.node,
                level=str(BLOCK),
                start=self._aliased("in_group"),
                ends=self.end_names,
            ),
            changes=(
                f"SELECT {self._aliased('changed')}, changed.row_count FROM changed CROSS JOIN in_group"
                f" WHERE ({self._aliased('changed')}) >= ({self._aliased('in_group')})"
                f" AND ({self._aliased('changed')}) < ({self.end_names})"
            ),
            within="in_group",
        )
        return joined(", ", [in_group, in_block])

    def _ends(self, expressions: Sequence[str]) -> str:
        return ", ".join(f"{expression} AS end_{number}" for number, expression in enumerate(expressions))

    @property
    def end_names(self) -> str:
        """The names of the keys that a node ends before."""
        return ", ".join(f"end_{number}" for number in range(len(self.columns)))

    def _search(self, name: str, *, nodes: Statement, changes: str, within: str) -> Statement:
        """Return the CTE `in_{name}`: of some nodes, the last one that begins at or before the target's rank.

        All nodes and changes are put in the order of their keys, a node before the changes at its own key, and added up.
        """
        numbers = range(len(self.columns))
        return compose(
            """{name}_walk AS (
                SELECT {names}, is_node, coalesce(sum(row_count) OVER (
                    ORDER BY {names}, is_node DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ), 0) AS before
                FROM (
                    SELECT {names}, sum(row_count) AS row_count, true AS is_node FROM ({nodes}) AS node GROUP BY {names}
                    UNION ALL SELECT *, false FROM ({changes}) AS change
                ) AS event
            ), {name}_bound AS (
                SELECT {names}, before, lead(before) OVER following AS next_before, {leads}
                FROM {name}_walk WHERE is_node WINDOW following AS (ORDER BY {names})
            ), in_{name} AS MATERIALIZED (
                SELECT {bound_names}, outside.start + before AS start,
                    coalesce(outside.start + next_before, outside.finish) AS finish, {ends}
                FROM {name}_bound AS bound CROSS JOIN {within} AS outside CROSS JOIN target
                WHERE outside.start + before <= target.rank ORDER BY {falling} LIMIT 1
            )""",
            name=name,
            names=self.names,
            nodes=nodes,
            changes=changes,
            leads=", ".join(f"lead(key_{number}) OVER following AS next_{number}" for number in numbers),
            bound_names=self._aliased("bound"),
            ends=self._ends([f"coalesce(next_{number}, outside.end_{number})" for number in numbers]),
            within=within,
            falling=", ".join(f"bound.key_{number} DESC" for number in numbers),
        )

    def _sorted(self, row: str, *, is_descending: bool) -> str:
        direction = "DESC" if is_descending else "ASC"
        return ", ".join(f"{row}.key_{number} {direction}" for number in range(len(self.columns)))

    # --- Statements

    def page(
        self, rank: Statement, limit: int, reach: int, *, is_descending: bool, size: int = 1
    ) -> tuple[Answer, int]:
        """Return the page at a rank, and how many rows of its block were stepped over."""
        if is_descending:
            target = "figures.finish - 1 - wanted.rank"
            skip = "least(in_block.finish, figures.finish) - 1 - target.rank"
            bound = Bound("<", Statement(", ".join(f"in_block.end_{n}" for n in range(len(self.columns)))))
        else:
            target = "figures.start + wanted.rank"
            skip = "target.rank - greatest(in_block.start, figures.start)"
            bound = Bound(">=", Statement(self._aliased("in_block")))
        rows = self.selection.rows.keys([bound, *self._interval()], is_descending=is_descending, reach=reach)
        found = self.run(
            compose(
                """WITH {changed}, {ranked}, {figures}, {page_of_mark}, wanted AS (SELECT {rank} AS rank FROM page_of_mark),
                target AS (SELECT {target} AS rank FROM figures CROSS JOIN wanted), {seek}
                SELECT {learnt}, {skip}, wanted.rank, {found}
                FROM figures CROSS JOIN wanted CROSS JOIN target
                LEFT JOIN in_block ON target.rank >= figures.start AND target.rank < figures.finish
                LEFT JOIN LATERAL (
                    SELECT * FROM ({rows}) AS walked ORDER BY {walked} OFFSET {skip} LIMIT {limit}
                ) AS found ON in_block.start IS NOT NULL
                ORDER BY {order}""",
                changed=self._changed(),
                ranked=self._ranked(self._edges()),
                figures=self._figures(),
                page_of_mark=self._page_of_mark(size, is_descending=is_descending),
                rank=rank,
                target=target,
                seek=self._seek(),
                learnt=self._learnt,
                skip=skip,
                found=self._aliased("found"),
                rows=rows,
                walked=self._sorted("walked", is_descending=is_descending),
                limit=value(limit),
                order=self._sorted("found", is_descending=is_descending),
            )
        )
        skipped, first, *keys = found[0][LEARNT:]
        answer = self._answer(found[0], first=first, keys=_keys(found, LEARNT + 2) if keys[-1] is not None else [])
        return answer, int(skipped or 0)

    def _page_of_mark(self, size: int, *, is_descending: bool) -> Statement:
        """Return the CTE of the rank in reading direction at which the page begins that holds the last mark."""
        rank = "figures.finish - rank" if is_descending else "rank - figures.start"
        return Statement(
            f"""page_of_mark AS (
                SELECT coalesce(max(place - mod(place, {size})), 0) AS rank FROM (
                    SELECT greatest(least({rank}, figures.finish - figures.start - 1), 0) AS place
                    FROM figures CROSS JOIN edge_rank WHERE number = {len(self.selection.marks) - 1} AND number >= 0
                ) AS mark
            )"""
        )

    def beyond(self, edge: Edge | None, limit: int, *, is_descending: bool, is_backward: bool) -> Answer:
        """Return the page beyond an edge; see from_edge."""
        is_falling = is_descending != is_backward
        bounds = self._interval()
        if edge is not None:
            before, behind = self._operators(edge)
            bounds.append(Bound(before if is_falling else behind, self._literal(edge)))
        rows = self.selection.rows.keys(bounds, is_descending=is_falling, reach=limit)
        # Without an edge the walk starts from an end: the first row's, or backward the last row's.
        at_end = "figures.start" if is_descending == is_backward else "figures.finish"
        found = self.run(
            compose(
                """WITH {changed}, {ranked}, {figures}
                SELECT {learnt}, least(greatest(coalesce((SELECT rank FROM edge_rank WHERE number = {asked}), {at_end}),
                    figures.start), figures.finish) - figures.start, {found}
                FROM figures LEFT JOIN LATERAL (
                    SELECT * FROM ({rows}) AS walked ORDER BY {walked} LIMIT {limit}
                ) AS found ON true
                ORDER BY {order}""",
                changed=self._changed(),
                ranked=self._ranked(self._edges(edge)),
                figures=self._figures(),
                learnt=self._learnt,
                asked=str(ASKED),
                at_end=at_end,
                found=self._aliased("found"),
                rows=rows,
                walked=self._sorted("walked", is_descending=is_falling),
                limit=value(limit),
                order=self._sorted("found", is_descending=is_descending),
            )
        )
        before_edge, *keys = found[0][LEARNT:]
        answer = self._answer(found[0], first=0, keys=_keys(found, LEARNT + 1) if keys[-1] is not None else [])
        read = answer.total - before_edge if is_descending else before_edge
        return replace(answer, first=read - len(answer.keys) if is_backward else read)

    def figures(self) -> Answer:
        """Return total and marks."""
        found = self.run(
            compose(
                "WITH {changed}, {ranked}, {figures} SELECT {learnt} FROM figures",
                changed=self._changed(),
                ranked=self._ranked(self._edges()),
                figures=self._figures(),
                learnt=self._learnt,
            )
        )
        return self._answer(found[0], first=0, keys=[])

    def rank_of(self, pk: object) -> Answer:
        """Return the rank of a row, as `first`."""
        owner = self.ranking.owner
        row = compose(
            'SELECT {asked}, false, {keys} FROM "{table}" AS item WHERE item."{pk}" = {given}',
            asked=str(ASKED),
            keys=", ".join(column.of("item") for column in self.columns),
            table=owner.table,
            pk=owner.model._meta.pk.column,
            given=value(pk),
        )
        rows = self.selection.rows.keys(
            [Bound("=", Statement(self._aliased("edge"))), *self._interval()], is_descending=None, reach=None
        )
        found = self.run(
            compose(
                """WITH {changed}, {ranked}, {figures}
                SELECT {learnt}, (SELECT rank FROM edge_rank CROSS JOIN edge
                    WHERE edge_rank.number = {asked} AND edge.number = {asked}
                    AND EXISTS (SELECT FROM ({rows}) AS listed)
                ) - figures.start
                FROM figures""",
                changed=self._changed(),
                ranked=self._ranked(joined(" UNION ALL ", [self._edges(), row])),
                figures=self._figures(),
                learnt=self._learnt,
                asked=str(ASKED),
                rows=rows,
            )
        )
        rank = found[0][LEARNT]
        return self._answer(found[0], first=-1 if rank is None else rank, keys=[])

    def run(self, statement: Statement) -> list[KeyValues]:
        """Execute a statement and return its rows."""
        with connections[router.db_for_read(self.ranking.owner.model)].cursor() as cursor:
            cursor.execute(statement.sql, statement.params)
            return cursor.fetchall()

    def _answer(self, row: KeyValues, *, first: int, keys: list[KeyValues]) -> Answer:
        total, generation, changes, pending, corrections, removed, start, whole, marks, also = row[:LEARNT]
        if generation is None:
            raise NotReadyError(
                f"The rankings of {self.ranking.owner.label} are not built: manage.py rankings rebuild."
            )
        if corrections > self.selection.most_corrections:
            raise NotReadyError("There are too many rows that the ranking does not count as they are wanted.")
        return Answer(int(total), f"{generation}.{changes}", pending, first, keys, marks, start, whole, removed, also)


def _keys(rows: Sequence[KeyValues], start: int) -> list[KeyValues]:
    return [row[start:] for row in rows]
