"""Sources and quality: what was loaded, what was left out, how it is tested, what is made of it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app_pages import _shared
from warehouse.figures import catalogue, marks

SOURCES = """\
select
    source_id, title, is_present, n_rows, n_files, n_files_present, licence, is_redistributable,
    citation, commit_id, retrieved_on, url, description
from marts.dim_sources
order by source_id"""

LOADS = """\
select table_name, source_file, n_rows, n_bytes, sha256, load_id, contract_hash, url
from marts.dim_files
where source_id = $source_id
order by table_name, source_file"""

ROWS = """\
select *
from marts.rpt_source_rows
where source_id = $source_id
order by model"""

SNAPSHOTS = """\
select snapshot_id, snapshot_date, title, is_current, n_models, n_benchmarks, n_scores
from marts.dim_snapshots
where source_id = $source_id
order by snapshot_date, snapshot_id"""

COHORTS = """\
select
    cohort_id, snapshot_id, n_candidates, n_models, n_not_in_list, n_never_scored, n_incomplete,
    n_below_floor, n_duplicates
from marts.dim_cohorts
where snapshot_id in (
    select snapshot_id from marts.dim_snapshots where source_id = $source_id
)
order by cohort_id"""

TRIALS = """\
select reason, is_dropped, dataset_id, n_trials, n_observers
from marts.rpt_trial_exclusions
where source_id = $source_id
order by is_dropped desc, reason, dataset_id"""

ISSUES = """\
select issue_id, n_rows
from marts.dim_known_issues
where source_id = $source_id
order by issue_id"""

TESTS = """\
select test, kind, model, layer, column_name, asks, status, n_failures, seconds
from quality.test_results
order by layer, model, test"""

NODES = """\
select node_id, name, layer, language, path, description
from quality.nodes
order by name, layer"""

EDGES = """\
select parent_id, child_id
from quality.edges
order by parent_id, child_id"""

EVERY = "every one"
KINDS = {
    "unique_key": "A key stands once and is never empty.",
    "not_null": "A column is never empty.",
    "relationships": "A value exists in the table it refers to.",
    "refers_to": "The same for a key of several columns.",
    "accepted_values": "A column holds listed values alone.",
    "no_nan": "A number is a number.",
    "holds": "A condition holds for every row.",
    "singular": "A rule over several tables.",
    "unit": "Made-up rows through the SQL of one table give the expected ones (`aw check`).",
}


def sources() -> pd.DataFrame:
    """Every registered source, here or not."""
    found = _shared.query(SOURCES)
    if found.empty:
        st.info("No source is registered in this warehouse. Build it again: `make warehouse`.")
        return found
    absent = found[~found["is_present"].astype(bool)]
    _shared.metrics(
        {
            "Sources": (f"{len(found) - len(absent)} of {len(found)}", "Present of registered."),
            "Files": (f"{found['n_files_present'].sum():,}", "Each checked by its sha256."),
            "Rows": (f"{found['n_rows'].sum():,}", "As published, before any step of ours."),
        }
    )
    if absent.empty:
        st.success(f"All {len(found)} registered sources are here.")
    else:
        st.warning(f"{len(absent)} of {len(found)} sources are absent; their tables are empty.")
        st.code(f"aw fetch {' '.join(absent['source_id'])}\naw build", language="bash")
    columns = {
        "source_id": st.column_config.TextColumn("Source", width=230),
        "is_present": st.column_config.CheckboxColumn("Here"),
        "n_rows": st.column_config.NumberColumn("Rows", format="localized"),
        "n_files_present": st.column_config.NumberColumn("Files", help="Here."),
        "n_files": st.column_config.NumberColumn("of", help="Registered."),
        "licence": "Licence",
        "title": st.column_config.TextColumn("Title", width=300),
        "citation": st.column_config.TextColumn("Cite", help="BibTeX keys."),
        "retrieved_on": st.column_config.DateColumn("Registered on"),
        "commit_id": "State",
    }
    st.dataframe(found[list(columns)], column_config=columns, hide_index=True)
    _shared.downloads(found, "sources")
    _shared.show_sql(SOURCES)
    return found


def one_source(found: pd.DataFrame) -> None:
    """What a source is, its files, what was left out of it and what is wrong with it."""
    st.header("One source")
    present = found.loc[found["is_present"].astype(bool), "source_id"]
    source_id = _shared.choose(
        "Source", found["source_id"].tolist(), "source", default=next(iter(present), None)
    )
    source = found.set_index("source_id").loc[source_id]
    st.markdown(
        f"**[{source['title']}]({source['url']})**. {source['description'] or ''}  \n"
        f"State `{source['commit_id']}`, registered on {_day(source['retrieved_on'])}. "
        f"Licence: {source['licence']}; the files "
        f"{'may' if source['is_redistributable'] else 'may not'} be passed on, and none of them "
        "is part of this repository."
    )
    if not source["is_present"]:
        st.warning(f"{source_id} is absent here. To get it:")
        st.code(f"aw fetch {source_id}\naw build", language="bash")
    loads(source_id)
    left_out(source_id)
    _shared.known_problems(ISSUES, source_id, source_id=source_id)
    _shared.cite(source_id)


def _day(date: object) -> str:
    return "an unknown day" if pd.isna(date) else f"{date:%Y-%m-%d}"


def loads(source_id: str) -> None:
    """Its files, and whether they gave the rows that were expected."""
    files = _shared.query(LOADS, source_id=source_id)
    if files.empty:
        st.caption("None of its files is loaded.")
        return
    st.subheader("What was loaded")
    st.caption(
        f"{len(files)} files, {files['n_rows'].sum():,} rows. No load has a time of day: the same "
        "files give the same warehouse whenever they are loaded. The load is the start of the "
        "sha256; the contract is that of the columns of its table."
    )
    columns = {
        "table_name": st.column_config.TextColumn("Raw table", width=260),
        "source_file": st.column_config.TextColumn("File", width=320),
        "n_rows": st.column_config.NumberColumn("Rows", format="localized"),
        "n_bytes": st.column_config.NumberColumn("Size", format="bytes"),
        "load_id": "Load",
        "sha256": "sha256",
        "contract_hash": "Contract",
        "url": st.column_config.LinkColumn("Address"),
    }
    height = 300 if len(files) > 8 else "auto"
    st.dataframe(files[list(columns)], column_config=columns, hide_index=True, height=height)
    _shared.downloads(files, f"{source_id}_loads")
    _shared.show_sql(LOADS, source_id=source_id)
    rows = _shared.query(ROWS, source_id=source_id)
    if not rows.empty:
        same = (rows["n_rows"] == rows["n_expected"]).sum()
        st.caption(
            f"{same} of {len(rows)} tables have the number of rows that was reviewed. A build "
            "where one differs is not published."
        )
        columns = {
            "model": st.column_config.TextColumn("Table", width=360),
            "n_expected": st.column_config.NumberColumn("Expected", format="localized"),
            "n_rows": st.column_config.NumberColumn("Found", format="localized"),
        }
        st.dataframe(rows[list(columns)], column_config=columns, hide_index=True)
        _shared.show_sql(ROWS, source_id=source_id)


_REASONS = {
    "n_not_in_list": "not on the list",
    "n_never_scored": "never scored",
    "n_incomplete": "incomplete",
    "n_below_floor": "below the floor",
    "n_duplicates": "duplicates",
}


def left_out(source_id: str) -> None:
    """What is not used, counted by reason."""
    snapshots = _shared.query(SNAPSHOTS, source_id=source_id)
    cohorts = _shared.query(COHORTS, source_id=source_id)
    trials = _shared.query(TRIALS, source_id=source_id)
    if snapshots["n_scores"].sum():
        st.subheader("Its dated states")
        columns = {
            "snapshot_id": st.column_config.TextColumn("Snapshot", width=230),
            "snapshot_date": st.column_config.DateColumn("Day"),
            "n_models": "Models",
            "n_benchmarks": "Benchmarks",
            "n_scores": st.column_config.NumberColumn("Scores", format="localized"),
            "is_current": st.column_config.CheckboxColumn(
                "Used", help="An older copy of a newer state is kept, and used nowhere."
            ),
            "title": st.column_config.TextColumn("Title", width=320),
        }
        height = 300 if len(snapshots) > 8 else "auto"
        st.dataframe(
            snapshots[list(columns)], column_config=columns, hide_index=True, height=height
        )
        _shared.show_sql(SNAPSHOTS, source_id=source_id)
    st.subheader("What is left out")
    if cohorts.empty and trials.empty:
        st.caption("Nothing of it is left out of a cohort or of the trials.")
    if not cohorts.empty:
        st.write("Models that a cohort of this source does without, by reason:")
        columns = {
            "cohort_id": st.column_config.TextColumn("Cohort", width=230),
            "n_candidates": "Candidates",
            "n_models": "Members",
            **{c: name.capitalize() for c, name in _REASONS.items()},
        }
        st.dataframe(cohorts[list(columns)], column_config=columns, hide_index=True)
        _shared.downloads(cohorts, f"{source_id}_cohort_exclusions")
        _shared.show_sql(COHORTS, source_id=source_id)
    if not trials.empty:
        dropped = trials.loc[trials["is_dropped"].astype(bool), "n_trials"].sum()
        kept = trials.loc[~trials["is_dropped"].astype(bool), "n_trials"].sum()
        st.write(
            f"{dropped:,} trials are dropped; {kept:,} are kept but left out of the averages, as "
            "in the toolbox:"
        )
        columns = {
            "reason": st.column_config.TextColumn("Reason", width=220),
            "dataset_id": "Dataset",
            "n_trials": st.column_config.NumberColumn("Trials", format="localized"),
            "n_observers": "Observers",
            "is_dropped": st.column_config.CheckboxColumn("Dropped"),
        }
        st.dataframe(trials[list(columns)], column_config=columns, hide_index=True)
        _shared.downloads(trials, f"{source_id}_trial_exclusions")
        _shared.show_sql(TRIALS, source_id=source_id)


def tests() -> None:
    """Every test that this build had to pass."""
    st.header("How it is tested", anchor="tests")
    found = _shared.query(TESTS)
    if found.empty:
        st.info("This file holds no record of its tests. Build it again: `aw build`.")
        return
    ran = found[found["status"] != "not run"]
    failed = ran[ran["status"] != "pass"]
    _shared.metrics(
        {
            "Tests passed": (
                f"{(ran['status'] == 'pass').sum():,} of {len(ran):,}",
                "Of those that ran when this file was built. It is published only if all pass.",
            ),
            "Rows that break one": (f"{int(ran['n_failures'].sum()):,}", None),
            "Tables tested": (f"{ran['model'].nunique():,}", None),
            "Took": (f"{ran['seconds'].sum():.0f} s", "Two at a time, so about half of it."),
        }
    )
    if len(failed):
        st.error(f"{len(failed)} tests failed: {', '.join(failed['test'])}")
    left, right = st.columns(2)
    with left:
        kinds = marks.known_first(found["kind"], KINDS)
        kind = _shared.choose("Kind", [EVERY, *kinds], "test_kind")
    with right:
        layers = marks.known_first(found["layer"].dropna(), catalogue.LAYERS)
        layer = _shared.choose("Layer", [EVERY, *layers], "layer")
    st.caption(KINDS.get(kind, "What is asked of the tables, by kind and by layer."))
    shown = found
    if kind != EVERY:
        shown = shown[shown["kind"] == kind]
    if layer != EVERY:
        shown = shown[shown["layer"] == layer]
    columns = {
        "model": st.column_config.TextColumn("Table", width=260),
        "column_name": "Column",
        "kind": "Kind",
        "asks": st.column_config.TextColumn("What must hold", width=380),
        "status": "Result",
        "n_failures": st.column_config.NumberColumn("Rows against", help="Rows that break it."),
        "seconds": _shared.number("Seconds", "%.2f"),
        "test": st.column_config.TextColumn("Test", width=320),
    }
    waiting = (shown["status"] == "not run").sum()
    st.caption(
        f"{len(shown):,} of {len(found):,} tests; {waiting:,} of them are unit tests of logic, "
        "which `aw check` runs, not a build."
    )
    st.dataframe(shown[list(columns)], column_config=columns, hide_index=True, height=320)
    _shared.downloads(shown, "test_results")
    _shared.show_sql(TESTS)


def take_clicked_table() -> None:
    """Make the clicked table of the graph the chosen one."""
    clicked = st.session_state["lineage"]["selection"]["node"]
    if clicked:
        st.session_state["node"] = clicked[0]["name"]


def around(nodes: pd.DataFrame, edges: pd.DataFrame, node_id: str, steps: int) -> pd.DataFrame:
    """The nodes within some steps before (negative distance) and after one."""
    distance = {node_id: 0}
    for sign, start, end in ((-1, "child_id", "parent_id"), (1, "parent_id", "child_id")):
        reached = {node_id}
        for step in range(1, steps + 1):
            reached = set(edges.loc[edges[start].isin(reached), end]) - distance.keys()
            distance |= dict.fromkeys(reached, sign * step)
    found = nodes[nodes["node_id"].isin(distance.keys())]
    return found.assign(distance=found["node_id"].map(distance))


STEPS = {"1": "What it is made of and used by", "2": "Two steps each way"}


def lineage() -> None:
    """What a table is made from, and what is made of it."""
    st.header("What is made of what", anchor="lineage")
    nodes, edges = _shared.query(NODES), _shared.query(EDGES)
    if nodes.empty:
        st.info("This file holds no record of its lineage. Build it again: `aw build`.")
        return
    left, right = st.columns(2)
    with left:
        names = nodes["name"].tolist()
        name = _shared.choose("Table", names, "node", default="fct_benchmark_correlations")
    with right:
        steps = _shared.choose("Show", list(STEPS), "steps", names=STEPS.get)
    chosen = nodes[nodes["name"] == name].iloc[0]
    shown = around(nodes, edges, chosen["node_id"], int(steps))
    st.markdown(
        f"**{name}** ({chosen['layer']}). {chosen['description']}  \n"
        f"Written in `dbt_project/{chosen['path']}`."
    )
    drawn = edges[
        edges["parent_id"].isin(shown["node_id"]) & edges["child_id"].isin(shown["node_id"])
    ]
    drawing = _shared.draw(catalogue.lineage, shown, drawn)
    _shared.scrolling_chart(
        drawing, "lineage", on_select=take_clicked_table, selection_mode=["node"]
    )
    st.caption("From left to right: made from, the table, used by. Click a dot to go there.")
    for title, part in (
        ("Made from", shown[shown["distance"] < 0]),
        ("Used by", shown[shown["distance"] > 0]),
    ):
        listed = [
            f"{row.name} ({row.layer})"
            for row in part.sort_values(["distance", "name"], key=_near).itertuples(index=False)
        ]
        st.markdown(f"**{title}** {len(listed)}: {', '.join(listed) or 'nothing'}.")
    _shared.downloads(
        shown[["name", "layer", "distance", "description", "path"]], f"lineage_{name}", drawing
    )
    _shared.show_sql(EDGES)


def _near(column: pd.Series) -> pd.Series:
    return column.abs() if column.name == "distance" else column


def documentation() -> None:
    """How to open the pages that dbt writes."""
    st.subheader("dbt's own documentation")
    st.write(
        "dbt writes one page with every table, its SQL, its columns, its tests and the whole graph:"
    )
    st.code("aw docs", language="bash")
    st.caption("It prints where the page is; any browser opens it, no server is needed.")


def main() -> None:
    """Draw the page."""
    st.title("Sources and quality")
    st.write(
        "Where every number comes from, what was left out and why, and what this file had to pass "
        "before it was published."
    )
    found = sources()
    if not found.empty:
        one_source(found)
    tests()
    lineage()
    documentation()


main()
