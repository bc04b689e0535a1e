"""A visitor's scores: the contract, every way to break it, and where they stand among others."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

from warehouse import own

BENCHMARKS = pd.DataFrame(
    {
        "benchmark_id": ["Majaj2015.IT-pls", "Majaj2015.V4-pls", "error_rate"],
        "title": ["IT, Majaj 2015", "V4, Majaj 2015", "Errors"],
        "direction": ["higher", "higher", "lower"],
    }
)
HEAD = "model,benchmark,score,error\n"


def read(text: str | bytes) -> pd.DataFrame:
    data = text if isinstance(text, bytes) else text.encode()
    return own.read(data, BENCHMARKS)


def problems(text: str | bytes) -> list[own.Problem]:
    with pytest.raises(own.Refused) as refused:
        read(text)
    return refused.value.problems


def test_a_good_file_is_taken_in_any_order_of_columns():
    found = read(
        "\ufeffscore, model,benchmark\r\n.5,a b,Majaj2015.IT-pls\r\n\r\n0.2,c,error_rate\r\n"
    )
    assert found["model"].tolist() == ["a b", "c"]
    assert found["score"].tolist() == [0.5, 0.2]
    assert found["score_directed"].tolist() == [0.5, -0.2]
    assert found["error"].isna().all()
    assert read(HEAD + "a,error_rate,1,0.1\n")["error"].tolist() == [0.1]


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
    expected = read(LONG).sort_values(key, ignore_index=True)
    assert expected["score_directed"].tolist() == [0.5, -1, -2]
    pd.testing.assert_frame_equal(read(text).sort_values(key, ignore_index=True), expected)


def test_a_benchmark_of_ones_own_has_a_mark_and_higher_is_better():
    found = read("model,own:mine,OWN:yours,error_rate\na,1,2,3\n")
    assert found["benchmark_id"].tolist() == ["own:mine", "own:yours", "error_rate"]
    assert found["score_directed"].tolist() == [1, 2, -3]
    assert problems("model,own:\na,1\n")[0].column == "benchmark"


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ("model,score\n", 1, "benchmark", "identifier or title"),
        ("model,benchmark,score,sd\n", 1, "sd", "only model, benchmark, score, error"),
        ("model,model,benchmark,score\n", 1, "model", "once"),
        ("", 1, "model", "name of your model"),
        (HEAD, 2, None, "a score in each row"),
        (HEAD + ",error_rate,1,\n", 2, "model", "name"),
        (HEAD + f"{'m' * 101},error_rate,1,\n", 2, "model", "100 characters"),
        (HEAD + "a\x07,error_rate,1,\n", 2, "model", "name"),
        (HEAD + "a,Majaj2015.IT-psl,1,\n", 2, "benchmark", "near: Majaj2015.IT-pls"),
        (HEAD + "a,errorss,1,\n", 2, "benchmark", "near: error_rate"),
        (HEAD + "a,error_rate,,\n", 2, "score", "a number"),
        (HEAD + "a,error_rate,nan,\n", 2, "score", "a number"),
        (HEAD + "a,error_rate,1e999,\n", 2, "score", "a number"),
        (HEAD + "a,error_rate,1_000,\n", 2, "score", "a number"),
        (HEAD + 'a,error_rate,"0,5",\n', 2, "score", "decimal point"),
        (HEAD + "a,error_rate,1,-1\n", 2, "error", "0 or more"),
        (HEAD + "a,error_rate,1,x\n", 2, "error", "0 or more"),
        (HEAD + "a,error_rate,1,\na,error_rate,2,\n", 3, "benchmark", "line 2 has it already"),
        (HEAD + "a,error_rate,1\n", 2, None, "4, as above"),
        (HEAD + 'a,"error_rate,1,\n', None, None, "comma-separated"),
        (HEAD.encode() + b"\xff,error_rate,1,\n", 2, None, "UTF-8"),
    ],
)
def test_each_breach_names_line_column_and_what_was_expected(text, line, column, expected):
    found = problems(text)
    assert (found[0].line, found[0].column) == (line, column)
    assert expected in found[0].expected


def test_every_problem_is_listed_up_to_a_limit_and_nothing_is_taken():
    text = HEAD + "good,error_rate,1,\n" + "a,nothing_like_it_at_all,x,\n" * 100
    found = problems(text)
    assert len(found) == own.MAX_PROBLEMS
    assert {p.column for p in found} == {"benchmark", "score"}
    assert found[0].expected == "a known name; own:NAME for one of your own"


def test_the_size_is_limited():
    assert "1,000,000 at most" in problems(b"x" * (own.MAX_BYTES + 1))[0].expected
    many = "".join(f"m{i % 9},Majaj2015.IT-pls,1\n" for i in range(own.MAX_ROWS + 1))
    assert any(
        "rows at most" in p.expected or "one score" in p.expected
        for p in problems("model,benchmark,score\n" + many)
    )
    models = "".join(f"m{i},error_rate,1\n" for i in range(own.MAX_MODELS + 1))
    assert problems("model,benchmark,score\n" + models)[0].found == "51 models"


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
        (row,) = own.place(mine, public).itertuples()
        everyone = [score, *public["score_directed"]]
        rank = rankdata([-s for s in everyone])[0]
        assert row.score_rank == rank
        assert row.score_percentile == pytest.approx((41 - rank) / 40)
        assert row.n_models == 40
        assert row.is_outside == (score in (-9, 1))
