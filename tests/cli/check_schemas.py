#!/usr/bin/python3
"""What the tools really print with --json fits the schemas in data/schema, every command of every tool.

    check_schemas.py --bin DIR

Plays one story on a fixture store; each step names the schema that every line of its answer must fit. A schema that no step
used is a failure too: so is a line where none is expected.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import jsonschema

HERE = pathlib.Path(__file__).resolve().parent
SCHEMAS = HERE.parent.parent / "data" / "schema"
BASE = "https://cardsrv.invalid/schema/1/"
# Not an answer of its own.
SHARED = {"common"}


class Checker:
    def __init__(self):
        self.schemas = {}
        self.used = set()
        self.wrong = []
        for path in sorted(SCHEMAS.glob("*.schema.json")):
            schema = json.loads(path.read_text())
            name = path.name.removesuffix(".schema.json")
            jsonschema.Draft202012Validator.check_schema(schema)
            if schema.get("$id") != BASE + path.name:
                self.wrong.append(f"{path.name}: its $id is {schema.get('$id')}, not {BASE + path.name}")
            self.schemas[name] = schema
        store = {BASE + f"{name}.schema.json": schema for name, schema in self.schemas.items()}
        self.validators = {
            name: jsonschema.Draft202012Validator(schema, resolver=jsonschema.RefResolver(BASE, schema, store=store))
            for name, schema in self.schemas.items()
        }

    def lines(self, name, text, step):
        if name not in self.validators:
            self.wrong.append(f"{step}: there is no schema {name}")
            return []
        parsed = []
        for line in text.splitlines():
            try:
                value = json.loads(line)
            except ValueError:
                self.wrong.append(f"{step}: not JSON: {line}")
                continue
            parsed.append(value)
            self.wrong += [f"{step}: {name}: {error.json_path}: {error.message}"
                           for error in self.validators[name].iter_errors(value)]
        if parsed:
            self.used.add(name)
        return parsed


class Story:
    def __init__(self, bin_folder, scratch, checker):
        self.bin, self.scratch, self.checker = bin_folder, scratch, checker
        self.now = "2026-01-05T08:00:00Z"

    def step(self, schema, command, status=0, stdin=""):
        """Runs `command`; its answer must fit `schema`. An error must fit the schema of errors."""
        tool, *arguments = command
        env = os.environ | {
            "CARDSRV_STORE": f"{self.scratch}/store.db", "CARDSRV_SMS": f"file:{self.scratch}/messages.jsonl",
            "CARDSRV_NOW": self.now, "CARDSRV_SEED": "schemas", "CARDSRV_REGION": "CN",
        }
        ran = subprocess.run([f"{self.bin}/cardsrv-{tool}", *arguments, "--json"], input=stdin, capture_output=True,
                             text=True, env=env, cwd=self.scratch, timeout=300, check=False)
        name = " ".join(command)
        if ran.returncode != status:
            self.checker.wrong.append(f"{name}: ended with {ran.returncode}, not {status}: {ran.stderr}")
        if schema is None:
            if ran.stdout:
                self.checker.wrong.append(f"{name}: an answer where none is expected: {ran.stdout}")
            return self.checker.lines("error", ran.stderr, name)
        lines = self.checker.lines(schema, ran.stdout, name)
        if not lines:
            self.checker.wrong.append(f"{name}: no answer")
        return lines

    def write(self, name, text):
        path = pathlib.Path(self.scratch) / name
        path.write_text(text)
        return str(path)


def card(*lines):
    return "\r\n".join(["BEGIN:VCARD", "VERSION:4.0", *lines, "END:VCARD", ""])


def play(story):
    step, write = story.step, story.write
    ann, bob, cid, new = "+8613800138001", "+8613910000002", "+8613700000003", "+8615010000022"
    step(None, ["store", "info"], 3)
    step("store-init", ["store", "init", "--fixture"])

    session = step("register-request", ["register", "request", ann, "--fixed-code", "123456"])[0]["session"]
    step(None, ["register", "resend", session], 5)
    story.now = "2026-01-05T08:01:00Z"
    step("register-resend", ["register", "resend", session])
    code = json.loads(pathlib.Path(f"{story.scratch}/messages.jsonl").read_text().splitlines()[-1])["text"]
    code = next(word for word in "".join(c if c.isdigit() else " " for c in code).split() if len(word) == 6)
    registered = step("register-confirm", ["register", "confirm", session], stdin=code)[0]
    uid, password = registered["uid"], registered["password"]
    step(None, ["register", "confirm", session], 4, stdin="1")
    rows = write("rows.csv", f"number,uid\n{bob},bob\n{cid},\n+999,\n{bob},dan\n")
    step("register-bulk", ["register", "bulk", rows, "--vouch", "x", "--rejects", "bad"], 1)
    story.checker.lines("reject", pathlib.Path(f"{story.scratch}/bad").read_text(), "rejects of register bulk")
    step("register-bulk", ["register", "bulk", rows, "--vouch", "x", "--dry-run", "--quiet"], 1)
    step("register-login", ["register", "login", uid], stdin=password)
    step("register-password", ["register", "password", uid], stdin=f"{password}\ncorrect horse\n")
    step("register-password", ["register", "password", "bob", "--reset", "--vouch", "desk"])
    step("register-show", ["register", "show", uid])
    step("register-show", ["register", "show", bob])
    step(None, ["register", "show", "nobody"], 4)

    step("import-own", ["import", "own", uid, write("own.vcf", card("FN:Ann", f"TEL:{ann}"))])
    step("import-own", ["import", "own", "bob", write("bob.vcf", card("FN:Bob", f"TEL:{bob}")), "--batch-id", "own-1"])
    step("import-own", ["import", "own", "bob", f"{story.scratch}/bob.vcf", "--batch-id", "own-1"])
    listed = write("list.vcf", card("UID:1", "FN:Bob", f"TEL:{bob}") + card("UID:2", "FN:None"))
    step("import-list", ["import", "list", uid, listed, "--rejects", "bad"], 1)
    story.checker.lines("reject", pathlib.Path(f"{story.scratch}/bad").read_text(), "rejects of import list")
    bulk = [{"account": "bob", "entry": card("UID:3", "FN:Ann", f"TEL:{ann}")},
            {"account": "nobody", "entry": card("UID:3", "FN:Ann", f"TEL:{ann}")}]
    step("import-bulk", ["import", "bulk", write("bulk", "".join(json.dumps(line) + "\n" for line in bulk))], 1)
    step("inspect", ["import", "inspect", listed])
    step("inspect", ["import", "inspect", write("cut.vcf", card("FN;CHARSET=X-NONE:Cut", "TEL;TYPE=cell:12")[:-14])], 1)

    step("match", ["match"])
    step("match", ["match", "--verify"])
    step("match", ["match", "--dry-run"])
    step("match-explain", ["match", "explain", uid, "bob"])
    step("match-explain", ["match", "explain", uid, cid])
    step(None, ["match", "explain", uid, "nobody"], 4)

    token = step("pull", ["pull", uid])[-1]["token"]
    step(None, ["pull", uid, "--since", "nonsense"], 7)
    step("pull", ["pull", uid, "--device", "phone", "--limit", "1"])
    step("pull-into", ["pull", uid, "--device", "tablet", "--into", write("book.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Nobody\r\nEND:VCARD\r\n")])
    step("pull-all", ["pull", "--all", "--vdir", f"{story.scratch}/collections"])
    step("pull", ["pull", "--requests", write("requests", f'{{"uid":"{uid}"}}\n{{"uid":"nobody"}}\n')], 1)

    secret = write("password", "correct horse\n")
    session = step("rebind-request", ["rebind", "request", uid, new, "--from", ann, "--password-file", secret,
                                      "--fixed-code", "654321"])[0]["session"]
    story.now = "2026-01-05T08:02:00Z"
    step("rebind-resend", ["rebind", "resend", session])
    code = json.loads(pathlib.Path(f"{story.scratch}/messages.jsonl").read_text().splitlines()[-1])["text"]
    code = next(word for word in "".join(c if c.isdigit() else " " for c in code).split() if len(word) == 6)
    step("rebind-confirm", ["rebind", "confirm", session], stdin=code)
    step("register-login", ["register", "login", uid, "--password-file", secret])
    rows = write("plan.csv", f"old,new\n{cid},+8615010000033\n+8613600000009,+8615010000044\n")
    step("rebind-bulk", ["rebind", "bulk", rows, "--vouch", "x", "--quiet"], 1)
    step("pull", ["pull", "bob"])
    step("import-list", ["import", "list", "bob", write("none", card("UID:3")), "--mode", "remove"])
    step("pull", ["pull", uid, "--since", token])

    # The other way of proving, takeovers, blocks, sources, export and the end of an account.
    step(None, ["register", "request", "+8613800138005", "--proof", "sms-up"], 3)
    step("store-config", ["store", "config", "set", "sms-up-number", "+8610690000000"])
    up = step("register-request", ["register", "request", "+8613800138005", "--proof", "sms-up"])[0]
    step("register-resend", ["register", "resend", up["session"]])
    step(None, ["register", "confirm", up["session"]], 5, stdin=up["secret"])
    message = {"id": "m1", "from": "+8613800138005", "to": up["send_to"], "text": up["text"]}
    received = write("received", json.dumps(message) + "\n" + json.dumps(message | {"id": "m2"}) + "\nnoise\n")
    step("inbound", ["register", "inbound", received, "--rejects", "bad"], 1)
    step("inbound", ["rebind", "inbound", write("received", json.dumps(message | {"id": "m3"}))])
    eve = step("register-confirm", ["register", "confirm", up["session"]], stdin=up["secret"])[0]
    session = step("register-request", ["register", "request", "+8613800138005", "--fixed-code", "111111"])[0]["session"]
    step(None, ["register", "confirm", session], 5, stdin="111111")
    step("register-login", ["register", "login", eve["uid"]], stdin=eve["password"])
    step("pull", ["pull", eve["uid"]])
    step("register-block", ["register", "block", "bob", uid])
    step("register-block", ["register", "unblock", "bob", "+8613800138999"])
    step("import-source", ["import", "source", "add", eve["uid"], f"{story.scratch}/list.vcf", "--list"])
    step("import-source", ["import", "source", "add", eve["uid"], f"{story.scratch}/own.vcf", "--own"])
    step(None, ["import", "source", "add", eve["uid"], f"{story.scratch}/nothing", "--own"], 3)
    step("import-refresh", ["import", "refresh", "--rejects", "bad"], 1)
    write("own.vcf", "")
    step("import-refresh", ["import", "refresh", eve["uid"], "--rejects", "bad"], 1)
    step("import-source", ["import", "source", "remove", eve["uid"], f"{story.scratch}/own.vcf"])
    step("store-export", ["store", "export", eve["uid"], "-o", f"{story.scratch}/eve"])
    step("register-close", ["register", "close", eve["uid"], "--vouch", "x"])
    step("register-show", ["register", "show", eve["uid"]])

    step("store-info", ["store", "info"])
    step("store-check", ["store", "check"])
    step("store-digest", ["store", "digest"])
    step("store-backup", ["store", "backup", f"{story.scratch}/copy.db"])
    step("store-config", ["store", "config", "list"])
    step("store-config", ["store", "config", "get", "max-entries"])
    step("store-config", ["store", "config", "set", "max-entries", "5"])
    step(None, ["store", "config", "set", "max-entries", "many"], 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="folder of the tools")
    arguments = parser.parse_args()
    checker = Checker()
    with tempfile.TemporaryDirectory(prefix="cardsrv-schemas-") as scratch:
        play(Story(pathlib.Path(arguments.bin).resolve(), scratch, checker))
    for name in sorted(set(checker.schemas) - checker.used - SHARED):
        checker.wrong.append(f"{name}.schema.json: no answer was checked against it")
    print("\n".join(checker.wrong) or f"all answers fit {len(checker.used)} schemas")
    return 1 if checker.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
