"""Every admissible way to ask each headline claim, and in which share of them it holds."""

import streamlit as st

from app_pages._choices import choose
from app_pages._shared import stop
from app_pages._views import ask, finding, number, select, show_figure, view
from warehouse.figures import FIGURES
from warehouse.figures.specifications import CHOICES

HOW = (
    "A claim is asked in every admissible way: each cohort, level, coefficient, treatment of "
    "missing scores, with each dataset left out, and so on; every way counts alike. A relation "
    "has to be significant over families: where these are few, a small share may be a lack of "
    "power, and a positive median says so. A choice *decides* by the share of the variance of all "
    "answers that lies between its values (their correlation ratio; choices overlap): one whose "
    "rare values differ much decides little. The last chart puts the choices in this order."
)
MEDIAN = "Of the estimates: a correlation, a share of the variance, or a rank."


def show() -> None:
    """The curve of one claim, what decides it, and the other claims."""
    claims = select("rpt_specification_claims", order="position")
    claims = claims.only(claims.rows[claims.rows["n_specifications"] > 0])
    if claims.is_empty:
        st.info("No claim can be asked yet: the sources it needs are absent.")
        stop()
    rows = claims.rows.set_index("claim_id", drop=False)
    chosen = choose("Claim", rows["statement"].to_dict(), "claim")
    one, claim = rows.loc[chosen], {"claim_id": chosen}
    curve = ask(FIGURES["specification_curve"].sql, **claim)
    text = (
        f"“{one['statement']}” holds in **{one['share_holding']:.0%}** of "
        f"{one['n_specifications']:,} ways to ask it, in {one['n_cohorts']} cohorts"
    )
    is_number = curve.rows["estimate"].notna().any()
    if is_number:
        low, middle, high = (one[f"{of}_estimate"] for of in ("min", "median", "max"))
        form = ".0f" if one["quantity"].startswith("rank") else ".2f"
        text += (
            f"; its estimate ({one['quantity']}) has the median {middle:{form}}, from "
            f"{low:{form}} to {high:{form}}"
        )
    if one["decisive_choice"] in CHOICES:
        text += (
            f". One choice accounts for more of the variance of the answers than any other, "
            f"{one['decisive_share']:.0%}: {CHOICES[one['decisive_choice']].lower()}"
        )
    finding(f"{text}.", HOW)
    if is_number:
        show_figure(FIGURES["specification_curve"], curve)
    choices = FIGURES["specification_choices"]
    st.header(choices.title)
    show_figure(choices, ask(choices.sql, **claim))
    view(
        select("rpt_specification_tests", order="cohort_id", **claim),
        title="Is there more than families of models?",
        intro="Median correlation over all pairs of a cohort, and with models permuted within "
        "their families: what is then left is what families alone make.",
        columns="cohort_id, median, null_median, null_high, p_value, n_specifications, n_models",
    )
    view(
        claims,
        columns="statement, share_holding, n_specifications, median_estimate, decisive_choice",
        names={"decisive_choice": CHOICES},
        config={"median_estimate": number("Median", form=".3~g", help=MEDIAN)},
        title="All claims",
    )
