"""Intervals of the toolbox's measures and ranks: images and people drawn again, not for SQL."""

from compute.stats.frames.trials import behaviour_frame
from warehouse.memo import remembered


def model(dbt, session):
    decisions = dbt.ref("int_observer_decisions_packed").filter("not is_excluded and not is_by_age")
    bits = "source_id, observer_id, is_human, dataset_id, condition"
    return remembered(
        behaviour_frame,
        decisions.project(f"{bits}, seen::varchar as seen, correct::varchar as correct").df(),
        dbt.ref("int_dataset_behaviours_averaged").df(),
        dbt.ref("int_behaviours_summarised").df(),
        dbt.ref("trial_datasets").df(),
    )
