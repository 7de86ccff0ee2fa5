#!/usr/bin/python3
"""docs/rules.md and what cites it: each rule is cited by a test, no other rule is cited anywhere, and the named files are there."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SOURCES = (".cc", ".h", ".py", ".sh", ".md", ".sql", "")
# "semantics M2", "(M2)", "M2, B4": a letter of a group and one digit, standing alone. Not R1 of "ISO 8601 R1" or names such as P1Y.
RULE = re.compile(r"(?<![\w./'\"+-])([RLOMPDBJX][1-9])(?![\w'\"/.=-]|\.\d)")


def cited(folder):
    found = {}
    for path in sorted((ROOT / folder).rglob("*")):
        if path.is_file() and path.suffix in SOURCES and "corpus" not in path.parts and "data" not in path.parts:
            for rule in RULE.findall(path.read_text(errors="replace")):
                found.setdefault(rule, path.relative_to(ROOT))
    return found


def main():
    page = (ROOT / "docs" / "rules.md").read_text()
    rows = re.findall(r"^\| ([A-Z]\d) \| (.+?) \| (.+?) \|$", page, re.MULTILINE)
    rules = [row[0] for row in rows]
    faults = [f"{rule}: twice in docs/rules.md" for rule in sorted(set(rules)) if rules.count(rule) > 1]
    tests = cited("tests")
    faults += [f"{rule}: no test cites it" for rule in rules if rule not in tests]
    for folder in ("lib", "tools", "tests", "docs"):
        faults += [f"{rule}: cited in {path}, not in docs/rules.md" for rule, path in cited(folder).items() if rule not in rules]
    for rule, _, places in rows:
        for name in re.findall(r"`([^`]+)`", places):
            if not any((ROOT / "lib").glob(f"**/{name}*" if "/" not in name else f"{name}*")):
                faults.append(f"{rule}: there is no lib/{name}")
    print("\n".join(faults) if faults else f"{len(rules)} rules, each cited by a test")
    return 1 if faults or not rules else 0


if __name__ == "__main__":
    sys.exit(main())
