"""Macros of LaTeX for the numbers of the warehouse that a text states, read from its marts."""

import re
from dataclasses import dataclass

import duckdb
import pandas as pd

from warehouse.figures.ranking import PANEL_SIZE
from warehouse.figures.record import DEFAULT_COHORT

_COUNT, _NUMBER, _PER_CENT = "{:,.0f}", "{:.2f}", "{:.0%}"


@dataclass(frozen=True)
class Numbers:
    """Macros from one query.

    Attributes
    ----------
    name : str
        What each begins with, behind ``aw``.
    meaning : str
        What the numbers are.
    sql : str
        To one row, or to several of which the column ``key`` tells them apart. The name of a column
        ends the name of a macro.
    forms : dict
        How the column is written: a format of Python's.
    """

    name: str
    meaning: str
    sql: str
    forms: dict[str, str]


_INTERVAL = {"Low": _NUMBER, "High": _NUMBER}
NUMBERS = (
    Numbers(
        "All",
        "all that the warehouse holds of published sources",
        """\
select
    (select count(*) from marts.dim_sources where is_present and not is_private) as Sources,
    (select count(*) from marts.dim_models where n_scores > 0 and not is_private) as Models,
    (select count(*) from marts.dim_benchmarks where n_scores > 0 and not is_private) as Benchmarks,
    (select count(*) from marts.fct_scores where not is_private) as Cells,
    (select count(*) from marts.fct_trials where not is_private) as Trials""",
        dict.fromkeys(("Sources", "Models", "Benchmarks", "Cells", "Trials"), _COUNT),
    ),
    Numbers(
        "Agreement",
        f"mean Spearman correlation between benchmarks in {DEFAULT_COHORT}, with its 95 % interval "
        "over families of models and datasets of benchmarks",
        f"""\
select
    mean_estimate as Mean, ci_low as Low, ci_high as High, n_models as Models,
    n_families as Families, n_benchmarks as Benchmarks, n_pairs as Pairs,
    share_negative as Negative, mean_between_modalities as Between
from marts.rpt_cohort_agreement
where cohort_id = '{DEFAULT_COHORT}' and method = 'spearman'""",
        {"Mean": _NUMBER, **_INTERVAL, "Negative": _PER_CENT, "Between": _NUMBER}
        | dict.fromkeys(("Models", "Families", "Benchmarks", "Pairs"), _COUNT),
    ),
    Numbers(
        "Ranking",
        f"generalizability of the ranking of {DEFAULT_COHORT} by all benchmarks alike to other "
        "datasets, with its 95 % interval",
        f"""\
select
    coefficient as Mean, ci_low as Low, ci_high as High, n_datasets as Datasets
from marts.rpt_generalizability
where
    cohort_id = '{DEFAULT_COHORT}' and average = 'leaves' and generalized_over = 'datasets'""",
        {"Mean": _NUMBER, **_INTERVAL, "Datasets": _COUNT},
    ),
    Numbers(
        "Panel",
        f"Spearman correlation of a panel of {PANEL_SIZE} benchmarks with the order by all, over "
        f"models of held-out families of {DEFAULT_COHORT}, with its 95 % interval; random panels",
        f"""\
select
    estimate as Mean, ci_low as Low, ci_high as High, random_median as Random,
    n_benchmarks as Benchmarks
from marts.rpt_panels
where
    cohort_id = '{DEFAULT_COHORT}' and tested_cohort_id = cohort_id and panel = 'forward'
    and n_chosen = {PANEL_SIZE}""",
        {"Mean": _NUMBER, **_INTERVAL, "Random": _NUMBER, "Benchmarks": _COUNT},
    ),
    Numbers(
        "Variance",
        f"share of each part in the variance of a score in {DEFAULT_COHORT}",
        f"""\
select variance_source as key, share as Share
from marts.rpt_variance_components
where cohort_id = '{DEFAULT_COHORT}'
order by key""",
        {"Share": _PER_CENT},
    ),
    Numbers(
        "Claim",
        "admissible ways to ask a claim, and the share of them in which it holds",
        """\
select claim_id as key, n_specifications as Ways, share_holding as Holds
from marts.rpt_specification_claims
order by key""",
        {"Ways": _COUNT, "Holds": _PER_CENT},
    ),
    Numbers(
        "Curve",
        "claims of a U with an estimate, ImageNet top-1 held fixed, and those that end as one",
        """\
select count(*) as Tested, count(*) filter (where verdict = 'u') as Found
from marts.rpt_u_shape_verdicts
where covariate = 'imagenet_top1' and state = 'estimated'""",
        {"Tested": _COUNT, "Found": _COUNT},
    ),
    Numbers(
        "Printed",
        "numbers that a paper prints, and those of them that public data give exactly",
        """\
select paper as key, count(*) as All, count(*) filter (where status = 'exact') as Exact
from marts.rpt_paper_targets
group by paper
order by key""",
        {"All": _COUNT, "Exact": _COUNT},
    ),
)


def macros(con: duckdb.DuckDBPyConnection) -> str:
    r"""LaTeX that defines a macro for every number, such as ``\awAgreementMean``.

    A number that the warehouse at hand does not hold is ``--``.
    """
    lines = ["% One macro a number. The names stay as they are from one release to the next."]
    for numbers in NUMBERS:
        rows = con.execute(numbers.sql).df()
        lines += ["", f"% {numbers.meaning}"]
        if "key" not in rows:
            rows = rows.reindex(range(1)).assign(key="")
        for row in rows.to_dict("records"):
            for column, form in numbers.forms.items():
                name = f"aw{numbers.name}{letters(row['key'])}{column}"
                lines.append(rf"\newcommand{{\{name}}}{{{_text(row[column], form)}}}")
    return "\n".join([*lines, ""])


_DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def letters(key: str) -> str:
    """Name of a row as a macro may have it: ``ahlert2024`` is ``AhlertTwoZeroTwoFour``."""
    words = re.findall(r"[a-zA-Z]+|\d", key)
    return "".join(_DIGITS[int(w)] if w.isdigit() else w[0].upper() + w[1:] for w in words)


def _text(value: float, form: str) -> str:
    if pd.isna(value):
        return "--"
    text = form.format(value).replace(",", "{,}").replace("%", r"\,\%")
    return rf"\ensuremath{{{text}}}"
