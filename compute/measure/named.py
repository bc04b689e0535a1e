"""What the names of stimulus sets on a command line mean, and whose numbers stand under a name."""

from collections.abc import Iterable
from pathlib import Path

from compute.measure.sets import StimulusError, id_of, read, unknown
from compute.measure.sets.folder import own_folder, slug
from compute.measure.sets.records import load_records
from compute.measure.shards import origin_of


def sources(text: str, out: Path) -> list[str]:
    """The sets that a list names, parted by commas; a folder may have commas in its path.

    Parameters
    ----------
    text : str
        Declared names, paths, or names of folders that are embedded already.
    out : Path
        Folder of the shards, which remember where a folder stood.

    Returns
    -------
    list of str
        Declared names, and resolved paths of folders; each once.

    Raises
    ------
    StimulusError
        A name that is none, or two folders that have one name.
    """
    parts, found = text.split(","), []
    while parts:
        lengths = range(len(parts), 1, -1)
        n = next((n for n in lengths if own_folder(",".join(parts[:n]).strip())), 1)
        name = ",".join(parts[:n]).strip()
        found += [source_of(name, out)] if name else []
        del parts[:n]
    if not found:
        raise unknown(text)
    found = list(dict.fromkeys(found))
    refuse_mixtures(found, out)
    return found


def source_of(name: str, out: Path) -> str:
    """A declared name, or the resolved path of a folder: of this path, or embedded by this name."""
    if name in load_records():
        return name
    if folder := own_folder(name):
        return str(folder)
    kept = remembered(slug(name), out)
    if kept is None:
        raise unknown(name)
    return kept[0]


def remembered(set_id: str, out: Path) -> tuple[str, str] | None:
    """Path and sha256 of the folder whose numbers stand under a name; None where there are none."""
    made = (p for kind in ("embeddings", "attention") for p in (out / kind).glob("*/*.parquet"))
    # some file systems take capital and small letters for the same
    same = sorted(p for p in made if p.parent.name.lower() == set_id.lower())
    return next(filter(None, map(origin_of, same)), None)


def refuse_mixtures(names: Iterable[str], out: Path) -> None:
    """Refuse two folders of one name: of those asked for, or of one and what is computed already.

    A folder that was moved, or a copy of it, is the same set; so is one that was changed in place.

    Raises
    ------
    StimulusError
        The message names both.
    """
    folders: dict[str, str] = {}
    for name in names:
        if name in load_records():
            continue
        set_id, folder = id_of(name), str(own_folder(name) or name)
        other = folders.setdefault(set_id.lower(), folder)
        kept = remembered(set_id, out)
        if other == folder and kept and kept[0] != folder and kept[1] != read(name).sha256:
            other = kept[0]
        if other != folder:
            raise StimulusError(
                f"{folder}: {set_id} is the name of {other} too; rename one of the folders"
                + ("" if not kept else f", or delete what is computed of it below {out}")
            )
