"""What do networks see as alike? Our own measurements: alignment with people, few-shot probes."""

import pandas as pd
import streamlit as st

from app_pages import _filters
from app_pages._choices import choose_in_turn, tabs
from app_pages._origins import cite
from app_pages._shared import stop_absent
from app_pages._views import draw, finding, folded, limits, names_of, select, view
from warehouse.figures import marks, measured

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
    "judged": "Judgements of your people",
}
"""Of images of one's own, the target is what their file calls it."""
IMAGES = {
    "objects92": "92 objects",
    "objects92_animate": "Of them, animate",
    "objects92_inanimate": "Of them, inanimate",
    "objects92_natural": "Of them, natural and inanimate",
    "objects92_artificial": "Of them, artificial",
    "objects92_bodies": "Of them, bodies",
    "objects92_faces": "Of them, faces",
    "objects92_human": "Of them, human",
    "objects92_nonhuman": "Of them, animals",
    "cifar10h": "CIFAR-10H",
}
HEADS = {"logistic": "Logistic regression", "mlp1": "One hidden layer", "mlp2": "Two hidden layers"}
PROBES = {"cifar10": "CIFAR-10", "fashion_mnist": "Fashion-MNIST", "mnist": "MNIST"}
SIMILARITIES = {
    "linear_cka": "Linear CKA",
    "debiased_cka": "Debiased CKA",
    "rsa_spearman": "RSA (Spearman)",
}
OURS = {"layer": "penultimate", "distance": "cosine"}


def choose_comparison() -> dict[str, str]:
    """Images, what the networks are compared with, and the metric."""
    columns = "distinct stimulus_set_id, target, metric"
    choices = select("fct_alignment", columns, order="all").rows
    if choices.empty:
        stop_absent("compute", "This view")
    chosen, _ = choose_in_turn(
        choices,
        stimulus_set_id=("Images", IMAGES, "stimuli"),
        target=("Compared with", TARGETS),
        metric=("Metric", METRIC_NAMES, "geometry_metric"),
    )
    return chosen


def with_names(rows: pd.DataFrame, side: str = "") -> pd.Series:
    """Names of networks for people; an untrained one is its architecture and its seed."""
    names = rows[f"model_id{side}"].map(names_of("model_id"))
    names = names.fillna(rows[f"source_model_key{side}"])
    return names.str.replace(r"^random:(.*):(\d+)$", r"untrained \1, seed \2", regex=True)


def alignment() -> None:
    """How alike images are to networks and to people, against the ceiling."""
    chosen = choose_comparison()
    found = select("fct_alignment", order="estimate desc, source_model_key", **chosen, **OURS)
    found = found.only(_filters.choose_models()(found.rows).dropna(subset="estimate"))
    if found.is_empty:
        st.info("No network has an alignment here: distances that are all equal agree with none.")
        return
    ceilings = select("fct_alignment_ceilings", order="method", **chosen)
    ceiling = _drawn(ceilings.rows)
    beyond = select(
        "fct_alignment_controls", order="estimate desc, source_model_key", **chosen, **OURS
    )
    rows = found.rows.assign(model_name=with_names(found.rows))
    trained, one = rows[~rows["is_control"].astype(bool)], rows.iloc[0]
    among, kind = (trained, "pretrained") if len(trained) else (rows, "untrained")
    best = among.iloc[0]
    text = (
        f"Of {len(among)} {kind} networks **{best['model_name']}** is most aligned with "
        f"{_in_sentence(TARGETS.get(chosen['target'], chosen['target']))}: {best['estimate']:.2f}"
        f"{limits(best)} over {one['n_stimuli']} images"
    )
    if len(ceiling):
        text += f", where the ceiling is {ceiling.iloc[0]['estimate']:.2f}"
    if len(beyond.rows):
        above = int((beyond.rows["ci_low"] > 0).sum())
        text += f"; {above} of {len(beyond.rows)} lie above untrained networks of their kind"
    finding(
        f"{text}.",
        "Penultimate layer, cosine distance between features. Lines: 95 % intervals over images. "
        "Untrained networks of one architecture share a line, a point for each random seed; a "
        "network lies above them when the 95 % interval of its difference from their mean is "
        f"above zero. {_said(ceiling)} {_over_people(one['people_interval'])}",
    )
    view(found.only(rows), draw(measured.alignment_dots, rows, ceiling))

    def numbers() -> None:
        view(
            ceilings,
            columns="method, compared_with, estimate, split_low, split_high, n_splits, n_people",
            title="Ceilings",
        )
        view(
            beyond,
            columns="source_model_key, estimate, ci_low, ci_high, control_mean, control_sd, "
            "control_max, n_controls",
            title="Each network minus the untrained ones of its architecture",
        )

    folded("Ceilings and untrained networks in numbers", "geometry", numbers)


def _in_sentence(name: str) -> str:
    return name[:1].lower() + name[1:]


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
    half = ", half against half: a perfect network would lie above it"
    band = "; its band holds 95 % of the splits" if pd.notna(one["split_low"]) else ""
    return (
        f"Dashed: the ceiling ({one['estimate']:.3f}) from {of}"
        f"{half if one['method'] == 'split_half' else ''}{band}."
    )


def _over_people(interval: str) -> str:
    """Whether there is an interval over people too, or why not."""
    if interval.startswith("none: "):
        return f"No interval over people: {interval.removeprefix('none: ')}."
    return f"Export also holds intervals over people ({interval})."


