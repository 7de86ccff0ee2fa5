#!/usr/bin/python3
"""A person's address book through a week: the person, their friends and other programs change it, `cardsrv-pull --into` merges
every day, and nothing is lost. Semantics D1-D6, B2, M4, M5; docs/merge.md.

What is asked of every day: whatever the person wrote is there, whatever a friend changed has come, and all else of the file is byte
for byte what it was.
"""

import os
import re
import signal
import subprocess
import threading
import unittest

import contacts
from harness import BIN, PATIENCE_S, Peer

MISSING = ""
try:
    import vobject
except ImportError as error:
    MISSING = str(error)

# Contacts that are nobody's business but the person's: line ends, folds, damage and unknown properties as programs leave them.
STRANGERS = {
    "garage": "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:s-1\r\nFN:Garage\r\nN:;Garage;;;\r\nTEL;type=WORK;type=pref:0755 8888 9999\r\n"
              "item1.URL:http\\://garage.example\r\nitem1.X-ABLabel:_$!<HomePage>!$_\r\nX-ODD;A=\"b;c\": kept \r\nEND:VCARD\r\n",
    "aunt": "begin:vcard\nversion:2.1\nn;charset=utf-8;encoding=quoted-printable:M=C3=BCller;Zo=C3=\n=AB\nTEL;HOME:+49 221 1234567\n"
            "NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0A=\ntwo\nend:vcard\n",
    "club": "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:s-3\r\nKIND:group\r\nFN:Club\r\nMEMBER:urn:uuid:a-bob\r\n\t-2\r\nNOTE:a ver\r\n y long\r\n  note"
            "\r\nREV:20200101T000000Z\r\nEND:VCARD\r\n",
    "odd": "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Odd\r\nN:Odd;;;;\r\na line without a colon\r\nTEL:12\r\nEND:VCARD\r\n",
}
FRIENDS = {
    "bob": "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a-bob\r\nFN:Bobby\r\nN:;Bobby;;;\r\nTEL;TYPE=CELL:139 1000 0002\r\n"
           "item1.EMAIL:bob@home.example\r\nitem1.X-ABLabel:private\r\nNOTE:met in\r\n  Leeds\\, 2019\r\nX-RING:loud\r\nEND:VCARD\r\n",
    "cid": "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=9E;Cid\nFN:Cid\nTEL;CELL:+8613700000003\nEND:VCARD\n",
    "dan": "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:a-dan\r\nFN:Dan\r\nTEL;TYPE=cell:+8613600000004\r\nTEL;TYPE=work:0755 7777 0000"
           "\r\nCATEGORIES:friends\r\nEND:VCARD\r\n",
    "eve": "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a-eve\r\nFN:Eve\r\nN:;Eve;;;\r\nTEL:+8613500000005\r\nTITLE:Clerk\r\nEND:VCARD\r\n",
    "fay": "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a-fay\r\nFN:Fay\r\nN:;Fay;;;\r\nTEL:+8613400000006\r\nEND:VCARD\r\n",
}
NUMBERS = {"ann": "+8613800138001", "bob": "+8613910000002", "cid": "+8613700000003", "dan": "+8613600000004",
           "eve": "+8613500000005", "fay": "+8613400000006"}
KEYS = {"bob": "a-bob", "dan": "urn:uuid:a-dan", "eve": "a-eve", "fay": "a-fay"}


