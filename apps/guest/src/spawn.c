#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel.h"
#include "users.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/* HOME, USER, LOGNAME, PATH, TERM. */
#define ENV_DEFAULTS 5

static size_t count_fields(struct fields request, enum tag tag) {
    size_t offset = 0, count = 0;
    struct field field;
    while (field_next(request, &offset, &field)) count += field.tag == tag;
    return count;
}

static int read_texts(struct fields request, enum tag tag, char **texts) {
    size_t offset = 0, count = 0;
    struct field field;
    while (field_next(request, &offset, &field)) {
        if (field.tag != tag) continue;
        if (memchr(field.value, 0, field.length) != NULL) return EINVAL;
        texts[count++] = must_copy_text((const char *)field.value, field.length);
    }
    return 0;
}

static char **new_texts(size_t count) { return must_allocate((count + 1) * sizeof(char *)); }

int spawn_read(struct spawn *spawn, struct fields request) {
    *spawn = (struct spawn){0};
    spawn->argv = new_texts(count_fields(request, TAG_ARG));
    spawn->env = new_texts(count_fields(request, TAG_ENV) + ENV_DEFAULTS);
    int error = read_texts(request, TAG_ARG, spawn->argv);
    if (error == 0) error = read_texts(request, TAG_ENV, spawn->env);
    if (error != 0) return error;
    if (spawn->argv[0] == NULL || spawn->argv[0][0] == 0) return EINVAL;
    int cwd = field_text(request, TAG_CWD, spawn->cwd, sizeof spawn->cwd);
    int user = field_text(request, TAG_USER, spawn->user, sizeof spawn->user);
    if (cwd == -EINVAL || user == -EINVAL) return EINVAL;
    spawn->has_cwd = cwd == 0;
    unsigned int flags = (unsigned int)field_number(request, TAG_FLAGS, 0);
    spawn->has_input = (flags & PROCESS_STDIN) != 0;
    spawn->is_pty = (flags & PROCESS_PTY) != 0;
    spawn->columns = (unsigned int)field_number(request, TAG_COLUMNS, 80);
    spawn->rows = (unsigned int)field_number(request, TAG_ROWS, 24);
    return 0;
}

static void free_texts(char **texts) {
    for (size_t at = 0; texts != NULL && texts[at] != NULL; at++) free(texts[at]);
    free(texts);
}

void spawn_free(struct spawn *spawn) {
    free_texts(spawn->argv);
    free_texts(spawn->env);
}

static void add_default(char **env, const char *name, const char *value) {
    size_t length = strlen(name);
    size_t at = 0;
    for (; env[at] != NULL; at++) {
        if (strncmp(env[at], name, length) == 0 && env[at][length] == '=') return;
    }
    char *text = must_allocate(length + strlen(value) + 2);
    strcpy(text, name);
    text[length] = '=';
    strcpy(text + length + 1, value);
    env[at] = text;
}

static void add_defaults(const struct spawn *spawn, const struct account *account) {
    add_default(spawn->env, "PATH", DEFAULT_PATH);
    add_default(spawn->env, "HOME", account->home);
    add_default(spawn->env, "USER", account->name);
    add_default(spawn->env, "LOGNAME", account->name);
    if (spawn->is_pty) add_default(spawn->env, "TERM", "xterm-256color");
}

static void adopt(int from, int to) {
    if (from == to) fcntl(to, F_SETFD, 0);
    else dup2(from, to);
}

/* The three descriptors of the program, and none besides. */
static void place_descriptors(const int ends[3]) {
    int high[3];
    for (int at = 0; at < 3; at++) high[at] = fcntl(ends[at], F_DUPFD_CLOEXEC, 10);
    for (int at = 0; at < 3; at++) adopt(high[at], at);
    close_from(3, CLOSE_RANGE_CLOEXEC);
}

