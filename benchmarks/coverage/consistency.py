"""Coverage of the interval of error consistency of one pair of observers."""

from collections.abc import Iterator
from itertools import combinations_with_replacement, product

import duckdb
import numpy as np
import pandas as pd

from benchmarks.measure import sql_of_trials
from ingest import settings

ACCURACIES, KAPPAS, IMAGES = (0.5, 0.8, 0.95, 0.98), (0, 0.2, 0.5), (160, 560, 1280)
N_SAMPLES = 2_000

BEFORE = """\
select *, 1.96 * {{ kappa_standard_error(
    'error_consistency', 'expected_consistency', 'n_shared', '(n_correct_both / n_shared)',
    '((n_correct_a - n_correct_both) / n_shared)', '((n_correct_b - n_correct_both) / n_shared)',
    '((n_shared - n_correct_a - n_correct_b + n_correct_both) / n_shared)'
) }} as margin
from ({{ model }})
where condition <> 'all' and error_consistency is not null"""


def rows() -> Iterator[dict[str, object]]:
    """The lowest coverage over numbers of images and κ, for each pair of accuracies."""
    path = settings.DBT_PROJECT / "models/intermediate/trials/int_observer_pairs_estimated.sql"
    sql = sql_of_trials(BEFORE.replace("{{ model }}", path.read_text("utf-8")))
    rng = np.random.default_rng(1)
    for p, q in combinations_with_replacement(ACCURACIES, 2):
        found = [
            _covered(_drawn(p, q, kappa, n, rng), kappa, sql)
            for n, kappa in product(IMAGES, KAPPAS)
            if min(_cells(p, q, kappa)) >= 0
        ]
        before, after = np.min(found, axis=0)
        yield {
            "interval": "error consistency of one pair, over images",
            "structure": f"accuracies {p:g} and {q:g}; the lowest over κ of 0, 0.2 and 0.5 and "
            f"160, 560 and 1,280 images, {N_SAMPLES:,} samples each",
            "before": before,
            "after": after,
        }


def _cells(p: float, q: float, kappa: float) -> list[float]:
    """Shares of images that both, the first, the second and none get right."""
    beyond = kappa * (p * (1 - q) + (1 - p) * q) / 2
    alone = [p * (1 - q) - beyond, (1 - p) * q - beyond]
    return [p * q + beyond, *alone, (1 - p) * (1 - q) + beyond]


def _drawn(p: float, q: float, kappa: float, n: int, rng: np.random.Generator) -> pd.DataFrame:
    both, first, second, _ = rng.multinomial(n, _cells(p, q, kappa), N_SAMPLES).T
    names = {"condition": "c", "is_excluded": True, "pair_kind": "model-human", "n_shared": n}
    names |= dict.fromkeys(("is_human_a", "is_human_b"), False)
    names |= dict.fromkeys(("n_even", "n_even_a", "n_even_b", "n_even_both"), 0)
    names |= dict.fromkeys(("dataset_id", "source_a", "observer_a", "source_b", "observer_b"), "s")
    counts = {"n_correct_a": both + first, "n_correct_b": both + second, "n_correct_both": both}
    return pd.DataFrame(counts).assign(**names)


def _covered(pairs: pd.DataFrame, kappa: float, sql: str) -> tuple[float, float]:
    """Share of the intervals that hold κ: of the plain table, and as the warehouse has it."""
    with duckdb.connect() as con:
        found = con.register("int_observer_pairs_counted", pairs).execute(sql).df()
    margin = found["margin"].dropna()
    before = (found["error_consistency"] - kappa).abs()[margin.index] <= margin
    after = (found["ci_low"] <= kappa) & (kappa <= found["ci_high"])
    return before.mean(), after.mean()
