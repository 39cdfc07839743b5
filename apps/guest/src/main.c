/* The guest agent: what runs inside every machine. See docs/reference/guest-protocol.md. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"
#include "job.h"
#include "oom.h"
#include "options.h"
#include "path.h"
#include "poller.h"
#include "process.h"
#include "session.h"
#include "shutdown.h"
#include "transport.h"

/* How long programs have when the host is gone for good. */
#define LOST_HOST_GRACE_MS 2000
#define TOKEN_VARIABLE "BEDPLATE_GUEST_TOKEN"

static int signal_fd = -1;

static _Noreturn void fail(const char *what, int error) {
    log_line(what, error);
    exit(69);
}

static void take_token(const char *text) {
    size_t length = strcspn(text, "\r\n");
    if (length == 0 || length > TOKEN_BYTES_MAX) fail("the token is empty or too long", 0);
    memcpy(identity.token, text, length);
    identity.token_bytes = length;
}

static void read_token_file(const char *path) {
    char text[TOKEN_BYTES_MAX + 2] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof text - 1) < 0) fail("cannot read the token", errno);
    close(fd);
    take_token(text);
}

static void read_token(void) {
    char text[TOKEN_BYTES_MAX + 2];
    char *variable = getenv(TOKEN_VARIABLE);
    if (options.token_file != NULL) return read_token_file(options.token_file);
    if (variable != NULL) {
        take_token(variable);
        /* Neither children nor whoever reads our environment shall find it. */
        memset(variable, 0, strlen(variable));
        unsetenv(TOKEN_VARIABLE);
        return;
    }
    if (options.is_init && init_parameter("bedplate.token", text, sizeof text)) return take_token(text);
    if (!options.has_no_token) fail("there is no token: give one, or say --no-token", 0);
}

static void watch_signals(void) {
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    sigprocmask(SIG_SETMASK, &watched, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal_fd = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signal_fd < 0) fail("cannot watch signals", errno);
}

/* Whoever's parent died comes to us, and is taken off the kernel's hands. */
static void reap(void) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (!processes_reaped(pid, status)) jobs_reaped(pid);
    }
}

static void on_signal(void *owner, short events) {
    struct signalfd_siginfo signal;
    (void)owner;
    (void)events;
    while (read(signal_fd, &signal, sizeof signal) == (ssize_t)sizeof signal) {
        if (signal.ssi_signo == SIGCHLD) reap();
        else shutdown_begin(LOST_HOST_GRACE_MS);
    }
}

static void prepare_process(void) {
    struct rlimit files;
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max < 65536 ? files.rlim_max : 65536;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    random_bytes(identity.instance, sizeof identity.instance);
    identity.is_init = options.is_init;
}

static void turn(void) {
    poller_begin();
    poller_want(signal_fd, POLLIN, on_signal, NULL);
    transport_prepare();
    processes_prepare();
    jobs_prepare();
    shutdown_prepare();
    sessions_prepare();
    poller_run();
    sessions_sweep();
    processes_sweep();
    if (transport_is_over()) shutdown_begin(LOST_HOST_GRACE_MS);
}

/* What was answered last may still wait to be sent. */
static void send_the_rest(void) {
    for (int turns = 0; turns < 20 && !sessions_have_sent(); turns++) {
        poller_begin();
        sessions_prepare();
        poller_until(now_ms() + 10);
        poller_run();
        sessions_sweep();
    }
}

int main(int count, char **arguments) {
    options_read(count, arguments);
    if (options.is_init) init_machine();
    int error = root_open(options.root);
    if (error != 0) fail("cannot open the root", error);
    read_token();
    watch_signals();
    prepare_process();
    oom_begin();
    error = transport_open(options.listen);
    if (error != 0) fail("cannot listen", error);
    while (!shutdown_is_done()) turn();
    send_the_rest();
    transport_close();
    shutdown_machine();
    return 0;
}
