#!/usr/bin/python3
"""gammu-smsd, with its dummy phone, takes our messages and hands us received ones: docs/integration/gammu-smsd.md, followed.

Semantics R2 (both proofs), L2 of no list; the phone's memory is a folder, in which a received message is a file.
"""

import json
import pathlib
import re
import unittest

from harness import JOINING, Peer, wait_for
from modem import Modem


def hexadecimal(text):
    return text.encode("utf-16-be").hex().upper()


def received_file(sender, text, unicode=False, header=None):
    """A message in the memory of gammu's dummy phone, in the form of gammu's backups."""
    pieces = [text[i:i + 50] for i in range(0, len(text), 50)]
    lines = ["[SMSBackup000]", "PDU = Deliver", 'SMSC = "+8613800000000"', "DateTime = 20260105T080000", "State = UnRead",
             f'Number = "{sender}"', 'Name = ""']
    lines += [f"Text{i:02} = {hexadecimal(piece)}" for i, piece in enumerate(pieces)]
    lines += [f"Coding = {'Unicode' if unicode else 'Default'}_No_Compression", f"Length = {len(text)}", "Class = -1", "Folder = 1"]
    return "\n".join(lines + ([f"UDH = {header}"] if header else [])) + "\n"


def sent_message(path):
    """What the file of a sent message says: number, text, coding."""
    text = path.read_text(encoding="utf-8", errors="replace").rpartition("[SMSBackup000]")[2]
    field = dict(re.findall(r"(?m)^(\w+) = \"?(.*?)\"?$", text))
    pieces = [field[name] for name in sorted(field) if re.fullmatch(r"Text\d\d", name)]
    return field["Number"], bytes.fromhex("".join(pieces)).decode("utf-16-be"), field["Coding"]


