#!/usr/bin/python3
"""Golden cases of the command line: tests/cli/cases/<name>/{cmd,expected.out,expected.err,expected.code}.

`cmd` is a shell script. It runs in an empty folder, after prelude.sh, with the built tools first on PATH, a fixed clock and
seed; other files of the case are in $CASE. What it writes and its exit code must be what is expected. What differs from run to run (the folder, rates, sizes) is
replaced by a word first.

    run_cases.py --bin DIR [CASE...]    run them (all, where none is named)
    CARDSRV_ACCEPT=1 run_cases.py ...   take what came as what is expected; look at the difference before you commit it
"""

import argparse
import difflib
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE / "cases"
TOOLS = ("register", "import", "match", "pull", "rebind", "store")
PARTS = ("out", "err", "code")
TIMEOUT_S = 540


# The leak checker's tracer can itself crash at the end of a sound process: that says nothing about leaks.
TRACER_CRASHED = "LeakSanitizer has encountered a fatal error"


def environment(case, bin_folder, scratch, leaks=True):
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("CARDSRV_") and not name.startswith("XDG_")}
    return kept | {
        "PATH": f"{bin_folder}:{os.environ['PATH']}",
        "HOME": scratch,
        "LC_ALL": "C.UTF-8",
        "DATA": str(HERE / "data"),
        "CASE": str(case),
        "BIN": str(bin_folder),
        "CARDSRV_STORE": f"{scratch}/store.db",
        "CARDSRV_SMS": f"file:{scratch}/messages.jsonl",
        "CARDSRV_NOW": "2026-01-05T08:00:00Z",
        "CARDSRV_SEED": "golden",
    } | ({} if leaks else {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"})


def steady(text, bin_folder, scratch):
    """The text without what no two runs have in common."""
    text = text.replace(scratch, "$SCRATCH").replace(str(HERE / "data"), "$DATA").replace(str(bin_folder), "$BIN")
    text = re.sub(r'("entries_per_s":)\d+', r"\1N", text)
    text = re.sub(r"\b\d+ entries/s", "N entries/s", text)
    text = re.sub(r'("bytes":)\d+', r"\1N", text)
    return re.sub(r"(?m)^\d+ bytes$", "N bytes", text)


def run(case, bin_folder, leaks=True):
    script = f". '{HERE}/prelude.sh'\n. '{case}/cmd'\n"
    with tempfile.TemporaryDirectory(prefix="cardsrv-case-") as scratch:
        # Another user may have to look for the store here.
        os.chmod(scratch, 0o755)
        # A script of its own session: what it leaves behind ends with it.
        shell = subprocess.Popen(["bash", "-u", "-c", script], cwd=scratch, env=environment(case, bin_folder, scratch, leaks),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 start_new_session=True,
                                 preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL))
        try:
            out, err = shell.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(shell.pid, signal.SIGKILL)
            out, err = shell.communicate()
            err += b"(stopped: it took too long)\n"
        code = shell.returncode if shell.returncode >= 0 else 128 - shell.returncode
        return {
            "out": steady(out.decode(errors="replace"), bin_folder, scratch),
            "err": steady(err.decode(errors="replace"), bin_folder, scratch),
            "code": f"{code}\n",
        }


def expected(case, part):
    try:
        return (case / f"expected.{part}").read_text()
    except FileNotFoundError:
        return ""


def accept(case, came):
    for part in PARTS:
        (case / f"expected.{part}").write_text(came[part])


def differences(case, came):
    for part in PARTS:
        yield from difflib.unified_diff(expected(case, part).splitlines(keepends=True),
                                        came[part].splitlines(keepends=True),
                                        f"{case.name}/expected.{part}", f"{case.name}: what came")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=lambda text: pathlib.Path(text).resolve(), help="folder of the tools")
    parser.add_argument("cases", nargs="*", help="names of cases")
    arguments = parser.parse_args()
    names = arguments.cases or sorted(folder.name for folder in CASES.iterdir())
    missing = [tool for tool in TOOLS if not os.access(arguments.bin / f"cardsrv-{tool}", os.X_OK)]
    if missing:
        print(f"not built in {arguments.bin}: {', '.join(missing)}")
        return 1
    failed = 0
    for name in names:
        came = run(CASES / name, arguments.bin)
        if TRACER_CRASHED in came["err"]:
            print(f"{name}: the leak checker crashed, not the tools: run again without it")
            came = run(CASES / name, arguments.bin, leaks=False)
        if os.environ.get("CARDSRV_ACCEPT") == "1":
            accept(CASES / name, came)
            continue
        lines = list(differences(CASES / name, came))
        if lines:
            failed += 1
            sys.stdout.writelines(lines)
            print(f"{name}: not as expected (CARDSRV_ACCEPT=1 takes what came)")
    print(f"{len(names) - failed} of {len(names)} cases as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
