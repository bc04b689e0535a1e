"""How many triplets would it take? Sucholutsky & Griffiths' theory, and where real models stand."""

import streamlit as st

from app_pages._choices import choose, choose_known
from app_pages._origins import cite
from app_pages._shared import stop_absent
from app_pages._views import draw, select, view
from warehouse.figures.marks import span
from warehouse.figures.measured import capacity_curve, triplet_lines

st.write(
    "A teacher places a new object for a student by saying which of two known objects it is nearer "
    "to. Where the two see the world differently, some of these triplets arrive flipped. "
    "Sucholutsky & Griffiths (2023) count how many more it takes, and conclude that few-shot "
    "learning is U-shaped in alignment."
)
objects = select("rpt_triplets_needed", "distinct n_objects", order="all").rows
if objects.empty:
    stop_absent(None, "The theory")
counts = objects["n_objects"].astype(str).tolist()
n_objects = int(choose("Known objects", counts, "objects", default="120"))
curve = select("rpt_triplets_needed", order="n_dims, misalignment", n_objects=n_objects)

st.header("What does one triplet say?")
of = {"target": "behaviour"}
sets = select("rpt_alignment_capacities", "distinct stimulus_set_id", order="all", **of).rows
if sets.empty:
    st.info("No model of ours has a triplet alignment here. To get them: `aw compute align`.")
else:
    first = {"objects92": "objects92"}
    stimulus_set_id = choose_known(
        "Models judged on", sets["stimulus_set_id"], first, "theory_stimuli"
    )
    found = select(
        "rpt_alignment_capacities",
        order="capacity desc, source_model_key",
        stimulus_set_id=stimulus_set_id,
        distance="cosine",
        **of,
    )
    models = found.rows
    view(
        found,
        draw(capacity_curve, curve.rows, models),
        said=f"The curve is the capacity of a binary symmetric channel. Dots are {len(models)} "
        f"networks on {span(models['n_stimuli'])} images, penultimate layer, cosine; lines are 95 "
        "% intervals over images. The diamond is half of the people against the other half.",
    )
    best = models.iloc[0]
    n_left = int((models["ci_low"] > 0.5).sum())
    n_right = int((models["ci_high"] < 0.5).sum())
    st.markdown(
        f"The best, **{best['source_model_key']}**, agrees on {best['estimate']:.1%} of triplets: "
        f"one triplet carries **{best['capacity']:.3f} bits** "
        f"[{best['capacity_low']:.3f}, {best['capacity_high']:.3f}], so each useful bit costs "
        f"{1 / best['capacity']:.0f} triplets. Of {len(models)} networks {n_left} lie left of ½ "
        f"with their whole interval and {n_right} right of it. The U of the theory has its bottom "
        "at ½ and its other arm beyond, where no model lies; z², which the paper correlates with, "
        "puts the bottom at the mean of the models instead."
    )

st.header("How many place a new object?")
view(
    curve,
    draw(triplet_lines, curve.rows),
    "n_dims, bits_needed, triplets_needed",
    said=f"To place one new object among {n_objects} known ones: log₂ of the number of orders in "
    "which they can lie by distance from it, over the bits of a triplet. A lower bound for errors "
    "that vanish, with triplets flipped one by one; the paper states its order of growth only, "
    "Ω(d log n / C). In the table: the triplets needed at ε = 0, at least.",
    shown=curve.rows[curve.rows["misalignment"] == 0],
)

st.header("Slips of the printed theory")
st.markdown(
    """
- **Definition 3.6** defines misalignment as the probability that two agents' triplets are *equal*.
  An agent would then be misaligned with itself with probability 1, while Definition 3.5 and
  Lemma A.4 give 0, and Lemma 3.7 calls D = 0 perfectly aligned. It must read ≠, as the proof of
  Proposition 3.8 does ("to be flipped").
- **Proposition 3.8** writes log without a base. Only base 2 makes the capacity 0 at
  ε = ½, where triplets say nothing; at ε = 0 it is 1 in every base.
- **Theorem A.5** takes Σ (1 − F(x))ⁿ for the expected *largest* of n disagreements. That is the
  expected smallest; the largest is Σ (1 − F(x)ⁿ). Both rise with ε, so the conclusion stays.
- **Corollary A.2** gives the agent nearer to ½ the *smaller* sensitivity to a shift, which makes
  it the more robust one; the paper claims the opposite, and Theorem 3.9 points there too.
"""
)
cite("compute", citations=["sucholutsky2023", "jamieson2011"])
