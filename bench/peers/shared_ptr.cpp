/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* C++20: std::shared_ptr, std::weak_ptr, std::atomic<std::shared_ptr>. */
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "harness.h"
#include "ref.h"

namespace {

struct leaf {
    uint64_t payload[2];
};

using leaf_ptr = std::shared_ptr<leaf>;

/* Made by one thread and dropped by another, or kept for a while. */
void *open_pointer() {
    return new leaf_ptr(std::make_shared<leaf>());
}

void close_pointer(void *pointer) {
    delete static_cast<leaf_ptr *>(pointer);
}

void pairs(void *pointer, uint64_t n) {
    const leaf_ptr &object = *static_cast<leaf_ptr *>(pointer);
    for (uint64_t i = 0; i < n; i++) {
        leaf_ptr copy = object;
        KEEP(copy.get());
    }
}

/* ------------------------------------------------------------------------ slot ---- */

struct fixture {
    alignas(128) std::atomic<leaf_ptr> slot;
    alignas(128) std::array<leaf_ptr, 2> object;
};

void *open_slot() {
    auto *f = new fixture;
    f->object = {std::make_shared<leaf>(), std::make_shared<leaf>()};
    f->slot.store(f->object[0]);
    return f;
}

void close_slot(void *slot) {
    delete static_cast<fixture *>(slot);
}

void load_slot(void *slot, uint64_t n) {
    auto *f = static_cast<fixture *>(slot);
    for (uint64_t i = 0; i < n; i++) {
        leaf_ptr object = f->slot.load(std::memory_order_acquire);
        KEEP(object.get());
    }
}

void store_slot(void *slot, uint64_t n) {
    auto *f = static_cast<fixture *>(slot);
    for (uint64_t i = 0; i < n; i++)
        f->slot.store(f->object[i % 2], std::memory_order_release);
}

void swap_slot(void *slot, uint64_t n) {
    auto *f = static_cast<fixture *>(slot);
    for (uint64_t i = 0; i < n; i++) {
        leaf_ptr expected = f->object[i % 2];
        f->slot.compare_exchange_strong(expected, f->object[(i + 1) % 2]);
    }
}

void publish_slot(void *slot, uint64_t n) {
    auto *f = static_cast<fixture *>(slot);
    for (uint64_t i = 0; i < n; i++)
        f->slot.store(std::make_shared<leaf>(), std::memory_order_release);
}

/* ------------------------------------------------------------------------ weak ---- */

struct weak_fixture {
    leaf_ptr object;
    std::weak_ptr<leaf> weak;
};

void *open_weak() {
    auto object = std::make_shared<leaf>();
    return new weak_fixture{object, object};
}

void close_weak(void *weak) {
    delete static_cast<weak_fixture *>(weak);
}

void upgrade(void *weak, uint64_t n) {
    auto *f = static_cast<weak_fixture *>(weak);
    for (uint64_t i = 0; i < n; i++) {
        leaf_ptr object = f->weak.lock();
        KEEP(object.get());
    }
}

/* ----------------------------------------------------------------------- table ---- */

struct item {
    uint64_t key;
    std::shared_ptr<item> next;
};

using item_ptr = std::shared_ptr<item>;

struct bucket {
    std::mutex lock;
    item_ptr first;
};

struct table {
    std::array<bucket, TABLE_BUCKETS> buckets;
    bucket &of(uint64_t key) {
        return buckets[hash_key(key) % TABLE_BUCKETS];
    }
};

/* The link that leads to the first key that is not less. */
item_ptr *seek(item_ptr *link, uint64_t key) {
    while (*link && (*link)->key < key)
        link = &(*link)->next;
    return link;
}

bool holds(const item_ptr *link, uint64_t key) {
    return *link && (*link)->key == key;
}

void *open_table() {
    return new table;
}

void close_table(void *arg) {
    delete static_cast<table *>(arg);
}

bool find_key(void *arg, uint64_t key) {
    bucket &b = static_cast<table *>(arg)->of(key);
    item_ptr found;
    {
        std::lock_guard<std::mutex> guard(b.lock);
        item_ptr *link = seek(&b.first, key);
        if (holds(link, key))
            found = *link;
    }
    return found != nullptr;
}

bool insert_key(void *arg, uint64_t key) {
    bucket &b = static_cast<table *>(arg)->of(key);
    item_ptr made = std::make_shared<item>();
    std::lock_guard<std::mutex> guard(b.lock);
    item_ptr *link = seek(&b.first, key);
    if (holds(link, key))
        return false;
    made->key = key;
    made->next = std::move(*link);
    *link = std::move(made);
    return true;
}

bool remove_key(void *arg, uint64_t key) {
    bucket &b = static_cast<table *>(arg)->of(key);
    item_ptr out;
    std::lock_guard<std::mutex> guard(b.lock);
    item_ptr *link = seek(&b.first, key);
    if (!holds(link, key))
        return false;
    out = std::move(*link);
    *link = std::move(out->next);
    return true;
}

/* ----------------------------------------------------------------------- stack ---- */

using stack = std::atomic<item_ptr>;

void *open_stack() {
    return new stack;
}

bool top_stack(void *arg) {
    return static_cast<stack *>(arg)->load() != nullptr;
}

void push_stack(void *arg, uint64_t value) {
    auto *s = static_cast<stack *>(arg);
    item_ptr made = std::make_shared<item>();
    made->key = value;
    made->next = s->load();
    while (!s->compare_exchange_weak(made->next, made))
        continue;
}

bool pop_stack(void *arg) {
    auto *s = static_cast<stack *>(arg);
    item_ptr top = s->load();
    while (top && !s->compare_exchange_weak(top, top->next))
        continue;
    return top != nullptr;
}

/* One at a time: a chain's own destructor would go as deep as the chain is long. */
void close_stack(void *arg) {
    while (pop_stack(arg))
        continue;
    delete static_cast<stack *>(arg);
}

/* ---------------------------------------------------------------- list, vector ---- */

void *build_list(size_t n) {
    item_ptr first;
    for (size_t i = 0; i < n; i++) {
        item_ptr made = std::make_shared<item>();
        made->next = std::move(first);
        first = std::move(made);
    }
    return new item_ptr(std::move(first));
}

double drop_list(void *list, size_t) {
    double begun = now_ns();
    auto *first = static_cast<item_ptr *>(list);
    while (*first) {
        item_ptr next = std::move((*first)->next);
        *first = std::move(next);
    }
    delete first;
    return now_ns() - begun;
}

struct locked_vec {
    std::shared_mutex lock;
    std::vector<leaf_ptr> items;
};

void *open_vec() {
    auto *v = new locked_vec;
    for (unsigned i = 0; i < VEC_LENGTH; i++)
        v->items.push_back(std::make_shared<leaf>());
    return v;
}

void close_vec(void *vec) {
    delete static_cast<locked_vec *>(vec);
}

void read_vec(void *vec, uint64_t n) {
    auto *v = static_cast<locked_vec *>(vec);
    for (uint64_t i = 0; i < n; i++) {
        std::shared_lock<std::shared_mutex> guard(v->lock);
        leaf_ptr object = v->items[i % VEC_LENGTH];
        guard.unlock();
        KEEP(object.get());
    }
}

void append_vec(void *vec, uint64_t n) {
    auto *v = static_cast<locked_vec *>(vec);
    for (uint64_t i = 0; i < n; i++) {
        std::unique_lock<std::shared_mutex> guard(v->lock);
        v->items.push_back(v->items[0]);
    }
}

constexpr peer by_name(const char *name) {
    return {.name = name, .enter = nullptr, .leave = nullptr, .poll = nullptr};
}

} // namespace

