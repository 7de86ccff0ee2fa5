"""Reads a file of vCards with python3-vobject, card by card; what it fails on is counted. Prints its
peak in KiB, cards, values, failures."""

import logging
import sys

import vobject

logging.disable(logging.CRITICAL)


def each_card(path):
    card, depth = [], 0
    with open(path, "rb") as file:
        for line in file:
            word = line.strip().upper()
            if word == b"BEGIN:VCARD":
                depth += 1
            if depth == 0:
                continue
            card.append(line)
            if word == b"END:VCARD":
                depth -= 1
                if depth == 0:
                    yield b"".join(card)
                    card = []


cards = values = failures = 0
for raw in each_card(sys.argv[1]):
    try:
        for card in vobject.readComponents(raw.decode("utf-8", "replace"), validate=False, allowQP=True):
            cards += 1
            for line in card.lines():
                values += 1 if line.value is not None else 0
    except Exception:
        failures += 1
with open("/proc/self/status") as status:
    peak = next(line.split()[1] for line in status if line.startswith("VmHWM:"))
print(peak, cards, values, failures)
