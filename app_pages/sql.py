"""SQL: any question to the same tables that the other pages read."""

import io
from functools import partial

import duckdb
import pyarrow as pa
import streamlit as st

from app_pages._choices import choose, choose_text
from app_pages._export import button
from app_pages._shared import query
from app_pages._views import finding, grid, number
from warehouse import portable, sandbox

COLUMNS = """\
select table_name, column_name, data_type, comment
from duckdb_columns()
where schema_name = 'marts'
order by table_name, column_index"""

TABLES = """\
select table_name, estimated_size as n_rows, comment
from duckdb_tables()
where schema_name = 'marts'
order by table_name"""

EXAMPLES = {
    "How far do the benchmarks agree in each cohort?": """\
select cohort_id, round(mean_estimate, 3) as mean, n_models, n_benchmarks
from rpt_cohort_agreement
where method = 'spearman'
order by mean""",
    "Which benchmarks contradict each other?": """\
select benchmark_a, benchmark_b, round(estimate, 3) as estimate, n_models, p_bonferroni
from fct_benchmark_correlations
where cohort_id = 'brainscore_2024_complete' and level = 'leaf' and method = 'spearman'
order by estimate
limit 20""",
    "Which models move most between schemes?": """\
pivot (
    select source_model_name, scheme, score_rank
    from fct_model_rankings
    where cohort_id = 'brainscore_2024_complete' and level = 'leaf'
)
on scheme in ('arithmetic_mean', 'mean_rank')
using first(score_rank)
order by abs(mean_rank - arithmetic_mean) desc
limit 20""",
    "Where does a score come from?": """\
select source_model_name, benchmark_id, score, state, source_file, source_row
from fct_scores
where source_model_name = 'alexnet' and state = 'scored'
order by benchmark_id""",
    "What did the source fail to score?": """\
select snapshot_id, state, count(*) as n
from fct_scores
group by all
order by all""",
}


def take_example() -> None:
    """Put the chosen example into the editor."""
    st.session_state["sql"] = EXAMPLES[st.session_state["example"]]


def show(result: sandbox.SandboxResult) -> None:
    """Show what the statement gave."""
    if result.error:
        st.error("The query did not run.")
        st.code(result.error, language=None, wrap_lines=True)
        return
    table = result.table
    st.caption(f"{table.num_rows:,} rows, {table.num_columns} columns, {result.seconds:.1f} s")
    if result.is_cut:
        st.warning(
            f"Cut to the first {table.num_rows:,} rows. "
            "`aw query` on your own machine has no such limit."
        )
    grid(table)
    with st.container(horizontal=True):
        for label, mime in (("CSV", "text/csv"), ("Parquet", "application/octet-stream")):
            form = label.lower()
            button(label, partial(_file, table, form), f"query.{form}", mime)


def _file(table: pa.Table, form: str) -> bytes:
    file = io.BytesIO()
    with duckdb.connect() as con:
        portable.FILES[form](con.from_arrow(table), file)
    return file.getvalue()


tables, columns = query(TABLES), query(COLUMNS)
finding(
    f"**{len(tables)} tables with {tables['n_rows'].sum():,} rows**: those that every page reads.",
    "A statement can only read, for ten seconds at most, and shows up to 10,000 rows. `aw query` "
    "on your own machine has no such limits.",
)
st.selectbox(
    "Start from an example",
    list(EXAMPLES),
    index=None,
    key="example",
    placeholder="Choose a question",
    on_change=take_example,
)
first = next(iter(EXAMPLES.values()))
sql = choose_text("SQL", "sql", default=first, widget=st.text_area, height=200)
if st.button("Run", type="primary", icon=":material/play_arrow:"):
    with st.spinner("Running …"):
        st.session_state["answer"] = (sql, sandbox.run_sql(sql))
asked, answer = st.session_state.get("answer", (None, None))
if answer is not None and asked == sql:
    show(answer)

st.header("Tables")
meaning = st.column_config.TextColumn("Meaning", width="large")
config = {"table_name": "Table", "n_rows": number("Rows", form=",d"), "comment": meaning}
grid(tables, config, height=300)
names = tables["table_name"].tolist()
if names:
    table = choose("Columns of", names, "table", default="fct_benchmark_correlations")
    config = {"column_name": "Column", "data_type": "Type", "comment": meaning}
    grid(columns.loc[columns["table_name"] == table, list(config)], config)
