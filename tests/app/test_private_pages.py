"""What was added on this machine, on the pages: beside the published, and marked."""

import shutil
from pathlib import Path

import duckdb
import pytest

from app_pages._filters import FILTERS
from ingest import settings
from warehouse.figures import trials

COHORT, ALEX, MINE = "brainscore_2024_complete", "alexnet.tv_in1k", "own:mine"
ADDED = f"""
insert into marts.dim_models by name
    select * replace ('{MINE}' as model_id, 'mine' as display_name, true as is_private)
    from marts.dim_models where model_id = '{ALEX}';
insert into marts.fct_scores by name
    select * replace (
        'added' as snapshot_id, 'own' as source_id, 'mine' as source_model_key,
        '{MINE}' as model_id, true as is_private
    )
    from marts.fct_scores
    where
        snapshot_id = 'brainscore_2024_01_01' and model_id = '{ALEX}' and benchmark_id is not null;
insert into marts.rpt_own_places by name
    select
        '{COHORT}' as cohort_id, scores.snapshot_id, scores.source_model_key, scores.variant_id,
        scores.benchmark_id, scores.model_id, scores.source_model_name, scores.score,
        scores.score_directed, scores.error, 10 as n_models, 3 as score_rank,
        0.5 as score_percentile, false as is_outside, true as is_private
    from marts.fct_scores as scores
    where model_id = '{MINE}' and benchmark_id in (
        select benchmark_id from marts.bridge_cohort_benchmarks where cohort_id = '{COHORT}'
    );
insert into marts.fct_alignment by name
    select * replace ('mine' as stimulus_set_id, 'judged' as target, 'own' as snapshot_id)
    from marts.fct_alignment where not is_control and stimulus_set_id = 'objects92';
"""


@pytest.fixture
def added(toy_warehouse, tmp_path) -> Path:
    """The toy warehouse, to which a model and a set of images were added."""
    path = Path(shutil.copyfile(toy_warehouse, tmp_path / "added.duckdb"))
    with duckdb.connect(path) as con:
        con.execute(ADDED)
    return path


def test_a_private_model_is_compared_with_members(use, added):
    """By the benchmarks that it shares with them; it has no rank, and the page says so."""
    app = use(added, "compare", cohort=COHORT, models=f"{MINE},{ALEX}")
    assert app.multiselect(key="models").value == [MINE, ALEX]
    said = " ".join(caption.value for caption in app.caption)
    assert "in no cohort and without a rank: mine" in said


def test_alignment_with_judgements_of_ones_own_is_shown(use, added):
    """Without untrained networks, a ceiling, or a name of the target."""
    app = use(added, "geometry", stimuli="mine")
    assert app.selectbox(key="stimuli").value == "mine"


def test_private_observers_are_a_kind_of_their_own(ask):
    """Drawn with the comparable ones, named, and in no count of those that are left out."""
    rows = ask(trials.CONSISTENCY, dataset_id="edge")
    one = rows.index[rows["is_comparable"]][0]
    n, _ = trials.left_out(rows)
    rows.loc[one, ["is_private", "is_comparable"]] = [True, False]
    assert one in trials.drawn(rows).index and trials.left_out(rows)[0] == n - 1
    drawn = trials.consistency_scatter(rows, trials.people_of(rows)).to_dict()
    kinds = {row.get("like") for data in drawn["datasets"].values() for row in data}
    assert trials.YOURS in kinds


def test_no_choice_of_a_page_has_the_key_of_a_filter():
    """Both stand in the address, where one would take the values of the other."""
    for path in (settings.ROOT / "app_pages").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "_filters.choose" in text:
            taken = [key for key in FILTERS if f', "{key}")' in text or f', "{key}",' in text]
            assert not taken, f"{path.name}: {taken}"
