"""A shard: the embeddings of one stimulus set by one layer of one model, whole or not there."""

import io
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingest import Explained, reason, seal
from ingest.files import content_of


class JobError(Explained):
    """What stops a whole run: nowhere to write, no cluster, nothing to do."""


VARYING = ("image_index", "image_id", "label", "embedding")
"""The columns of a shard that differ between its rows."""


def write_whole(table: pa.Table, path: Path) -> None:
    """Write a Parquet file that is whole or not there, durable when this returns, and sealed.

    Raises
    ------
    JobError
        The disk is full or cannot be written; no part of the file is left.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(seal.sealed(table), part, compression="zstd")
        with part.open("rb") as handle:
            os.fsync(handle.fileno())
        part.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise JobError(
            f"{path}: could not be written ({reason(error)}). Finished shards are kept; make "
            "room and run the same command"
        ) from error


def read_whole(path: Path, command: str) -> pa.Table:
    """A table that was computed here, by a command of ``aw compute``, as it was written.

    Raises
    ------
    JobError
        It is damaged; the message names the command that makes it again.
    """
    again = f"Delete it and run aw compute {command} again"
    try:
        table = pq.read_table(io.BytesIO(content_of(path)))
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise JobError(f"{path}: damaged ({error}). {again}") from error
    if fault := seal.fault(table):
        raise JobError(f"{path}: damaged ({fault}). {again}")
    return table


def _told(path: Path) -> dict[bytes, bytes]:
    """What a file that is here and whole says beside its rows; nothing of another."""
    try:
        return read_whole(path, "").schema.metadata
    except JobError:
        return {}


def recipe_of(path: Path) -> str | None:
    """What decided the numbers of a file that is here and whole; else None."""
    recipe = _told(path).get(b"recipe")
    return recipe and recipe.decode()


def origin_of(path: Path) -> tuple[str, str] | None:
    """The lab's own folder that a file was computed from, and the sha256 of what was in it."""
    told = _told(path)
    folder = json.loads(told.get(b"run", b"{}")).get("read_from", "")
    if not folder.startswith("/"):
        return None
    return folder, json.loads(told[b"recipe"])["stimuli_sha256"]


@dataclass(frozen=True)
class Shard:
    """A finished shard, read: its provenance and its embeddings."""

    path: Path
    recipe: str
    info: dict
    labels: np.ndarray
    embeddings: np.ndarray

    @property
    def layer(self) -> str:
        """Name of the layer in results; all positions of it are another layer than their mean."""
        return self.info["layer"] + ("" if self.info["pool"] == "mean" else ", flat")

    @property
    def about(self) -> dict:
        """What every row of results says of the model."""
        about = {n: self.info[n] for n in ("model_name", "architecture", "weights_sha256")}
        return about | {"layer": self.layer, "is_control": is_control(self)}


def read_shard(path: Path) -> Shard:
    """Read a shard.

    Raises
    ------
    JobError
        It is damaged; the message names the command that makes it again.
    """
    table = read_whole(path, "embed")
    if not {*VARYING, "n_dims"} <= {*table.column_names} or not table.num_rows:
        raise JobError(f"{path}: holds no embeddings; move it away")
    same = [name for name in table.column_names if name not in VARYING]
    info = {name: table[name][0].as_py() for name in same}
    lengths = pc.unique(pc.list_value_length(table["embedding"])).to_pylist()
    if lengths != [info["n_dims"]]:
        found = ", ".join(map(str, lengths[:3]))
        raise JobError(
            f"{path}: embeddings of {info['n_dims']} numbers by n_dims, found {found}. Delete it "
            "and run aw compute embed again"
        )
    info["run"] = json.loads((table.schema.metadata or {}).get(b"run", b"{}"))
    flat = table["embedding"].combine_chunks().flatten().to_numpy()
    labels = table["label"].to_numpy(zero_copy_only=False)
    embeddings = flat.reshape(table.num_rows, info["n_dims"])
    return Shard(path, table.schema.metadata[b"recipe"].decode(), info, labels, embeddings)


def shard_paths(out: Path, names: Iterable[str] | None = None) -> list[Path]:
    """Every shard, or those of the named stimulus sets, sorted."""
    found = sorted((out / "embeddings").glob("*/*.parquet"))
    return found if names is None else [p for p in found if p.parent.name in set(names)]


def is_control(shard: Shard) -> bool:
    return shard.info["weights_source"] == "random"
