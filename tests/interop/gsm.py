"""The air between a modem and a phone: PDUs of 3GPP TS 23.040, as much of them as the tests need."""

GSM = ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
       "abcdefghijklmnopqrstuvwxyzäöñüà")
EXTENSION = {"\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65}


def septets(text):
    codes = []
    for character in text:
        codes += [0x1B, EXTENSION[character]] if character in EXTENSION else [GSM.index(character)]
    return codes


def pack(codes, fill=0):
    bits = sum(code << (7 * i) for i, code in enumerate(codes)) << fill
    return bits.to_bytes((7 * len(codes) + fill + 7) // 8, "little")


def unpack(data, count, fill=0):
    bits = int.from_bytes(data, "little") >> fill
    codes, text, extended = [(bits >> (7 * i)) & 0x7F for i in range(count)], "", False
    back = {code: character for character, code in EXTENSION.items()}
    for code in codes:
        if extended:
            text, extended = text + back[code], False
        elif code == 0x1B:
            extended = True
        else:
            text += GSM[code]
    return text


def address(number):
    """A number as length, type and swapped digits; with + international, else national; letters are an alphanumeric sender."""
    if not number.lstrip("+").isdigit():
        data = pack(septets(number))
        return bytes([2 * len(data), 0xD0]) + data
    digits = number.lstrip("+")
    swapped = bytes.fromhex("".join(b + a for a, b in zip(*[iter(digits + "F" * (len(digits) % 2))] * 2)))
    return bytes([len(digits), 0x91 if number.startswith("+") else 0xA1]) + swapped


def deliver(sender, text, unicode=False, part=None):
    """SMS-DELIVER (§9.2.2.1) with the service centre in front, in hexadecimal. `part`: (reference, parts, number of this one)."""
    header = bytes([5, 0, 3, *part]) if part else b""
    if unicode:
        body = text.encode("utf-16-be")
        length = len(header) + len(body)
    else:
        codes = septets(text)
        fill = (7 - 8 * len(header) % 7) % 7
        body, length = pack(codes, fill), len(codes) + (8 * len(header) + fill) // 7
    first = 0x04 | (0x40 if part else 0)
    stamp = bytes.fromhex("62105080000000")  # 2026-01-05 08:00:00
    pdu = bytes([first]) + address(sender) + bytes([0, 8 if unicode else 0]) + stamp + bytes([length]) + header + body
    centre = bytes.fromhex("07918613800000F0")
    return (centre + pdu).hex().upper(), len(pdu)


def submitted(pdu):
    """SMS-SUBMIT (§9.2.2.2) with the service centre in front: number, text, part as of deliver(), whether it is UCS-2."""
    data = bytes.fromhex(pdu)
    data = data[1 + data[0]:]
    first, digits, kind = data[0], data[2], data[3]
    end = 4 + (digits + 1) // 2
    number = "".join(f"{byte & 15:X}{byte >> 4:X}" for byte in data[4:end])[:digits]
    coding = data[end + 1]
    at = end + 2 + {0: 0, 0x10: 1, 0x08: 7, 0x18: 7}[first & 0x18]
    length, body, part, header = data[at], data[at + 1:], None, 0
    if first & 0x40:
        header = 1 + body[0]
        part = tuple(body[3:6])
    if coding & 0x0C == 8:
        return ("+" if kind == 0x91 else "") + number, body[header:length].decode("utf-16-be", errors="surrogatepass"), part, True
    fill = (7 - 8 * header % 7) % 7
    count = length - (8 * header + fill) // 7
    return ("+" if kind == 0x91 else "") + number, unpack(body[header:], count, fill), part, False
