"""What somebody else put in a place: read as a whole, never a pipe or a device; or deleted."""

import errno
import os
import shutil
from pathlib import Path

LEFT_BY_SYSTEMS = {".ds_store", "thumbs.db", "desktop.ini", "icon\r"}
"""Files that Windows and macOS put into folders, in small letters."""


def content_of(path: Path, at_most: int | None = None) -> bytes:
    """The bytes of a file.

    Parameters
    ----------
    path : Path
        Where it stands.
    at_most : int, optional
        A larger file is refused before it takes the memory.

    Raises
    ------
    OSError
        It cannot be read or is too large; or it is no file: a pipe would be waited for, and some
        devices never end.
    """
    refuse_endless(path)
    try:
        with path.open("rb") as handle:
            size = os.fstat(handle.fileno()).st_size
            if at_most is None:
                return handle.read()
            content = handle.read(at_most + 1) if size <= at_most else b""
    except OSError as error:
        # what fails after it was opened does not know its name
        raise OSError(error.errno, error.strerror, str(path)) from error
    size = max(size, len(content))  # it may have grown
    if size > at_most:
        said = f"larger than the {at_most:,} bytes that are read at most: it has {size:,}"
        raise OSError(errno.EINVAL, said, str(path))
    return content


def refuse_endless(path: Path) -> None:
    """Refuse a pipe and a device; what is not there, or is a folder, fails where it is opened.

    Raises
    ------
    OSError
        It is one.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        said = "is a pipe or a device, expected a file: save it as one first"
        raise OSError(errno.EINVAL, said, str(path))


def files_below(folder: Path) -> set[Path]:
    """Every file of a folder and of the folders in it; a link is one, wherever it leads."""
    return {path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}


def delete(path: Path) -> None:
    """Delete a folder, or a file or a link that stands in its place; a link leads nowhere else."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    shutil.rmtree(path, ignore_errors=True)
