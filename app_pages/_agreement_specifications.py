"""Every admissible way to ask each headline claim, and in which share of them it holds."""

import streamlit as st

from app_pages._choices import choose
from app_pages._views import ask, select, show_figure, view
from warehouse.figures import FIGURES
from warehouse.figures.specifications import CHOICES


def show() -> None:
    """The claims, and the curve of one of them."""
    claims = select("rpt_specification_claims", order="position")
    claims = claims.only(claims.rows[claims.rows["n_specifications"] > 0])
    if not claims.is_empty:
        st.subheader("How often does each claim hold?")
        st.write(
            "A claim was asked in every admissible way: each cohort, level, coefficient, treatment "
            "of missing scores, with each dataset left out, and so on. Every way counts alike. A "
            "relation has to be significant over families: where these are few, a small share may "
            "be a lack of power, and a positive median says so."
        )
        lowest = claims.rows.loc[claims.rows["share_holding"].idxmin()]
        highest = claims.rows.loc[claims.rows["share_holding"].idxmax()]
        st.markdown(
            f"**Of {len(claims.rows)} claims the sturdiest, “{highest['statement']}”, holds in "
            f"{highest['share_holding']:.0%} of {highest['n_specifications']:,} ways to ask; the "
            f"frailest, “{lowest['statement']}”, in {lowest['share_holding']:.0%} of "
            f"{lowest['n_specifications']:,}.**"
        )
        view(
            claims,
            columns="statement, share_holding, n_holding, n_specifications, median_estimate, "
            "min_estimate, max_estimate, decisive_choice, decisive_share, n_cohorts",
            names={"decisive_choice": CHOICES},
        )
        statements = claims.rows.set_index("claim_id")["statement"].to_dict()
        claim = {"claim_id": choose("Claim", statements, "claim")}
        for name in ("specification_curve", "specification_choices"):
            figure = FIGURES[name]
            found = ask(figure.sql, **claim)
            if name == "specification_choices" or found.rows["estimate"].notna().any():
                st.markdown(f"**{figure.title}**")
                st.caption(figure.description)
                show_figure(figure, found)
        view(
            select("rpt_specification_tests", order="cohort_id", **claim),
            title="Is there more than families of models?",
            intro="Median correlation over all pairs of a cohort, and the same with models "
            "permuted within their families: what is then left of it is what families alone make.",
            columns="cohort_id, median, null_median, null_high, p_value, n_specifications, "
            "n_models",
        )