class GammuSmsd(Peer):
    PROGRAMS = ("gammu-smsd", "gammu-smsd-inject", "jq")

    def setUp(self):
        super().setUp()
        self.gateway = self.home / "gateway"
        self.phone = self.home / "phone"
        self.phone.mkdir()
        self.addCleanup(self.stop_by_pidfile, self.gateway / "gammu-smsd.pid")
        self.messages = 0
        self.run_tool("cardsrv-store", "init")

    def receive(self, *files):
        """Puts messages into the phone's memory, each in one step."""
        for content in files:
            self.messages += 1
            new = self.phone / f"new-{self.messages}"
            new.write_text(content)
            new.rename(self.phone / "sms" / "1" / str(self.messages))

    def log(self):
        path = self.gateway / "received.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def told(self, pattern):
        return wait_for(f"{pattern!r} in the log of received messages", lambda: re.search(pattern, self.log()))

    def sent(self, count):
        def files():
            found = sorted((self.gateway / "sent").glob("OUT*"), key=lambda path: path.stat().st_mtime_ns)
            return found if len(found) == count else None

        return [sent_message(path) for path in wait_for(f"{count} sent messages", files)]

    def variables(self):
        return {"GATEWAY": self.gateway, "DEVICE": self.phone, "CONNECTION": "none", "MODEL": "dummy", "PACE": "1",
                "CODE_FILE": self.home / "code"}

    def test_the_page_leads_to_two_proved_numbers(self):
        with self.follow("gammu-smsd.md", self.variables()) as page:
            page.step("Names")
            page.step("Configuration")
            page.step("Start")

            page.step("A code to a number")
            number, text, coding = self.sent(1)[0]
            self.assertEqual(number, "+8613800138001")
            self.assertTrue(coding.startswith("Default"), coding)
            code = re.search(r"\b\d{6}\b", text).group()
            (self.home / "code").write_text(code)
            page.step("A code to a number")
            registered = json.loads((self.gateway / "registered.json").read_text())
            self.assertEqual((registered["number"], registered["own_card"]), ("+8613800138001", "missing"))
            self.assertEqual(self.answer("cardsrv-register", "show", "+8613800138001")["proof"], "sms-down")

            instruction = page.step("A text from a number")
            asked = json.loads((self.gateway / "asked.json").read_text())
            self.assertIn(f"+8610690000000: {asked['text']}", instruction)
            # A stranger with the right text, and the right number with other words, prove nothing (R2).
            self.receive(received_file("+8613800138009", asked["text"]), received_file("+8613800138002", "hello"))
            self.told(r"(?s)does not come from the number.*its text is none of ours")
            self.run_tool("cardsrv-register", "confirm", asked["session"], stdin=asked["secret"], codes=(5,))
            self.receive(received_file("+8613800138002", asked["text"]))
            self.told(r"\bproved\b")
            page.step("A text from a number")
            proved = json.loads((self.gateway / "proved.json").read_text())
            self.assertEqual(proved["number"], "+8613800138002")
            self.assertEqual(self.answer("cardsrv-register", "show", "+8613800138002")["proof"], "sms-up")
            self.assertEqual(list((self.gateway / "queue").glob("*.jsonl*")), [])

            page.step("What waits")
            page.step("Housekeeping")
            page.step("Stop")

    def test_text_of_every_kind_goes_through_unchanged(self):
        with self.follow("gammu-smsd.md", self.variables()) as page:
            for heading in ("Names", "Configuration", "Start"):
                page.step(heading)
            page.leave()
        # What the GSM alphabet has, and what needs UCS-2: the dummy phone would take either for the other, a network does not.
        texts = {"plain": "Default", "café {1} €": "Default", "x" * 200: "Default", "你好，验证码 123456": "Unicode",
                 "Привет 123456 😀": "Unicode", "线" * 100: "Unicode"}
        # A number for each: gammu names what it sent by second and number, and a second message would replace the first.
        for i, text in enumerate(texts):
            self.run_tool(JOINING / "cardsrv-to-gammu", self.gateway / "gammu-smsdrc",
                          stdin=json.dumps({"id": "1", "to": f"+861380013800{i}", "text": text}))
        sent = wait_for("all of the messages", lambda: (found := self.joined()) and texts.keys() <= found.keys() and found)
        self.assertEqual(sent, texts)

        # What came: two alphabets, and a long message in two parts.
        (self.gateway / "received").write_text(
            (self.gateway / "received").read_text().replace("| cardsrv-inbound", f"| tee -a '{self.home}/lines' | cardsrv-inbound"))
        self.receive(received_file("+8613800138001", "plain @£$ {x}"), received_file("+8613800138002", "你好 Zoë", unicode=True),
                     received_file("13800138003", "A" * 150, header="0500034D0201"),
                     received_file("13800138003", "B" * 20 + "\nend", header="0500034D0202"))
        lines = self.home / "lines"
        wait_for("three messages", lambda: lines.exists() and lines.read_text().count("\n") == 3)
        came = [json.loads(line) for line in lines.read_text().splitlines()]
        self.assertEqual({(line["from"], line["to"], line["text"]) for line in came},
                         {("+8613800138001", "+8610690000000", "plain @£$ {x}"), ("+8613800138002", "+8610690000000", "你好 Zoë"),
                          ("13800138003", "+8610690000000", "A" * 150 + "B" * 20 + "\nend")})
        self.assertEqual(len({line["id"] for line in came}), 3)

    def joined(self):
        """The texts in the folder of what was sent, the parts of a long one joined, each with its coding."""
        texts = {}
        for path in sorted((self.gateway / "sent").glob("OUT*")):
            parts = path.read_text(encoding="utf-8", errors="replace").split("[SMSBackup")[1:]
            # gammu-smsd appends to the file once more after it has sent: each part stands there twice.
            seen, whole = set(), ""
            for part in parts:
                pieces = re.findall(r"(?m)^Text(\d\d) = ([0-9A-F]*)$", part)
                header = re.search(r"(?m)^UDH = (\w+)$", part)
                key = header.group(1) if header else "whole"
                if key not in seen:
                    seen.add(key)
                    whole += "".join(piece for _, piece in sorted(pieces))
            coding = re.search(r"(?m)^Coding = ([A-Za-z]+)_", parts[0]).group(1)
            texts[bytes.fromhex(whole).decode("utf-16-be", errors="surrogatepass")] = coding
        return texts

    def test_a_modem_sends_and_receives_them_as_the_network_has_them(self):
        """The page as it stands, with a modem on a pseudo terminal in place of the dummy phone: what gammu makes of the texts."""
        modem = Modem()
        self.addCleanup(modem.close)
        with self.follow("gammu-smsd.md", {"GATEWAY": self.gateway, "DEVICE": modem.device, "PACE": "1"}) as page:
            page.step("Names")
            page.step("Configuration")
            lines = self.home / "lines"
            received = self.gateway / "received"
            received.write_text(received.read_text().replace("| cardsrv-inbound", f"| tee -a '{lines}' | cardsrv-inbound"))
            page.step("Start")
            page.leave()
        texts = {"+8613800138000": "123456 café {1} €", "+8613800138001": "你好，验证码 123456", "+8613800138002": "x" * 200}
        for number, text in texts.items():
            self.run_tool(JOINING / "cardsrv-to-gammu", self.gateway / "gammu-smsdrc",
                          stdin=json.dumps({"id": "1", "to": number, "text": text}))
        wait_for("four messages at the modem", lambda: len(modem.sent) == 4)
        by_number = {}
        for number, text, part, _ in sorted(modem.sent, key=lambda sent: sent[2] or (0, 0, 0)):
            by_number[number] = by_number.get(number, "") + text
        self.assertEqual(by_number, texts)
        self.assertEqual([number for number, _, _, unicode in modem.sent if unicode], ["+8613800138001"])

        modem.receive("+8613800138001", "plain @£$ {x}")
        modem.receive("13800138002", "你好 Zoë", unicode=True)
        for i in (2, 1):
            modem.receive("+8613800138003", "AB"[i - 1] * 150, part=(77, 2, i))
        wait_for("three messages", lambda: lines.exists() and lines.read_text().count("\n") == 3)
        came = {(line["from"], line["text"]) for line in map(json.loads, lines.read_text().splitlines())}
        self.assertEqual(came, {("+8613800138001", "plain @£$ {x}"), ("13800138002", "你好 Zoë"),
                                ("+8613800138003", "A" * 150 + "B" * 150)})
        wait_for("an empty memory", lambda: modem.waiting() == 0)

    def test_a_message_waits_while_the_store_is_away(self):
        with self.follow("gammu-smsd.md", self.variables()) as page:
            for heading in ("Names", "Configuration", "Start"):
                page.step(heading)
            self.run_tool("cardsrv-store", "config", "set", "sms-up-number", "+8610690000000")
            asked = self.answer("cardsrv-register", "request", "+8613800138002", "--proof", "sms-up")
            store = pathlib.Path(self.environment["CARDSRV_STORE"])
            store.rename(self.home / "away.db")
            self.receive(received_file("+8613800138002", asked["text"]))
            wait_for("the message in the queue", lambda: list((self.gateway / "queue").glob("*.jsonl")))
            self.told("cardsrv-register: .*store")
            (self.home / "away.db").rename(store)
            self.run_tool(JOINING / "cardsrv-inbound", self.gateway / "queue")
            self.assertEqual(list((self.gateway / "queue").glob("*.jsonl*")), [])
            answer = self.answer("cardsrv-register", "confirm", asked["session"], stdin=asked["secret"])
            self.assertEqual(answer["number"], "+8613800138002")
            page.leave()

    def test_a_message_that_gammu_does_not_take_is_not_sent(self):
        # No configuration there: gammu-smsd-inject fails, and the request with it (3); the text is not repeated.
        self.environment["CARDSRV_SMS"] = f"command:cardsrv-to-gammu '{self.home}/nowhere'"
        self.run_tool("cardsrv-register", "request", "+8613800138001", codes=(3,))


if __name__ == "__main__":
    unittest.main(verbosity=2)
