#!/usr/bin/env python3
"""`cardsrv-pull --into` of many contacts: seconds and peak memory, beside a plain pull of the same cards into a file.

Usage: merge_bench.py [--bin build/release/bin] [--contacts 10000] [--runs 5]

One account lists CONTACTS people, each of whom is registered, has a card with a few items that the contact lacks, and
lists it back. Measured are, each in turn on a copy of store and address book: the plain pull of all cards; the first
merge, in which every contact changes; a merge after one person in ten changed their card; and one with nothing to do.
Rows have the medians of whole processes.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def card(version, lines):
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def number(i):
    return f"+86139{i:08}"


def own(i, title):
    return card("4.0", [f"FN:Person {i} of Somewhere", f"N:Somewhere;Person {i};;;", f"TEL;TYPE=cell:{number(i)}",
                        f"EMAIL:person{i}@example.org", f"TITLE:{title}", "ORG:Acme\\, Ltd;Research",
                        f"ADR;TYPE=work:;;Main Street {i};Leeds;;LS1;United Kingdom", "BDAY:19850203"])


def contact(i):
    return card("3.0", [f"UID:contact-{i}", f"FN:Person {i}", f"N:{i};Person;;;", f"TEL;TYPE=CELL,VOICE:{number(i)}",
                        f"EMAIL;TYPE=HOME:p{i}@home.example", "NOTE:somebody from the\\, say\\, fair; likes tea\\nand coffee",
                        "item1.URL:http\\://example.org", "item1.X-ABLabel:_$!<HomePage>!$_", "X-ODD:kept"])


class Town:
    def __init__(self, options, folder):
        self.bin, self.folder, self.count = pathlib.Path(options.bin).resolve(), pathlib.Path(folder), options.contacts
        self.store, self.book = self.folder / "store.db", self.folder / "book.vcf"
        self.run("cardsrv-store", "init")
        self.run("cardsrv-register", "bulk", "-", "--vouch", "bench", "--no-passwords", "--quiet", text="number,uid\n+8613800000000,me\n" + "".join(
            f"{number(i)},p{i}\n" for i in range(self.count)))
        self.book.write_bytes("".join(contact(i) for i in range(self.count)).encode())
        self.run("cardsrv-import", "list", "me", str(self.book))
        me = card("4.0", ["UID:me", "FN:Me", "TEL:+8613800000000"])
        lines = [json.dumps({"account": f"p{i}", of: text}) for i in range(self.count)
                 for of, text in (("own", own(i, "Founder")), ("entry", me))]
        self.run("cardsrv-import", "bulk", "-", "--from", "jsonl", text="\n".join(lines) + "\n")
        self.run("cardsrv-match")

    def change(self, every):
        lines = [json.dumps({"account": f"p{i}", "own": own(i, "Chair")}) for i in range(0, self.count, every)]
        self.run("cardsrv-import", "bulk", "-", "--from", "jsonl", text="\n".join(lines) + "\n")

    def run(self, *command, text=""):
        done = subprocess.run([self.bin / command[0], *command[1:]], input=text.encode(), env=os.environ | {"CARDSRV_STORE": str(self.store)},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            sys.exit(f"merge_bench: {command}: {done.stderr.decode()}")

    def timed(self, *arguments):
        """Wall and CPU seconds, and peak MiB."""
        begin = time.monotonic()
        child = subprocess.Popen([self.bin / "cardsrv-pull", *arguments], stdout=subprocess.DEVNULL, cwd=self.folder,
                                 env=os.environ | {"CARDSRV_STORE": str(self.store)})
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"merge_bench: {arguments} ended with {child.returncode}")
        return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default="build/release/bin")
    parser.add_argument("--contacts", type=int, default=10000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    rows = {}
    with tempfile.TemporaryDirectory(prefix="cardsrv-bench-") as folder:
        town = Town(options, folder)
        saved = pathlib.Path(folder) / "saved"
        saved.mkdir()
        for file in (town.store, town.book):
            shutil.copy(file, saved)
        for _ in range(options.runs):
            for file in saved.iterdir():
                shutil.copy(file, folder)
            for left in (".book.vcf.cardsrv-base", "book.vcf~", "store.db-wal", "store.db-shm"):
                (pathlib.Path(folder) / left).unlink(missing_ok=True)
            measured = {"plain pull of all": town.timed("me", "-o", "all.jsonl"),
                        "first merge, all change": town.timed("me", "--device", "phone", "--into", "book.vcf", "--quiet")}
            town.change(10)
            measured["merge, 1 in 10 changed"] = town.timed("me", "--device", "phone", "--into", "book.vcf", "--quiet")
            measured["merge, nothing to do"] = town.timed("me", "--device", "phone", "--into", "book.vcf", "--quiet")
            for what, row in measured.items():
                rows.setdefault(what, []).append(row)
    print(f"{options.contacts} contacts, medians of {options.runs} runs\n\n| what | wall s | CPU s | peak MiB |\n| --- | ---: | ---: | ---: |")
    for what, runs in rows.items():
        print("| {} | {:.2f} | {:.2f} | {:.0f} |".format(what, *(statistics.median(part) for part in zip(*runs))))


if __name__ == "__main__":
    main()