extern "C" {

const peer_count peer_shared_ptr = {by_name("std::shared_ptr"), open_pointer, close_pointer, pairs};
const peer_slot peer_slot_atomic_ptr = {by_name("std::atomic<std::shared_ptr>"),
                                        open_slot,
                                        close_slot,
                                        load_slot,
                                        nullptr,
                                        store_slot,
                                        swap_slot,
                                        publish_slot};
const peer_weak peer_weak_ptr = {by_name("std::weak_ptr"), open_weak, close_weak, upgrade};
const peer_table peer_table_locked = {by_name("std::shared_ptr, a mutex a bucket"),
                                      open_table,
                                      close_table,
                                      find_key,
                                      insert_key,
                                      remove_key};
const peer_stack peer_stack_atomic_ptr = {by_name("std::atomic<std::shared_ptr>"),
                                          open_stack,
                                          close_stack,
                                          top_stack,
                                          push_stack,
                                          pop_stack};
const peer_list peer_list_shared_ptr = {by_name("std::shared_ptr, a loop by hand"), build_list,
                                        drop_list};
const peer_pipe peer_pipe_shared_ptr = {by_name("std::shared_ptr"), open_pointer, close_pointer};
const peer_vec peer_vec_shared_ptr = {by_name("std::vector under std::shared_mutex"), open_vec,
                                      close_vec, read_vec, append_vec};
}
