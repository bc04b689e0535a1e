"""p-values of the correlations that Sucholutsky & Griffiths print in Table 2, from the digits."""

from compute.stats.frames.papers import printed_p_value_frame
from warehouse.memo import remembered


def model(dbt, session):
    return remembered(
        printed_p_value_frame, dbt.ref("paper_targets").filter("artefact = 'Table 2'").df()
    )
