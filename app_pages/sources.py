"""Sources and tests: what was loaded, what was left out, how it is tested, what is made of it."""

import re

import pandas as pd
import streamlit as st

from app_pages._choices import LEFT_OUT, choose, named, tabs
from app_pages._export import link_to
from app_pages._origins import cite, known_problems
from app_pages._shared import published, say_absent, say_how_to_get
from app_pages._views import draw, facts, finding, select, view
from warehouse import fields
from warehouse.figures.catalogue import LAYERS
from warehouse.figures.catalogue import lineage as draw_lineage

EVERY = "Every one"
KINDS = {
    "unique_key": "A key stands once and is never empty.",
    "not_null": "A column is never empty.",
    "relationships": "A value exists in the table it refers to.",
    "refers_to": "The same for a key of several columns.",
    "accepted_values": "A column holds listed values alone.",
    "no_nan": "A number is a number.",
    "holds": "A condition holds for every row.",
    "ordered": "Numbers stand in their order, but for rounding.",
    "singular": "A rule over several tables.",
    "unit": "Made-up rows through the SQL of one table give the expected ones (`aw check`).",
}
STEPS = {"1": "What it is made of and used by", "2": "Two steps each way"}
HOW = """\
Rows are counted as published, before any step of ours. The warehouse is published only if every
test passes. Results of this machine are a source once there are any. None of the files is part of
this repository."""


def show_sources() -> None:
    """Every source, and one of them: its files, states, what is left out, known problems."""
    answer = select(
        "dim_sources",
        "source_id, title, is_present, n_rows, n_files, n_files_present, licence, "
        "is_redistributable, citation, commit_id, retrieved_on, url, description",
        order="title",
    )
    found = answer.rows
    if found.empty:
        say_absent(found)
        return
    tested = select("quality.test_results", "status", order="all").rows["status"]
    finding(
        f"**{int(found['is_present'].sum())} of {len(published(found))} sources are here**: "
        f"{found['n_files_present'].sum():,} files, each checked by its sha256, with "
        f"{found['n_rows'].sum():,} rows. {tests_in_words(tested)}",
        HOW,
    )
    if not published(found)["is_present"].all():
        say_absent(found)
    view(
        answer,
        columns="title, n_rows, n_files_present, is_redistributable, licence, retrieved_on",
        config={"title": st.column_config.TextColumn("Title", width=340)},
        height=300,
        key="sources",
        on_select=lambda: take_clicked_source(found["source_id"]),
        selection_mode="single-row",
    )
    present = found.loc[found["is_present"].astype(bool), "source_id"]
    titles = dict(zip(found["source_id"], found["title"], strict=True))
    source_id = choose("Source", titles, "source", default=next(iter(present), None))
    one_source(found.set_index("source_id", drop=False).loc[source_id])


def take_clicked_source(ids: pd.Series) -> None:
    """Make the clicked source the chosen one."""
    clicked = st.session_state["sources"]["selection"]["rows"]
    if clicked:
        st.session_state["source"] = ids.iloc[clicked[0]]


def one_source(source: pd.Series) -> None:
    """Its files, its dated states, what is left out of it, and its known problems."""
    of = {"source_id": source["source_id"]}
    st.header(source["title"])
    may = "may" if source["is_redistributable"] else "may not"
    said = facts(source, "dim_sources", "commit_id, retrieved_on, licence")
    st.markdown(
        f"{source['description'] or ''} {link_to('Publisher', source['url'])} · {said} · its files "
        f"{may} be passed on."
    )
    if not source["n_files"]:
        st.info("This machine has computed nothing yet; `aw compute` does, `aw build` takes it in.")
    elif not source["is_present"]:
        st.warning(f"{source['title']} is absent here. To get it:")
        say_how_to_get(source["source_id"])
    loads = select(
        "dim_files",
        "table_name, source_file, n_rows, n_bytes, load_id, sha256, contract_hash, url",
        order="table_name, source_file",
        **of,
    )
    view(
        loads,
        columns="source_file, n_rows, n_bytes, sha256, url",
        title="Files",
        absent="None of its files is loaded.",
        height=300 if len(loads.rows) > 8 else "auto",
    )
    snapshots = select(
        "dim_snapshots",
        "snapshot_id, snapshot_date, n_models, n_benchmarks, n_scores, is_current, title",
        order="snapshot_date, snapshot_id",
        **of,
    )
    if snapshots.rows["n_scores"].sum():
        view(
            snapshots,
            columns="title, snapshot_date, n_models, n_benchmarks, n_scores, is_current",
            title="Dated states",
            height=300 if len(snapshots.rows) > 8 else "auto",
        )
    view(
        select(
            "dim_cohorts",
            f"cohort_id, snapshot_id, n_candidates, n_models, {', '.join(LEFT_OUT)}",
            order="cohort_id",
            snapshot_id=snapshots.rows["snapshot_id"].tolist(),
        ),
        columns=("cohort_id", "n_candidates", "n_models", *LEFT_OUT),
        title="Models left out of cohorts",
    )
    trials = select(
        "rpt_trial_exclusions",
        "reason, dataset_id, n_trials, n_observers, is_dropped",
        order="is_dropped desc, reason, dataset_id",
        **of,
    )
    n = trials.rows.groupby(trials.rows["is_dropped"].astype(bool))["n_trials"].sum()
    view(
        trials,
        columns="*",
        title="Trials left out",
        intro=f"{n.get(True, 0):,} trials are dropped; {n.get(False, 0):,} are kept but left out "
        "of the averages, as in the toolbox.",
    )
    issues = select("dim_known_issues", "issue_id, n_rows", order="issue_id", **of)
    known_problems(issues, source["source_id"])
    cite(source["source_id"])


