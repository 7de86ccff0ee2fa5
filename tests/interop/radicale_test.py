#!/usr/bin/python3
"""Radicale serves what `cardsrv-pull --all --vdir` writes; vdirsyncer syncs it, khard lists and edits; the edit comes back:
docs/integration/radicale.md, followed. Semantics P1, P5 (file names), R7 (sources), M5, X2.
"""

import base64
import json
import re
import unittest
import urllib.error
import urllib.request

import contacts
from harness import Peer, free_port


class Radicale(Peer):
    PROGRAMS = ("radicale", "vdirsyncer", "khard", "openssl", "jq")
    NUMBERS = {"ann": "+8613800138001", "bob": "+8613910000002", "cid": "+8613700000003"}
    CARDS = {
        "ann": ("FN:Ann Müller", "N:Müller;Ann;;;", "EMAIL:ann@example.org", "TITLE:Founder"),
        "bob": ("FN:王 Bob", "N:王;Bob;;;", "BDAY:19900214", "ORG:深圳某某公司;研发部", "NOTE:one\\, two\\nthree; four",
                "PHOTO:data:image/png;base64," + base64.b64encode(contacts.PIXEL).decode()),
        "cid": ("FN:Cid О'Хара", "N:О'Хара;Cid;;;", "URL:https://example.org/cid", "ADR;TYPE=home:;;Main St 1\\, left;Leeds;;LS1;UK"),
    }

    def setUp(self):
        super().setUp()
        self.server, self.port = self.home / "server", free_port()
        self.addCleanup(self.stop_by_pidfile, self.server / "radicale.pid")
        (self.home / "password").write_text("a password: of Radicale's\n")
        self.run_tool("cardsrv-store", "init")
        rows = "number,uid\n" + "".join(f"{number},{uid}\n" for uid, number in self.NUMBERS.items())
        self.run_tool("cardsrv-register", "bulk", "-", "--vouch", "the test's town", stdin=rows)
        for uid, number in self.NUMBERS.items():
            card = ["BEGIN:VCARD", "VERSION:4.0", *self.CARDS[uid], f"TEL;TYPE=cell:{number}", "END:VCARD", ""]
            self.run_tool("cardsrv-import", "own", uid, "-", stdin="\r\n".join(card))
            # Keys that no file name may be taken from as they are (P5).
            entries = [f"BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:x/{uid}/../{other}\r\nFN:{other}\r\nTEL:{theirs}\r\nEND:VCARD\r\n"
                       for other, theirs in self.NUMBERS.items() if other != uid]
            self.run_tool("cardsrv-import", "list", uid, "-", stdin="".join(entries))
        self.run_tool("cardsrv-match")

    def client(self, uid):
        return self.home / f"client-{uid}"

    def followed_as(self, uid):
        return self.follow("radicale.md", {"SERVER": self.server, "PORT": self.port, "PERSON": uid, "CLIENT": self.client(uid),
                                           "PASSWORD_FILE": self.home / "password"})

    def book(self, uid, name="contacts"):
        """What lies in a person's synced address book, by formatted name: the facts of each card."""
        found = {}
        for path in sorted((self.client(uid) / "book" / name).glob("*.vcf")):
            facts = contacts.facts_of(contacts.cards_of(self.run_tool("cardsrv-import", "inspect", path, "--as", "vcard4"))[0])
            found[facts["fn"]] = facts
        return found

    def sync(self, uid):
        """Runs vdirsyncer; the lines that say that it did something."""
        done = self.run_tool("sh", "-c", f"vdirsyncer --config {self.client(uid)}/vdirsyncer sync 2>&1")
        return [line for line in done.splitlines() if re.search(r"\b(Copying|Deleting|Reverting)\b", line)]

    def pull_all(self):
        return self.run_tool("cardsrv-pull", "--all", "--vdir", self.server / "collection-root")

    def status(self, uid, path, method="GET", data=None):
        """What Radicale answers to a person."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{path}", method=method, data=data)
        login = f"{uid}:a password: of Radicale's".encode()
        request.add_header("Authorization", "Basic " + base64.b64encode(login).decode())
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code

    def served(self, page):
        """Follows the page up to the running server and the person's synced address books."""
        for heading in ("Names", "The address books", "The own card", "Passwords", "The server"):
            page.step(heading)
        return page.step("The person's side")

    def join(self, uid):
        """One more person, to the server that runs."""
        with self.followed_as(uid) as page:
            page.step("Names")
            for heading in ("The own card", "Passwords", "The person's side"):
                page.skip_to(heading)
                page.step(heading)
            page.leave()

    def test_an_edit_with_khard_reaches_the_friends_through_radicale(self):
        with self.followed_as("ann") as page:
            listed = self.served(page)
            for name in ("Bob 王", "Cid О'Хара"):
                self.assertIn(name, listed)
            book = self.book("ann")
            self.assertEqual(set(book), {"王 Bob", "Cid О'Хара"})
            bob, cid = book["王 Bob"], book["Cid О'Хара"]
            self.assertEqual((bob["photo"], bob["note"], bob["bday"], bob["org"]),
                             (contacts.PIXEL.hex(), "one, two\nthree; four", "1990-02-14", ["深圳某某公司", "研发部"]))
            self.assertEqual([number for _, number in bob["tels"]], [self.NUMBERS["bob"]])
            self.assertEqual(cid["adr"], [(("home",), ["", "", "Main St 1, left", "Leeds", "", "LS1", "UK"])])
            self.assertEqual(cid["urls"], ["https://example.org/cid"])

            self.join("bob")
            self.assertEqual(self.book("bob")["Ann Müller"]["title"], "Founder")

            page.step("A change of the own card")
            self.assertIn("TITLE:Keeper of the lists", (self.server / "collection-root/ann/own/own.vcf").read_text())
            page.step("And it reaches the friends")
            pulled = [json.loads(line) for line in self.run_tool("cardsrv-pull", "bob", "--full").splitlines()]
            self.assertIn("TITLE:Keeper of the lists\r\n", next(item["card"] for item in pulled if item.get("peer") == "ann"))
            self.assertEqual(len(self.sync("bob")), 1)
            self.assertEqual(self.book("bob")["Ann Müller"]["title"], "Keeper of the lists")
            shown = self.run_tool("khard", "--config", self.client("bob") / "khard.conf", "show", "-a", "contacts", "Ann")
            self.assertIn("Keeper of the lists", shown)
            # What khard does not show is still there.
            self.assertEqual(self.book("bob")["Ann Müller"]["emails"], [((), "ann@example.org")])
            page.step("Stop")

    def test_a_pull_without_news_changes_nothing_and_what_is_gone_goes(self):
        with self.followed_as("ann") as page:
            self.served(page)
            page.leave()
        folder = self.server / "collection-root" / "ann" / "contacts"
        before = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.vcf")}
        self.assertEqual(len(before), 2)
        for name in before:
            self.assertRegex(name, r"^[\w@+=-][\w@+=.-]*\.vcf$")
        self.pull_all()
        self.assertEqual({path.name: path.stat().st_mtime_ns for path in folder.glob("*.vcf")}, before)
        self.assertEqual(self.sync("ann"), [])
        # Cid lists Ann no more (M5): Ann's address book loses Cid, Bob's keeps both.
        self.run_tool("cardsrv-import", "list", "cid", "-", "--mode", "remove", stdin=(
            "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:x/cid/../ann\r\nFN:ann\r\nEND:VCARD\r\n"))
        self.run_tool("cardsrv-match")
        self.pull_all()
        self.assertEqual(len(self.sync("ann")), 1)
        self.assertEqual(set(self.book("ann")), {"王 Bob"})
        self.assertEqual(len(list((self.server / "collection-root" / "bob" / "contacts").glob("*.vcf"))), 2)

    def test_one_odd_card_takes_nobody_the_address_book(self):
        """Radicale answers 500 for a whole collection with a card that vobject cannot read or write: whatever a peer publishes, that
        must not happen to the peer's friends."""
        odd = ["BEGIN:VCARD", "VERSION:4.0", *self.CARDS["bob"], "N;LANGUAGE=en;ALTID=1:Wang;Bob;;;", f"TEL:{self.NUMBERS['bob']}",
               "LOGO:data:image/png;base64,/9j", "TITLE:a\x01b\x1bc", "UID:", "X-ODD;X-P=\"a;b:c\":\u2028\u0085",
               "AGENT:BEGIN:VCARD\\nFN:x\\nEND:VCARD", "END:VCARD", ""]
        self.run_tool("cardsrv-import", "own", "bob", "-", stdin="\r\n".join(odd))
        with self.followed_as("ann") as page:
            self.served(page)
            page.leave()
        book = self.book("ann")
        self.assertEqual(set(book), {"王 Bob", "Cid О'Хара"})
        self.assertEqual((book["王 Bob"]["n"], book["王 Bob"]["org"]), (["王", "Bob", "", "", ""], ["深圳某某公司", "研发部"]))

    def test_nobody_reads_or_writes_what_is_not_theirs(self):
        with self.followed_as("ann") as page:
            self.served(page)
            page.leave()
        self.join("bob")
        name = next((self.server / "collection-root" / "ann" / "contacts").glob("*.vcf")).name
        self.assertEqual(self.status("ann", f"ann/contacts/{name}"), 200)
        self.assertEqual(self.status("bob", f"ann/contacts/{name}"), 403)  # X2
        self.assertEqual(self.status("bob", "ann/own/own.vcf"), 403)
        self.assertEqual(self.status("ann", f"ann/contacts/{name}", "DELETE"), 403)
        card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:new\r\nN:New;;;;\r\nFN:New\r\nEND:VCARD\r\n"
        self.assertEqual(self.status("ann", "ann/contacts/new.vcf", "PUT", card), 403)
        # A change that Ann makes to a friend's card in her own copy is undone: vdirsyncer notes it, and takes the server's next.
        path = next((self.client("ann") / "book" / "contacts").glob("*.vcf"))
        before = self.book("ann")
        path.write_text(path.read_text(encoding="utf-8").replace("END:VCARD", "TITLE:Wrong\r\nEND:VCARD"), encoding="utf-8")
        self.assertNotEqual(self.book("ann"), before)
        self.assertEqual(self.sync("ann"), [])
        self.assertEqual(len(self.sync("ann")), 1)
        self.assertEqual(self.book("ann"), before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
