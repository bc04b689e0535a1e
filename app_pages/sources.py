"""Sources and quality: what was loaded, what was left out, how it is tested, what is made of it."""

import pandas as pd
import streamlit as st

from app_pages._choices import LEFT_OUT, choose, named
from app_pages._export import link_to
from app_pages._origins import cite, known_problems
from app_pages._shared import published, say_absent, say_how_to_get
from app_pages._views import draw, facts, metrics, number, select, view
from warehouse.figures.catalogue import LAYERS
from warehouse.figures.catalogue import lineage as draw_lineage

EVERY = "every one"
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


def one_source(source: pd.Series) -> None:
    """Its files, its dated states, what is left out of it, and its known problems."""
    of = {"source_id": source["source_id"]}
    st.markdown(f"**{link_to(source['title'], source['url'])}**. {source['description'] or ''}")
    may = "may" if source["is_redistributable"] else "may not"
    said = facts(source, "dim_sources", "commit_id, retrieved_on, licence")
    st.caption(f"{said}. The files {may} be passed on; none is part of this repository.")
    if not source["n_files"]:
        st.info("This machine has computed nothing yet; `aw compute` does, `aw build` takes it in.")
    elif not source["is_present"]:
        st.warning(f"{source['source_id']} is absent here. To get it:")
        say_how_to_get(source["source_id"])
    loads = select(
        "dim_files",
        "table_name, source_file, n_rows, n_bytes, load_id, sha256, contract_hash, url",
        order="table_name, source_file",
        **of,
    )
    view(
        loads,
        columns="*",
        title="What was loaded",
        said=f"{len(loads.rows):,} files, {loads.rows['n_rows'].sum():,} rows. The load is the "
        "start of the sha256; the contract is that of the columns of its table. No load has a time "
        "of day: the same files give the same warehouse.",
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
        height = 300 if len(snapshots.rows) > 8 else "auto"
        view(snapshots, columns="*", title="Its dated states", height=height)
    st.subheader("What is left out")
    cohorts = select(
        "dim_cohorts",
        f"cohort_id, snapshot_id, n_candidates, n_models, {', '.join(LEFT_OUT)}",
        order="cohort_id",
        snapshot_id=snapshots.rows["snapshot_id"].tolist(),
    )
    trials = select(
        "rpt_trial_exclusions",
        "reason, dataset_id, n_trials, n_observers, is_dropped",
        order="is_dropped desc, reason, dataset_id",
        **of,
    )
    if cohorts.is_empty and trials.is_empty:
        st.caption("Nothing of it is left out of a cohort or of the trials.")
    view(
        cohorts,
        columns=("cohort_id", "n_candidates", "n_models", *LEFT_OUT),
        intro="Candidate models that are not in a cohort of this source, by reason:",
    )
    n = trials.rows.groupby(trials.rows["is_dropped"].astype(bool))["n_trials"].sum()
    view(
        trials,
        columns="*",
        intro=f"{n.get(True, 0):,} trials are dropped; {n.get(False, 0):,} are kept but left out "
        "of the averages, as in the toolbox:",
    )
    issues = select("dim_known_issues", "issue_id, n_rows", order="issue_id", **of)
    known_problems(issues, source["source_id"])
    cite(source["source_id"])


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


answer = select(
    "dim_sources",
    "source_id, title, is_present, n_rows, n_files, n_files_present, licence, "
    "is_redistributable, citation, commit_id, retrieved_on, url, description",
    order="source_id",
)
found = answer.rows
if not found.empty:
    metrics(
        {
            "Sources": (
                f"{found['is_present'].sum()} of {len(published(found))}",
                "Present of registered; own results count once there are any.",
            ),
            "Files": (f"{found['n_files_present'].sum():,}", "Each checked by its sha256."),
            "Rows": (f"{found['n_rows'].sum():,}", "As published, before any step of ours."),
        }
    )
say_absent(found)
view(
    answer,
    columns="source_id, is_present, n_rows, n_files_present, n_files, licence, title, "
    "citation, retrieved_on, commit_id",
)
if not found.empty:
    st.header("One source")
    ids = found["source_id"]
    present = ids[found["is_present"].astype(bool)]
    source_id = choose("Source", ids, "source", default=next(iter(present), None))
    one_source(found.set_index("source_id", drop=False).loc[source_id])

st.header("How it is tested", anchor="tests")
answer = select(
    "quality.test_results",
    "test, kind, model, layer, column_name, asks, status, n_failures, seconds",
    order="layer, model, test",
)
found = answer.rows
if found.empty:
    st.info("This file holds no record of its tests. Build it again: `aw build`.")
else:
    ran = found[found["status"] != "not run"]
    failed = ran[ran["status"] != "pass"]
    metrics(
        {
            "Tests passed": (
                f"{len(ran) - len(failed):,} of {len(ran):,}",
                "When this file was built; it is published only if all pass.",
            ),
            "Rows that break one": (f"{int(ran['n_failures'].sum()):,}", None),
            "Tables tested": (f"{ran['model'].nunique():,}", None),
            "Took": (f"{ran['seconds'].sum():.0f} s", "Two at a time, so about half of it."),
        }
    )
    if len(failed):
        st.error(f"{len(failed)} tests failed: {', '.join(failed['test'])}")
    left, right = st.columns(2)
    kinds = named(found["kind"], dict.fromkeys(KINDS))
    kind = choose("Kind", [EVERY, *kinds], "test_kind", place=left)
    layers = named(found["layer"].dropna(), dict.fromkeys(LAYERS))
    layer = choose("Layer", [EVERY, *layers], "layer", place=right)
    fits = (found["kind"].eq(kind) | (kind == EVERY)) & (
        found["layer"].eq(layer) | (layer == EVERY)
    )
    shown = found[fits]
    waiting = (shown["status"] == "not run").sum()
    config = {
        "model": "Table",
        "column_name": "Column",
        "kind": "Kind",
        "asks": st.column_config.TextColumn("What must hold", width="large"),
        "status": "Result",
        "n_failures": st.column_config.NumberColumn("Rows against", help="Rows that break it."),
        "seconds": number("Seconds", form=".2f"),
        "test": "Test",
    }
    view(
        answer.only(shown),
        columns=list(config),
        said=f"{KINDS.get(kind, '')} {len(shown):,} of {len(found):,} tests; {waiting:,} of them "
        "are unit tests of logic, which `aw check` runs, not a build.",
        absent="There is no such test.",
        config=config,
        height=320,
    )

st.header("What is made of what", anchor="lineage")
about = "node_id, name, layer, language, path, description"
nodes = select("quality.nodes", about, order="name, layer").rows
edges = select("quality.edges", "parent_id, child_id", order="parent_id, child_id")
if nodes.empty:
    st.info("This file holds no record of its lineage. Build it again: `aw build`.")
else:
    left, right = st.columns(2)
    default = "fct_benchmark_correlations"
    name = choose("Table", nodes["name"].tolist(), "node", default=default, place=left)
    steps = choose("Show", STEPS, "steps", place=right)
    chosen = nodes[nodes["name"] == name].iloc[0]
    shown = around(nodes, edges.rows, chosen["node_id"], int(steps))
    drawn = edges.rows[edges.rows.isin(set(shown["node_id"])).all(axis=1)]
    near = shown.assign(steps=shown["distance"].abs()).sort_values(["steps", "name"])
    lists = []
    for title, is_part in (("Made from", near["distance"] < 0), ("Used by", near["distance"] > 0)):
        part = near[is_part]
        listed = ", ".join(part["name"] + " (" + part["layer"] + ")") or "nothing"
        lists.append(f"**{title}** {len(part)}: {listed}.")
    view(
        edges.only(shown[["name", "layer", "distance", "description", "path"]]),
        draw(draw_lineage, shown, drawn).on_click(take_clicked_table, "node"),
        name=f"lineage_{name}",
        intro=f"**{name}** ({chosen['layer']}). {chosen['description']}  \n"
        f"Written in `dbt_project/{chosen['path']}`.",
        said="From left to right: made from, the table, used by. Click a dot to go there.  \n"
        + "  \n".join(lists),
    )
st.subheader("dbt's own documentation")
st.write("One page with every table, its SQL, columns and tests, and the whole graph:")
st.code("aw docs", language="bash")
st.caption("It prints where the page is; any browser opens it, no server is needed.")
