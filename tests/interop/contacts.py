"""People for the tests with other programs' contacts, and what cardsrv reads of a file, in the same form.

Facts of a person, a dict; what is absent the person does not have:
  fn, nickname, title, bday (YYYY-MM-DD), note     text
  n, org, adr       the components; adr is a sorted list of (types, components)
  tels, emails      sorted lists of (types, value); of the types only those in TYPES count
  urls, categories, im        sorted lists; im of (scheme, address)
  photo             its bytes, in hexadecimal
"""

import base64
import json
import re
import unittest

from harness import Peer

TYPES = {"home", "work", "cell", "fax"}
# The smallest PNG, and one of a size that has to be folded many times.
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
PICTURE = PIXEL[:-12] + b"\x00" * 3000 + PIXEL[-12:]


def types(*names):
    return tuple(sorted(name.lower() for name in names if name.lower() in TYPES))


def person(fn, n, tels, **rest):
    return {"fn": fn, "n": list(n), "tels": sorted((types(*of), number) for number, *of in tels)} | rest


PEOPLE = [
    person("Dr. Zoë Anna Müller, jun.", ("Müller", "Zoë", "Anna", "Dr.", "jun."),
           [("+86 138 0013 8000", "cell"), ("010-6552 9988", "work"), ("+49 221 1234567", "home"), ("+49 221 7654321", "work", "fax")],
           nickname="Zo", org=["Acme; Sons, Ltd", "R&D"], title="Boß, acting", bday="1985-02-03",
           emails=[(("home",), "z@example.org"), (("work",), "Z.Mueller@work.example")],
           adr=[(("home",), ["", "", "1 Main St, 2nd floor; left", "Köln", "NRW", "12345", "Germany"]),
                (("work",), ["PO 7", "Hof 2", "Broad Street 2", "Leeds", "", "LS1", "United Kingdom"])],
           note="one, two; three\nfour\\five\n\nlast: line", urls=["https://example.org/zoe"], categories=["Friends", "R&D"],
           im=[("xmpp", "zoe@jabber.example")], photo=PIXEL.hex()),
    person("王小明", ("王", "小明", "", "", ""), [("+8613910000002", "cell"), ("0755-8888 9999", "work")],
           org=["深圳市某某科技有限公司", "研发部"], title="工程师", bday="1990-12-31",
           adr=[(("work",), ["", "", "科技园南区1号，2层", "深圳", "广东", "518000", "中国"])],
           emails=[(("work",), "wang@example.cn")], note="第一行，逗号；分号\n第二行", categories=["同事", "朋友"]),
    person("Александр Сергеевич Пушкин", ("Пушкин", "Александр", "Сергеевич", "", ""), [("+7 495 123-45-67", "home")],
           note="Мороз и солнце; день чудесный! " * 20 + "\n" + "Ещё ты дремлешь, друг прелестный", bday="1799-06-06"),
    person("عمر الخيام", ("الخيام", "عمر", "", "", ""), [("+98 21 1234 5678", "work")], org=["نیشابور"], photo=PICTURE.hex()),
    person("山田 太郎", ("山田", "太郎", "", "", ""), [("+81 90-1234-5678", "cell")], nickname="タロウ",
           adr=[(("home",), ["", "", "千代田1-1", "千代田区", "東京都", "100-0001", "日本"])]),
    person("Ελένη 😀 Παπαδοπούλου", ("Παπαδοπούλου", "Ελένη", "", "", ""), [("+30 21 0123 4567",)], note="👩‍👩‍👧 family\n😀"),
    person("김영희", ("김", "영희", "", "", ""), [("+82 10-1234-5678", "cell"), ("+82 2 123 4567", "home", "fax")]),
    person("Only A. Number", ("Number", "Only", "A.", "", ""), [("+8613600000004",)]),
    person("O'Brien \"Bob\" <x:y> = 100%", ("O'Brien", "Bob", "", "", ""), [("+1 (202) 555-0143 ext. 9", "work")],
           note='quotes "and" = equals, <tags>: colons; %41 ^n ^^', emails=[((), "o'brien+tag@example.com")]),
]


def escape(text):
    return re.sub(r"([\\,;])", r"\\\1", text).replace("\n", "\\n")


