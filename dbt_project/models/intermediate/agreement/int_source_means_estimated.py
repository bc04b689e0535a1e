"""Mean agreement between benchmarks of different sources at each identity confidence."""

from compute.stats.frames.means import source_mean_frame
from warehouse.memo import remembered


def model(dbt, session):
    scores = dbt.ref("int_cross_sources_gathered").df()
    return remembered(source_mean_frame, scores, dbt.ref("int_benchmarks_doubted").df())
