#!/usr/bin/python3
"""Commands that touch one account, in stores of two sizes, in turn: their cost must not grow with the store.

    growth_bench.py --bin DIR [--sizes 10000 1000000] [--entries N] [--runs N] [--folder DIR]

Every account lists the next N ones, and they list it back. Prints a table in Markdown.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

FIRST = 8613000000000


class Base:
    """A store of `accounts` accounts, each with a list."""

    def __init__(self, tools, folder, accounts, entries):
        self.tools, self.store, self.folder, self.accounts = tools, folder / f"{accounts}.db", folder, accounts
        rows, lists = folder / "rows.csv", folder / "lists.jsonl"
        with rows.open("w") as out:
            out.write("number,uid\n")
            out.writelines(f"+{FIRST + n},p{n:08d}\n" for n in range(accounts))
        with lists.open("w") as out:
            for n in range(accounts):
                near = [(n + step) % accounts for far in range(1, entries // 2 + 1) for step in (far, -far)]
                out.writelines(f'{{"account":"p{n:08d}","entry":"BEGIN:VCARD\\r\\nVERSION:4.0\\r\\nFN:Person {m}\\r\\n'
                               f'TEL:+{FIRST + m}\\r\\nEND:VCARD\\r\\n"}}\n' for m in near)
        self.run("store", "init")
        self.run("register", "bulk", rows, "--vouch", "bench", "--no-passwords", "--quiet")
        self.run("import", "bulk", lists, "--quiet")
        self.run("match", "--quiet")
        rows.unlink()
        lists.unlink()

    def run(self, tool, *arguments, stdin=None):
        start = time.perf_counter()
        done = subprocess.run([self.tools / f"cardsrv-{tool}", *map(str, arguments)], input=stdin, capture_output=True,
                              text=True, env=os.environ | {"CARDSRV_STORE": str(self.store)})
        if done.returncode != 0:
            raise SystemExit(f"cardsrv-{tool} {arguments}: ended with {done.returncode}: {done.stderr}")
        return time.perf_counter() - start, done.stdout

    def round(self, n, messages):
        """Each command once: what it is, and seconds."""
        middle = self.accounts // 2 + n * 50
        uid, sms = f"p{middle:08d}", f"file:{messages}"
        card = self.folder / "card.vcf"
        card.write_text(f"BEGIN:VCARD\nVERSION:4.0\nUID:bench-{n}\nFN:Bench {n}\nTEL:+{FIRST + middle + 25}\nEND:VCARD\n")
        token = self.run("pull", uid)[1].splitlines()[-1].split('"token":"')[1].split('"')[0]
        new = f"+86131{self.accounts % 1000:03d}{n:05d}"
        return {
            "register show": self.run("register", "show", uid)[0],
            "register request": self.run("register", "request", new, "--sms", sms)[0],
            "import own, changed": self.run("import", "own", uid, card)[0],
            "import list, one entry added": self.run("import", "list", uid, card, "--mode", "add")[0],
            "match after it": self.run("match")[0],
            "pull, what changed": self.run("pull", uid, "--since", token)[0],
            "pull, everything": self.run("pull", uid)[0],
            "store info": self.run("store", "info")[0],
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--sizes", type=int, nargs=2, default=[10_000, 1_000_000])
    parser.add_argument("--entries", type=int, default=4)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--folder", help="where the files go; much room is needed there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cardsrv-bench-", dir=arguments.folder) as name:
        folder = pathlib.Path(name)
        bases = [Base(arguments.bin, folder, size, arguments.entries) for size in arguments.sizes]
        rounds = [[base.round(n, folder / "messages.jsonl") for base in bases] for n in range(arguments.runs)]
        small, large = arguments.sizes
        print(f"{arguments.entries} entries a list, medians of {arguments.runs} runs in turn\n")
        print(f"| one account | {small} accounts | {large} accounts | ratio |\n| --- | --- | --- | --- |")
        for what in rounds[0][0]:
            a, b = (statistics.median(pair[side][what] for pair in rounds) * 1e3 for side in (0, 1))
            print(f"| {what} | {a:.1f} ms | {b:.1f} ms | {b / a:.2f} |")


if __name__ == "__main__":
    main()
