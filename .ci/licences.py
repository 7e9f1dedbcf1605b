#!/usr/bin/env python3
"""Fails when a Rust dependency's licence or name is not allowed by deny.toml.

`cargo metadata` knows every dependency's licence expression; this reads the allow-list and the
bans from deny.toml, so that the rule is written once.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def alternatives(expression: str) -> list[set[str]]:
    """The licence sets, any one of which satisfies an SPDX expression without nesting of AND in OR."""
    expression = expression.replace("/", " OR ")
    parts = [part.strip(" ()") for part in re.split(r"\bOR\b", expression)]
    return [{word.strip(" ()") for word in re.split(r"\bAND\b", part)} for part in parts]


def main() -> int:
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    allowed = set(rules["licenses"]["allow"])
    banned = {entry["crate"]: entry["reason"] for entry in rules["bans"]["deny"]}
    metadata = json.loads(
        subprocess.run(
            ["cargo", "metadata", "--format-version", "1", "--locked"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout
    )
    problems = []
    for package in metadata["packages"]:
        name, licence = package["name"], package["license"] or ""
        if package["source"] is None:
            continue
        if name in banned:
            problems.append(f"{name}: banned ({banned[name]})")
        # "(A OR B) AND C" needs C and one of A, B; taking every part as needed is stricter.
        if not any(part <= allowed for part in alternatives(licence)):
            needed = {word for part in alternatives(licence) for word in part}
            if not needed <= allowed:
                problems.append(f"{name} {package['version']}: licence '{licence}' is not allowed")
    for problem in sorted(set(problems)):
        print(problem)
    print(f"{len(metadata['packages'])} packages, {len(problems)} licence problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