def depends() -> None:
    """How far the alignment hangs on the distance, the metric and batch norm."""
    chosen = choose_comparison()
    found = select("rpt_alignment_distances", order="estimate desc", **chosen)
    if found.rows["estimate"].isna().all():
        st.info("Features were compared in one way only here.")
        return
    rows = found.rows.dropna(subset="estimate")
    own = rows[rows["distance"] == "cosine"]
    own = own[~own["is_centred"].astype(bool)]
    high, low = (measured.distance_name(rows.iloc[i]) for i in (0, -1))
    text = (
        f"The distance between features moves the mean of {rows.iloc[0]['n_models']} networks from "
        f"{rows.iloc[-1]['estimate']:.2f} ({low}) to {rows.iloc[0]['estimate']:.2f} ({high})"
    )
    if len(own):
        least, most = own[["min_estimate", "max_estimate"]].iloc[0]
        text += f"; the network moves it from {least:.2f} to {most:.2f} (cosine)"
    both = {c: chosen[c] for c in ("stimulus_set_id", "target")}
    agreement = select("rpt_alignment_metric_agreement", order="all", **both).rows
    finding(
        f"{text}.",
        "The same pretrained networks, their features compared in other ways; a line goes from the "
        "least to the most aligned, a point is the mean. Centred: without the mean pattern, which "
        "all images share; every distance then depends on which images are compared together. "
        + "".join(
            f"The Spearman and the triplet metric order {r.n_models} networks with a rank "
            f"correlation of {r.estimate:.2f}; so few, related networks speak of no others."
            for r in agreement.itertuples()
        ),
    )
    view(found, measured.distance_ranges)
    view(
        select("rpt_calibrated_controls", order="architecture", **chosen, **OURS),
        columns="architecture, control_mean, control_sd, calibrated_mean, calibrated_sd, "
        "n_controls",
        title="Do untrained networks depend on their batch norm?",
        intro="Untrained, they normalise by mean 0 and variance 1, which their features do not "
        "have; calibrated by the mean and variance of these images, they learn nothing.",
    )


def alike() -> None:
    """Which networks see alike."""
    columns = "distinct stimulus_set_id, metric"
    choices = select("fct_model_similarity", columns, order="all").rows
    if choices.empty:
        stop_absent("compute", "This view")
    chosen, _ = choose_in_turn(
        choices,
        stimulus_set_id=("Images", IMAGES, "stimuli"),
        metric=("Metric", SIMILARITIES, "similarity"),
    )
    found = select(
        "fct_model_similarity",
        order="source_model_key_a, source_model_key_b",
        layer=OURS["layer"],
        **chosen,
    )
    rows = found.rows.assign(
        name_a=with_names(found.rows, "_a"), name_b=with_names(found.rows, "_b")
    )
    rows = rows[rows["name_a"] != rows["name_b"]]
    n_untrained = sum(
        rows[f"source_model_key_{side}"].str.startswith("random:").astype(int) for side in "ab"
    )
    trained, mixed = rows[n_untrained == 0], rows[n_untrained == 1]
    if trained.empty:
        st.info("Fewer than two pretrained networks were compared here.")
        return
    text = (
        f"{len(trained)} pairs of pretrained networks are alike "
        f"{marks.reach(trained['estimate'])} ({SIMILARITIES[chosen['metric']]})"
    )
    if len(mixed):
        text += f", {len(mixed)} pairs with an untrained one {marks.reach(mixed['estimate'])}"
    finding(
        f"{text}.",
        f"Features of the penultimate layer for the same {rows.iloc[0]['n_stimuli']} images: 1 = "
        "alike up to rotation and scale, 0 = unrelated. No interval is computed.",
    )
    view(found.only(rows), measured.similarity_heatmap)


def probes() -> None:
    """What networks learn from a few examples."""
    probed = select("fct_probe_summaries", "distinct dataset_id, head", order="all").rows
    if probed.empty:
        st.info("This warehouse has no probe results. They come with: `aw compute probe`.")
        return
    chosen, _ = choose_in_turn(
        probed, dataset_id=("Images to tell apart", PROBES, "probe_dataset"), head=("Head", HEADS)
    )
    found = select("fct_probe_results", order="source_model_key, n_shots, seed", **chosen)
    whole = select("fct_probe_summaries", order="n_shots, accuracy desc", **chosen).rows
    shots = whole["n_shots"].unique()
    first, last = (whole[whole["n_shots"] == n].iloc[0] for n in (shots[0], shots[-1]))
    finding(
        f"With {first['n_shots']} example per class the best of "
        f"{whole['source_model_key'].nunique()} networks is right on {first['accuracy']:.0%} "
        f"(**{with_names(first.to_frame().T).iloc[0]}**, {first['accuracy_min']:.0%} to "
        f"{first['accuracy_max']:.0%} in {first['n_seeds']} draws), with {last['n_shots']} on "
        f"{last['accuracy']:.0%} (**{with_names(last.to_frame().T).iloc[0]}**).",
        f"A head is fitted to features and tested on {last['n_eval']:,} other images, "
        f"{last['n_seeds']} times with other examples: the band goes from the worst to the best. "
        f"Chance is 1 in {last['n_classes']}. Logistic regression has one penalty for features of "
        "any size, so networks with small features, as some untrained ones, learn less by it than "
        "they could; the other heads rescale features, and take 100 steps, too few to converge.",
    )
    view(found, measured.probe_lines)


cite("compute")
tabs(
    {
        "Alignment": alignment,
        "What it depends on": depends,
        "Network by network": alike,
        "Few-shot probes": probes,
    }
)
