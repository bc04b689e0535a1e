"""Intervals of the consistency of people with each other: a jackknife, not for SQL."""

from compute.stats.frames.trials import ceiling_frame
from warehouse.memo import remembered


def model(dbt, session):
    pairs = dbt.ref("int_observer_pairs_estimated")
    kept = "pair_kind = 'human-human' and condition != 'all' and not is_excluded"
    columns = "dataset_id, observer_a, observer_b, observed_consistency, error_consistency, "
    pairs = pairs.filter(kept).project(columns + "standard_error, condition").df()
    datasets = dbt.ref("trial_datasets").filter("not is_by_age")
    toolbox = datasets.project("dataset_id, is_toolbox").df()
    pairs = pairs.sort_values(["dataset_id", "observer_a", "observer_b", "condition"])
    return remembered(ceiling_frame, pairs.merge(toolbox, on="dataset_id"))
