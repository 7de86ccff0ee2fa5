#!/usr/bin/python3
"""Evolution Data Server's contacts (libebook-contacts, through GObject introspection): what it writes and reads."""

import re
import unittest

import contacts
from contacts import types

MISSING = ""
try:
    import gi

    gi.require_version("EBookContacts", "1.2")
    from gi.repository import EBookContacts, GLib
except (ImportError, ValueError) as error:
    MISSING = str(error)


def written_in_21(facts):
    """What EVCard's writer of 2.1 makes of a contact (nobody uses it for an address book; Evolution sends such files to phones).

    It escapes no semicolon in a component, so that one becomes two, and leaves out NICKNAME, CATEGORIES and every X- property.
    """
    for lost in ("nickname", "categories", "im"):
        facts.pop(lost, None)
    if "org" in facts:
        facts["org"] = [part for part in ";".join(facts["org"]).split(";") if part]
    facts["adr"] = [[of, ";".join(parts).split(";")[:7]] for of, parts in facts.get("adr", ())]
    return facts


def read_in_40(facts):
    """This release knows no vCard 4.0: a photo that is a data: URI is no inlined one to it."""
    facts.pop("photo", None)
    return facts


class Evolution(contacts.ContactsPeer):
    WRITES = ("vcard3", "vcard21")
    READS = ("vcard3", "vcard21", "vcard4")
    # Of its own 2.1 EVCard reads text up to the first semicolon, which it does not escape; of ours it reads all.
    AGAIN = ("vcard3",)
    ALTERS = {("writes", "vcard21"): written_in_21, ("reads", "vcard4"): read_in_40}

    def setUp(self):
        if MISSING:
            self.fail(f"not installed: {MISSING} (scripts/install-deps --tests); nothing was tested")
        super().setUp()

    def write(self, people, version):
        form = EBookContacts.VCardFormat(1 if version == "vcard3" else 0)
        return "".join(self.contact(facts).to_string(form) + "\r\n" for facts in people).encode()

    @staticmethod
    def contact(facts):
        """A contact, filled in as Evolution's editor does: properties, and attributes where there can be several."""
        contact = EBookContacts.Contact.new()
        contact.set_property("full-name", facts["fn"])
        name = EBookContacts.ContactName.new()
        name.family, name.given, name.additional, name.prefixes, name.suffixes = facts["n"]
        contact.set_property("name", name)
        for field, value in (("nickname", facts.get("nickname")), ("title", facts.get("title")), ("note", facts.get("note")),
                             ("org", facts.get("org", [None])[0]), ("org-unit", facts.get("org", [None])[1:] or None),
                             ("homepage-url", facts.get("urls", [None])[0]), ("categories", ",".join(facts.get("categories", [])))):
            if value:
                contact.set_property(field, value if isinstance(value, str) else value[0])
        for attribute, items in (("TEL", facts["tels"]), ("EMAIL", facts.get("emails", ()))):
            for of, value in items:
                new = EBookContacts.VCardAttribute.new(None, attribute)
                if of:
                    parameter = EBookContacts.VCardAttributeParam.new("TYPE")
                    for one in of:
                        parameter.add_value(one.upper())
                    new.add_param(parameter)
                new.add_value(value)
                contact.append_attribute(new)
        for of, parts in facts.get("adr", ()):
            address = EBookContacts.ContactAddress.new()
            (address.po, address.ext, address.street, address.locality, address.region, address.code, address.country) = parts
            contact.set_property(f"address-{of[0]}", address)
        if "bday" in facts:
            date = EBookContacts.ContactDate.new()
            date.year, date.month, date.day = map(int, facts["bday"].split("-"))
            contact.set_property("birth-date", date)
        for _, who in facts.get("im", ()):
            contact.set_property("im-jabber-home-1", who)
        if "photo" in facts:
            photo = EBookContacts.ContactPhoto.new()
            photo.type = EBookContacts.ContactPhotoType.INLINED
            photo.set_mime_type("image/png")
            photo.set_inlined(bytes.fromhex(facts["photo"]))
            contact.set_property("photo", photo)
        return contact

    def read(self, data):
        text = data.decode()
        if "VERSION:2.1" in text:
            # EVCard takes a soft line break of quoted-printable (RFC 2045 §6.7) for text: "=" and the line end stay in the value.
            while True:
                joined = re.sub(r"(?m)^([^:\r\n]*QUOTED-PRINTABLE[^\r\n]*)=\r\n", r"\1", text)
                if joined == text:
                    break
                text = joined
        return [self.facts(EBookContacts.Contact.new_from_vcard(card))
                for card in re.findall(r"(?ms)^BEGIN:VCARD.*?^END:VCARD\r?\n?", text)]

    @staticmethod
    def facts(contact):
        name = contact.get_property("name")
        facts = {"fn": contact.get_property("full-name"),
                 "n": [name.family or "", name.given or "", name.additional or "", name.prefixes or "", name.suffixes or ""],
                 "nickname": contact.get_property("nickname"), "title": contact.get_property("title"),
                 # In 2.1 a line end in text is CR LF, and EVCard leaves it at that.
                 "note": (contact.get_property("note") or "").replace("\r\n", "\n"), "tels": [], "emails": [], "adr": [], "urls": [], "im": [], "categories": []}
        date = contact.get_property("birth-date")
        if date:
            facts["bday"] = date.to_string()
        photo = contact.get_property("photo")
        if photo and photo.type == EBookContacts.ContactPhotoType.INLINED:
            facts["photo"] = bytes(photo.get_inlined()).hex()
        for attribute in EBookContacts.VCard.get_attributes(contact):
            values = attribute.get_values()
            of = types(*(value for parameter in attribute.get_params() if parameter.get_name().upper() == "TYPE"
                         for value in parameter.get_values()))
            what = attribute.get_name().upper()
            if what == "TEL":
                facts["tels"].append((of, values[0].removeprefix("tel:")))
            elif what == "EMAIL":
                facts["emails"].append((of, values[0]))
            elif what == "ADR":
                facts["adr"].append((of, (list(values) + [""] * 7)[:7]))
            elif what == "ORG":
                facts["org"] = [part for part in values if part]
            elif what == "URL":
                facts["urls"].append(values[0])
            elif what == "CATEGORIES":
                facts["categories"] += values
            elif what == "IMPP":
                facts["im"].append(tuple(values[0].split(":", 1)))
            elif what == "X-JABBER":
                facts["im"].append(("xmpp", values[0]))
        return contacts.tidy(facts)


if __name__ == "__main__":
    unittest.main(verbosity=2)
