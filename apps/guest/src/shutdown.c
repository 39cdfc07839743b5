#include "shutdown.h"

#include <errno.h>
#include <signal.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "job.h"
#include "options.h"
#include "poller.h"
#include "process.h"
#include "session.h"
#include "sessions-of.h"

#define GRACE_MS_MAX 600000
/* After SIGKILL only the kernel can hold something up. */
#define AFTER_KILL_MS 5000
#define LOOK_AGAIN_MS 10
/* Operations on files that were under way have this long to undo what they began. */
#define UNDO_MS 500

static bool has_begun, has_given_up, has_killed, is_told, is_quiet;
static uint64_t kill_at, undo_until, give_up_at;
static unsigned int waiting_streams;

/* An init reaches whatever there is; anyone else what it started, and what lost its parent. */
static void ask(int number) {
    if (getpid() == 1) {
        kill(-1, number);
        return;
    }
    processes_signal_all(number);
    signal_strays(number, processes_have);
}

void shutdown_begin(uint64_t grace_ms) {
    if (has_begun) return;
    has_begun = true;
    kill_at = now_ms() + grace_ms;
    if (grace_ms == 0) return;
    ask(SIGTERM);
    /* A shell at a terminal is deaf to that: it ends when its terminal does. */
    processes_hang_up();
    /* What stands still hears nothing. */
    ask(SIGCONT);
}

bool shutdown_has_begun(void) { return has_begun; }

/* Nobody is left but operations on files, or the time is over. */
static bool may_kill(unsigned int children) {
    if (!has_given_up && children > jobs_living() && now_ms() < kill_at) return false;
    if (!has_given_up) {
        has_given_up = true;
        jobs_give_up();
        undo_until = now_ms() + UNDO_MS;
    }
    return jobs_living() == 0 || now_ms() >= undo_until;
}

/*
 * Whoever's parent is killed becomes our child, so that killing children again and again leaves nobody.
 */
static void look(void) {
    unsigned int children = signal_children(has_killed ? SIGKILL : 0);
    if (!has_killed && may_kill(children)) {
        has_killed = true;
        give_up_at = now_ms() + AFTER_KILL_MS;
        children = signal_children(SIGKILL);
        if (getpid() == 1) kill(-1, SIGKILL);
    }
    is_quiet = has_killed && (children == 0 || now_ms() >= give_up_at);
}

void shutdown_prepare(void) {
    if (!has_begun) return;
    look();
    poller_until(now_ms() + LOOK_AGAIN_MS);
    /* The host has its answer when the streams that asked have been swept. */
    if (is_told) poller_until(now_ms());
}

bool shutdown_is_done(void) { return is_quiet && waiting_streams == 0; }

static void prepare_shutdown(struct stream *stream) {
    if (!is_quiet) return;
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

static const struct stream_class shutdown_class = {prepare_shutdown, close_shutdown, false, NULL};

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