class Week(Peer):
    def setUp(self):
        if MISSING:
            self.fail(f"not installed: {MISSING} (scripts/install-deps --tests); nothing was tested")
        super().setUp()
        self.day = 1
        self.run_tool("cardsrv-store", "init", "--fixture")
        self.register("ann", "bob", "cid", "dan", "eve")
        for who in ("bob", "cid", "dan", "eve"):
            self.publish(who)
            self.meets_ann(who)
        self.publish("ann")
        # The address book lies elsewhere; the device knows it by a link.
        self.real = self.home / "data" / "contacts.vcf"
        self.real.parent.mkdir()
        self.book = self.home / "book.vcf"
        self.book.symlink_to(self.real)
        order = ("garage", "bob", "aunt", "cid", "dan", "club", "eve", "odd", "fay")
        self.put("".join((STRANGERS | FRIENDS)[who] for who in order))
        self.real.chmod(0o640)

    # ---- the town

    def run_tool(self, *command, **rest):
        self.environment["CARDSRV_NOW"] = f"2026-03-0{self.day}T08:00:00Z"
        return super().run_tool(*command, **rest)

    def register(self, *people):
        rows = "number,uid\n" + "".join(f"{NUMBERS[who]},{who}\n" for who in people)
        self.run_tool("cardsrv-register", "bulk", "-", "--vouch", "the test's town", stdin=rows)

    def publish(self, who, *more, fn=None):
        """Somebody's own card; `more` are its further lines."""
        lines = ["BEGIN:VCARD", "VERSION:4.0", f"FN:{fn or who.title()}", f"TEL;TYPE=cell:{NUMBERS[who]}", *more, "END:VCARD", ""]
        self.run_tool("cardsrv-import", "own", who, "-", stdin="\r\n".join(lines))

    def meets_ann(self, who):
        card = f"BEGIN:VCARD\r\nVERSION:4.0\r\nUID:of-{who}\r\nFN:Ann\r\nTEL:{NUMBERS['ann']}\r\nEND:VCARD\r\n"
        self.run_tool("cardsrv-import", "list", who, "-", stdin=card)

    # ---- the address book

    def text(self):
        return self.book.read_bytes().decode()

    def put(self, text):
        self.real.write_bytes(text.encode())

    def edit(self, old, new):
        """What the person changes: one place of the file."""
        text = self.text()
        self.assertEqual(text.count(old), 1, f"{old!r} in {text}")
        self.put(text.replace(old, new))

    def card(self, who):
        """The text of a friend's card in the book."""
        found = [card for card in re.findall(r"(?is)begin:vcard\r?\n.*?end:vcard\r?\n", self.text())
                 if (f"UID:{KEYS[who]}" in card if who in KEYS else "\nTEL;CELL:+8613700000003" in card)]
        self.assertEqual(len(found), 1, f"{who} in {self.text()}")
        return found[0]

    def facts(self, who):
        file = self.home / "one.vcf"
        file.write_bytes(self.card(who).encode())
        return contacts.facts_of(contacts.cards_of(self.run_tool("cardsrv-import", "inspect", file, "--as", "vcard4"))[0])

    def lines(self, who):
        """The lines of a friend's card, unfolded."""
        return re.sub(r"\r?\n[ \t]", "", self.card(who)).splitlines()

    def merge(self, *options, codes=(0,)):
        """Uploads the book as it is, matches, and pulls into it; what was done, by contact."""
        self.upload()
        return self.pull(*options, codes=codes)

    def upload(self):
        self.run_tool("cardsrv-import", "list", "ann", self.book, codes=(0, 1))  # `odd` has no number that can be one
        self.run_tool("cardsrv-match")

    def pull(self, *options, codes=(0,)):
        told = self.answers("cardsrv-pull", "ann", "--device", "phone", "--into", self.book, *options, codes=codes)
        self.untouched()
        return {line["peer"]: line for line in told}

    def untouched(self):
        """The link is one, the mode is what it was, and of the other contacts no byte has changed; nobody was made up."""
        self.assertTrue(self.book.is_symlink())
        self.assertEqual(self.real.stat().st_mode & 0o777, 0o640)
        text = self.text()
        for name, card in STRANGERS.items():
            self.assertEqual(text.count(card), 1, f"{name} in {text}")
        self.assertEqual(len(re.findall(r"(?im)^begin:vcard", text)), self.contacts)

    contacts = 9

    # ---- the week

    def test_nothing_is_lost_in_a_week(self):
        for day, play in enumerate((self.monday, self.tuesday, self.wednesday, self.thursday, self.friday, self.saturday,
                                    self.sunday), start=1):
            with self.subTest(day=play.__name__):
                self.day = day
                before = self.text()
                play()
                # A day's last pull has nothing to tell, and does nothing.
                after = self.real.read_bytes()
                self.assertEqual(self.merge(), {})
                self.assertEqual(self.real.read_bytes(), after)
                self.assertNotEqual(before.encode(), after)

    def monday(self):
        """The first merge: no base yet, so nothing is taken away (D3)."""
        before = {who: self.lines(who) for who in ("bob", "cid", "dan", "eve")}
        self.publish("bob", "EMAIL:bob@work.example", "BDAY:19900214", "ORG:Acme;Sales", fn="Bob Builder")
        self.publish("eve", "TITLE:Director", "EMAIL:EVE@example.org")
        told = self.merge()
        self.assertEqual(sorted(told), ["bob", "cid", "dan", "eve"])
        for who, lines in before.items():
            gone = set(lines) - set(self.lines(who))
            self.assertEqual(gone, {"bob": {"FN:Bobby"}, "eve": {"TITLE:Clerk"}}.get(who, set()), who)
        self.assertEqual(self.facts("bob")["nickname"], "Bobby")  # D4
        self.assertEqual(self.facts("bob")["emails"], [((), "bob@home.example"), ((), "bob@work.example")])
        self.assertEqual(self.facts("eve")["title"], "Director")

    def tuesday(self):
        """Bob changes number (B2), the person writes a note about him, and an address that he has changes too."""
        self.edit("NOTE:met in\r\n  Leeds\\, 2019\r\n", "NOTE:met in Leeds\\; likes tea\r\nTEL;TYPE=HOME:+44 113 496 0000\r\n")
        self.run_tool("cardsrv-rebind", "bulk", "-", "--vouch", "he said so", stdin="old,new\n+8613910000002,+8613910000222\n")
        NUMBERS["bob"] = "+8613910000222"
        self.publish("bob", "EMAIL:bob@office.example", "BDAY:19900214", "ORG:Acme;Sales", fn="Bob Builder")
        self.pull()
        facts = self.facts("bob")
        self.assertEqual(facts["tels"], [(("cell",), "+8613910000222"), (("home",), "+44 113 496 0000")])
        self.assertEqual(facts["emails"], [((), "bob@home.example"), ((), "bob@office.example")])
        self.assertEqual(facts["note"], "met in Leeds; likes tea")
        self.assertIn("X-RING:loud", self.lines("bob"))
        self.assertIn("item1.X-ABLabel:private", self.lines("bob"))

    def wednesday(self):
        """Both change Eve's title: the person's stays, and they are told (D3). Her photo comes; Dan's name is kept back (D4)."""
        self.edit("TITLE:Director", "TITLE:Boss")
        photo = "data:image/png;base64," + contacts.base64.b64encode(contacts.PICTURE).decode()
        self.publish("eve", "TITLE:President", "EMAIL:EVE@example.org", f"PHOTO:{photo}")
        self.publish("dan", "NOTE:from Dan", fn="Daniel")
        told = self.merge("--keep", "FN")
        self.assertEqual(told["eve"]["conflicts"], ["TITLE:President"])
        self.assertEqual(self.facts("eve")["title"], "Boss")
        self.assertEqual(self.facts("eve")["photo"], contacts.PICTURE.hex())
        self.assertEqual(self.facts("dan")["fn"], "Dan")
        self.assertEqual(self.facts("dan")["note"], "from Dan")
        self.assertEqual(self.facts("dan")["categories"], ["friends"])

    def thursday(self):
        """Fay, long in the book, registers (M4). Bob's birthday was a mistake: it came from him and goes with him (D3)."""
        self.register("fay")
        self.publish("fay", "URL:https://fay.example/", "NICKNAME:Fa")
        self.meets_ann("fay")
        self.publish("bob", "EMAIL:bob@office.example", "ORG:Acme;Sales", fn="Bob Builder")
        told = self.merge()
        self.assertEqual(sorted(told), ["bob", "fay"])
        self.assertEqual(self.facts("fay")["urls"], ["https://fay.example/"])
        self.assertNotIn("bday", self.facts("bob"))
        self.assertEqual(self.facts("bob")["note"], "met in Leeds; likes tea")

    def friday(self):
        """A merge is killed again and again, and another program writes while it runs."""
        self.publish("cid", "ADR;TYPE=home:;;Main St 1;Leeds;;LS1;UK", "NOTE:Ж" + "ж" * 200)
        self.upload()
        command = [BIN / "cardsrv-pull", "ann", "--device", "phone", "--into", self.book]
        for milliseconds in range(0, 40, 2):
            killed = subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                killed.wait(milliseconds / 1000)
            except subprocess.TimeoutExpired:
                killed.send_signal(signal.SIGKILL)
            killed.wait(PATIENCE_S)
            self.untouched()
        self.pull()
        self.assertEqual(self.facts("cid")["adr"], [(("home",), ["", "", "Main St 1", "Leeds", "", "LS1", "UK"])])
        self.assertEqual(self.facts("cid")["note"], "Ж" + "ж" * 200)
        self.assertEqual(self.card("cid").count("ADR"), 1)

        # Another program, which replaces the file as good ones do: what it wrote last is there at the end.
        written, stop = ["loud"], threading.Event()

        def phone():
            while not stop.is_set():
                text, tone = self.text(), f"tone{len(written)}"
                beside = self.real.with_suffix(".tmp")
                beside.write_bytes(re.sub(r"X-RING:\w+", f"X-RING:{tone}", text).encode())
                beside.chmod(0o640)
                # It looks whether somebody was faster, as it has to.
                if self.text() == text:
                    os.replace(beside, self.real)
                    written.append(tone)
                stop.wait(0.02)

        writer = threading.Thread(target=phone)
        writer.start()
        try:
            for round_ in range(5):
                self.publish("dan", f"NOTE:from Dan {round_}", fn="Daniel")
                self.answers("cardsrv-pull", "ann", "--device", "phone", "--into", self.book, codes=(0, 3))
        finally:
            stop.set()
            writer.join()
        self.pull()
        self.assertGreater(len(written), 1)
        self.assertIn(f"X-RING:{written[-1]}", self.lines("bob"))

    def saturday(self):
        """The person deletes Eve, who changes: she is not made again (D5). Dan wants no more to do with them (M3, M5)."""
        self.put(self.text().replace(self.card("eve"), ""))
        self.contacts -= 1
        self.publish("eve", "TITLE:Queen")
        self.run_tool("cardsrv-register", "block", "dan", "ann")
        dan = self.card("dan")
        told = self.pull()
        self.assertEqual((told["eve"]["state"], told["dan"]["state"]), ("missing", "gone"))
        self.assertEqual(self.card("dan"), dan)
        # Their next list has no Eve: by that they know each other no more.
        self.assertEqual({who: line["state"] for who, line in self.merge().items()}, {"eve": "gone"})

    def sunday(self):
        """The phone writes the friends' cards of 3.0 anew, in its own order and folds; then Bob and Fay change."""
        for who in ("bob", "fay"):
            card = self.card(who)
            self.put(self.text().replace(card, vobject.readOne(card).serialize()))
        self.publish("bob", "EMAIL:bob@office.example", "ORG:Acme;Board", "TITLE:Chair", fn="Bob Builder")
        self.publish("fay", "URL:https://fay.example/new", "NICKNAME:Fa")
        told = self.pull()
        self.assertEqual(told["bob"]["conflicts"] + told["fay"]["conflicts"], [])
        facts = self.facts("bob")
        self.assertEqual(facts["tels"], [(("cell",), "+8613910000222"), (("home",), "+44 113 496 0000")])
        self.assertEqual(facts["emails"], [((), "bob@home.example"), ((), "bob@office.example")])
        self.assertEqual((facts["org"], facts["title"], facts["nickname"], facts["note"]),
                         (["Acme", "Board"], "Chair", "Bobby", "met in Leeds; likes tea"))
        self.assertEqual(self.facts("fay")["urls"], ["https://fay.example/new"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
