#!/usr/bin/python3
"""Whether time tells which uids exist (semantics R1, X2): wrong passwords for a person with a password of their own, for one
with a generated one, and for nobody, in turn.

    login_bench.py --bin DIR [--runs N]

Prints medians and their ratios to nobody's.
"""

import argparse
import json
import os
import pathlib
import statistics
import tempfile

from flow_bench import Bench


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--runs", type=int, default=30)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cardsrv-bench-") as name:
        bench = Bench(arguments.bin, pathlib.Path(name), arguments.runs)
        bench.tool("store", "init")
        rows = bench.folder / "rows.csv"
        people = [(kind, f"{kind}{n}") for n in range(arguments.runs) for kind in ("own", "generated")]
        rows.write_text("number,uid\n" + "".join(f"+{8613800138000 + n},{uid}\n" for n, (_, uid) in enumerate(people)))
        told = bench.tool("register", "bulk", rows, "--vouch", "bench", "--json")["out"]
        passwords = {line["uid"]: line["password"] for line in map(json.loads, told.splitlines())}
        secret = bench.folder / "secret"

        def with_password(text, *command, ok):
            secret.write_text(text)
            return bench.tool("register", *command, "--password-file", secret, ok=ok)

        for kind, uid in people:
            if kind == "own":
                with_password(f"{passwords[uid]}\ncorrect horse\n", "password", uid, ok=(0,))
        times = {"a password of their own": [], "a generated one": [], "nobody": []}
        # A uid of its own for each guess: the pace of guesses is not what is measured.
        for n in range(arguments.runs):
            for kind, uid in (("a password of their own", f"own{n}"), ("a generated one", f"generated{n}"),
                              ("nobody", f"nobody{n}")):
                times[kind].append(with_password("wrong password\n", "login", uid, ok=(4,))["wall"])
        base = statistics.median(times["nobody"])
        print(f"{os.cpu_count()} cores, medians of {arguments.runs} in turn\n")
        print("| a wrong password for | wall | ÷ nobody |\n| --- | --- | --- |")
        for kind, walls in times.items():
            middle = statistics.median(walls)
            print(f"| {kind} | {middle * 1e3:.1f} ms | {middle / base:.2f} |")


if __name__ == "__main__":
    main()