def unescape(text):
    return re.sub(r"\\(.)", lambda found: "\n" if found.group(1) in "nN" else found.group(1), text)


def split(value, separator):
    """At the separators that are not escaped; the pieces without their escapes."""
    return [unescape(piece) for piece in re.findall(rf"((?:\\.|[^\\{separator}])*)(?:{separator}|$)", value)][:-1] or [""]


def as_vcard4(facts):
    """A person as a card of RFC 6350, written by the test: what cardsrv is given to convert."""
    def of(names):
        return f';TYPE="{",".join(names)}"' if names else ""

    lines = ["BEGIN:VCARD", "VERSION:4.0", f"FN:{escape(facts['fn'])}", "N:" + ";".join(map(escape, facts["n"]))]
    lines += [f"{name.upper()}:{escape(facts[name])}" for name in ("nickname", "title", "note") if name in facts]
    lines += [f"TEL{of(names)}:{escape(number)}" for names, number in facts["tels"]]
    lines += [f"EMAIL{of(names)}:{escape(address)}" for names, address in facts.get("emails", ())]
    lines += [f"ADR{of(names)}:" + ";".join(map(escape, parts)) for names, parts in facts.get("adr", ())]
    lines += [f"URL:{url}" for url in facts.get("urls", ())] + [f"IMPP:{scheme}:{who}" for scheme, who in facts.get("im", ())]
    if "org" in facts:
        lines.append("ORG:" + ";".join(map(escape, facts["org"])))
    if "bday" in facts:
        lines.append("BDAY:" + facts["bday"].replace("-", ""))
    if "categories" in facts:
        lines.append("CATEGORIES:" + ",".join(map(escape, facts["categories"])))
    if "photo" in facts:
        lines.append("PHOTO:data:image/png;base64," + base64.b64encode(bytes.fromhex(facts["photo"])).decode())
    return "\r\n".join(lines + ["END:VCARD", ""])


def cards_of(text):
    """The cards of a vCard 4.0 stream that cardsrv wrote: lists of (name, {parameter: values}, value)."""
    cards = []
    for line in re.sub(r"\r\n[ \t]", "", text).split("\r\n"):
        if line == "BEGIN:VCARD":
            cards.append([])
        elif line and line != "END:VCARD":
            found = re.fullmatch(r'(?:[\w-]+\.)?([\w-]+)((?:;[\w-]+=(?:"[^"]*"|[^";:])*)*):(.*)', line, re.S)
            parameters = {}
            for name, value in re.findall(r';([\w-]+)=((?:"[^"]*"|[^";:])*)', found.group(2)):
                parameters.setdefault(name.upper(), []).extend(value.replace('"', "").split(","))
            cards[-1].append((found.group(1).upper(), parameters, found.group(3)))
    return cards


def facts_of(card):
    """The facts of such a card."""
    facts = {"tels": [], "emails": [], "adr": [], "urls": [], "im": [], "categories": []}
    for name, parameters, value in card:
        of = types(*parameters.get("TYPE", ()))
        if name in ("FN", "NICKNAME", "TITLE", "NOTE"):
            facts.setdefault(name.lower(), unescape(value))
        elif name == "N":
            facts["n"] = (split(value, ";") + [""] * 5)[:5]
        elif name == "ORG":
            facts["org"] = [part for part in split(value, ";") if part]
        elif name == "BDAY":
            facts["bday"] = re.sub(r"^(\d{4})-?(\d\d)-?(\d\d).*", r"\1-\2-\3", value)
        elif name == "TEL":
            facts["tels"].append((of, unescape(value).removeprefix("tel:")))
        elif name == "EMAIL":
            facts["emails"].append((of, unescape(value)))
        elif name == "ADR":
            facts["adr"].append((of, (split(value, ";") + [""] * 7)[:7]))
        elif name == "URL":
            facts["urls"].append(unescape(value))
        elif name == "IMPP":
            facts["im"].append(tuple(unescape(value).split(":", 1)))
        elif name == "X-JABBER":
            facts["im"].append(("xmpp", unescape(value)))
        elif name == "CATEGORIES":
            facts["categories"] += split(value, ",")
        elif name == "PHOTO":
            facts["photo"] = base64.b64decode(value.partition("base64,")[2]).hex()
    return tidy(facts)


