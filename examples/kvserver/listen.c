/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * Accepting connections: how many, and from whom.
 *
 * Without a password a server in protected mode serves the machine it runs on only,
 * even if it is told to listen to others: the rest are told why, and closed.
 */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server.h"
#include "worker.h"

#define BACKLOG 511
#define LISTENERS_MAX 2

static struct listener {
    uv_poll_t poll;
    int fd;
    bool local; /* a Unix socket */
} listeners[LISTENERS_MAX];
static unsigned listener_count;
static char addresses[256];
static char *socket_path;

static const char denied[] =
    "-DENIED Redis is running in protected mode because protected mode is enabled and no password "
    "is set for the default user. In this mode connections are only accepted from the loopback "
    "interface. If you want to connect from external computers to Redis you may adopt one of the "
    "following solutions: 1) Just disable protected mode sending the command 'CONFIG SET "
    "protected-mode no' from the loopback interface by connecting to Redis from the same host the "
    "server is running, however MAKE SURE Redis is not publicly accessible from internet if you do "
    "so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable "
    "the protected mode by editing the Redis configuration file, and setting the protected mode "
    "option to 'no', and then restarting the server. 3) If you started the server manually just "
    "for testing, restart it with the '--protected-mode no' option. 4) Setup a an authentication "
    "password for the default user. NOTE: You only need to do one of the above things in order "
    "for the server to start accepting connections from the outside.\r\n";

/* --- one connection ---- */

static bool is_loopback(const struct sockaddr_storage *from) {
    if (from->ss_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)from)->sin_addr.s_addr) >> 24 == 127;
    const struct in6_addr *a = &((const struct sockaddr_in6 *)from)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(a) || (IN6_IS_ADDR_V4MAPPED(a) && a->s6_addr[12] == 127);
}

static void name_address(const struct sockaddr_storage *from, char *text, size_t room) {
    char host[INET6_ADDRSTRLEN] = "";
    if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)from;
        inet_ntop(AF_INET6, &in->sin6_addr, host, sizeof host);
        snprintf(text, room, "[%s]:%u", host, ntohs(in->sin6_port));
    } else {
        const struct sockaddr_in *in = (const struct sockaddr_in *)from;
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        snprintf(text, room, "%s:%u", host, ntohs(in->sin_port));
    }
}

static void refuse(int fd, const char *why, size_t length) {
    ssize_t sent = send(fd, why, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)sent; /* nobody need hear it */
    close(fd);
}
#define REFUSE(fd, why) refuse((fd), (why), sizeof(why) - 1)

static void admit(int fd, const struct sockaddr_storage *from, bool local) {
    struct arrival arrival = {.fd = fd};
    if (!local && option(protected_mode) && !option(has_password) && !is_loopback(from)) {
        REFUSE(fd, denied);
        return;
    }
    if (figure_add(&server.clients, 1) >= option(max_clients)) {
        figure_add(&server.clients, (uint64_t)-1);
        figure_add(&server.rejected, 1);
        REFUSE(fd, "-ERR max number of clients reached\r\n");
        return;
    }
    arrival.id = figure_add(&server.connections, 1) + 1;
    if (local)
        snprintf(arrival.address, sizeof arrival.address, "%.60s:0", options.socket);
    else
        name_address(from, arrival.address, sizeof arrival.address);
    int on = 1;
    if (!local)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!worker_give(&arrival)) {
        figure_add(&server.clients, (uint64_t)-1);
        close(fd);
    }
}

#define ACCEPTED_A_TURN 1000

static void on_connection(uv_poll_t *poll, int status, int events) {
    struct listener *l = (struct listener *)poll;
    (void)status;
    (void)events;
    turn_wake(turn_of(poll->loop));
    for (int i = 0; i < ACCEPTED_A_TURN; i++) {
        struct sockaddr_storage from = {0};
        socklen_t size = sizeof from;
        int fd = accept4(l->fd, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        admit(fd, &from, l->local);
    }
}

/* --- listening ---- */

static bool fail(const char *what, const char *where, const char *why) {
    fprintf(stderr, "kvserver: cannot %s %s: %s\n", what, where, why);
    return false;
}

static bool add(struct turn *turn, int fd, bool local, const char *address) {
    struct listener *l = &listeners[listener_count];
    size_t used = strlen(addresses);
    if (listen(fd, BACKLOG) != 0 || uv_poll_init(&turn->loop, &l->poll, fd) != 0) {
        fail("listen on", address, strerror(errno));
        close(fd);
        return false;
    }
    l->fd = fd;
    l->local = local;
    listener_count++;
    uv_poll_start(&l->poll, UV_READABLE, on_connection);
    snprintf(addresses + used, sizeof addresses - used, "%s%s", used ? ", " : "", address);
    return true;
}

static bool listen_tcp(struct turn *turn) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found;
    char port[16];
    char address[128];
    int on = 1;
    snprintf(port, sizeof port, "%d", options.port);
    int error = getaddrinfo(options.bind, port, &hints, &found);
    if (error)
        return fail("find", options.bind, gai_strerror(error));
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bool bound = fd >= 0 && bind(fd, found->ai_addr, found->ai_addrlen) == 0;
    int saved = errno;
    freeaddrinfo(found);
    snprintf(address, sizeof address, "%s:%s", options.bind, port);
    if (bound)
        return add(turn, fd, false, address);
    if (fd >= 0)
        close(fd);
    return fail("bind to", address, strerror(saved));
}

static bool listen_unix(struct turn *turn) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (strlen(options.socket) >= sizeof name.sun_path)
        return fail("bind to", options.socket, "the path is too long");
    memcpy(name.sun_path, options.socket, strlen(options.socket));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    unlink(options.socket); /* what an earlier run left */
    if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) != 0) {
        fail("bind to", options.socket, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    socket_path = (char *)(uintptr_t)options.socket;
    return add(turn, fd, true, options.socket);
}

bool listen_begin(struct turn *turn) {
    if (!options.port && !options.socket)
        return fail("listen", "anywhere", "port is 0, and there is no unixsocket");
    return (!options.port || listen_tcp(turn)) && (!options.socket || listen_unix(turn));
}

void listen_end(void) {
    for (unsigned i = 0; i < listener_count; i++) {
        uv_poll_stop(&listeners[i].poll);
        uv_close((uv_handle_t *)&listeners[i].poll, NULL);
        close(listeners[i].fd);
    }
    listener_count = 0;
    if (socket_path)
        unlink(socket_path);
}

const char *listen_addresses(void) {
    return addresses;
}
