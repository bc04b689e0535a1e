"""Where this machine's scores stand among the published: a loop that the explorer runs too."""

from compute.stats.frames.places import place_frame

KEY = "snapshot_id, source_model_key, variant_id, benchmark_id, score_directed"


def model(dbt, session):
    own = dbt.ref("int_own_scores_named").filter("score_directed is not null").project(KEY).df()
    rivals = dbt.ref("int_own_rivals_gathered").project("part, among, benchmark_id, score_directed")
    return place_frame(own, rivals.df(), by=("part", "among"))
