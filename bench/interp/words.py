# SPDX-License-Identifier: MIT
# Copyright the tarn authors
"""Words of a real text counted, indexed and paired: dicts and texts."""
from harness import run

PATHS = ["/usr/share/common-licenses/GPL-3", "/usr/share/common-licenses/LGPL-2.1",
         "/usr/share/common-licenses/GFDL-1.3", "/usr/share/common-licenses/Apache-2.0"]


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def words_of(text):
    for line in text.splitlines():
        for raw in line.lower().split():
            word = raw.strip(".,;:()\"'`<>[]")
            if word:
                yield word


def work():
    answer = []
    for _ in range(16):
        counts, places, pairs = {}, {}, {}
        n = 0
        before = ""
        for path in PATHS:
            for word in words_of(read(path)):
                counts[word] = counts.get(word, 0) + 1
                if word not in places:
                    places[word] = []
                places[word].append(n)
                pair = (before, word)
                pairs[pair] = pairs.get(pair, 0) + 1
                before = word
                n += 1
        common = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:5]
        strong = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[:3]
        spread = max(p[-1] - p[0] for p in places.values())
        answer.append((n, len(counts), len(pairs), common, strong, spread))
    return answer[-1]


run(work)
