/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The graphs, for every CPython of the machine: PEER_PYTHON_FT, then python3.N in PATH and
 * among pyenv's, the newest first. Each is asked who it is: one that stands for another, or
 * for none, is not met twice.
 */
#include <glob.h>
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

static const char question[] =
    "import os, sys; print(os.path.realpath(sys.executable), sys.version.split()[0])";

static struct {
    char path[GC_PYTHONS][PATH_MAX];
    char name[GC_PYTHONS][64];
    unsigned count;
    bool looked;
} found;

static void note_python(const char *command, const char *name) {
    char line[PATH_MAX + 128];
    char path[PATH_MAX];
    char version[32];
    if (found.count == GC_PYTHONS)
        return;
    snprintf(line, sizeof line, "'%s' -c '%s' 2>/dev/null", command, question);
    FILE *in = popen(line, "r");
    bool answered =
        in && fgets(line, sizeof line, in) && sscanf(line, "%4095s %31s", path, version) == 2;
    if (!in || pclose(in) != 0 || !answered)
        return;
    for (unsigned i = 0; i < found.count; i++)
        if (strcmp(found.path[i], path) == 0)
            return;
    memcpy(found.path[found.count], path, sizeof path);
    snprintf(found.name[found.count++], sizeof found.name[0], "%s %s", name, version);
}

/* Calls note_python for a file of each folder in a list as PATH's. */
static void look_in_folders(const char *folders, const char *file) {
    char path[PATH_MAX];
    while (folders && *folders) {
        size_t length = strcspn(folders, ":");
        snprintf(path, sizeof path, "%.*s/%s", (int)length, folders, file);
        if (access(path, X_OK) == 0)
            note_python(path, GC_PYTHON);
        folders += length + (folders[length] == ':');
    }
}

static void look_in_pyenv(int minor) {
    const char *root = getenv("PYENV_ROOT");
    const char *home = getenv("HOME");
    char pattern[PATH_MAX];
    glob_t files;
    snprintf(pattern, sizeof pattern, "%s%s/versions/3.%d.*/bin/python3",
             root   ? root
             : home ? home
                    : "",
             root ? "" : "/.pyenv", minor);
    if (glob(pattern, 0, NULL, &files) == 0)
        note_python(files.gl_pathv[files.gl_pathc - 1], GC_PYTHON);
    globfree(&files);
}

static void look_around(void) {
    const char *free_threaded = getenv("PEER_PYTHON_FT");
    char file[32];
    found.looked = true;
    if (free_threaded)
        note_python(free_threaded, GC_PYTHON_FT);
    for (int minor = MINOR_MAX; minor >= MINOR_MIN; minor--) {
        snprintf(file, sizeof file, "python3.%d", minor);
        look_in_folders(getenv("PATH"), file);
        look_in_pyenv(minor);
    }
}

unsigned gc_pythons(struct gc_contender *who, const char *arguments) {
    static char part[GC_PYTHONS][PATH_MAX + 64];
    if (!found.looked)
        look_around();
    for (unsigned i = 0; i < found.count; i++) {
        snprintf(part[i], sizeof part[i], "%s %s", found.path[i], arguments);
        who[i] = (struct gc_contender){.name = found.name[i], .run = gc_by_python, .part = part[i]};
    }
    return found.count;
}
