#!/usr/bin/env python3
"""Our vCard reader against other programs' on one file: MB/s, CPU time and peak memory, every value decoded.

Usage: formats_bench.py FOLDER_OF_CARDS [--bin build/release/bin] [--mb 70] [--runs 5] [--only NAME,…]

The file is every card of the folder, again and again, up to --mb. The peers are the libraries of Debian's packages
python3-vobject, libebook-contacts1.2-dev and libkf5contacts-dev; they are compiled here, and a peer that is not
installed is named as missing. libical's libicalvcard is not in Debian 12 (libical 3.0 has vCalendar alone; vCard comes
with 4.0). Every run is a process of its own, the programs in turn; a row has the medians. CPU time counts user and
system time, so that other work on the machine weighs little.
"""

import argparse
import os
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

PEERS = pathlib.Path(__file__).resolve().parent / "peers"


def corpus_file(folder, megabytes, target):
    """The cards of the folder repeated; UTF-16 files and ones without a card are left out, as they would spoil the rest."""
    text = b""
    for path in sorted(p for p in pathlib.Path(folder).rglob("*") if p.is_file()):
        data = path.read_bytes()
        if b"\0" in data or b"BEGIN:VCARD" not in data.upper() or b"END:VCARD" not in data.upper():
            continue
        text += data if data.endswith(b"\n") else data + b"\r\n"
    if not text:
        sys.exit(f"formats_bench: {folder}: no cards")
    times = max(1, int(megabytes * 1e6) // len(text))
    with open(target, "wb") as file:
        for _ in range(times):
            file.write(text)
    return len(text) * times


def pkg_config(*names):
    try:
        found = subprocess.run(["pkg-config", "--cflags", "--libs", *names], capture_output=True, text=True, check=True)
        return shlex.split(found.stdout)
    except (OSError, subprocess.CalledProcessError):
        return None


def kcontacts_flags():
    includes = ["/usr/include/KF5/KContacts", "/usr/include/KF5/KContacts/kcontacts", "/usr/include/KF5"]
    qt = pkg_config("Qt5Core", "Qt5Gui")
    if qt is None or not pathlib.Path(includes[0]).is_dir():
        return None
    return ["-fPIC", *[f"-I{path}" for path in includes], *qt, "-lKF5Contacts"]


def compiled(name, flags, folder):
    """The command of a peer, or None where it cannot be built."""
    if flags is None:
        return None
    program = os.path.join(folder, name)
    command = ["g++", "-std=c++17", "-O2", "-o", program, str(PEERS / f"{name}.cc"), *flags]
    built = subprocess.run(command, capture_output=True, text=True)
    if built.returncode != 0:
        print(f"formats_bench: {name}: {built.stderr.strip().splitlines()[:3]}", file=sys.stderr)
        return None
    return [program]


def run(command, path):
    """Wall seconds, CPU seconds, peak MiB and what it read, of one process. (The peak is what it says itself: rusage's
    would count the memory of this one, which starts it.)"""
    begin = time.monotonic()
    child = subprocess.Popen([*command, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"formats_bench: {command[0]} failed with {child.returncode}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, int(output.split()[0]) / 1024, " ".join(output.split()[1:])


def imports_vobject(python):
    """Debian's package is its own Python's; another one may come first in PATH."""
    try:
        return subprocess.run([python, "-c", "import vobject"], capture_output=True).returncode == 0
    except OSError:
        return False


def programs(options, folder):
    found, missing = {}, []
    ours = pathlib.Path(options.bin) / "reader_bench"
    candidates = {
        "cardsrv": ([str(ours), "--once"] if ours.exists() else None, f"{ours} is not built"),
        "EVCard": (compiled("evcard_peer", pkg_config("libebook-contacts-1.2"), folder), "libebook-contacts1.2-dev"),
        "KContacts": (compiled("kcontacts_peer", kcontacts_flags(), folder), "libkf5contacts-dev"),
    }
    pythons = [python for python in (sys.executable, "/usr/bin/python3") if imports_vobject(python)]
    vobject = [pythons[0], str(PEERS / "vobject_peer.py")] if pythons else None
    candidates["vobject"] = (vobject, "python3-vobject")
    for name, (command, needs) in candidates.items():
        if options.only and name not in options.only.split(","):
            continue
        if command is None:
            missing.append(f"{name}: not measured, {needs} is missing")
        else:
            found[name] = command
    missing.append("libicalvcard: not in Debian 12 (libical 3.0 has no vCard)")
    return found, missing


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--bin", default="build/release/bin")
    parser.add_argument("--mb", type=float, default=70)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "cards.vcf")
        size = corpus_file(options.folder, options.mb, path) / 1e6
        found, missing = programs(options, folder)
        results = {name: [] for name in found}
        for _ in range(options.runs):
            for name, command in found.items():
                results[name].append(run(command, path))
        print(f"| reader, {size:.1f} MB, medians of {options.runs} | wall MB/s | CPU MB/s | peak MiB | cards, values |")
        print("| --- | --- | --- | --- | --- |")
        for name, runs in results.items():
            wall, cpu, peak = (statistics.median(run[i] for run in runs) for i in range(3))
            print(f"| {name} | {size / wall:.1f} | {size / cpu:.1f} | {peak:.1f} | {runs[-1][3]} |")
        for line in missing:
            print(line)


if __name__ == "__main__":
    main()
