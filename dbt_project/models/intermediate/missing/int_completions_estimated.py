"""Missing scores predicted, with what follows for ranks: expectation maximisation and draws."""

from compute.stats.frames.completion import completion_frame
from warehouse.memo import remembered


def model(dbt, session):
    scores = dbt.ref("int_completion_columns_unioned")
    return remembered(completion_frame, scores, by="cohort_id")