def tidy(facts):
    """The facts with lists in order, and without what is empty."""
    return {name: sorted(value) if name in ("tels", "emails", "adr", "urls", "im", "categories") else value
            for name, value in facts.items() if value}


PEOPLE = [tidy(facts) for facts in PEOPLE]


class ContactsPeer(Peer):
    """What a program that keeps contacts writes, cardsrv reads; what cardsrv writes, it reads: the same facts.

    A test names its program's write(people, version) and read(bytes), and in ALTERS what the program is known to change, each
    with the reason: {("writes" or "reads" or "again", version): function of the facts}; "again" is for its own cards, written by
    cardsrv. Not for what cardsrv does wrong.
    """

    WRITES = READS = AGAIN = ()
    ALTERS = {}

    def write(self, people, version):
        raise NotImplementedError

    def read(self, data):
        raise NotImplementedError

    def people(self, version):
        """Those whom the program can write in that version at all."""
        return PEOPLE

    def altered(self, people, direction, version):
        alter = self.ALTERS.get((direction, version), lambda facts: facts)
        return [tidy(alter(json.loads(json.dumps(facts)))) for facts in people]

    def agree(self, came, expected):
        came, expected = (json.loads(json.dumps(facts)) for facts in (came, expected))
        self.assertEqual(len(came), len(expected))
        differ = [f"{other['fn']}, {name}:\n  expected {other.get(name)!r}\n  came     {one.get(name)!r}"
                  for one, other in zip(came, expected) for name in sorted(one.keys() | other.keys())
                  if one.get(name) != other.get(name)]
        self.assertFalse(differ, "\n".join([""] + differ))

    def test_cardsrv_reads_what_it_writes(self):
        for version in self.WRITES:
            with self.subTest(version=version):
                file = self.home / f"{version}.vcf"
                file.write_bytes(self.write(self.people(version), version))
                expected = self.altered(self.people(version), "writes", version)
                read = self.run_tool("cardsrv-import", "inspect", file, "--as", "vcard4")
                self.agree([facts_of(card) for card in cards_of(read)], expected)
                # The same by the fields of `inspect --json`.
                told = self.answers("cardsrv-import", "inspect", file)
                self.assertEqual([card["diagnostics"] for card in told], [[]] * len(expected))
                for card, facts in zip(told, expected):
                    self.assertEqual(card["fn"], facts["fn"])
                    self.assertEqual(card["n"], facts["n"])
                    self.assertEqual(sorted(tel["raw"].removeprefix("tel:") for tel in card["tels"]),
                                     sorted(number for _, number in facts["tels"]))
                    self.assertEqual(sorted(card["emails"]), sorted(address for _, address in facts.get("emails", ())))
                    self.assertEqual(card.get("bday") or None, facts.get("bday"))
                    self.assertEqual([part for part in card["org"] if part], [part.strip() for part in facts.get("org", [])])
                    self.assertEqual(sorted(card["adr"]), sorted([part.strip() for part in parts] for _, parts in facts.get("adr", ())))

    def test_it_reads_what_cardsrv_writes(self):
        source = self.home / "source.vcf"
        source.write_text("".join(map(as_vcard4, PEOPLE)), encoding="utf-8", newline="")
        for version in self.READS:
            with self.subTest(version=version):
                written = self.run_tool("cardsrv-import", "inspect", source, "--as", version)
                read, expected = self.read(written.encode()), self.altered(PEOPLE, "reads", version)
                if version == "vcard21":
                    # 2.1 has no property for instant messaging; an X- name of one program is not known to the others.
                    for facts in read + expected:
                        facts.pop("im", None)
                self.agree(read, expected)

    def test_it_reads_its_own_cards_the_same_after_cardsrv_wrote_them(self):
        for version in self.AGAIN or self.WRITES:
            with self.subTest(version=version):
                own = self.write(self.people(version), version)
                file = self.home / f"{version}.vcf"
                file.write_bytes(own)
                written = self.run_tool("cardsrv-import", "inspect", file, "--as", version)
                self.agree(self.read(written.encode()), self.altered(self.read(own), "again", version))


# Not a test by itself.
def load_tests(loader, tests, pattern):
    return unittest.TestSuite()
