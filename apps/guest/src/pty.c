#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

#include "kernel.h"
#include "options.h"
#include "spawn.h"

#ifndef IUTF8
#define IUTF8 0040000
#endif

/* A devpts of its own that is mounted nowhere: its terminals have no name that others can open. */
static int open_private_multiplexer(void) {
    int context = (int)syscall(SYS_fsopen, "devpts", FSOPEN_CLOEXEC);
    if (context < 0) return -1;
    syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "ptmxmode", "0600", 0);
    syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "mode", "0620", 0);
    int created = (int)syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
    int folder = created < 0 ? -1 : (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC,
                                                 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    int kept = errno;
    close(context);
    if (folder < 0) {
        errno = kept;
        return -1;
    }
    int master = openat(folder, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    kept = errno;
    close(folder);
    errno = kept;
    return master;
}

static int open_multiplexer(void) {
    if (options.has_private_terminals) return open_private_multiplexer();
    int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    return master >= 0 ? master : open_private_multiplexer();
}

int pty_open(int *master, int *terminal) {
    int unlocked = 0;
    *master = open_multiplexer();
    if (*master < 0) return errno;
    if (ioctl(*master, TIOCSPTLCK, &unlocked) < 0) return errno;
    /* The other side by its descriptor: a path could name a terminal of another devpts. */
    *terminal = ioctl(*master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*terminal < 0) return errno;
    struct termios modes;
    if (tcgetattr(*terminal, &modes) == 0) {
        modes.c_iflag |= IUTF8;
        tcsetattr(*terminal, TCSANOW, &modes);
    }
    return 0;
}

int pty_resize(int master, unsigned int columns, unsigned int rows) {
    if (columns == 0 || rows == 0 || columns > 10000 || rows > 10000) return EINVAL;
    struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
    return ioctl(master, TIOCSWINSZ, &size) < 0 ? errno : 0;
}

#define OFFSET_NUMBER 0
#define OFFSET_ARCH 4
/* The low half of the second argument: the request of an ioctl is 32 bits wide. */
#define OFFSET_REQUEST 24

#define LOAD(offset) {BPF_LOAD, 0, 0, offset}
#define GO_IF(value, yes, no) {BPF_EQUAL, yes, no, value}

/* ioctl is 16 on x86-64 and 514 on its x32; 54 on 32-bit x86 and ARM; 29 on arm64. */
static const struct bpf_instruction injection_filter[] = {
    /*  0 */ LOAD(OFFSET_ARCH),
    /*  1 */ GO_IF(AUDIT_X86_64, 4, 0),
    /*  2 */ GO_IF(AUDIT_AARCH64, 6, 0),
    /*  3 */ GO_IF(AUDIT_I386, 7, 0),
    /*  4 */ GO_IF(AUDIT_ARM, 6, 0),
    /*  5 */ {BPF_RETURN, 0, 0, SECCOMP_ALLOW},
    /*  6 */ LOAD(OFFSET_NUMBER),
    /*  7 */ GO_IF(16, 5, 0),
    /*  8 */ GO_IF(0x40000000u + 514, 4, 7),
    /*  9 */ LOAD(OFFSET_NUMBER),
    /* 10 */ GO_IF(29, 2, 5),
    /* 11 */ LOAD(OFFSET_NUMBER),
    /* 12 */ GO_IF(54, 0, 3),
    /* 13 */ LOAD(OFFSET_REQUEST),
    /* 14 */ GO_IF(TIOCSTI_REQUEST, 2, 0),
    /* 15 */ GO_IF(TIOCLINUX_REQUEST, 1, 0),
    /* 16 */ {BPF_RETURN, 0, 0, SECCOMP_ALLOW},
    /* 17 */ {BPF_RETURN, 0, 0, SECCOMP_ERRNO | EPERM},
};

void deny_terminal_injection(void) {
    const struct bpf_program program = {sizeof injection_filter / sizeof *injection_filter,
                                        injection_filter};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0) return;
    /* Without the right to filter, giving up set-user-id programs is the price. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
    }
}
