#include "shutdown.h"

#include <errno.h>
#include <signal.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "options.h"
#include "poller.h"
#include "process.h"
#include "session.h"

#define GRACE_MS_MAX 600000
/* After SIGKILL only the kernel can hold something up. */
#define AFTER_KILL_MS 5000

static bool has_begun, has_killed, is_told;
static uint64_t kill_at, give_up_at;
static unsigned int waiting_streams;

static void signal_everyone(int number) {
    /* An init reaches whatever there is; anyone else only what it started. */
    if (getpid() == 1) kill(-1, number);
    else processes_signal_all(number);
}

void shutdown_begin(uint64_t grace_ms) {
    if (has_begun) return;
    has_begun = true;
    kill_at = now_ms() + grace_ms;
    give_up_at = kill_at + AFTER_KILL_MS;
    if (grace_ms > 0) signal_everyone(SIGTERM);
}

bool shutdown_has_begun(void) { return has_begun; }

void shutdown_prepare(void) {
    if (!has_begun) return;
    if (!has_killed && now_ms() >= kill_at) {
        has_killed = true;
        signal_everyone(SIGKILL);
    }
    poller_until(has_killed ? give_up_at : kill_at);
    /* The host has its answer when the streams that asked have been swept. */
    if (is_told) poller_until(now_ms());
}

static bool is_quiet(void) { return processes_living() == 0 || (has_killed && now_ms() >= give_up_at); }

bool shutdown_is_done(void) { return has_begun && is_quiet() && waiting_streams == 0; }

static void prepare_shutdown(struct stream *stream) {
    if (!is_quiet()) return;
    struct bytes none = {0};
    sync();
    is_told = true;
    stream_answer(stream, &none);
    stream_end(stream, CODE_OK, NULL);
}

static void close_shutdown(struct stream *stream) {
    (void)stream;
    waiting_streams--;
}

static const struct stream_class shutdown_class = {prepare_shutdown, close_shutdown, false};

void begin_shutdown(struct stream *stream, struct fields request) {
    uint64_t grace_ms = field_number(request, TAG_GRACE_MS, 0);
    if (grace_ms > GRACE_MS_MAX) return stream_fail(stream, EINVAL);
    waiting_streams++;
    stream->class = &shutdown_class;
    shutdown_begin(grace_ms);
}

void shutdown_machine(void) {
    if (!options.is_init || getpid() != 1) return;
    sync();
    reboot(RB_POWER_OFF);
    reboot(RB_AUTOBOOT);
}
