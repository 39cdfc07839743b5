/* What the machine is doing, and what makes it its own after it was copied. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"
#include "op.h"
#include "sessions-of.h"
#include "text.h"

#define SEED_BYTES_MAX 256
#define SEED_BYTES_MIN 16

/* What is read of /proc; the processors beyond the first thousands of lines are in the sum. */
static char text[16384];

static uint64_t ticks_to_ns(uint64_t ticks) {
    return ticks * (1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK));
}

static void put_cpu(struct bytes *fields) {
    /* user, nice, system, idle, iowait, irq, softirq, steal */
    uint64_t part[8] = {0};
    const char *at = text;
    if (!read_text("/proc/stat", text, sizeof text) || strncmp(text, "cpu ", 4) != 0) return;
    skip_words(&at, 1);
    for (int of = 0; of < 8; of++) {
        if (!take_number(&at, 10, &part[of])) return;
    }
    put_number(fields, TAG_CPU_COUNT, (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
    put_number(fields, TAG_CPU_USED_NS, ticks_to_ns(part[0] + part[1] + part[2] + part[5] + part[6]));
    put_number(fields, TAG_CPU_IDLE_NS, ticks_to_ns(part[3] + part[4]));
}

static void put_memory(struct bytes *fields) {
    uint64_t total = 0, available = 0, cached = 0;
    if (!read_text("/proc/meminfo", text, sizeof text)) return;
    if (!number_in(text, "MemTotal", &total) || !number_in(text, "MemAvailable", &available)) return;
    number_in(text, "Cached", &cached);
    put_number(fields, TAG_MEMORY_TOTAL, total * 1024);
    put_number(fields, TAG_MEMORY_USED, (total - available) * 1024);
    put_number(fields, TAG_MEMORY_CACHE, cached * 1024);
}

static void put_disk(struct bytes *fields, const char *path) {
    struct statvfs disk;
    int fd = path_open(path, O_PATH | O_DIRECTORY, 0);
    if (fd < 0) return;
    if (fstatvfs(fd, &disk) == 0) {
        put_number(fields, TAG_DISK_TOTAL, (uint64_t)disk.f_blocks * disk.f_frsize);
        put_number(fields, TAG_DISK_USED, (uint64_t)(disk.f_blocks - disk.f_bfree) * disk.f_frsize);
        put_number(fields, TAG_INODES_TOTAL, disk.f_files);
        put_number(fields, TAG_INODES_USED, disk.f_files - disk.f_ffree);
    }
    close(fd);
}

/* How much memory the agent itself holds. */
static void put_agent(struct bytes *fields) {
    char path[48], number[NUMBER_TEXT_BYTES];
    uint64_t pages = 0;
    const char *at = text;
    text_join(path, sizeof path, "/proc/", decimal_of((uint64_t)getppid(), number), "/statm", NULL);
    if (!read_text(path, text, sizeof text)) return;
    skip_words(&at, 1);
    if (!take_number(&at, 10, &pages)) return;
    put_number(fields, TAG_AGENT_BYTES, pages * (uint64_t)sysconf(_SC_PAGESIZE));
}

int op_metrics(struct fields request, struct bytes *more) {
    char path[PATH_BYTES];
    struct bytes fields = {0};
    struct timespec now;
    (void)more;
    clock_gettime(CLOCK_REALTIME, &now);
    put_number(&fields, TAG_REALTIME_NS, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
    clock_gettime(CLOCK_BOOTTIME, &now);
    put_number(&fields, TAG_UPTIME_MS, (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
    put_cpu(&fields);
    put_memory(&fields);
    put_disk(&fields, path_of(request, TAG_PATH, path) == 0 ? path : "/");
    put_number(&fields, TAG_PROCESS_COUNT, count_processes());
    put_agent(&fields);
    job_answer(&fields);
    return 0;
}

struct port {
    char address[33];
    uint64_t number, state, uid;
};

/* " 0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 UID ..." */
static bool read_port(const char *line, struct port *port) {
    skip_words(&line, 1);
    line += strspn(line, " ");
    size_t length = strspn(line, "0123456789ABCDEF");
    if (length >= sizeof port->address || line[length] != ':') return false;
    memcpy(port->address, line, length);
    port->address[length] = 0;
    line += length + 1;
    if (!take_number(&line, 16, &port->number)) return false;
    skip_words(&line, 1);
    if (!take_number(&line, 16, &port->state)) return false;
    skip_words(&line, 3);
    return take_number(&line, 10, &port->uid);
}

/* Who listens has the state 0A. */
static int tell_ports(const char *path, bool is_ipv6) {
    char line[512];
    struct port port;
    FILE *file = fopen(path, "re");
    if (file == NULL) return errno == ENOENT ? 0 : errno;
    while (fgets(line, sizeof line, file) != NULL) {
        if (!read_port(line, &port) || port.state != 0x0a) continue;
        struct bytes fields = {0};
        put_number(&fields, TAG_PORT, port.number);
        put_number(&fields, TAG_UID, port.uid);
        put_text(&fields, TAG_ADDRESS, port.address);
        put_number(&fields, TAG_TYPE, is_ipv6 ? 6 : 4);
        job_item(&fields);
        bytes_free(&fields);
    }
    fclose(file);
    return 0;
}

int op_ports(struct fields request, struct bytes *more) {
    struct bytes none = {0};
    (void)request;
    (void)more;
    job_answer(&none);
    int error = tell_ports("/proc/net/tcp", false);
    return error != 0 ? error : tell_ports("/proc/net/tcp6", true);
}

/* The kernel's pool: the host's bytes, and at once a fresh generator made of them. */
static int add_entropy(const struct field *seed) {
    struct {
        int bits, bytes;
        uint8_t data[SEED_BYTES_MAX];
    } pool = {.bits = (int)seed->length * 8, .bytes = (int)seed->length};
    if (seed->length < SEED_BYTES_MIN || seed->length > SEED_BYTES_MAX) return EINVAL;
    memcpy(pool.data, seed->value, seed->length);
    int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    int error = ioctl(fd, RNDADDENTROPY, &pool) < 0 ? errno : 0;
    if (error == 0 && ioctl(fd, RNDRESEEDCRNG, 0) < 0) error = errno;
    close(fd);
    memset(&pool, 0, sizeof pool);
    return error;
}

static int set_clock(uint64_t realtime_ns) {
    struct timespec now = {.tv_sec = (time_t)(realtime_ns / 1000000000u),
                           .tv_nsec = (long)(realtime_ns % 1000000000u)};
    return clock_settime(CLOCK_REALTIME, &now) < 0 ? errno : 0;
}

/* Writes a short file at once; a machine without such a file gets one. */
static int replace_text(const char *folder, const char *name, const char *line, mode_t mode) {
    char draft[64], number[NUMBER_TEXT_BYTES];
    int at = path_open(folder, O_PATH | O_DIRECTORY, 0);
    if (at < 0) return -at;
    text_join(draft, sizeof draft, ".bedplate-", decimal_of((uint64_t)getpid(), number), ".part", NULL);
    int fd = openat(at, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    int error = fd < 0 ? errno : 0;
    if (error == 0) error = write_whole(fd, (const uint8_t *)line, strlen(line));
    if (error == 0) error = write_whole(fd, (const uint8_t *)"\n", 1);
    if (fd >= 0) close(fd);
    if (error == 0 && renameat(at, draft, at, name) < 0) error = errno;
    if (error != 0) unlinkat(at, draft, 0);
    close(at);
    return error;
}

static bool is_host_name(const char *name) {
    size_t length = strlen(name);
    bool is_plain = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == length;
    return length >= 1 && length <= 64 && is_plain;
}

static int set_host_name(struct fields request) {
    char name[65];
    if (field_text(request, TAG_HOST_NAME, name, sizeof name) != 0 || !is_host_name(name)) return EINVAL;
    if (sethostname(name, strlen(name)) < 0) return errno;
    return replace_text("/etc", "hostname", name, 0644);
}

static int set_machine_id(struct fields request) {
    char id[33];
    if (field_text(request, TAG_MACHINE_ID, id, sizeof id) != 0) return EINVAL;
    if (strlen(id) != 32 || strspn(id, "0123456789abcdef") != 32) return EINVAL;
    return replace_text("/etc", "machine-id", id, 0444);
}

/* Each part is told by its tag: the errno, 0 for done. What was not asked for is not told. */
int op_reseed(struct fields request, struct bytes *more) {
    struct bytes fields = {0};
    struct field seed;
    (void)more;
    if (field_find(request, TAG_ENTROPY, &seed)) {
        put_number(&fields, TAG_ENTROPY, (uint64_t)add_entropy(&seed));
    }
    if (field_has(request, TAG_REALTIME_NS)) {
        int error = set_clock(field_number(request, TAG_REALTIME_NS, 0));
        put_number(&fields, TAG_REALTIME_NS, (uint64_t)error);
    }
    if (field_has(request, TAG_HOST_NAME)) put_number(&fields, TAG_HOST_NAME, (uint64_t)set_host_name(request));
    if (field_has(request, TAG_MACHINE_ID)) put_number(&fields, TAG_MACHINE_ID, (uint64_t)set_machine_id(request));
    job_answer(&fields);
    return 0;
}
