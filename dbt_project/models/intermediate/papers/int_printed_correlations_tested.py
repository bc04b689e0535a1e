"""p-values of the correlations printed in Table 2 of Sucholutsky & Griffiths, from the printed digits alone."""

from compute.stats.correlation import printed_p_value_frame


def model(dbt, session):
    dbt.config(materialized="table")
    return printed_p_value_frame(dbt.ref("paper_targets").filter("artefact = 'Table 2'").df())
