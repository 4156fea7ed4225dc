/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* The graphs, for every CPython of the machine: python3.N in PATH, and PEER_PYTHON_FT. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tables.h"

static const char script[] =
    "import gc, sys, time, random\n"
    "gc.disable()\n"
    "shape, n = sys.argv[1], int(sys.argv[2])\n"
    "class N:\n"
    "    __slots__ = ('a', 'b')\n"
    "    def __init__(self):\n"
    "        self.a = self.b = None\n"
    "all = [N() for i in range(n)]\n"
    "root = all[0]\n"
    "if shape == 'flat':\n"
    "    root = list(all)\n"
    "    for x in all: x.a = root\n"
    "elif shape == 'tree':\n"
    "    for i in range(1, n): setattr(all[(i - 1) // 2], 'a' if i % 2 else 'b', all[i])\n"
    "    all[-1].a = root\n"
    "elif shape == 'pairs':\n"
    "    for i in range(0, n, 2):\n"
    "        all[i].a, all[i + 1].a = all[i + 1], all[i]\n"
    "        if i: all[i + 1].b = all[i - 1]\n"
    "    root = all[-1]\n"
    "else:\n"
    "    order = list(range(n))\n"
    "    if shape == 'chain': random.Random(1).shuffle(order)\n"
    "    for i in range(n): all[order[i]].a = all[order[(i + 1) % n]]\n"
    "    if shape == 'random':\n"
    "        for i, k in enumerate(random.Random(2).choices(range(n), k=n)): all[i].b = all[k]\n"
    "    del order\n"
    "del all\n"
    "x = None\n"
    "gc.collect()\n"
    "def timed():\n"
    "    t = time.perf_counter()\n"
    "    gc.collect()\n"
    "    return (time.perf_counter() - t) * 1e9 / n\n"
    "live = timed()\n"
    "root = None\n"
    "print(live, timed())\n";

bool gc_by_python(const char *part, struct results *out) {
    char command[4096];
    const char *space = strchr(part, ' ');
    int length = space ? (int)(space - part) : (int)strlen(part);
    snprintf(command, sizeof command, "%.*s", length, part);
    if (access(command, X_OK) != 0)
        return false;
    setenv("TARN_BENCH_SCRIPT", script, 1);
    snprintf(command, sizeof command, "'%.*s' -c \"$TARN_BENCH_SCRIPT\"%s", length, part,
             part + length);
    return gc_command(command, out);
}

/* --- which there are ---- */

#define MINOR_MIN 6
#define MINOR_MAX 20

static struct {
    char path[GC_PYTHONS][PATH_MAX]; /* without links, so that none is met twice */
    char name[GC_PYTHONS][32];
    unsigned count;
} found;

static void note_python(const char *path, const char *name) {
    char real[PATH_MAX];
    if (found.count == GC_PYTHONS || access(path, X_OK) != 0 || !realpath(path, real))
        return;
    for (unsigned i = 0; i < found.count; i++)
        if (strcmp(found.path[i], real) == 0)
            return;
    memcpy(found.path[found.count], real, sizeof real);
    snprintf(found.name[found.count++], sizeof found.name[0], "%s", name);
}

static void look_in_folder(const char *folder, int length) {
    char path[PATH_MAX];
    char name[32];
    for (int minor = MINOR_MAX; minor >= MINOR_MIN; minor--) {
        snprintf(path, sizeof path, "%.*s/python3.%d", length, folder, minor);
        snprintf(name, sizeof name, GC_PYTHON " 3.%d", minor);
        note_python(path, name);
    }
}

unsigned gc_pythons(struct gc_contender *who, const char *arguments) {
    const char *free_threaded = getenv("PEER_PYTHON_FT");
    const char *folder = getenv("PATH");
    static char part[GC_PYTHONS][PATH_MAX + 64];
    if (free_threaded)
        note_python(free_threaded, GC_PYTHON_FT);
    while (folder && *folder) {
        size_t length = strcspn(folder, ":");
        look_in_folder(folder, (int)length);
        folder += length + (folder[length] == ':');
    }
    for (unsigned i = 0; i < found.count; i++) {
        snprintf(part[i], sizeof part[i], "%s %s", found.path[i], arguments);
        who[i] = (struct gc_contender){.name = found.name[i], .run = gc_by_python, .part = part[i]};
    }
    return found.count;
}
