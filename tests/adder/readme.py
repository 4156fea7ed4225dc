# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Tries what a README of the interpreter says.

usage: readme.py PROGRAM README

Its C blocks are quotations of the file named on the line before them, word for word; files
and folders that it names are there; its session at the prompt is what CPython and the
program show; and its commands run. Prints TAP lines; status 1 on a failure.
"""
import os
import re
import shlex
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
failed = False


def verdict(good, what):
    global failed
    failed |= not good
    print(f"{'ok' if good else 'not ok'} - README: {what}", flush=True)


def quotations(text, folder):
    found = re.findall(r"^`([\w/.]+)`\n\n```c\n(.*?)^```$", text, re.S | re.M)
    verdict(len(found) == text.count("```c\n") > 9, f"{len(found)} quotations name their files")
    for name, quoted in found:
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            verdict(quoted in f.read(), f"{name} holds {quoted.split(chr(10))[0].strip()!r}")


def names(text, folder):
    for name in sorted(set(re.findall(r"`(\w[\w/]*(?:\.[ch]|/))`", text))):
        verdict(os.path.exists(os.path.join(folder, name)), f"{name} is there")


def sessions(program, text):
    for session in re.findall(r"^```pycon\n(.*?)^```$", text, re.S | re.M):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as f:
            f.write(session)
            f.flush()
            command = [sys.executable, os.path.join(HERE, "prompt.py"), program, f.name]
            done = subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=False)
        verdict(done.returncode == 0, "the prompt shows the session")


def try_command(program, words):
    """A line `./dev run adder ...`, or of the benchmark, which is cut short."""
    if words[1] == "run":
        command = [program] + words[3:]
    else:
        options = [w for w in words[3:] if w.startswith("--profile")]
        command = [sys.executable, "bench/interp/run.py", program, "--runs", "1", "nbody"] + options
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=300, check=False)
    verdict(done.returncode == 0, " ".join(words))
    if done.returncode != 0:
        print("# " + done.stdout.decode(errors="replace")[-400:].replace("\n", "\n# "))


def main():
    program, readme = sys.argv[1:]
    folder = os.path.dirname(os.path.abspath(readme))
    with open(readme, encoding="utf-8") as f:
        text = f.read()
    quotations(text, folder)
    names(text, folder)
    sessions(program, text)
    tried = set()
    for line in re.findall(r"^    (\./dev (?:run|bench) .*)$", text, re.M):
        words = shlex.split(line.split("   ")[0])
        kind = tuple(w for w in words if w != "--runs" and not w.isalnum()) if \
            words[1] == "bench" else tuple(words)
        if kind not in tried:
            try_command(program, words)
        tried.add(kind)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
