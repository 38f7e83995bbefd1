"""The statements that read a ranking, put together of common table expressions.

    changed      what the nodes do not count yet, or not as wanted: deltas and corrections
    edge_rank    how many rows lie before each edge of the question; of `all_rank` those of a gap are left out
    figures      how many rows there are, and the ranks that the selection begins and ends at
    in_block     the block that holds a rank: searched among the groups, then among one group's blocks

A statement has only those that it needs: PostgreSQL plans it anew for each page, which takes as long as to run it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from genonaut.ranking.columns import KeyColumn, one_of
from genonaut.ranking.declaration import BLOCK, GROUP, WHOLE, Ranking
from genonaut.ranking.selections import NOTHING, Bound, Edge, Selection
from genonaut.ranking.statements import Statement, compose, joined, value

# The numbers of a selection's own edges among those of a statement.
GAP_START, GAP_END, LOWER, UPPER, ASKED = -5, -4, -3, -2, -1
# Between items: a character that JSON holds in no other form than \u001e.
SEPARATOR = "\x1e"
# So many edges are each looked for; more of them are put in order and met in one pass over nodes and deltas.
FEW_EDGES = 8
# How many columns every answer begins with.
LEARNT = 10


def version_sql(ranking: Ranking, facets: Mapping[str, Collection[Any]], pending: str | None = None) -> Statement:
    """Return SQL of what changes whenever a row of these facets comes, goes or changes, and whenever the database goes
    back to an earlier state; NULL if nothing is built.

    `pending` names a CTE that has all deltas.
    """
    return compose(
        """(SELECT ({generation}) || '.' || {era} || '.' || (
            (SELECT coalesce(sum(change_count), 0) FROM "{node}" WHERE level = {whole} AND {facets})
            + (SELECT coalesce(sum(change_count), 0) FROM {delta} WHERE {facets})
        ))""",
        generation=generation_sql(ranking),
        era=era_sql(ranking),
        node=ranking.node._meta.db_table,
        delta=pending or f'"{ranking.owner.delta._meta.db_table}"',
        whole=str(WHOLE),
        facets=_facets_sql(ranking, facets),
    )


def generation_sql(ranking: Ranking) -> Statement:
    """Return a query of the generation of a ranking's counts; NULL unless it is built (states.py)."""
    return compose(
        """SELECT max(generation) FROM ranking_rankingstate WHERE model = {label} OR starts_with(model, {dotted})
        HAVING bool_or(model = {label}) AND (count(*) = 1 OR bool_or(model = {built_as}))""",
        label=value(ranking.owner.label),
        dotted=value(f"{ranking.owner.label}."),
        built_as=value(ranking.built_as),
    )


def era_sql(ranking: Ranking) -> Statement:
    """Return SQL of what no two histories of the same rows share: the server's start, the database and file that hold
    the state of the rankings, and the transaction that wrote it. See docs/decisions/0012."""
    return compose(
        """(SELECT extract(epoch FROM pg_postmaster_start_time()) || pg_relation_filepath(tableoid) || '.' || xmin
        FROM ranking_rankingstate WHERE model = {label})""",
        label=value(ranking.owner.label),
    )


def literal(edge: Edge, columns: Sequence[KeyColumn]) -> Statement:
    """Return an edge as a row of expressions: such that rows before it are smaller, and no row is equal."""
    parts = [
        key if isinstance(key, Statement) else value(key, column.type)
        for key, column in zip(edge.keys, columns, strict=False)
    ]
    rest = columns[len(edge.keys) :]
    parts += [Statement(column.highest if edge.is_behind else column.lowest) for column in rest]
    return joined(", ", parts)


