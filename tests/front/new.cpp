// SPDX-License-Identifier: MIT
// Copyright the tarn authors
//
// C++'s operators new and delete and the containers over them. Knows nothing of tarn.
// Prints TAP lines.
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

static int failures;

static void check(bool holds, const char *what) {
    std::printf("%s - %s\n", holds ? "ok" : "not ok", what);
    failures += !holds;
}

struct alignas(512) Wide {
    char bytes[700];
};

static int asked;

static void give_up_the_third_time() {
    if (++asked == 3)
        std::set_new_handler(nullptr);
}

int main() {
    std::map<int, std::string> map;
    for (int i = 0; i < 50000; i++)
        map[i * 7 % 50000] = std::string(static_cast<size_t>(i % 90), 'x');
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; t++)
        threads.emplace_back([] {
            std::vector<std::shared_ptr<std::string>> strings;
            for (size_t i = 0; i < 20000; i++)
                strings.push_back(std::make_shared<std::string>(i % 300, 'y'));
        });
    for (auto &thread : threads)
        thread.join();
    check(map.size() == 50000, "containers in four threads");
    std::unique_ptr<Wide> one(new Wide);
    std::unique_ptr<Wide[]> three(new Wide[3]);
    check(reinterpret_cast<uintptr_t>(one.get()) % 512 == 0 &&
              reinterpret_cast<uintptr_t>(&three[2]) % 512 == 0,
          "aligned new");
    volatile size_t too_much = SIZE_MAX / 4;
    std::set_new_handler(give_up_the_third_time);
    bool thrown = false;
    try {
        delete[] new char[too_much];
    } catch (const std::bad_alloc &) {
        thrown = true;
    }
    check(thrown && asked == 3, "the new handler is called, then bad_alloc is thrown");
    check(new (std::nothrow) char[too_much] == nullptr, "nothrow new returns null");
    return failures != 0;
}
