"""What benchmarks are made of: the SQL of models, and made-up trials in the published format."""

import pyarrow as pa
import pytest

from benchmarks.error_consistency import PACKING, PAIRING, model_sql
from benchmarks.synthetic_trials import NETWORKS, PEOPLE, write
from ingest.readers import read_csv
from ingest.registry import load_registry


@pytest.mark.parametrize("name", [*PACKING, *PAIRING])
def test_the_sql_of_models_is_whole(name):
    """Every macro that a model uses is known, wherever it stands."""
    assert model_sql(name).rstrip().endswith("select * from final")


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Each raw table of 200,000 made-up trials, read by its contract."""
    place = tmp_path_factory.mktemp("place")
    known = {t.identifier: t for source in load_registry().values() for t in source.tables}
    return {
        name: pa.concat_tables(
            read_csv(path.read_bytes(), known[name], path.name) for path in paths
        ).to_pandas()
        for name, paths in write(place, 200_000).items()
    }


def test_as_many_trials_as_asked_for(tables):
    """More trials are more networks; of them at most one more than needed."""
    people, networks = (
        sum(len(t) for name, t in tables.items() if name.startswith(f"{source}__"))
        for source in (PEOPLE, NETWORKS)
    )
    accuracies = len(tables[f"{NETWORKS}__performances"])
    assert people == 85_120
    assert 200_000 <= people + networks - accuracies < 200_000 + 18_080


def test_people_and_networks_see_the_same_images(tables):
    """The last part of an image's name is common, and its category with it."""
    networks = tables[f"{NETWORKS}__trials"]
    for name in ("parametric_trials", "nonparametric_trials"):
        seen = [
            set(zip(t["imagename"].str.split("_").str[-1], t["category"], strict=True))
            for t in (tables[f"{PEOPLE}__{name}"], networks)
        ]
        assert seen[0] <= seen[1]
