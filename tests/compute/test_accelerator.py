"""The benchmark of accelerators runs on the processor, and says that it was one."""

import pytest
from click.testing import CliRunner

from benchmarks import measure

pytestmark = pytest.mark.compute


def test_without_an_accelerator_it_says_so_and_keeps_nothing(monkeypatch, tmp_path):
    """The same rows: one model, both heads; both sides are the same processor."""
    from benchmarks.accelerator import main

    monkeypatch.setattr(measure, "RESULTS", tmp_path)
    done = CliRunner().invoke(main, ["--device", "cpu", "--model", "test_resnet"])
    assert done.exit_code == 0, done.output
    assert "Measured on: **no accelerator: the processor, at toy size**" in done.output
    rows = [line.strip("| ").split(" | ") for line in done.output.splitlines() if line[:1] == "|"]
    same, speed, *heads = [row for row in rows if row[0] in ("test_resnet", "mlp1", "mlp2")]
    assert set(same[1:]) == {"0.0e+00"} and float(speed[1]) > 0
    assert [row[0] for row in heads] == ["mlp1", "mlp2"]
    assert all(row[7] == row[8] for row in heads), "together and on the processor"
    assert not list(tmp_path.iterdir())
