#!/usr/bin/python3
"""python3-vobject (Radicale and khard stand on it): what it writes and reads."""

import unittest

import contacts
from contacts import types

MISSING = ""
try:
    import vobject
    from vobject import vcard
except ImportError as error:
    MISSING = str(error)


def read_in_40(facts):
    """vobject knows 3.0 alone, and cuts every value at a comma without backslash, that of a data: URI too."""
    facts.pop("photo", None)
    return facts


def read_in_21(facts):
    """vobject reads 2.1 by the rules of 3.0: text ends at a comma, which in 2.1 has no backslash, and ORG's parts are lists."""
    for name in ("fn", "nickname", "title", "note"):
        if name in facts:
            facts[name] = facts[name].partition(",")[0]
    if "org" in facts:
        facts["org"] = [part.split(",") if "," in part else part for part in facts["org"]]
    return facts


class Vobject(contacts.ContactsPeer):
    # It writes no 2.1: the version can be set, and the text stays 3.0.
    WRITES = ("vcard3",)
    READS = ("vcard3", "vcard21", "vcard4")
    ALTERS = {("reads", "vcard21"): read_in_21, ("reads", "vcard4"): read_in_40}

    def setUp(self):
        if MISSING:
            self.fail(f"not installed: {MISSING} (scripts/install-deps --tests); nothing was tested")
        super().setUp()

    def write(self, people, version):
        return "".join(self.card(facts).serialize() for facts in people).encode()

    @staticmethod
    def card(facts):
        card = vobject.vCard()

        def add(name, value, of=()):
            line = card.add(name)
            line.value = value
            if of:
                line.params["TYPE"] = [one.upper() for one in of]
            return line

        add("fn", facts["fn"])
        family, given, additional, prefix, suffix = facts["n"]
        add("n", vcard.Name(family=family, given=given, additional=additional, prefix=prefix, suffix=suffix))
        for name in ("nickname", "title", "note", "bday"):
            if name in facts:
                add(name, facts[name])
        if "org" in facts:
            add("org", facts["org"])
        if "categories" in facts:
            add("categories", facts["categories"])
        for of, number in facts["tels"]:
            add("tel", number, of)
        for of, address in facts.get("emails", ()):
            add("email", address, of)
        for of, (box, extended, street, city, region, code, country) in facts.get("adr", ()):
            add("adr", vcard.Address(street=street, city=city, region=region, code=code, country=country, box=box,
                                     extended=extended), of)
        for url in facts.get("urls", ()):
            add("url", url)
        for scheme, who in facts.get("im", ()):
            add("impp", f"{scheme}:{who}")
        if "photo" in facts:
            photo = add("photo", bytes.fromhex(facts["photo"]))
            photo.encoding_param = "b"
            photo.type_param = "PNG"
        return card

    def read(self, data):
        # allowQP: soft line breaks of 2.1.
        return [self.facts(card) for card in vobject.readComponents(data.decode(), allowQP=True)]

    @staticmethod
    def facts(card):
        facts = {"tels": [], "emails": [], "adr": [], "urls": [], "im": [], "categories": []}
        for line in card.getChildren():
            name, value = line.name, line.value
            of = types(*line.params.get("TYPE", ()), *line.singletonparams)
            if name in ("FN", "NICKNAME", "TITLE", "NOTE"):
                facts[name.lower()] = value.replace("\r\n", "\n")
            elif name == "BDAY":
                facts["bday"] = value if "-" in value else f"{value[:4]}-{value[4:6]}-{value[6:]}"
            elif name == "N":
                facts["n"] = [value.family, value.given, value.additional, value.prefix, value.suffix]
            elif name == "ORG":
                facts["org"] = value
            elif name == "TEL":
                facts["tels"].append((of, value))
            elif name == "EMAIL":
                facts["emails"].append((of, value))
            elif name == "ADR":
                parts = (value.box, value.extended, value.street, value.city, value.region, value.code, value.country)
                # A component that has a comma is a list of texts to it.
                facts["adr"].append((of, [part if isinstance(part, str) else ",".join(part) for part in parts]))
            elif name == "URL":
                facts["urls"].append(value)
            elif name == "IMPP":
                facts["im"].append(tuple(value.split(":", 1)))
            elif name == "CATEGORIES":
                facts["categories"] += value if isinstance(value, list) else value.split(",")
            elif name == "PHOTO":
                if isinstance(value, bytes):
                    facts["photo"] = value.hex()
        return contacts.tidy(facts)


if __name__ == "__main__":
    unittest.main(verbosity=2)