def tests_in_words(status: pd.Series) -> str:
    """How many of the tests that ran when this file was built passed, by their results."""
    n_ran, n_passed = (status != "not run").sum(), (status == "pass").sum()
    if not n_ran:
        return "This file holds no record of its tests: `aw build` makes one."
    ran = f"{n_ran:,} tests ran when this file was built"
    return f"{ran} and passed." if n_passed == n_ran else f"{ran}, {n_passed:,} passed."


def show_tests() -> None:
    """Every test, by kind and by layer."""
    answer = select(
        "quality.test_results",
        "test, kind, model, layer, column_name, asks, status, n_failures, seconds",
        order="layer, model, test",
    )
    found = answer.rows
    if found.empty:
        st.info("This file holds no record of its tests. Build it again: `aw build`.")
        return
    ran = found[found["status"] != "not run"]
    failed = ran[ran["status"] != "pass"]
    finding(
        f"**{tests_in_words(found['status'])}** "
        f"They look at {ran['model'].nunique():,} tables and took {ran['seconds'].sum():.0f} s of "
        f"work. {len(found) - len(ran)} unit tests are run by `aw check`, not by a build.",
        "\n".join(f"- *{fields.in_words(kind)}*: {text}" for kind, text in KINDS.items()),
    )
    if len(failed):
        st.error(f"{len(failed)} tests failed: {', '.join(failed['test'])}")
    left, right = st.columns(2)
    kinds = {EVERY: EVERY} | {k: fields.in_words(k) for k in named(found["kind"], KINDS)}
    kind = choose("Kind", kinds, "test_kind", place=left)
    layers = {EVERY: EVERY} | {v: v for v in named(found["layer"].dropna(), dict.fromkeys(LAYERS))}
    layer = choose("Layer", layers, "layer", place=right)
    fits = (found["kind"].eq(kind) | (kind == EVERY)) & (
        found["layer"].eq(layer) | (layer == EVERY)
    )
    keys = found.loc[found["kind"] == "unique_key", "asks"].map(key_in_words)
    shown = found.assign(asks=keys.reindex(found.index).fillna(found["asks"]))[fits]
    config = {
        "asks": st.column_config.TextColumn("What must hold", width="large"),
        "model": "Table",
        "column_name": "Column",
        "kind": "Kind",
        "status": "Result",
        "n_failures": st.column_config.NumberColumn("Rows against", help="Rows that break it."),
    }
    view(
        answer.only(shown),
        columns=list(config),
        absent="There is no such test.",
        names={"kind": kinds},
        config=config,
        height=480,
    )


def key_in_words(asks: str) -> str:
    """What a test of a key asks: ``columns: dataset_id, condition`` is Dataset, Condition."""
    columns = re.sub(r"coalesce\((\w+), ''\)", r"\1", asks.removeprefix("columns: "))
    return re.sub(r"\w+", lambda column: fields.in_words(column[0]), columns)


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


def show_lineage() -> None:
    """What a table is made of, and what is made of it."""
    about = "node_id, name, layer, language, path, description"
    nodes = select("quality.nodes", about, order="name, layer").rows
    edges = select("quality.edges", "parent_id, child_id", order="parent_id, child_id")
    if nodes.empty:
        st.info("This file holds no record of its lineage. Build it again: `aw build`.")
        return
    left, right = st.columns(2)
    default = "fct_benchmark_correlations"
    name = choose("Table", nodes["name"].tolist(), "node", default=default, place=left)
    steps = choose("Show", STEPS, "steps", place=right)
    chosen = nodes[nodes["name"] == name].iloc[0]
    shown = around(nodes, edges.rows, chosen["node_id"], int(steps))
    drawn = edges.rows[edges.rows.isin(set(shown["node_id"])).all(axis=1)]
    near = shown.assign(steps=shown["distance"].abs()).sort_values(["steps", "name"])
    before, after = near[near["distance"] < 0], near[near["distance"] > 0]
    lists = [
        f"**{title}**: {', '.join(part['name'] + ' (' + part['layer'] + ')') or 'nothing'}."
        for title, part in (("Made from", before), ("Used by", after))
    ]
    finding(
        f"**{name}** is made from {len(before)} tables and used by {len(after)}.",
        f"{chosen['description']} Written in `dbt_project/{chosen['path']}`. `aw docs` makes one "
        "page of every table, with its SQL, columns and tests, and the whole graph.\n\n"
        + "\n\n".join(lists),
    )
    view(
        edges.only(shown[["name", "layer", "distance", "description", "path"]]),
        # names stand between the dots: the columns keep their width
        draw(draw_lineage, shown, drawn)
        .with_options(width="content")
        .on_click(take_clicked_table, "node"),
        name=f"lineage_{name}",
    )


tabs({"Sources": show_sources, "Tests": show_tests, "Lineage": show_lineage})
