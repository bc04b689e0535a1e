"""Scores of one's own: one file in several forms, and where the scores stand among others."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

from compute.stats.frames.places import place_frame
from warehouse.own import scores
from warehouse.own.text import Refused

BENCHMARKS = pd.DataFrame(
    {
        "benchmark_id": ["Majaj2015.IT-pls", "Majaj2015.V4-pls", "error_rate"],
        "title": ["IT, Majaj 2015", "V4, Majaj 2015", "Errors"],
        "direction": ["higher", "higher", "lower"],
        "unit": ["ceiled", "ceiled", "count"],
    }
)


def read(text: str) -> pd.DataFrame:
    return scores.read(text.encode(), BENCHMARKS).rows


LONG = "Model,BENCHMARK,Score\na,errors,1\na,majaj2015.it-PLS,.5\nb,Errors,2\n"


@pytest.mark.parametrize(
    "text",
    [
        "model,Errors,Majaj2015.IT-pls\na,1,.5\nb,2,\n",
        'benchmark,a,b\nerror_rate,1,2\n"IT, Majaj 2015",.5,\n',
        "MODEL;error_rate;majaj2015.it-pls\na;1;0,5\nb;2;\n",
        "model\tbenchmark\tscore\na\terrors\t1\na\tit, majaj 2015\t.5\nb\terror_rate\t2\n",
    ],
)
def test_wide_and_long_files_with_any_capitals_say_the_same(text):
    """By identifier or title, whatever parts the cells."""
    key = ["model", "benchmark_id"]
    expected, found = (
        read(t).drop(columns="line").sort_values(key, ignore_index=True) for t in (LONG, text)
    )
    assert expected["score_directed"].tolist() == [0.5, -1, -2]
    pd.testing.assert_frame_equal(found, expected)


def test_a_benchmark_of_ones_own_has_a_mark_and_higher_is_better():
    found = read("model,own:mine,OWN:yours,error_rate\na,1,2,3\n")
    assert found["benchmark_id"].tolist() == ["own:mine", "own:yours", "error_rate"]
    assert found["score_directed"].tolist() == [1, 2, -3]


def test_the_number_of_scores_is_limited():
    many = "".join(f"m{i % 9},own:{i},1\n" for i in range(scores.MAX_ROWS + 1))
    with pytest.raises(Refused, match="10,000 at most"):
        read("model,benchmark,score\n" + many)


def test_places_are_those_of_one_more_model_of_the_cohort():
    rng = np.random.default_rng(0)
    public = pd.DataFrame({"benchmark_id": "error_rate", "score_directed": -rng.integers(0, 9, 40)})
    for score in (-9, -4, 0, 1):
        mine = pd.DataFrame(
            {
                "model": "a",
                "benchmark_id": ["error_rate", "elsewhere"],
                "score_directed": float(score),
            }
        )
        (row,) = place_frame(mine, public).itertuples()
        everyone = [score, *public["score_directed"]]
        rank = rankdata([-s for s in everyone])[0]
        assert row.score_rank == rank
        assert row.score_percentile == pytest.approx((41 - rank) / 40)
        assert row.n_models == 40
        assert row.is_outside == (score in (-9, 1))


def test_a_score_is_placed_in_every_part_that_has_its_benchmark():
    public = pd.DataFrame(
        [("x", "b", 1.0), ("x", "b", 3.0), ("y", "b", 5.0), ("y", "c", 9.0)],
        columns=["cohort", "benchmark_id", "score_directed"],
    )
    mine = pd.DataFrame({"benchmark_id": ["b"], "score_directed": [2.0]})
    found = place_frame(mine, public, by=("cohort",))
    assert found[["cohort", "n_models", "score_rank"]].values.tolist() == [["x", 2, 2], ["y", 1, 2]]
    nobody = place_frame(mine[:0], public, by=("cohort",))
    assert nobody.empty and nobody.dtypes.equals(found.dtypes)
