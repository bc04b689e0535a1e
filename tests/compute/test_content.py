"""What was computed or hashed before is used as it was, or refused by name."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

torch = pytest.importorskip("torch", reason="the compute extra is not installed: make compute")

from compute.measure import jobs, probe, results, shards, weights  # noqa: E402
from compute.measure.jobs import DONE, Job  # noqa: E402
from compute.measure.shards import JobError  # noqa: E402

pytestmark = pytest.mark.compute


def test_a_shard_with_a_flipped_bit_is_known(lab, tmp_path):
    """Wherever it stands in the file: what is still read is what was written."""
    out, how = tmp_path / "out", {"device": "cpu", "batch_size": 2, "deterministic": True}
    job = Job("random:test_resnet:0", str(lab.folder), **how)
    jobs.run_jobs([job], out)
    path = jobs.shard_path(job, out)
    whole, written = path.read_bytes(), shards.read_whole(path, "embed")
    n_found = 0
    for at in range(4, len(whole) - 8, len(whole) // 100):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        try:
            assert shards.read_whole(path, "embed").equals(written)
        except JobError as error:
            n_found += 1
            assert "damaged" in str(error) and "aw compute embed again" in str(error)
    assert n_found > 50
    path.write_bytes(whole)
    table = written.set_column(
        written.column_names.index("embedding"), "embedding", pa.array([[1.0]] * 6)
    )
    pq.write_table(table, path)  # as whole as a file can be
    for use in (results.align, results.manifest, lambda out: probe.run_probe(path, "mlp1", out)):
        with pytest.raises(JobError, match=r"damaged.*aw compute embed again"):
            use(out)
    (again,) = jobs.run_jobs([job], out)
    assert again.status == DONE and "damaged" in again.message
    assert shards.read_whole(path, "embed").equals(written)


@pytest.mark.parametrize(
    ("name", "command"),
    [("alignments", "align"), ("calibrated_controls", "calibrate"), ("probes/x/y", "probe")],
)
def test_a_whole_table_of_other_columns_is_named_with_the_command_that_makes_it(
    tmp_path, name, command
):
    """As another version of the project has left it."""
    path = tmp_path / f"{name}.parquet"
    shards.write_whole(pa.table({"estimate": [1]}), path)
    with pytest.raises(JobError, match=rf"{path}: has other columns than aw compute {command} "):
        results.collect(tmp_path)


@pytest.mark.parametrize("name", ["x.safetensors", "x.pth", "x.net"])
def test_the_weights_that_are_loaded_are_those_that_were_hashed(tmp_path, name):
    """A file that takes the place of another after its checksum was compared is no other model."""
    path = tmp_path / name
    torch.save({"a": torch.zeros(1)}, path)
    with pytest.raises(weights.ModelError, match="has changed since it was looked at"):
        weights.read_state(path, "0" * 64)
