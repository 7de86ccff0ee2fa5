"""A GSM modem on a pseudo terminal, as a program of the machine sees one: AT commands of 3GPP TS 27.007 and 27.005, PDU mode.

The program under test talks to it as to any modem; the network behind it is the test: what was sent is in `sent`, and
receive() lets a message arrive in the memory of the SIM card.
"""

import os
import re
import threading
import tty

from gsm import deliver, submitted


class Modem:
    SLOTS = 20

    def __init__(self):
        self.master, slave = os.openpty()
        tty.setraw(slave)
        # Kept open: a pseudo terminal without anybody at it reads as ended.
        self.slave, self.device = slave, os.ttyname(slave)
        self.memory, self.sent, self.lock = {}, [], threading.Lock()
        self.echo = True  # until ATE0; gammu tells answers apart by it
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def close(self):
        os.close(self.slave)
        os.close(self.master)

    def receive(self, sender, text, unicode=False, part=None):
        with self.lock:
            slot = next(i for i in range(1, self.SLOTS + 1) if i not in self.memory)
            self.memory[slot] = deliver(sender, text, unicode, part)

    def waiting(self):
        with self.lock:
            return len(self.memory)

    def serve(self):
        pending = b""
        length = None  # of the PDU that is to come
        while True:
            try:
                data = os.read(self.master, 4096)
            except OSError:
                return
            pending += data
            while True:
                end = re.search(rb"\x1a" if length is not None else rb"\r", pending)
                if not end:
                    break
                line, pending = pending[:end.start()].strip().decode("ascii", errors="replace"), pending[end.end():]
                if length is not None:
                    answer, length = self.send(line, length), None
                elif found := re.fullmatch(r"AT\+CMGS=(\d+)", line):
                    length = int(found.group(1))
                    answer = "\r\n> "
                elif line:
                    answer = self.command(line)
                else:
                    continue
                if self.echo and not line.startswith("ATE0"):
                    answer = f"{line}\r{answer}"
                if found := re.match(r"ATE([01])", line):
                    self.echo = found.group(1) == "1"
                try:
                    os.write(self.master, answer.encode())
                except OSError:
                    return

    def send(self, pdu, length):
        if len(pdu) // 2 - 1 - int(pdu[:2], 16) != length:
            return "\r\n+CMS ERROR: 304\r\n"
        with self.lock:
            self.sent.append(submitted(pdu))
            return f"\r\n+CMGS: {len(self.sent)}\r\n\r\nOK\r\n"

    def command(self, line):
        with self.lock:
            if found := re.fullmatch(r"AT\+CMGR=(\d+)", line):
                message = self.memory.get(int(found.group(1)))
                return f"\r\n+CMGR: 0,,{message[1]}\r\n{message[0]}\r\n\r\nOK\r\n" if message else "\r\nOK\r\n"
            if re.fullmatch(r"AT\+CMGL=4", line):
                listed = "".join(f"+CMGL: {slot},0,,{length}\r\n{pdu}\r\n" for slot, (pdu, length) in sorted(self.memory.items()))
                return f"\r\n{listed}\r\nOK\r\n"
            if found := re.fullmatch(r"AT\+CMGD=(\d+)", line):
                self.memory.pop(int(found.group(1)), None)
                return "\r\nOK\r\n"
            used = len(self.memory)
        information = {
            "AT+CPIN?": "+CPIN: READY",
            "AT+CNMI=?": "+CNMI: (0),(0),(0),(0),(0)",
            "AT+CREG?": "+CREG: 0,1",
            "AT+CSQ": "+CSQ: 20,0",
            "AT+CSCA?": '+CSCA: "+8613800000000",145',
            "AT+CIMI": "460001234567890",
            "AT+CGSN": "490154203237518",
            "AT+CGMI": "cardsrv tests",
            "AT+CGMM": "pseudo terminal",
            "AT+CGMR": "1",
            "AT+CSCS?": '+CSCS: "GSM"',
            "AT+CSCS=?": '+CSCS: ("GSM")',
            "AT+CPMS=?": '+CPMS: ("SM"),("SM"),("SM")',
            "AT+CMGF=?": "+CMGF: (0)",
            "AT+CPMS?": f'+CPMS: "SM",{used},{self.SLOTS},"SM",{used},{self.SLOTS},"SM",{used},{self.SLOTS}',
        }.get(line)
        if line.startswith("AT+CPMS=") and not information:
            information = f"+CPMS: {used},{self.SLOTS},{used},{self.SLOTS},{used},{self.SLOTS}"
        if information:
            return f"\r\n{information}\r\n\r\nOK\r\n"
        taken = re.match(r"AT$|AT[EZ]|AT\+(CFUN|CMEE|CREG|CMGF|CMMS|CNMI|CPMS|CSCS)=", line)
        return "\r\nOK\r\n" if taken else "\r\nERROR\r\n"