static void set_limits(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    int adjust = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (adjust < 0) return;
    /* The agent itself may be exempt from the killer of processes; what it starts is not. */
    if (write(adjust, "0", 1) < 0) log_line("cannot set oom_score_adj", errno);
    close(adjust);
}

void restore_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int enter_folder(const struct spawn *spawn, const struct account *account) {
    if (spawn->has_cwd) return chdir(spawn->cwd) == 0 ? 0 : errno;
    if (chdir(account->home) == 0 || chdir("/") == 0) return 0;
    return errno;
}

/* What the child does; comes back with an errno only when it fails. */
static int become_program(const struct spawn *spawn, const int ends[3]) {
    struct account account;
    setsid();
    restore_signals();
    int error = account_find(spawn->user, &account);
    if (error != 0) return error;
    if (spawn->is_pty) {
        if (ioctl(ends[0], TIOCSCTTY, 0) < 0) return errno;
        if (fchown(ends[0], account.uid, (gid_t)-1) < 0 && account.uid != geteuid()) return errno;
    }
    place_descriptors(ends);
    set_limits();
    umask(022);
    deny_terminal_injection();
    error = account_become(&account);
    if (error == 0) error = enter_folder(spawn, &account);
    if (error != 0) return error;
    add_defaults(spawn, &account);
    environ = spawn->env;
    execvp(spawn->argv[0], spawn->argv);
    return errno;
}

struct plumbing {
    int input[2], output[2], error[2], start[2];
};

static void close_pair(int pair[2]) {
    if (pair[0] >= 0) close(pair[0]);
    if (pair[1] >= 0) close(pair[1]);
}

static void close_plumbing(struct plumbing *plumbing) {
    close_pair(plumbing->input);
    close_pair(plumbing->output);
    close_pair(plumbing->error);
    close_pair(plumbing->start);
}

/* Index 0 is the end that is read, 1 the one that is written. */
static int lay_pipes(const struct spawn *spawn, struct plumbing *plumbing) {
    if (pipe2(plumbing->start, O_CLOEXEC) < 0) return errno;
    if (spawn->is_pty) {
        int error = pty_open(&plumbing->output[0], &plumbing->output[1]);
        if (error != 0) return error;
        plumbing->input[1] = fcntl(plumbing->output[0], F_DUPFD_CLOEXEC, 3);
        plumbing->input[0] = fcntl(plumbing->output[1], F_DUPFD_CLOEXEC, 3);
        return pty_resize(plumbing->output[0], spawn->columns, spawn->rows);
    }
    if (pipe2(plumbing->output, O_CLOEXEC) < 0 || pipe2(plumbing->error, O_CLOEXEC) < 0) return errno;
    if (spawn->has_input) return pipe2(plumbing->input, O_CLOEXEC) < 0 ? errno : 0;
    plumbing->input[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return plumbing->input[0] < 0 ? errno : 0;
}

static int keep(int fd) {
    if (fd >= 0) fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd;
}

int spawn_run(const struct spawn *spawn, struct spawned *spawned) {
    struct plumbing plumbing = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
    int error = lay_pipes(spawn, &plumbing);
    int error_end = spawn->is_pty ? plumbing.output[1] : plumbing.error[1];
    const int ends[3] = {plumbing.input[0], plumbing.output[1], error_end};
    pid_t pid = error == 0 ? fork() : -1;
    if (pid == 0) {
        error = become_program(spawn, ends);
        if (write(plumbing.start[1], &error, sizeof error) < 0) _exit(126);
        _exit(127);
    }
    if (error == 0 && pid < 0) error = errno;
    if (error != 0) {
        close_plumbing(&plumbing);
        return error;
    }
    *spawned = (struct spawned){pid, keep(plumbing.input[1]), keep(plumbing.output[0]),
                                keep(plumbing.error[0]), keep(plumbing.start[0])};
    plumbing.input[1] = plumbing.output[0] = plumbing.error[0] = plumbing.start[0] = -1;
    close_plumbing(&plumbing);
    return 0;
}
