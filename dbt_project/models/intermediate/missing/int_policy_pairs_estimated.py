"""Spearman and Pearson of every pair of benchmarks under each policy for missing cells."""

from compute.stats.frames.missing import policy_pair_frame
from warehouse.memo import remembered


def model(dbt, session):
    cells = dbt.ref("int_policy_cells_filled")
    return remembered(policy_pair_frame, cells, by="policy")
