#!/usr/bin/python3
"""KContacts (KDE's address book): what it writes and reads, through kcontacts_peer.cc."""

import json
import os
import pathlib
import subprocess
import unittest

import contacts
from harness import PATIENCE_S, ROOT

PEER = pathlib.Path(os.environ.get("CARDSRV_INTEROP_BIN", ROOT / "build/release/tests/interop")) / "kcontacts-peer"


def written(facts):
    """KContacts escapes a semicolon in a component of ADR and ORG twice, `\\\\;`: by RFC 6350 §3.4 a backslash, and the component's end."""
    def cut(parts):
        return ";".join(part.replace(";", "\\;") for part in parts).split(";")

    if "org" in facts:
        facts["org"] = cut(facts["org"])
    facts["adr"] = [[of, cut(parts)[:7]] for of, parts in facts.get("adr", ())]
    return facts


def read_everywhere(facts):
    """It leaves the backslash of `\\;` in text, which RFC 6350 §3.4 allows there and RFC 2426 §4 asks for."""
    if "note" in facts:
        facts["note"] = facts["note"].replace(";", "\\;")
    return facts


def read_in_30(facts):
    """And it knows the types of an e-mail address in capitals only (RFC 2426 §3: case does not count)."""
    facts["emails"] = [[[], address] for _, address in facts.get("emails", ())]
    return read_everywhere(facts)


def read_in_40(facts):
    facts.pop("photo", None)  # as below
    return read_in_30(facts)


def own_in_40(facts):
    """A photo it knows only by ENCODING=b, which 4.0 does not have: it writes 4.0 so itself. A data: URI is none to it."""
    facts.pop("photo", None)
    return read_everywhere(facts)


class KContacts(contacts.ContactsPeer):
    WRITES = ("vcard21", "vcard3", "vcard4")
    READS = ("vcard21", "vcard3", "vcard4")
    ALTERS = {("writes", "vcard3"): written, ("writes", "vcard4"): written,
              ("reads", "vcard21"): read_everywhere, ("reads", "vcard3"): read_in_30, ("reads", "vcard4"): read_in_40,
              ("again", "vcard21"): read_everywhere, ("again", "vcard3"): read_everywhere, ("again", "vcard4"): own_in_40}

    def people(self, version):
        # Its 2.1 is for ASCII: of quoted-printable it escapes the soft line breaks as if they were text, and cuts escapes in two when
        # it folds; a photo it writes as bytes under the name of base64, which it cannot read either.
        return [facts for facts in contacts.PEOPLE
                if version != "vcard21" or (json.dumps(facts, ensure_ascii=False).isascii() and "photo" not in facts)]

    def setUp(self):
        if not PEER.exists():
            self.fail(f"not built: {PEER} (libkf5contacts-dev, by scripts/install-deps --tests, then cmake once more); nothing was tested")
        super().setUp()

    def peer(self, *arguments, data):
        return subprocess.run([PEER, *arguments], input=data, env=self.environment, stdout=subprocess.PIPE, check=True,
                              timeout=PATIENCE_S).stdout

    def write(self, people, version):
        return self.peer("write", {"vcard21": "2.1", "vcard3": "3.0", "vcard4": "4.0"}[version], data=json.dumps(people).encode())

    def read(self, data):
        # In 2.1 a line end in text is CR LF, and it leaves it at that.
        people = json.loads(self.peer("read", data=data).replace(rb"\r\n", rb"\n"))
        return [contacts.tidy(facts | {name: [[sorted(item[0]), item[1]] for item in facts[name]] for name in ("tels", "emails", "adr")})
                for facts in people]


if __name__ == "__main__":
    unittest.main(verbosity=2)
