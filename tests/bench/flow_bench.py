#!/usr/bin/python3
"""Whole processes on a generated user base: import, match, pull, number change, each beside what it is compared with.

    flow_bench.py --bin DIR [--accounts N] [--runs N] [--folder DIR]

Prints a table in Markdown. Ratios are of medians taken side by side: both sides in turn, on the same disk.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time


class Bench:
    def __init__(self, bin_folder, folder, runs):
        self.bin, self.folder, self.runs = bin_folder, folder, runs
        self.store = folder / "store.db"
        self.rows = []

    def run(self, command, stdin=subprocess.DEVNULL, ok=(0,)):
        """Runs a program: wall and CPU seconds, most memory in MiB, what it printed."""
        env = os.environ | {"CARDSRV_STORE": str(self.store)}
        with tempfile.TemporaryFile(dir=self.folder) as out:
            start = time.perf_counter()
            child = subprocess.Popen([str(part) for part in command], stdin=stdin, stdout=out, stderr=subprocess.PIPE, env=env)
            complaint = child.stderr.read()
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.perf_counter() - start
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode not in ok:
                raise SystemExit(f"{' '.join(map(str, command))}: ended with {child.returncode}: {complaint.decode()}")
            out.seek(0)
            return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "mib": usage.ru_maxrss / 1024,
                    "out": out.read().decode()}

    def tool(self, name, *arguments, **more):
        return self.run([self.bin / f"cardsrv-{name}", *arguments], **more)

    def row(self, what, value, goal=""):
        self.rows.append(f"| {what} | {value} | {goal} |")
        print(self.rows[-1], flush=True)

    def side_by_side(self, ours, theirs, runs):
        """Medians of wall seconds of two functions, run in turn."""
        pairs = [(ours()["wall"], theirs()["wall"]) for _ in range(runs)]
        return [statistics.median(side) for side in zip(*pairs)]

    def sqlite(self, database, script):
        """A script on standard input: the shell's own commands may be in it, at the beginning of a line."""
        with tempfile.TemporaryFile("w+", dir=self.folder) as lines:
            lines.writelines(line.strip() + "\n" for line in script.splitlines())
            lines.seek(0)
            return self.run(["sqlite3", "-bail", database], stdin=lines)

    def bring_in(self, accounts):
        base = self.folder / "base"
        self.run([self.bin / "cardsrv-generate", accounts, base])
        rows = self.folder / "rows"
        rows.mkdir()
        theirs = json.loads(self.run([self.bin / "flow_data_bench", accounts, rows])["out"])
        self.tool("store", "init")
        registered = self.tool("register", "bulk", base / "accounts.csv", "--vouch", "bench", "--no-passwords", "--quiet")
        self.row("register bulk, accounts", f"{accounts / registered['wall']:.0f} accounts/s, {registered['mib']:.0f} MiB")
        came = self.tool("import", "bulk", base / "import.jsonl", "--quiet", "--json", "--rejects", "/dev/null", ok=(0, 1))
        total = json.loads(came["out"].splitlines()[-1])["total"]
        self.row("import bulk, entries", f"{total['added']} entries, {came['wall']:.1f} s, {came['cpu']:.1f} s CPU")
        self.row("import bulk, CPU ÷ libphonenumber alone", f"{came['cpu'] / theirs['libphonenumber_cpu_s']:.2f} "
                 f"({theirs['distinct']} distinct spellings)", "≤ 1.5")
        self.row("import bulk, memory", f"{came['mib']:.0f} MiB", "≤ 300, not growing with the input")
        size = sum(path.stat().st_size for path in self.folder.glob("store.db*"))
        self.row("store", f"{size / max(1, total['added']):.0f} bytes an entry")

    def match(self):
        first = self.tool("match", "--json")
        self.row("match, first run", f"{first['wall']:.2f} s, {json.loads(first['out'])['associated']} associations, "
                 f"{first['mib']:.0f} MiB")
        database = self.folder / "rows.db"
        self.sqlite(database, f"""pragma journal_mode=wal; create table account(id integer primary key, number integer unique);
            create table entry(owner integer, number integer);
            .mode csv
            .import {self.folder}/rows/accounts.csv account
            .import {self.folder}/rows/entries.csv entry
            create index entry_number on entry(number, owner);""")
        join = """pragma synchronous=full; drop table if exists edge; drop table if exists pair;
            create table edge(a integer, b integer, primary key(a, b)) without rowid;
            insert or ignore into edge select e.owner, a.id from account a join entry e on e.number = a.number where e.owner != a.id;
            create table pair as select x.a, x.b from edge x join edge y on y.a = x.b and y.b = x.a where x.a < x.b;"""
        ours, theirs = self.side_by_side(lambda: self.tool("match", "--full"), lambda: self.sqlite(database, join), min(3, self.runs))
        self.row("match --full ÷ the same join in the sqlite3 CLI", f"{ours / theirs:.2f} ({ours:.2f} s, {theirs:.2f} s)", "≤ 0.2")

    def one_account(self, uid):
        token = json.loads(self.tool("pull", uid)["out"].splitlines()[-1])["token"]
        ours, theirs = self.side_by_side(lambda: self.tool("pull", uid, "--since", token),
                                         lambda: self.run(["sqlite3", self.folder / "rows.db", "select 1"]), self.runs * 4)
        self.row("pull with nothing new ÷ `sqlite3 db 'select 1'`", f"{ours / theirs:.2f} ({ours * 1e3:.1f} ms)", "≤ 1.3")
        cards = self.folder / "card.vcf"
        times = {"own card, changed": [], "list, one entry added": [], "match after it": [], "pull of everything": []}
        for n in range(self.runs):
            cards.write_text(f"BEGIN:VCARD\nVERSION:4.0\nUID:bench-{n}\nFN:Bench {n}\nTEL:+8613800138000\nEND:VCARD\n")
            times["own card, changed"].append(self.tool("import", "own", uid, cards)["wall"])
            times["list, one entry added"].append(self.tool("import", "list", uid, cards, "--mode", "add")["wall"])
            times["match after it"].append(self.tool("match")["wall"])
            times["pull of everything"].append(self.tool("pull", uid)["wall"])
        for what, walls in times.items():
            self.row(f"one account: {what}", f"{statistics.median(walls) * 1e3:.1f} ms", "the same in a store of any size")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", help="where the files go; much room is needed there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cardsrv-bench-", dir=arguments.folder) as folder:
        bench = Bench(arguments.bin, pathlib.Path(folder), arguments.runs)
        print(f"{arguments.accounts} accounts, {os.cpu_count()} cores, median of {arguments.runs} runs\n")
        print("| what | measured | goal |\n| --- | --- | --- |")
        bench.bring_in(arguments.accounts)
        bench.match()
        bench.one_account("p00000007")


if __name__ == "__main__":
    main()
