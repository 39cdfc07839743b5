#include "forward.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "poller.h"
#include "session.h"

#define CONNECT_MS 10000

struct relay {
    int fd;
    uint16_t port;
    bool is_connected, has_tried_ipv6, has_read_end, has_sent_end;
    uint64_t give_up_at;
};

static void on_relay(void *owner, short events) {
    (void)owner;
    (void)events;
}

static int start_connect(struct relay *relay, const void *address, socklen_t size, int family) {
    relay->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (relay->fd < 0) return errno;
    int one = 1;
    if (family != AF_UNIX) setsockopt(relay->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return connect(relay->fd, address, size) < 0 && errno != EINPROGRESS ? errno : 0;
}

static int connect_ipv4(struct relay *relay) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(relay->port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    return start_connect(relay, &address, sizeof address, AF_INET);
}

static int connect_ipv6(struct relay *relay) {
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(relay->port),
                                   .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    relay->has_tried_ipv6 = true;
    if (relay->fd >= 0) close(relay->fd);
    relay->fd = -1;
    return start_connect(relay, &address, sizeof address, AF_INET6);
}

static int connect_unix(struct relay *relay, struct fields request) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    relay->has_tried_ipv6 = true;
    if (field_text(request, TAG_PATH, address.sun_path, sizeof address.sun_path) != 0) return EINVAL;
    return start_connect(relay, &address, sizeof address, AF_UNIX);
}

/* Asks how the attempt went; goes on to the other loopback when nobody listens on the first. */
static void check_connection(struct stream *stream, struct relay *relay) {
    struct pollfd state = {.fd = relay->fd, .events = POLLOUT};
    if (now_ms() >= relay->give_up_at) return stream_fail(stream, ETIMEDOUT);
    if (poll(&state, 1, 0) <= 0) return;
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(relay->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == ECONNREFUSED && !relay->has_tried_ipv6) {
        /* A machine without the second protocol still only refuses. */
        if (connect_ipv6(relay) != 0) stream_fail(stream, error);
        return;
    }
    if (error != 0) return stream_fail(stream, error);
    struct bytes none = {0};
    relay->is_connected = true;
    stream_answer(stream, &none);
}

/* Reads straight into the connection's queue. */
static void read_relay(struct stream *stream, struct relay *relay) {
    while (!relay->has_read_end && stream_may_send(stream, CHANNEL_OUTPUT)) {
        uint8_t *body = session_reserve(stream->session, DATA_BYTES_MAX);
        ssize_t got = recv(relay->fd, body, DATA_BYTES_MAX, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got < 0) return stream_fail(stream, errno);
        if (got == 0) {
            relay->has_read_end = true;
            return stream_send_eof(stream, CHANNEL_OUTPUT);
        }
        stream->credit[CHANNEL_OUTPUT] -= got;
        session_frame(stream->session, FRAME_DATA | CHANNEL_OUTPUT << 5, stream->id, (size_t)got);
    }
}

static void write_relay(struct stream *stream, struct relay *relay) {
    while (stream->input.length > 0 && !stream->is_over) {
        ssize_t done = send(relay->fd, bytes_head(&stream->input), stream->input.length, MSG_NOSIGNAL);
        if (done < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (done < 0) return stream_fail(stream, errno);
        stream_took(stream, (size_t)done);
    }
    if (!stream->has_input_ended || relay->has_sent_end) return;
    relay->has_sent_end = true;
    shutdown(relay->fd, SHUT_WR);
}

static void prepare_forward(struct stream *stream) {
    struct relay *relay = stream->state;
    if (!relay->is_connected) check_connection(stream, relay);
    if (stream->is_over) return;
    if (!relay->is_connected) {
        poller_until(relay->give_up_at);
        return poller_want(relay->fd, POLLOUT, on_relay, stream);
    }
    read_relay(stream, relay);
    if (!stream->is_over) write_relay(stream, relay);
    if (relay->has_read_end && relay->has_sent_end) stream_end(stream, CODE_OK, NULL);
    if (stream->is_over) return;
    bool may_read = !relay->has_read_end && stream_may_send(stream, CHANNEL_OUTPUT);
    short wanted = (short)((may_read ? POLLIN : 0) | (stream->input.length > 0 ? POLLOUT : 0));
    if (wanted != 0) poller_want(relay->fd, wanted, on_relay, stream);
}

static void close_forward(struct stream *stream) {
    struct relay *relay = stream->state;
    if (relay->fd >= 0) close(relay->fd);
    free(relay);
}

static const struct stream_class forward_class = {prepare_forward, close_forward, true, NULL};

void begin_forward(struct stream *stream, struct fields request) {
    uint64_t port = field_number(request, TAG_PORT, 0);
    bool is_unix = field_has(request, TAG_PATH);
    if (!is_unix && (port == 0 || port > 65535)) return stream_fail(stream, EINVAL);
    struct relay *relay = must_allocate(sizeof *relay);
    *relay = (struct relay){.fd = -1, .port = (uint16_t)port, .give_up_at = now_ms() + CONNECT_MS};
    stream->state = relay;
    stream->class = &forward_class;
    int error = is_unix ? connect_unix(relay, request) : connect_ipv4(relay);
    if (error != 0 && error != ECONNREFUSED) return stream_fail(stream, error);
    if (error == ECONNREFUSED && (is_unix || connect_ipv6(relay) != 0)) stream_fail(stream, error);
}
