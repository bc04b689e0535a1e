"""Which few benchmarks give nearly the order of all?"""

import streamlit as st

from app_pages._choices import choose_cohort, plain
from app_pages._origins import cite
from app_pages._views import ask, finding, limits, names_of, select, show_figure, view
from warehouse.figures import FIGURES
from warehouse.figures.marks import short_titles
from warehouse.figures.ranking import GATES, PANEL_SIZE, panel_test

NEAR = 0.8
"""Correlation from which two orders are nearly the same."""
PASS = """\
**Who passes.** To find the best quarter: models above three quarters of those that the panel was
chosen on. To find the better half: all above the lowest of the better half of these.
**Sensitivity**: of the models sought, the share that passes. **Specificity**: of the others, the
share that does not."""


def small_panel(of: dict[str, str]) -> None:
    """How few benchmarks give nearly the order of all, and what it saves to run them first."""
    figure = FIGURES["panel_curve"]
    found = ask(figure.sql, **of)
    if found.is_empty:
        st.info("Only a cohort without missing scores, of three families or more, can tell.")
        return
    rows = found.rows.assign(test=panel_test(found.rows))
    sized = rows[(rows["n_chosen"] <= PANEL_SIZE) & (rows["panel"] == "forward")]
    last = sized[sized["n_chosen"] == sized["n_chosen"].max()].set_index("test")
    one = last.loc["families"]
    n, random = one["n_chosen"], f"{one['random_low']:.2f} to {one['random_high']:.2f}"
    near = "nearly the same" if one["ci_low"] >= NEAR else "how near they are is left open"
    text = (
        f"The order of models by {n} of {one['n_benchmarks']} benchmarks, chosen on other "
        f"families, correlates **{one['estimate']:.2f}**{limits(one)} with the order by all over "
        f"{one['n_models']} models: {near}. Panels of {n} at random reach "
        f"{one['random_median']:.2f} ({random})."
    )
    if "newer" in last.index:
        new = last.loc["newer"]
        cohort_name = names_of("cohort_id")[new["tested_cohort_id"]]
        text += (
            f" On the {new['n_models']} models that are new in “{cohort_name}”: "
            f"{new['estimate']:.2f}{limits(new)}."
        )
    finding(text, f"{figure.description}\n\n{PASS}")
    chosen = sized.loc[sized["test"] == "families", "benchmark_id"]
    names = short_titles(chosen.map(names_of("benchmark_id")))
    st.markdown("In the order of choice: " + "; ".join(map(plain, names)) + ".")
    show_figure(figure, found)
    size = {"n_chosen": int(n), "panel": "forward"}
    view(
        select("rpt_panel_gates", order="gate, tested_cohort_id", **size, **of),
        columns="gate, tested_cohort_id, share_saved, sensitivity, sensitivity_ci_low, "
        "sensitivity_ci_high, specificity, specificity_ci_low, specificity_ci_high, n_models",
        title=f"Run these {n} first, the others only for models that pass?",
        names={"gate": GATES},
    )


cohort = choose_cohort()
small_panel({"cohort_id": cohort["cohort_id"]})
cite(cohort["source_id"])
