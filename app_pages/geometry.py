"""What do models see as alike? Our own measurements: alignment with people, and few-shot probes."""

import pandas as pd
import streamlit as st

from app_pages import _filters
from app_pages._choices import choose_known
from app_pages._origins import cite
from app_pages._shared import stop_absent
from app_pages._views import ask, draw, select, show_sql, table, view
from warehouse.figures.measured import alignment_dots, probe_lines

ALIGNMENTS = """\
select
    *,
    case
        when is_control then 'untrained ' || split_part(source_model_key, ':', 2)
        else source_model_key
    end as shown_as
from marts.fct_alignment
where
    stimulus_set_id = $stimulus_set_id and target = $target and metric = $metric
    and layer = 'penultimate' and distance = 'cosine'
order by estimate desc, source_model_key"""

METRIC_NAMES = {
    "pearson": "Pearson over pairs of images",
    "spearman": "Spearman over pairs of images",
    "kendall": "Kendall's τ-b over pairs of images",
    "triplet": "Triplets: which of two images is nearer?",
    "odd_one_out": "Odd one out of three",
}
TARGETS = {
    "behaviour": "People's similarity judgements",
    "human_it": "Human inferior temporal cortex (fMRI)",
    "monkey_it": "Monkey inferior temporal cortex",
}
HEADS = {"logistic": "Logistic regression", "mlp1": "One hidden layer", "mlp2": "Two hidden layers"}
FIRST_SET = {"objects92": "objects92"}


def _drawn(ceilings: pd.DataFrame) -> pd.DataFrame:
    """The ceiling of a comparison with the mean of people; half against half where it has none."""
    for method in ("root_split_half_corrected", "split_half"):
        found = ceilings[ceilings["method"] == method]
        if not found.empty:
            return found
    return ceilings


def _said(ceiling: pd.DataFrame) -> str:
    """What the line of people is, in words."""
    if ceiling.empty:
        return "No ceiling is drawn: single people are not published, or it is not defined here."
    one = ceiling.iloc[0]
    of = "halves of the raters" if one["unit"] == "half" else f"{one['n_people']} people"
    spread = (
        f"the band holds 95 % of {one['n_splits']} splits" if one["n_splits"] > 1 else "a split"
    )
    if one["method"] == "split_half":
        return (
            f"The dashed line ({one['estimate']:.3f}) is how far the means of two halves of the "
            f"people agree ({of}; {spread}). It cannot be corrected to the number of "
            "all people by this metric, so a perfect model would lie above this line."
        )
    return (
        f"The dashed line ({one['estimate']:.3f}) is the ceiling of what is compared, a model "
        "with the mean of people: the root of the reliability of that mean, from random halves "
        f"by Spearman and Brown ({of}; {spread})."
    )


st.write(
    "Two images are alike to a model when their features are near each other. Here are models that "
    "we ran ourselves, against what people judged alike and what brains respond alike to, with "
    "untrained models as a control."
)
choices = select("fct_alignment", "distinct stimulus_set_id, target, metric", order="all").rows
if choices.empty:
    stop_absent("compute", "This view")
left, middle, right = st.columns(3)
stimuli = choose_known("Images", choices["stimulus_set_id"], FIRST_SET, "stimuli", place=left)
target = choose_known("Compared with", choices["target"], TARGETS, "target", place=middle)
metric = choose_known("Metric", choices["metric"], METRIC_NAMES, "geometry_metric", place=right)
chosen = {"stimulus_set_id": stimuli, "target": target, "metric": metric}
found = ask(ALIGNMENTS, **chosen)
rows = found.rows
if rows.empty:
    st.info("Nobody measured this combination; take another.")
else:
    ceilings = select(
        "fct_alignment_ceilings",
        "method, compared_with, estimate, ci_low, ci_high, n_splits, n_people, unit",
        order="method",
        **chosen,
    )
    rows = _filters.choose_models()(rows)
if not rows.empty:
    ceiling = _drawn(ceilings.rows)
    one = rows.iloc[0]
    people = f" by {one['n_people']} people or animals" if pd.notna(one["n_people"]) else ""
    view(
        found.only(rows),
        draw(alignment_dots, rows, ceiling),
        said=f"{one['n_stimuli']} images{people}; distance between features of the {one['layer']} "
        f"layer: {one['distance']}. Lines are 95 % intervals over images; untrained networks of "
        f"one architecture share a line, one point for each random seed. {_said(ceiling)} "
        f"Interval over people: {one['people_interval']}.",
    )
    if not ceilings.is_empty:
        with st.expander("Every ceiling, and what it is a ceiling of"):
            table(ceilings.rows, ceilings.mart)
            show_sql(ceilings)
    beyond = select(
        "fct_alignment_controls",
        "source_model_key, estimate, ci_low, ci_high, control_mean, control_sd, control_max, "
        "n_controls, n_stimuli, n_resamples",
        order="estimate desc, source_model_key",
        **chosen,
        layer="penultimate",
        distance="cosine",
    )
    if not beyond.is_empty:
        differences = beyond.rows
        seeds = " or ".join(str(n) for n in sorted(differences["n_controls"].unique()))
        st.caption(
            f"{int((differences['ci_low'] > 0).sum())} of {len(differences)} pretrained models lie "
            f"above the mean of the {seeds} untrained networks of their own architecture, by the "
            "95 % interval of the paired difference over "
            f"{differences.iloc[0]['n_stimuli']} images."
        )
        with st.expander("Each model minus its untrained networks"):
            table(differences, beyond.mart)
            show_sql(beyond)
    agreement = select(
        "rpt_alignment_metric_agreement", order="all", stimulus_set_id=stimuli, target=target
    )
    for one in agreement.rows.itertuples():
        st.caption(
            f"Over the {one.n_models} pretrained models, the Spearman and the triplet metric order "
            f"them with a rank correlation of {one.estimate:.2f}."
        )
        show_sql(agreement)

st.header("What do they learn from a few examples?")
probed = select("fct_probe_results", "distinct dataset_id, head", order="all").rows
if probed.empty:
    st.info("This warehouse has no probe results. They come with: `aw compute probe`.")
else:
    left, right = st.columns(2)
    datasets = probed["dataset_id"]
    dataset_id = choose_known("Images to tell apart", datasets, {}, "probe_dataset", place=left)
    head = choose_known(
        "Head", probed.loc[datasets == dataset_id, "head"], HEADS, "head", place=right
    )
    found = select(
        "fct_probe_results",
        order="source_model_key, n_shots, seed",
        dataset_id=dataset_id,
        head=head,
    )
    rows = found.rows
    view(
        found,
        draw(probe_lines, rows),
        said="A head is fitted to the features of n examples per class, and tested on the rest of "
        f"{rows.iloc[0]['n_images']:,} images, {rows['seed'].nunique()} times with other examples; "
        "the band goes from the worst to the best of them. Chance is 1 in 10. Logistic regression "
        "has one penalty for features of any size, so that models with small features, as some "
        "untrained ones, learn less by it than they could; the other heads rescale the features, "
        "and take 100 steps, too few to converge.",
    )
cite("compute")
