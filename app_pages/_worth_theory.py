"""How many triplets would it take? Sucholutsky & Griffiths' theory, and where real models stand."""

import streamlit as st

from app_pages._choices import choose, choose_known
from app_pages._origins import cite
from app_pages._shared import stop_absent
from app_pages._views import draw, select, view
from warehouse.figures.marks import span
from warehouse.figures.measured import capacity_curve, triplet_lines


def show() -> None:
    """What a triplet carries, and how many it takes to place an object."""
    objects = select("rpt_triplets_needed", "distinct n_objects", order="all").rows
    if objects.empty:
        stop_absent(None, "The theory")
    counts = objects["n_objects"].astype(str).tolist()
    n_objects = int(
        choose(
            "Known objects",
            counts,
            "objects",
            default="120",
            help="How many objects teacher and student both know before a new one comes.",
        )
    )
    curve = select("rpt_triplets_needed", order="n_dims, misalignment", n_objects=n_objects)

    st.header("What does one triplet say?")
    of = {"target": "behaviour"}
    sets = select("rpt_alignment_capacities", "distinct stimulus_set_id", order="all", **of).rows
    if sets.empty:
        st.info("No model of ours has a triplet alignment here. To get them: `aw compute align`.")
    else:
        first = {"objects92": "objects92"}
        of["stimulus_set_id"] = choose_known(
            "Models judged on", sets["stimulus_set_id"], first, "theory_stimuli"
        )
        found = select(
            "rpt_alignment_capacities",
            order="capacity desc, source_model_key",
            distance="cosine",
            **of,
        )
        models = found.rows
        view(
            found,
            draw(capacity_curve, curve.rows, models),
            said=f"The curve is the capacity of a binary symmetric channel. Dots are {len(models)} "
            f"networks on {span(models['n_stimuli'])} images, penultimate layer, cosine; lines are "
            "95 % intervals over images. The diamond is half of the people against the other half.",
        )
        best = models.iloc[0]
        st.markdown(
            f"The best, **{best['source_model_key']}**, agrees on {best['estimate']:.1%} of "
            f"triplets: each carries **{best['capacity']:.3f} bits** [{best['capacity_low']:.3f}, "
            f"{best['capacity_high']:.3f}], so a useful bit costs {1 / best['capacity']:.0f} "
            f"triplets. Of {len(models)} networks {int((models['ci_low'] > 0.5).sum())} lie left "
            f"of ½ with their whole interval and {int((models['ci_high'] < 0.5).sum())} right of "
            "it. The U of the theory has its other arm right of ½; z², which the paper correlates "
            "with, turns at the mean of the models instead."
        )

    st.header("How many triplets place a new object?")
    view(
        curve,
        draw(triplet_lines, curve.rows),
        "n_dims, bits_needed, triplets_needed",
        said=f"To place one among {n_objects}: log₂ of the number of orders by distance from it, "
        "over the bits of a triplet. A lower bound for errors that vanish, with triplets flipped "
        "one by one; the paper states the order of growth only, Ω(d log n / C). The table is for "
        "ε = 0.",
        shown=curve.rows[curve.rows["misalignment"] == 0],
    )

    st.header("Slips of the printed theory")
    st.write(
        "**Definition 3.6** says equal where it must say different. **Proposition 3.8** needs base "
        "2 for its logarithm. **Theorem A.5** sums the expected smallest of n disagreements, not "
        "the largest; its conclusion stays. **Corollary A.2** calls less robust the agent that is "
        "more so. The proofs are in `docs/sucholutsky2023.md`."
    )
    cite("compute", citations=["sucholutsky2023", "jamieson2011"])
