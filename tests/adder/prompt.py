# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Types transcripts at a prompt and compares what it shows.

usage: prompt.py PROGRAM TRANSCRIPT...

Both CPython (-i, its input a pipe) and the program must show the transcript: prompts on
standard error, values on standard output; the two are one stream here. Blank continuation
prompts end blocks. Prints TAP lines; status 1 if one differs.
"""
import difflib
import os
import subprocess
import sys


def typed(transcript):
    """The lines that a person types."""
    lines = []
    for line in transcript.split("\n"):
        if line.startswith((">>> ", "... ")) or line in (">>>", "..."):
            lines.append(line[4:])
    return "\n".join(lines) + "\n"


def shown(command, text):
    """What a prompt shows; a typed line is not echoed, so it is the answers alone."""
    done = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=20,
                          env=dict(os.environ, PYTHONUNBUFFERED="1"))
    return done.stdout.decode(errors="replace"), done.returncode


def answers(transcript):
    """The transcript with the typed text taken out, prompts left as they are shown."""
    out = []
    for line in transcript.split("\n"):
        if line.startswith((">>> ", "... ")) or line in (">>>", "..."):
            out.append(line[:3] + " ")
        else:
            out.append(line + "\n")
    return "".join(out)


def body(text):
    """Without a greeting and without what comes at the end of input."""
    start = text.find(">>> ")
    return text[start:].rstrip("\n").removesuffix(">>> ").rstrip()


def check(program, path):
    with open(path, encoding="utf-8") as f:
        transcript = f.read().rstrip("\n")
    wanted = body(answers(transcript)).rstrip(">. ")
    report = []
    for name, command in (("python3", ["/usr/bin/python3", "-q", "-i"]), (program, [program])):
        text, status = shown(command, typed(transcript))
        got = body(text).rstrip(">. ")
        if got.rstrip() != wanted.rstrip() or status != 0:
            report.append(f"{name}: status {status}")
            report += list(difflib.unified_diff(wanted.split("\n"), got.split("\n"), "transcript",
                                                name, lineterm="", n=1))[:20]
    return report


def main():
    failed = 0
    for path in sys.argv[2:]:
        report = check(os.path.abspath(sys.argv[1]), path)
        name = os.path.basename(path)[:-4]
        print("not ok" if report else "ok", "-", f"prompt: {name}", flush=True)
        for line in report:
            print("#", line)
        failed += bool(report)
    return 1 if failed else 0


sys.exit(main())
