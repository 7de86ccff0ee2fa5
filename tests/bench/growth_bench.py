#!/usr/bin/python3
"""Commands that touch one account, in stores of two sizes, in turn: their cost must not grow with the store.

    growth_bench.py --bin DIR [--sizes 10000 1000000] [--entries N] [--runs N] [--folder DIR]

Every account lists the N nearest ones, and they list it. Prints a table in Markdown.
"""

import argparse
import json
import pathlib
import statistics
import tempfile

from flow_bench import Bench

FIRST = 8613000000000


class Base(Bench):
    """A store of `accounts` accounts, each with a list."""

    def __init__(self, bin_folder, folder, accounts, entries, runs):
        super().__init__(bin_folder, folder, runs)
        self.accounts = accounts
        folder.mkdir()
        rows, lists = folder / "rows.csv", folder / "lists.jsonl"
        with rows.open("w") as out:
            out.write("number,uid\n")
            out.writelines(f"+{FIRST + n},p{n:08d}\n" for n in range(accounts))
        with lists.open("w") as out:
            for n in range(accounts):
                near = [(n + step) % accounts for far in range(1, entries // 2 + 1) for step in (far, -far)]
                out.writelines(f'{{"account":"p{n:08d}","entry":"BEGIN:VCARD\\r\\nVERSION:4.0\\r\\nFN:Person {m}\\r\\n'
                               f'TEL:+{FIRST + m}\\r\\nEND:VCARD\\r\\n"}}\n' for m in near)
        self.tool("store", "init")
        self.tool("register", "bulk", rows, "--vouch", "bench", "--no-passwords", "--quiet")
        self.tool("import", "bulk", lists, "--quiet")
        self.tool("match", "--quiet")
        rows.unlink()
        lists.unlink()

    def round(self, n, messages):
        """Each command once: what it is, and seconds."""
        middle = self.accounts // 2 + n * 50
        uid, sms = f"p{middle:08d}", f"file:{messages}"
        card = self.folder / "card.vcf"
        card.write_text(f"BEGIN:VCARD\nVERSION:4.0\nUID:bench-{n}\nFN:Bench {n}\nTEL:+{FIRST + middle + 25}\nEND:VCARD\n")
        token = json.loads(self.tool("pull", uid)["out"].splitlines()[-1])["token"]
        new = f"+86131{self.accounts % 1000:03d}{n:05d}"
        return {
            "register show": self.tool("register", "show", uid)["wall"],
            "register request": self.tool("register", "request", new, "--sms", sms)["wall"],
            "import own, changed": self.tool("import", "own", uid, card)["wall"],
            "import list, one entry added": self.tool("import", "list", uid, card, "--mode", "add")["wall"],
            "match after it": self.tool("match")["wall"],
            "pull, what changed": self.tool("pull", uid, "--since", token)["wall"],
            "pull, everything": self.tool("pull", uid)["wall"],
            "store info": self.tool("store", "info")["wall"],
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
        bases = [Base(arguments.bin, folder / str(size), size, arguments.entries, arguments.runs) for size in arguments.sizes]
        rounds = [[base.round(n, folder / "messages.jsonl") for base in bases] for n in range(arguments.runs)]
        small, large = arguments.sizes
        print(f"{arguments.entries} entries a list, medians of {arguments.runs} runs in turn\n")
        print(f"| one account | {small} accounts | {large} accounts | ratio |\n| --- | --- | --- | --- |")
        for what in rounds[0][0]:
            a, b = (statistics.median(pair[side][what] for pair in rounds) * 1e3 for side in (0, 1))
            print(f"| {what} | {a:.1f} ms | {b:.1f} ms | {b / a:.2f} |")


if __name__ == "__main__":
    main()
