"""What do models see as alike? Our own measurements: alignment with people, and few-shot probes."""

import pandas as pd
import streamlit as st

from app_pages import _filters
from app_pages._choices import choose_in_turn
from app_pages._export import menu
from app_pages._origins import cite
from app_pages._shared import stop_absent
from app_pages._views import draw, select, table, view
from warehouse.figures.measured import alignment_dots, probe_lines

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
    half = ", half against half: a perfect model would lie above it"
    band = "; its band holds 95 % of the splits" if pd.notna(one["split_low"]) else ""
    return (
        f"Dashed: the ceiling ({one['estimate']:.3f}) from {of}"
        f"{half if one['method'] == 'split_half' else ''}{band}."
    )


def _over_people(interval: str) -> str:
    """Whether there is an interval over people too, or why not."""
    if interval.startswith("none: "):
        return f"No interval over people: {interval.removeprefix('none: ')}."
    return f"The table below the chart also has intervals over people ({interval})."


choices = select("fct_alignment", "distinct stimulus_set_id, target, metric", order="all").rows
if choices.empty:
    stop_absent("compute", "This view")
chosen, _ = choose_in_turn(
    choices,
    stimulus_set_id=("Images", FIRST_SET, "stimuli"),
    target=("Compared with", TARGETS),
    metric=("Metric", METRIC_NAMES, "geometry_metric"),
)
ours = {"layer": "penultimate", "distance": "cosine"}
found = select("fct_alignment", order="estimate desc, source_model_key", **chosen, **ours)
found = found.only(_filters.choose_models()(found.rows))
if not found.is_empty and found.rows["estimate"].isna().all():
    st.info("No model has an alignment here: distances that are all equal agree with nothing.")
elif not found.is_empty:
    found = found.only(found.rows.dropna(subset="estimate"))
    ceilings = select(
        "fct_alignment_ceilings",
        "method, compared_with, estimate, split_low, split_high, n_splits, n_people, unit",
        order="method",
        **chosen,
    )
    ceiling = _drawn(ceilings.rows)
    one = found.rows.iloc[0]
    people = f" and {one['n_people']} people" if pd.notna(one["n_people"]) else ""
    view(
        found,
        draw(alignment_dots, found.rows, ceiling),
        said=f"{one['n_stimuli']} images{people}; {one['layer']} layer, {one['distance']} distance "
        "between features. Lines: 95 % intervals over images. Untrained networks of one "
        f"architecture share a line, one point for each random seed. {_said(ceiling)} "
        + _over_people(one["people_interval"]),
    )
    if not ceilings.is_empty:
        with st.expander("Every ceiling, and what it is a ceiling of"):
            table(ceilings.rows, ceilings.mart)
            menu(ceilings, ceilings.name)
    beyond = select(
        "fct_alignment_controls",
        "source_model_key, estimate, ci_low, ci_high, control_mean, control_sd, control_max, "
        "n_controls, n_stimuli, n_resamples",
        order="estimate desc, source_model_key",
        **chosen,
        **ours,
    )
    if not beyond.is_empty:
        differences = beyond.rows
        seeds = " or ".join(str(n) for n in sorted(differences["n_controls"].unique()))
        st.caption(
            f"{int((differences['ci_low'] > 0).sum())} of {len(differences)} pretrained models lie "
            f"above the mean of the {seeds} untrained networks of their architecture, by the 95 % "
            f"interval of the paired difference over {differences.iloc[0]['n_stimuli']} images."
        )
        with st.expander("Each model minus its untrained networks"):
            table(differences, beyond.mart)
            menu(beyond, beyond.name)
    calibrated = select("rpt_calibrated_controls", order="architecture", **chosen, **ours)
    if not calibrated.is_empty:
        with st.expander("Do the untrained networks hang on their batch norm?"):
            st.caption(
                "An untrained network normalises by mean 0 and variance 1, which its features do "
                "not have. Calibrated: by the mean and variance of these images. Nothing is "
                "learned."
            )
            columns = ["architecture", "control_mean", "control_sd", "calibrated_mean"]
            table(calibrated.rows[[*columns, "calibrated_sd", "n_controls"]], calibrated.mart)
            menu(calibrated, calibrated.name)
    by_distance = select("rpt_alignment_distances", order="distance, is_centred", **chosen)
    if not by_distance.is_empty:
        view(
            by_distance,
            columns="distance, is_centred, estimate, min_estimate, max_estimate, n_models",
            title="How much does the distance decide?",
            intro="The same pretrained models, their features compared in other ways. To remove "
            "the mean pattern takes off what all images have in common; every distance then "
            "depends on which images are compared together.",
            names={"is_centred": {True: "yes", False: "no"}},
        )
    both = {c: chosen[c] for c in ("stimulus_set_id", "target")}
    agreement = select("rpt_alignment_metric_agreement", order="all", **both)
    for one in agreement.rows.itertuples():
        st.caption(
            f"Over the {one.n_models} pretrained models, the Spearman and the triplet metric order "
            f"them with a rank correlation of {one.estimate:.2f}. So few, related models speak of "
            "no others: no interval is computed."
        )
        menu(agreement, agreement.name)

st.header("What do they learn from a few examples?")
probed = select("fct_probe_results", "distinct dataset_id, head", order="all").rows
if probed.empty:
    st.info("This warehouse has no probe results. They come with: `aw compute probe`.")
else:
    chosen, _ = choose_in_turn(
        probed, dataset_id=("Images to tell apart", {}, "probe_dataset"), head=("Head", HEADS)
    )
    found = select("fct_probe_results", order="source_model_key, n_shots, seed", **chosen)
    rows = found.rows
    view(
        found,
        probe_lines,
        said="A head is fitted to the features of n examples per class and tested on the rest of "
        f"{rows.iloc[0]['n_images']:,} images, {rows['seed'].nunique()} times with other examples: "
        f"the band goes from the worst to the best. Chance is 1 in {rows.iloc[0]['n_classes']}. "
        "Logistic regression has one penalty for features of any size, so models with small "
        "features, as some untrained ones, learn less by it than they could; the other heads "
        "rescale features, and take 100 steps, too few to converge.",
    )
cite("compute")
