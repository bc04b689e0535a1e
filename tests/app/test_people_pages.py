"""Errors image by image, and similarity: what the pages show is what the marts hold."""

from urllib.parse import unquote

import pytest
from shown import table, texts


def test_the_trials_page_shows_every_view(use, toy_warehouse, rows_of):
    behaviours = rows_of("fct_dataset_behaviours", dataset_id="cue-conflict")
    alike = behaviours[behaviours["is_comparable"]]
    best = alike.loc[alike["error_consistency"].idxmax()]
    unlike = behaviours.loc[~behaviours["is_comparable"], "observer_name"]
    assert len(unlike)
    app = use(toy_warehouse, "trials", dataset="cue-conflict", pairs="human-human")
    low, high = (best[f"error_consistency_ci_{side}"] for side in ("low", "high"))
    assert f"κ {best['error_consistency']:.2f} ({low:.2f} to {high:.2f})" in texts(app)
    shown = table(app, "observer_name", "ood_accuracy")
    assert len(shown) == len(alike) and "left_out_because" not in shown
    app = use(toy_warehouse, "trials", dataset="cue-conflict", pairs="human-human", which="all")
    shown = table(app, "observer_name", "ood_accuracy")
    assert shown["left_out_because"].notna().sum() == len(unlike)
    pairs = rows_of(
        "fct_error_consistency",
        **{"dataset_id": "cue-conflict", "condition": "all", "pair_kind": "human-human"},
    )
    shown = table(app, "error_consistency", "observer_a")["error_consistency"]
    assert sorted(shown) == pytest.approx(sorted(pairs["error_consistency"])) and len(shown) == 3
    app = use(toy_warehouse, "trials", view="shape")
    bias = table(app, "shape_bias")
    bias = bias.set_index(bias["observer_name"].str.partition("#")[2].map(unquote))["shape_bias"]
    assert table(app, "shape_bias")["observer_name"].str.startswith("/model?model=").any()
    assert bias["Person 01"] > 0.5 > bias["bagnet33"]  # as the fixture makes them
    app = use(toy_warehouse, "trials", view="ages")
    assert "**Shape bias** goes from" in texts(app)
    app = use(toy_warehouse, "trials", tab="accuracy-gap", dataset="colour")
    assert "Averages leave out" in texts(app)
    observer = "model_vs_human_swag_branch/resnet50"
    app = use(toy_warehouse, "trials", tab="confusions", observer=observer)
    assert app.selectbox(key="observer").value == observer


@pytest.mark.parametrize("split", ["people_right", "models_right", "disagree"])
def test_contested_images_are_cards(use, toy_warehouse, rows_of, split):
    """Of every kind as many as the mart counts, and beside them the number expected."""
    app = use(toy_warehouse, "trials", tab="image-by-image", split=split)
    images, splits = rows_of("rpt_image_disagreements"), rows_of("rpt_image_splits")
    images = images[~images["is_excluded"]]
    every = splits[splits["dataset_id"] == "all"].iloc[0]
    kind = images["is_without_majority"] if split == "disagree" else images["split"] == split
    counted = every["n_without_majority" if split == "disagree" else f"n_{split}"]
    assert kind.sum() == counted and f"**{counted:,} of {len(images):,} images**" in texts(app)
    if split != "disagree":
        assert f"({every[f'expected_{split}_by_gap']:,.0f} expected" in texts(app)
    cards = [m.value for m in app.markdown if "Difference" in m.value]
    assert len(cards) == min(6, counted)
    if counted:
        assert any(url in texts(app) for url in images.loc[kind, "url"])


def test_the_geometry_page_shows_alignment_and_probes(use, toy_warehouse, rows_of):
    app = use(toy_warehouse, "geometry", geometry_metric="triplet")
    rows = rows_of(
        "fct_alignment",
        **{"stimulus_set_id": "objects92", "target": "behaviour", "metric": "triplet"},
        distance="cosine",
        layer="penultimate",
        is_control=False,
    )
    best = rows.loc[rows["estimate"].idxmax()]
    said = f"{best['estimate']:.2f} ({best['ci_low']:.2f} to {best['ci_high']:.2f}) over 92 images"
    assert f"Of {len(rows)} pretrained networks" in texts(app) and said in texts(app)
    ceiling = rows_of(
        "fct_alignment_ceilings",
        **{"stimulus_set_id": "objects92", "target": "behaviour", "metric": "triplet"},
    )["estimate"]
    assert any(f"({value:.3f})" in texts(app) for value in ceiling)
    for tab, found in {
        "what-it-depends-on": "The distance between features moves the mean",
        "network-by-network": "of pretrained networks are alike",
        "few-shot-probes": "example per class the best of",
    }.items():
        app = use(toy_warehouse, "geometry", tab=tab, head="logistic")
        assert found in texts(app), tab
