"""Install what requirements.lock says, every file compared with its checksums: ``make setup``.

What somebody built for this machine has another checksum than the registry's: that of a wheel in a
folder that was named to pip or uv (PIP_FIND_LINKS, UV_FIND_LINKS) is as good, in the version of the
lock. Not compared is what builds the project itself, setuptools.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

PLACE = Path(sys.prefix)
PIP = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
UV = (str(PLACE / "bin" / "uv"), "pip", "install", "--quiet", "--python", sys.executable)


def locked(lock: Path = Path("requirements.lock")) -> dict[str, list[str]]:
    """The requirements of each package, with checksums: several where platforms differ."""
    named = re.split(
        "[ ,]+", " ".join(os.environ.get(f"{tool}_FIND_LINKS", "") for tool in ("UV", "PIP"))
    )
    wheels = [path for folder in {*named} - {""} for path in sorted(Path(folder).glob("*.whl"))]
    found: dict[str, list[str]] = {}
    for requirement in re.split(r"\n(?=\S)", lock.read_text("utf-8").strip()):
        name, version = requirement.split()[0].split("==")
        own = [p for p in wheels if _is(p, name, version)]
        sums = [f" \\\n    --hash=sha256:{hashlib.sha256(p.read_bytes()).hexdigest()}" for p in own]
        found.setdefault(name, []).append(requirement + "".join(sums))
    return found


def _is(wheel: Path, name: str, version: str) -> bool:
    named, of = wheel.name.lower().split("-")[:2]
    return named.replace("_", "-").replace(".", "-") == name and of.partition("+")[0] == version


def written(name: str, requirements: Iterable[str]) -> Path:
    """A file of requirements in the environment."""
    path = PLACE / name
    path.write_text("\n".join(requirements) + "\n", "utf-8")
    return path


def with_pip(project: str, found: dict[str, list[str]]) -> None:
    """Versions are chosen by a trial run, as pip compares no checksums where there are extras."""
    plain = (r.partition(" \\\n")[0] for of in found.values() for r in of)
    trial = (*PIP, "--dry-run", "--report", "-", "-c", str(written("versions.txt", plain)))
    told = subprocess.run([*trial, "-e", project], check=True, stdout=subprocess.PIPE).stdout
    names = [item["metadata"]["name"] for item in json.loads(told)["install"]]
    names = {re.sub("[-_.]+", "-", name).lower() for name in names} - {"alignment-warehouse"}
    if lacking := names - found.keys():
        sys.exit(f"requirements.lock has no {', '.join(sorted(lacking))}: make lock")
    chosen = written("chosen.txt", (r for name in sorted(names) for r in found[name]))
    subprocess.run([*PIP, "--require-hashes", "--no-deps", "-r", str(chosen)], check=True)
    subprocess.run([*PIP, "--no-deps", "-e", project], check=True)


def main() -> None:
    """Install uv, or the project with extras."""
    (asked,) = sys.argv[1:]
    found = locked()
    if asked == "uv":
        uv = written("uv.txt", found["uv"])
        subprocess.run([*PIP, "--require-hashes", "-r", str(uv)], check=True)
        return
    project = f".[{asked}]"
    sums = written("sums.txt", (r for of in found.values() for r in of))
    done = subprocess.run([*UV, "-c", str(sums), "-e", project], stderr=subprocess.PIPE)
    sys.stderr.buffer.write(done.stderr)
    if done.returncode and b"Hash mismatch" in done.stderr:
        sys.exit(
            "A file is another than that of requirements.lock. If you built it yourself, name its "
            "folder: make setup PIP_FIND_LINKS=FOLDER"
        )
    if done.returncode:  # it does not read all that is set for pip
        with_pip(project, found)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
