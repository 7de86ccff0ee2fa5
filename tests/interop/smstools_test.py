#!/usr/bin/python3
"""smsd of SMS Server Tools 3 takes our messages and hands us received ones: docs/integration/smstools.md, followed.

Semantics R2 (both proofs). smsd talks to a modem on a pseudo terminal; only the network behind that is the test's.
"""

import json
import re
import unittest

from harness import Peer, wait_for
from modem import Modem


class Smstools(Peer):
    PROGRAMS = ("smsd", "jq")

    def setUp(self):
        super().setUp()
        self.gateway = self.home / "gateway"
        self.modem = Modem()
        self.addCleanup(self.modem.close)
        self.addCleanup(self.stop_by_pidfile, self.gateway / "smsd.pid")
        self.run_tool("cardsrv-store", "init")

    def variables(self):
        return {"GATEWAY": self.gateway, "DEVICE": self.modem.device, "PACE": "1", "CODE_FILE": self.home / "code"}

    def log(self):
        path = self.gateway / "event.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def told(self, pattern):
        return wait_for(f"{pattern!r} in the log of events", lambda: re.search(pattern, self.log()))

    def test_the_page_leads_to_two_proved_numbers(self):
        with self.follow("smstools.md", self.variables()) as page:
            page.step("Names")
            page.step("Configuration")
            page.step("Start")

            page.step("A code to a number")
            wait_for("the message at the modem", lambda: self.modem.sent)
            number, text, part, unicode = self.modem.sent[0]
            self.assertEqual((number, part, unicode), ("+8613800138001", None, False))
            (self.home / "code").write_text(re.search(r"\b\d{6}\b", text).group())
            page.step("A code to a number")
            registered = json.loads((self.gateway / "registered.json").read_text())
            self.assertEqual((registered["number"], registered["own_card"]), ("+8613800138001", "missing"))
            self.assertEqual(self.answer("cardsrv-register", "show", "+8613800138001")["proof"], "sms-down")

            instruction = page.step("A text from a number")
            asked = json.loads((self.gateway / "asked.json").read_text())
            self.assertIn(f"+8610690000000: {asked['text']}", instruction)
            # A stranger with the right text, and the right number with other words, prove nothing (R2).
            self.modem.receive("+8613800138009", asked["text"])
            self.modem.receive("+8613800138002", "hello")
            self.modem.receive("BANK", asked["text"])
            self.told(r"(?s)does not come from the number.*its text is none of ours")
            self.run_tool("cardsrv-register", "confirm", asked["session"], stdin=asked["secret"], codes=(5,))
            self.modem.receive("+8613800138002", asked["text"])
            self.told(r"\bproved\b")
            page.step("A text from a number")
            proved = json.loads((self.gateway / "proved.json").read_text())
            self.assertEqual(proved["number"], "+8613800138002")
            self.assertEqual(self.answer("cardsrv-register", "show", "+8613800138002")["proof"], "sms-up")
            self.assertEqual(list((self.gateway / "queue").glob("*.jsonl*")), [])
            self.assertEqual(len(self.modem.sent), 1)

            page.step("What waits")
            page.step("Housekeeping")
            page.step("Stop")

    # What arrives, in every alphabet, and in parts; the parts of the last one out of order.
    TEXTS = (
        ("+8613800138001", "plain @£$ {x} é", False),
        ("+8613800138002", "你好 Zoë, Привет", True),
        ("+8613800138003", "A" * 150 + " and more of it " + "B" * 60, False),
        ("13800138004", "线" * 100 + "end", True),
    )

    def received_with(self, *changes):
        """What the joining program makes of TEXTS with these lines in smsd's configuration, as (from, to, text)."""
        with self.follow("smstools.md", self.variables()) as page:
            page.step("Names")
            page.step("Configuration")
            event, configuration = self.gateway / "event", self.gateway / "smsd.conf"
            lines = self.home / "lines"
            event.write_text(event.read_text().replace("| cardsrv-inbound", f"| tee -a '{lines}' | cardsrv-inbound"))
            text = configuration.read_text()
            for name, value in changes:
                text = re.sub(rf"(?m)^{name} = .*\n", "", text)
                where = "[GSM1]\n" if name in ("cs_convert",) else "devices = GSM1\n"
                text = text.replace(where, f"{where}{name} = {value}\n")
            configuration.write_text(text)
            page.step("Start")
            page.leave()
        for reference, (sender, text, unicode) in enumerate(self.TEXTS):
            size = 67 if unicode else 153
            parts = [text[i:i + size] for i in range(0, len(text), size)]
            for i, part in reversed(list(enumerate(parts))):
                self.modem.receive(sender, part, unicode, (reference, len(parts), i + 1) if len(parts) > 1 else None)
        wait_for("all messages", lambda: lines.exists() and lines.read_text().count("\n") == len(self.TEXTS))
        self.stop_by_pidfile(self.gateway / "smsd.pid")
        came = [json.loads(line) for line in lines.read_text().splitlines()]
        self.assertEqual(len({line["id"] for line in came}), len(self.TEXTS))
        return {(line["from"], line["to"], line["text"]) for line in came}

    def expected(self):
        return {(sender, "+8610690000000", text) for sender, text, _ in self.TEXTS}

    def test_what_came_is_read_as_utf8(self):
        self.assertEqual(self.received_with(), self.expected())
        self.assertIn("Alphabet: UTF-8", self.alphabets())

    def test_what_came_is_read_as_iso_8859_15(self):
        self.assertEqual(self.received_with(("incoming_utf8", "no")), self.expected())
        self.assertIn("Alphabet: ISO", self.alphabets())
        self.assertIn("Alphabet: UCS2", self.alphabets())

    def test_what_came_is_read_in_the_gsm_alphabet(self):
        self.assertEqual(self.received_with(("incoming_utf8", "no"), ("cs_convert", "no")), self.expected())
        self.assertIn("Alphabet: GSM", self.alphabets())

    def alphabets(self):
        found = set()
        for path in (self.gateway / "incoming").iterdir():
            found |= set(re.findall(rb"(?m)^Alphabet: [\w-]+", path.read_bytes()))
        return " ".join(sorted(name.decode() for name in found))

    def test_a_spooled_text_beyond_ascii_and_a_long_one_arrive_whole(self):
        with self.follow("smstools.md", self.variables()) as page:
            for heading in ("Names", "Configuration", "Start"):
                page.step(heading)
            page.leave()
        # A file of the form that `spool:` writes; cardsrv's own texts are short and ASCII.
        for i, text in enumerate(("你好，Zoë 123456", "x" * 200)):
            new = self.gateway / f"new-{i}"
            new.write_text(f"To: 861380013800{i}\nAlphabet: UTF-8\n\n{text}", encoding="utf-8")
            new.rename(self.gateway / "outgoing" / f"cardsrv-{i}")
        wait_for("three parts", lambda: len(self.modem.sent) == 3)
        by_number = {}
        for number, text, part, unicode in self.modem.sent:
            by_number.setdefault(number, []).append((part[2] if part else 1, text, unicode))
        self.assertEqual(by_number["+8613800138000"], [(1, "你好，Zoë 123456", True)])
        self.assertEqual("".join(text for _, text, _ in sorted(by_number["+8613800138001"])), "x" * 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
