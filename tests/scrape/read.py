#!/usr/bin/env python3
"""Reads metrics from standard input with Prometheus' own parser and says what it found.

`read.py openmetrics` or `read.py text`. The parser is installed into a directory of its own, given
as the second argument; where it cannot be, the exit status is 77: skipped.
"""

import subprocess
import sys
import venv
from pathlib import Path

PACKAGE = "prometheus_client==0.26.0"


def python_of(place: Path) -> Path:
    """The interpreter that has the parser; made and filled at the first use."""
    python = place / "bin" / "python"
    done = place / "installed"
    if not done.exists():
        try:
            venv.create(place, with_pip=True)
            command = [python, "-m", "pip", "install", "--quiet", PACKAGE]
            subprocess.run(command, check=True, timeout=120, stdout=subprocess.DEVNULL)
        except Exception as error:  # whatever it is, there is no parser
            print(f"cannot install {PACKAGE}: {error}", file=sys.stderr)
            sys.exit(77)
        done.touch()
    return python


def read(kind: str) -> None:
    if kind == "openmetrics":
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
    else:
        from prometheus_client.parser import text_string_to_metric_families
    families = list(text_string_to_metric_families(sys.stdin.read()))
    samples = [sample for family in families for sample in family.samples]
    names = sorted({sample.name for sample in samples})
    print(f"{len(families)} families, {len(samples)} samples")
    print("\n".join(names))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        python = python_of(Path(sys.argv[2]))
        sys.exit(subprocess.run([python, __file__, sys.argv[1]], check=False).returncode)
    read(sys.argv[1])
