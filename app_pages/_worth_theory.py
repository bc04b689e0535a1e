"""Theory: how many triplets it takes by Sucholutsky & Griffiths, and where models stand."""

import streamlit as st

from app_pages._choices import choose, choose_known
from app_pages._origins import cite
from app_pages._shared import stop_absent
from app_pages._views import draw, finding, names_of, select, view
from warehouse.figures.marks import span
from warehouse.figures.measured import capacity_curve, triplet_lines

SETS = {"objects92": "92 objects"}
HOW = """\
The curve is the capacity of a binary symmetric channel; lines are 95 % intervals over images. The
diamond is half of the people against the other half. The U of the theory has its other arm right of
one half; z², which the paper correlates with, turns at the mean of the models instead.

The fewest triplets are log₂ of the number of orders by distance from the new object, over the bits
of a triplet: a lower bound for errors that vanish, with triplets flipped one by one. The paper
states the order of growth only, Ω(d log n / C).

**Slips of the printed theory.** Definition 3.6 says equal where it must say different. Proposition
3.8 needs base 2 for its logarithm. Theorem A.5 sums the expected smallest of n disagreements, not
the largest; its conclusion stays. Corollary A.2 calls less robust the agent that is more so. The
proofs are in `docs/sucholutsky2023.md`."""


def show() -> None:
    """What a triplet carries, and how many it takes to place an object."""
    objects = select("rpt_triplets_needed", "distinct n_objects", order="all").rows
    if objects.empty:
        stop_absent(None, "The theory")
    left, right = st.columns(2)
    n_objects = int(
        choose(
            "Known objects",
            objects["n_objects"].astype(str).tolist(),
            "objects",
            default="120",
            help="How many objects teacher and student both know before a new one comes.",
            place=right,
        )
    )
    curve = select("rpt_triplets_needed", order="n_dims, misalignment", n_objects=n_objects)
    of = {"target": "behaviour"}
    sets = select("rpt_alignment_capacities", "distinct stimulus_set_id", order="all", **of).rows
    if sets.empty:
        st.info("No model of ours has a triplet alignment here. To get them: `aw compute align`.")
    else:
        of["stimulus_set_id"] = choose_known(
            "Models judged on", sets["stimulus_set_id"], SETS, "theory_stimuli", place=left
        )
        order = "capacity desc, source_model_key"
        found = select("rpt_alignment_capacities", order=order, distance="cosine", **of)
        models = found.rows
        trained = models[~models["is_control"].astype(bool)]
        best = (models if trained.empty else trained).iloc[0]
        name = names_of("model_id").get(best["model_id"], best["source_model_key"])
        finding(
            f"The best of {len(trained)} trained networks on {span(models['n_stimuli'])} images, "
            f"{name}, "
            f"agrees with people on {best['estimate']:.1%} of triplets: each carries **"
            f"{best['capacity']:.3f} bits** ({best['capacity_low']:.3f} to "
            f"{best['capacity_high']:.3f}), so a useful bit costs {1 / best['capacity']:.0f} "
            f"triplets. {(models['ci_high'] < 0.5).sum() or 'None'} lies on the other arm of the U "
            "with its whole interval.",
            HOW,
        )
        view(found, draw(capacity_curve, curve.rows, models))
    st.header(f"How many triplets place a new object among {n_objects}?")
    view(curve, draw(triplet_lines, curve.rows))
    cite("compute", citations=["sucholutsky2023", "jamieson2011"])