class Composer:
    """Puts together the statements for one selection. Runs none."""

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.ranking = selection.ranking
        self.columns = self.ranking.key_columns
        self.node = f'"{self.ranking.node._meta.db_table}"'
        self.delta = f'"{self.ranking.owner.delta._meta.db_table}"'
        self.node_keys = ", ".join(column.name for column in self.columns)
        self.node_keys_named = _named(column.name for column in self.columns)
        self.names = self._keys("key_{}")
        self.facets = _facets_sql(self.ranking, selection.facets)
        self.listed = selection.listed or selection.rows

    # --- Whole statements. Each begins with what `_learnt` says.

    def page(self, rank: Statement, limit: int, reach: int, *, is_descending: bool, paged_by: int = 0) -> Statement:
        """Return what gives, after what is learnt, how many rows of its block were stepped over, the rank, and the
        page's rows as `_gathered`.

        `rank` is SQL; it may name `page_of_mark.rank`, where the page of `paged_by` rows begins that holds the last
        mark. `reach` is how many rows are walked at most.
        """
        if is_descending:
            target = "figures.finish - 1 - wanted.rank"
            skip = f"least({self._without_gap('in_block.finish')}, figures.finish) - 1 - target.rank"
            bound = Bound("<", Statement(self._keys("in_block.end_{}")))
        else:
            target = "figures.start + wanted.rank"
            skip = f"target.rank - greatest({self._without_gap('in_block.start')}, figures.start)"
            bound = Bound(">=", Statement(self._keys("in_block.key_{}")))
        page_of_mark = [self._page_of_mark(paged_by, is_descending=is_descending)] if paged_by else []
        return compose(
            """WITH {counted}, wanted AS (SELECT {rank} AS rank{page_of_mark}),
            target AS (
                SELECT rank, {place} AS place FROM (SELECT {target} AS rank FROM figures CROSS JOIN wanted) AS listed
            ), {in_group}, {in_block}
            SELECT {learnt}, {skip}, wanted.rank, gathered.*
            FROM figures CROSS JOIN wanted CROSS JOIN target
            LEFT JOIN in_block ON target.rank >= figures.start AND target.rank < figures.finish
            LEFT JOIN LATERAL ({gathered}) AS gathered ON in_block.start IS NOT NULL""",
            counted=joined(", ", [*self._counted(self._edges()), *page_of_mark]),
            rank=rank,
            page_of_mark=" FROM page_of_mark" if paged_by else "",
            target=target,
            place=self._with_gap("rank"),
            in_group=self._in_group(),
            in_block=self._in_block(),
            learnt=self._learnt(),
            skip=skip,
            gathered=self._gathered(
                compose(
                    # Never negative where all deltas were read; where they are too many the answer is thrown away.
                    "SELECT * FROM ({rows}) AS walked ORDER BY {walked} OFFSET greatest(0, {skip}) LIMIT {limit}",
                    rows=self.listed.keys([bound, *self._interval()], is_descending=is_descending, reach=reach),
                    walked=self._sorted("walked", is_descending=is_descending),
                    skip=skip,
                    limit=str(limit),
                ),
                is_descending=is_descending,
            ),
        )

    def beyond(self, edge: Edge | None, limit: int, *, is_descending: bool, is_backward: bool) -> Statement:
        """Return what gives, after what is learnt, the rank of the edge, and the rows beyond it as `_gathered`."""
        is_falling = is_descending != is_backward
        bounds = self._interval()
        asked = NOTHING
        if edge is not None:
            before, behind = self._operators(edge)
            bounds.append(Bound(before if is_falling else behind, literal(edge, self.columns)))
            asked = Statement(f"(SELECT rank FROM edge_rank WHERE number = {ASKED})")
        return compose(
            """WITH {counted}
            SELECT {learnt},
                least(greatest(coalesce({asked}, {at_end}), figures.start), figures.finish) - figures.start,
                gathered.*
            FROM figures CROSS JOIN ({gathered}) AS gathered""",
            counted=joined(", ", self._counted(self._edges(edge))),
            learnt=self._learnt(),
            asked=asked,
            # Without an edge the walk starts from an end: the first row's, or backward the last row's.
            at_end="figures.start" if is_descending == is_backward else "figures.finish",
            gathered=self._gathered(
                compose(
                    "SELECT * FROM ({rows}) AS walked ORDER BY {walked} LIMIT {limit}",
                    rows=self.listed.keys(bounds, is_descending=is_falling, reach=limit),
                    walked=self._sorted("walked", is_descending=is_falling),
                    limit=str(limit),
                ),
                is_descending=is_descending,
            ),
        )

    def figures(self) -> Statement:
        """Return what gives nothing but what is learnt."""
        return compose(
            "WITH {counted} SELECT {learnt} FROM figures",
            counted=joined(", ", self._counted(self._edges())),
            learnt=self._learnt(),
        )

    def rank_of(self, pk: object) -> Statement:
        """Return what gives, after what is learnt, how many rows lie before that of a primary key; NULL if none is."""
        owner = self.ranking.owner
        row = compose(
            'SELECT {asked}, false, {keys} FROM "{table}" AS item WHERE item."{pk}" = {given}',
            asked=str(ASKED),
            keys=", ".join(column.of("item") for column in self.columns),
            table=owner.table,
            pk=owner.model._meta.pk.column,
            given=value(pk),
        )
        edge = Bound("=", Statement(self._keys("edge.key_{}")))
        return compose(
            """WITH {counted}
            SELECT {learnt}, (SELECT rank FROM edge_rank CROSS JOIN edge
                WHERE edge_rank.number = {asked} AND edge.number = {asked}
                AND EXISTS (SELECT FROM ({rows}) AS listed)
            ) - figures.start
            FROM figures""",
            counted=joined(", ", self._counted([*self._edges(), row])),
            learnt=self._learnt(),
            asked=str(ASKED),
            rows=self.listed.keys([edge, *self._interval()], is_descending=None, reach=None),
        )

    # --- What is counted

    def _counted(self, edges: list[Statement]) -> list[Statement]:
        """Return the CTEs up to `figures`."""
        rank = self._ranked if len(self.selection.marks) <= FEW_EDGES else self._ranked_in_one_pass
        return [*self._changed(), *(rank(edges) if edges else []), *self._gap(), *self._figures()]

    def _learnt(self) -> Statement:
        """Return what every answer says: total, version, deltas to be folded, corrections."""
        selection = self.selection
        version = selection.version or version_sql(self.ranking, selection.facets, "pending")
        corrected = "(SELECT count({}) FROM corrected)" if selection.corrections else "0"
        return compose(
            """figures.finish - figures.start, ({generation}),
            {version}, (SELECT count(*) FROM pending), {corrections}, {removed}, figures.start, figures.whole,
            {marks}, {also}""",
            generation=generation_sql(self.ranking),
            version=version,
            corrections=corrected.format("*"),
            removed=self._removed(),
            marks="ARRAY(SELECT rank FROM edge_rank WHERE number >= 0 ORDER BY number)" if selection.marks else "NULL",
            also=selection.also,
        )

    def _removed(self) -> Statement:
        """Return how many rows between the selection's own edges corrections or the gap take away."""
        if self.selection.gap:
            return Statement("(SELECT row_count FROM gap)")
        if not self.selection.corrections:
            return Statement("0")
        within = [
            compose("({names}) {operator} ({keys})", names=self.names, operator=operator, keys=keys)
            for operator, keys in self._interval()
        ]
        conditions = joined(" AND ", [Statement("row_count < 0"), *within])
        return compose("(SELECT count(*) FROM corrected WHERE {conditions})", conditions=conditions)

    def _changed(self) -> list[Statement]:
        """Return the CTEs of all that the nodes do not count yet, or not as wanted: keys and how many rows each is.

        The deltas are read once, and where they are too many nothing is done with them.
        """
        most = self.ranking.owner.most_deltas
        pending = Statement(f"pending AS MATERIALIZED (SELECT * FROM {self.delta} LIMIT {most + 1})")
        deltas = compose(
            """SELECT {keys}, row_count::int AS row_count FROM pending
            WHERE row_count <> 0 AND {facets} AND (SELECT count(*) FROM pending) <= {most}""",
            keys=self.node_keys_named,
            facets=self.facets,
            most=str(most),
        )
        if not self.selection.corrections:
            return [pending, compose("changed AS MATERIALIZED ({deltas})", deltas=deltas)]
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
        return [
            pending,
            compose(
                "corrected ({names}, row_count) AS MATERIALIZED ({corrections})",
                names=self.names,
                corrections=joined(" UNION ALL ", corrections),
            ),
            compose("changed AS MATERIALIZED ({deltas} UNION ALL SELECT * FROM corrected)", deltas=deltas),
        ]

    def _figures(self) -> list[Statement]:
        """Return the CTEs that end in `figures`: all of the ranking's rows, and the selection's first and last rank."""
        selection = self.selection
        lower = f"(SELECT rank FROM edge_rank WHERE number = {LOWER})" if selection.lower else "0::bigint"
        upper = f"(SELECT rank FROM edge_rank WHERE number = {UPPER})" if selection.upper else "NULL::bigint"
        return [
            compose(
                """edges AS (
                    SELECT {lower} AS lower, {upper} AS upper, (
                        (SELECT coalesce(sum(row_count), 0) FROM {node} WHERE level = {level} AND {facets})
                        + (SELECT coalesce(sum(row_count), 0) FROM changed)
                    )::bigint AS whole
                )""",
                lower=lower,
                upper=upper,
                node=self.node,
                level=str(WHOLE),
                facets=self.facets,
            ),
            compose(
                f"""figures AS MATERIALIZED (
                    SELECT whole, lower AS start,
                        greatest(coalesce(upper, {self._without_gap("whole")}), lower) AS finish
                    FROM edges
                )"""
            ),
        ]

    # --- The gap

    @property
    def _ranks(self) -> str:
        """The name of the CTE of the edges' ranks among all rows, those of a gap included."""
        return "all_rank" if self.selection.gap else "edge_rank"

    def _gap(self) -> list[Statement]:
        """Return the CTEs `gap`, how many rows lie before and in the part of the gap between the selection's own edges,
        and `edge_rank`; nothing without a gap."""
        if not self.selection.gap:
            return []
        return [
            compose(
                f"""gap AS MATERIALIZED (
                    SELECT start, greatest(finish - start, 0) AS row_count FROM (
                        SELECT max(rank) FILTER (WHERE number IN ({GAP_START}, {LOWER})) AS start,
                            min(rank) FILTER (WHERE number IN ({GAP_END}, {UPPER})) AS finish FROM all_rank
                    ) AS ends
                )"""
            ),
            Statement(f"edge_rank AS (SELECT number, {self._without_gap('rank')} AS rank FROM all_rank)"),
        ]

    def _without_gap(self, rank: str) -> str:
        """Return the rank among the rows of the selection for one among all rows."""
        if not self.selection.gap:
            return rank
        return f"({rank} - least(greatest({rank} - (SELECT start FROM gap), 0), (SELECT row_count FROM gap)))"

    def _with_gap(self, rank: str) -> str:
        """Return the rank among all rows for one among the rows of the selection."""
        if not self.selection.gap:
            return rank
        return f"CASE WHEN {rank} < (SELECT start FROM gap) THEN {rank} ELSE {rank} + (SELECT row_count FROM gap) END"

    # --- Ranks of edges

    def _edges(self, asked: Edge | None = None) -> list[Statement]:
        """Return the numbered edges of a statement, if there are any, as one list of rows: the selection's own, its
        marks, and one more."""
        own = {LOWER: self.selection.lower, UPPER: self.selection.upper, ASKED: asked}
        if self.selection.gap:
            own[GAP_START], own[GAP_END] = self.selection.gap
        wanted = {number: edge for number, edge in own.items() if edge is not None}
        rows = [
            compose(
                "({number}, {is_behind}, {keys})",
                number=str(number),
                is_behind=str(edge.is_behind).lower(),
                keys=literal(edge, self.columns),
            )
            for number, edge in (wanted | dict(enumerate(self.selection.marks))).items()
        ]
        return [compose("VALUES {rows}", rows=joined(", ", rows))] if rows else []

    def _ranked(self, edges: list[Statement]) -> list[Statement]:
        """Return the CTEs `edge` (number, is_behind, keys) and `_ranks`: how many rows lie before each of them."""
        return [
            self._edge(edges),
            compose(
                """{ranks} AS MATERIALIZED (
                    SELECT edge.number, (
                        (SELECT coalesce(sum(row_count), 0) FROM {node} WHERE level = {group} AND {facets}
                            AND ({node_keys}) < ({in_group}))
                        + (SELECT coalesce(sum(row_count), 0) FROM {node} WHERE level = {block} AND {facets}
                            AND ({node_keys}) >= ({in_group}) AND ({node_keys}) < ({in_block}))
                        + (SELECT coalesce(sum(row_count), 0) FROM changed WHERE ({names}) < ({in_block}))
                        + {inside}
                    )::bigint AS rank
                    FROM edge CROSS JOIN LATERAL {last_group} CROSS JOIN LATERAL {last_block}
                )""",
                ranks=self._ranks,
                names=self.names,
                node=self.node,
                node_keys=self.node_keys,
                facets=self.facets,
                group=str(GROUP),
                block=str(BLOCK),
                in_group=self._keys("in_group.key_{}"),
                in_block=self._keys("in_block.key_{}"),
                inside=self._inside("in_block.key_{}"),
                last_group=self._last_before_edge(GROUP, "in_group"),
                last_block=self._last_before_edge(BLOCK, "in_block"),
            ),
        ]

    def _ranked_in_one_pass(self, edges: list[Statement]) -> list[Statement]:
        """Return the same for many edges, met on one walk in the order of keys.

        Walked are the blocks of the groups that an edge lies in, all other groups as a whole, and the changes. Inside
        a block rows are counted from one edge to the next.
        """
        return [
            self._edge(edges),
            compose(
                """placed AS MATERIALIZED (
                    SELECT edge.*, {groups}, {blocks}
                    FROM edge CROSS JOIN LATERAL {last_group} CROSS JOIN LATERAL {last_block}
                )""",
                groups=self._keys("in_group.key_{0} AS group_{0}"),
                blocks=self._keys("in_block.key_{0} AS block_{0}"),
                last_group=self._last_before_edge(GROUP, "in_group"),
                last_block=self._last_before_edge(BLOCK, "in_block"),
            ),
            compose(
                """span AS MATERIALIZED (
                    SELECT *, {starts}, coalesce(lag(is_behind) OVER within, false) AS is_past_start
                    FROM placed WINDOW within AS (PARTITION BY {blocks} ORDER BY {names}, is_behind, number)
                )""",
                starts=self._keys("coalesce(lag(key_{0}) OVER within, block_{0}) AS start_{0}"),
                blocks=self._keys("block_{}"),
                names=self.names,
            ),
            compose(
                """inside AS MATERIALIZED (
                    SELECT number, {blocks}, sum({inside}) OVER (
                        PARTITION BY {blocks} ORDER BY {names}, is_behind, number ROWS UNBOUNDED PRECEDING
                    ) AS row_count
                    FROM span AS edge
                )""",
                blocks=self._keys("block_{}"),
                names=self.names,
                inside=self._inside("edge.start_{}", is_past_start=True),
            ),
            compose(
                """stretch AS MATERIALIZED (
                    SELECT *, ({names}) IN (SELECT {groups} FROM placed) AS is_open FROM (
                        SELECT {names}, {ends} FROM (
                            SELECT DISTINCT {node_keys} FROM {node} WHERE level = {group} UNION SELECT {lowest}
                        ) AS starts ({names}) WINDOW following AS (ORDER BY {names})
                    ) AS bounded
                )""",
                names=self.names,
                groups=self._keys("group_{}"),
                node_keys=self.node_keys,
                node=self.node,
                group=str(GROUP),
                lowest=", ".join(column.lowest for column in self.columns),
                ends=", ".join(
                    f"coalesce(lead(key_{number}) OVER following, {column.highest}) AS end_{number}"
                    for number, column in enumerate(self.columns)
                ),
            ),
            compose(
                """walk AS (
                    SELECT number, inside, sum(row_count) OVER (
                        ORDER BY {names}, number IS NULL ROWS UNBOUNDED PRECEDING
                    ) AS before
                    FROM (
                        SELECT {node_keys_named}, row_count, NULL::int AS number, 0 AS inside
                        FROM {node} WHERE level = {group} AND {facets}
                            AND ({node_keys}) NOT IN (SELECT {names} FROM stretch WHERE is_open)
                        UNION ALL
                        SELECT node.*, NULL, 0 FROM stretch CROSS JOIN LATERAL (
                            SELECT {node_keys_named}, row_count FROM {node} WHERE level = {block} AND {facets}
                                AND ({node_keys}) >= ({starts}) AND ({node_keys}) < ({ends})
                        ) AS node WHERE stretch.is_open
                        UNION ALL SELECT *, NULL, 0 FROM changed
                        UNION ALL SELECT {blocks}, 0, number, row_count FROM inside
                    ) AS event
                )""",
                names=self.names,
                node_keys_named=self.node_keys_named,
                node_keys=self.node_keys,
                node=self.node,
                group=str(GROUP),
                block=str(BLOCK),
                facets=self.facets,
                starts=self._keys("stretch.key_{}"),
                ends=self._keys("stretch.end_{}"),
                blocks=self._keys("block_{}"),
            ),
            compose(
                f"""{self._ranks} AS MATERIALIZED (
                    SELECT number, (before + inside)::bigint AS rank FROM walk WHERE number IS NOT NULL
                )"""
            ),
        ]

    def _edge(self, edges: list[Statement]) -> Statement:
        """Return the CTE `edge` (number, is_behind, keys)."""
        return compose(
            "edge (number, is_behind, {names}) AS MATERIALIZED ({edges})",
            names=self.names,
            edges=joined(" UNION ALL ", edges),
        )

    def _inside(self, start: str, *, is_past_start: bool = False) -> Statement:
        """Return how many rows lie from the keys `start` to `edge`; but for the one at `start` itself where, if it may
        be so, `edge.is_past_start`."""
        rows = self.selection.rows.keys(
            [Bound(">=", Statement(self._keys(start))), Bound("<=", Statement(self._keys("edge.key_{}")))],
            is_descending=None,
            reach=None,
        )
        past = f" AND (NOT edge.is_past_start OR ({self.names}) <> ({self._keys(start)}))" if is_past_start else ""
        return compose(
            """(SELECT count(*) FILTER (WHERE (edge.is_behind OR ({names}) <> ({edge})){past})
                FROM ({rows}) AS inside)""",
            names=self.names,
            edge=self._keys("edge.key_{}"),
            past=past,
            rows=rows,
        )

    def _last_before_edge(self, level: int, name: str) -> str:
        """Return the keys of the last node of a level at or before an edge; the lowest where there is none."""
        return compose(
            f"""(SELECT {self.names} FROM (
            (SELECT {self.node_keys_named} FROM {self.node}
            WHERE level = {level} AND ({self.node_keys}) <= ({self._keys("edge.key_{}")})
            ORDER BY {", ".join(f"{column.name} DESC" for column in self.columns)} LIMIT 1)
            UNION ALL SELECT {_named(column.lowest for column in self.columns)}
        ) AS at_or_before ORDER BY {self._keys("key_{} DESC")} LIMIT 1) AS {name}"""
        ).sql

    def _page_of_mark(self, size: int, *, is_descending: bool) -> Statement:
        """Return the CTE of the rank in reading direction at which the page begins that holds the last mark."""
        rank = "figures.finish - rank" if is_descending else "rank - figures.start"
        return compose(
            f"""page_of_mark AS (
                SELECT coalesce(max(place - mod(place, {size})), 0) AS rank FROM (
                    SELECT greatest(least({rank}, figures.finish - figures.start - 1), 0) AS place
                    FROM figures CROSS JOIN edge_rank WHERE number = {len(self.selection.marks) - 1}
                ) AS mark
            )"""
        )

    # --- The block of a rank

    def _in_group(self) -> Statement:
        """Return the CTEs that find `in_group`: the group that holds the rank `target`, with the ranks at its ends."""
        nodes = compose(
            """SELECT {keys}, CASE WHEN {facets} THEN row_count ELSE 0 END AS row_count
            FROM {node} WHERE level = {level} UNION ALL SELECT {lowest}, 0""",
            keys=self.node_keys_named,
            facets=self.facets,
            node=self.node,
            level=str(GROUP),
            lowest=", ".join(column.lowest for column in self.columns),
        )
        ends = _named((column.highest for column in self.columns), "end")
        within = f"(SELECT 0 AS start, whole AS finish, {ends} FROM figures)"
        return self._search("group", nodes=nodes, changes="SELECT * FROM changed", within=within)

    def _in_block(self) -> Statement:
        """Return the CTEs that find `in_block` among the blocks of `in_group`."""
        starts, ends = self._keys("in_group.key_{}"), self._keys("end_{}")
        nodes = compose(
            """SELECT {keys}, CASE WHEN {facets} THEN row_count ELSE 0 END AS row_count
            FROM {node} CROSS JOIN in_group
            WHERE level = {level} AND ({node_keys}) >= ({starts}) AND ({node_keys}) < ({ends})
            UNION ALL SELECT {starts}, 0 FROM in_group""",
            keys=self.node_keys_named,
            node_keys=self.node_keys,
            facets=self.facets,
            node=self.node,
            level=str(BLOCK),
            starts=starts,
            ends=ends,
        )
        changed = self._keys("changed.key_{}")
        changes = compose(
            f"""SELECT {changed}, changed.row_count FROM changed CROSS JOIN in_group
            WHERE ({changed}) >= ({starts}) AND ({changed}) < ({ends})"""
        ).sql
        return self._search("block", nodes=nodes, changes=changes, within="in_group")

    def _search(self, name: str, *, nodes: Statement, changes: str, within: str) -> Statement:
        """Return the CTE `in_{name}`: of some nodes, the last one that begins at or before the target's rank.

        All nodes and changes are put in the order of their keys, a node before the changes at its own key, and added
        up.
        """
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
                WHERE outside.start + before <= target.place ORDER BY {falling} LIMIT 1
            )""",
            name=name,
            names=self.names,
            nodes=nodes,
            changes=changes,
            leads=self._keys("lead(key_{0}) OVER following AS next_{0}"),
            bound_names=self._keys("bound.key_{}"),
            ends=self._keys("coalesce(next_{0}, outside.end_{0}) AS end_{0}"),
            within=within,
            falling=self._keys("bound.key_{} DESC"),
        )

    # --- Small pieces

    def _gathered(self, found: Statement, *, is_descending: bool) -> Statement:
        """Return the one row that holds a page: the items as one text, then an array of each key; NULL without rows.

        In rows of its own each would carry what is learnt along, and take the reader four times as long to take in.
        """
        order = self._sorted("found", is_descending=is_descending)
        keys = ", ".join(f"array_agg(key_{number} ORDER BY {order})" for number in range(len(self.columns)))
        if self.selection.items is None:
            return compose("SELECT NULL, {keys} FROM ({found}) AS found", keys=keys, found=found)
        return compose(
            """SELECT string_agg(coalesce(shown.item, ''), '{separator}' ORDER BY {order}), {keys}
            FROM ({found}) AS found LEFT JOIN ({items}) AS shown (pk, item) ON shown.pk = found.key_{last}""",
            separator=SEPARATOR,
            order=order,
            keys=keys,
            found=found,
            items=self.selection.items,
            last=str(len(self.columns) - 1),
        )

    def _keys(self, template: str) -> str:
        """Return a template once for each key, its number filled in."""
        return ", ".join(template.format(number) for number in range(len(self.columns)))

    def _sorted(self, row: str, *, is_descending: bool) -> str:
        return self._keys(f"{row}.key_{{}} {'DESC' if is_descending else 'ASC'}")

    def _operators(self, edge: Edge) -> tuple[str, str]:
        """Return how rows before the edge and rows behind it compare with its expressions."""
        is_inclusive = edge.is_behind and len(edge.keys) == len(self.columns)
        return ("<=", ">") if is_inclusive else ("<", ">=")

    def _interval(self) -> list[Bound]:
        """Return the selection's own edges."""
        bounds = []
        for edge, side in ((self.selection.lower, 1), (self.selection.upper, 0)):
            if edge is not None:
                bounds.append(Bound(self._operators(edge)[side], literal(edge, self.columns)))
        return bounds


def _named(expressions: Iterable[str], prefix: str = "key") -> str:
    """Return expressions under the names key_0, key_1 ..."""
    return ", ".join(f"{expression} AS {prefix}_{number}" for number, expression in enumerate(expressions))


def _facets_sql(ranking: Ranking, facets: Mapping[str, Collection[Any]]) -> Statement:
    """Return the condition of facets over deltas and nodes."""
    conditions = [one_of(ranking.owner.facets[name].name, values) for name, values in facets.items()]
    return joined(" AND ", conditions) if conditions else Statement("true")
