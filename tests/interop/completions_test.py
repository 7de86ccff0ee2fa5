#!/usr/bin/python3
"""The completion scripts in the real shells, at a terminal: somebody types the beginning of a line, presses tab, and runs it."""

import os
import pty
import re
import select
import signal
import subprocess
import time
import unittest

from harness import BIN, PATIENCE_S, TOOLS, Peer

READY = "#ready#"
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Completed by name\r\nEND:VCARD\r\n"
# How each shell is started without anybody's settings, and told to load the script.
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], f"PS1='{READY}'; eval \"$({{}} --completions bash)\""),
    "zsh": (["zsh", "-f", "-i"], f"PS1='{READY}'; autoload -Uz compinit; compinit -D -u; source <({{}} --completions zsh)"),
    "fish": (["fish", "--no-config", "-i"],
             f"function fish_prompt; echo -n '{READY}'; end; set -g fish_autosuggestion_enabled 0; {{}} --completions fish | source"),
}


class Terminal:
    """A shell at a terminal of its own."""

    def __init__(self, command, folder, environment):
        self.pid, self.end = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, environment)
        self.seen = ""

    def type(self, text):
        os.write(self.end, text.encode())

    def wait_for(self, what):
        """Until `what` has come; what came after it is kept."""
        until = time.monotonic() + PATIENCE_S
        while (found := re.search(what, self.seen)) is None:
            ready, _, _ = select.select([self.end], [], [], max(0, until - time.monotonic()))
            if not ready:
                raise AssertionError(f"{what!r} did not come; the terminal shows {self.seen!r}")
            self.seen += os.read(self.end, 65536).decode(errors="replace")
        self.seen = self.seen[found.end():]

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.end)


class Completions(Peer):
    PROGRAMS = tuple(SHELLS)

    def completes(self, typed, answer):
        """In each shell: a line is typed with a tab wherever there is one, and run; it prints `answer`."""
        tool = typed.split()[0]
        for shell, (command, load) in SHELLS.items():
            with self.subTest(shell=shell, typed=typed):
                terminal = Terminal(command, self.home, self.environment | {"TERM": "dumb"})
                self.addCleanup(terminal.close)
                terminal.type(load.format(tool) + "; echo lo''aded\n")
                terminal.wait_for("loaded\r?\n")
                terminal.wait_for(READY)
                terminal.type(typed + "\n")
                terminal.wait_for(answer)

    def setUp(self):
        super().setUp()
        (self.home / "my contacts.vcf").write_text(CARD)
        (self.home / "collections").mkdir()

    def test_commands_options_values_and_files(self):
        self.completes("cardsrv-import insp\t--js\tmy\t", '"fn":"Completed by name"')
        self.completes("cardsrv-import inspect --as jsc\tmy\t", '"full":"Completed by name"')

    def test_a_value_after_an_equals_sign(self):
        self.completes("cardsrv-import inspect --as=jsc\tmy\t", '"full":"Completed by name"')

    def test_a_folder(self):
        self.completes("cardsrv-pull --all --quiet --vd\tcol\t", "(?s)collections.*no store")

    def test_a_tool_without_commands(self):
        self.completes("cardsrv-match --vers\t", r"cardsrv-match \d+\.")

    def test_what_is_offered_as_a_value_is_taken(self):
        for option, command in (("--as", ["cardsrv-import", "inspect", "my contacts.vcf"]),
                                ("--from", ["cardsrv-import", "inspect", "my contacts.vcf"]),
                                ("--from", ["cardsrv-import", "bulk", "my contacts.vcf"]),
                                ("--mode", ["cardsrv-import", "list", "u1", "my contacts.vcf"]),
                                ("--as", ["cardsrv-pull", "u1"]),
                                ("--proof", ["cardsrv-register", "request", "+8613800138001"]),
                                ("--from", ["cardsrv-register", "bulk", "my contacts.vcf", "--vouch", "test"]),
                                ("--from", ["cardsrv-rebind", "bulk", "my contacts.vcf", "--vouch", "test"]),
                                ("--progress", ["cardsrv-match"])):
            tool, *words = command
            offered = self.run_tool(tool, "--complete", *words, option, "").split()
            self.assertGreater(len(offered), 1, command)
            for word in offered:
                with self.subTest(command=command, option=option, word=word):
                    told = subprocess.run([BIN / tool, *words, option, word], cwd=self.home, env=self.environment, text=True,
                                          capture_output=True, timeout=PATIENCE_S, check=False).stderr
                    self.assertNotRegex(told, f'"{word}"|{word} not in')

    def test_every_tool_has_a_script_for_every_shell(self):
        for tool in TOOLS:
            for shell in SHELLS:
                self.assertIn(f"cardsrv-{tool}", self.run_tool(f"cardsrv-{tool}", "--completions", shell))


if __name__ == "__main__":
    unittest.main()
