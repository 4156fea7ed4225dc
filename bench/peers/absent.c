/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Every contender that needs something to be installed, by its name alone: the
 * linker takes these where the real ones were not compiled, and their rows say "not
 * present".
 */
#include "ref.h"

#define ABSENT(type, what, label)                                                                  \
    __attribute__((weak)) const struct type what = {.peer.name = (label)}

ABSENT(peer_count, peer_shared_ptr, "std::shared_ptr");
ABSENT(peer_slot, peer_slot_atomic_ptr, "std::atomic<std::shared_ptr>");
ABSENT(peer_weak, peer_weak_ptr, "std::weak_ptr");
ABSENT(peer_table, peer_table_locked, "std::shared_ptr, a mutex a bucket");
ABSENT(peer_stack, peer_stack_atomic_ptr, "std::atomic<std::shared_ptr>");
ABSENT(peer_list, peer_list_shared_ptr, "std::shared_ptr, a loop by hand");
ABSENT(peer_pipe, peer_pipe_shared_ptr, "std::shared_ptr");
ABSENT(peer_vec, peer_vec_shared_ptr, "std::vector under std::shared_mutex");

ABSENT(peer_count, peer_rc_box, "g_atomic_rc_box");
ABSENT(peer_count, peer_gobject, "g_object_ref/unref");
ABSENT(peer_pipe, peer_pipe_gobject, "GObject");
ABSENT(peer_weak, peer_weak_gobject, "GWeakRef");
ABSENT(peer_vec, peer_vec_ptr_array, "GPtrArray under a GMutex");
ABSENT(peer_table, peer_map_glib, "GHashTable under a GMutex");

ABSENT(peer_table, peer_table_boehm, "Boehm GC");
ABSENT(peer_stack, peer_stack_boehm, "Boehm GC");
ABSENT(peer_list, peer_list_boehm, "Boehm GC");
ABSENT(peer_pipe, peer_pipe_boehm, "Boehm GC");

ABSENT(peer_table, peer_map_lfht, "cds_lfht by hand");
ABSENT(peer_slot, peer_slot_qsbr, "RCU (qsbr) + fetch_add by hand");
ABSENT(peer_table, peer_table_qsbr, "RCU (qsbr) + fetch_add by hand");
ABSENT(peer_stack, peer_stack_qsbr, "RCU (qsbr) + fetch_add by hand");
