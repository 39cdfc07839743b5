/* What Linux defines and musl's headers lack. Numbers are those of the kernel's user-space interface. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

struct open_how {
    uint64_t flags, mode, resolve;
};

#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_NO_SYMLINKS 0x04
#define RESOLVE_BENEATH 0x08
#define RESOLVE_IN_ROOT 0x10

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_renameat2
#error "renameat2 is missing"
#endif
#ifndef SYS_fsopen
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#endif
#define CLOSE_RANGE_CLOEXEC 4u
#define FSCONFIG_SET_STRING 1
#define FSCONFIG_CMD_CREATE 6
#define FSOPEN_CLOEXEC 1u
#define FSMOUNT_CLOEXEC 1u
#define MOUNT_ATTR_NOSUID 2u
#define MOUNT_ATTR_NOEXEC 8u

#ifndef AF_VSOCK
#define AF_VSOCK 40
#endif
#define VMADDR_CID_ANY 0xffffffffu
#define VMADDR_CID_HOST 2u

struct sockaddr_vsock {
    uint16_t family, reserved;
    uint32_t port, cid;
    uint8_t zero[4];
};

#define RNDADDENTROPY 0x40085203
#define RNDRESEEDCRNG 0x5207

#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441
#endif
#define TIOCSTI_REQUEST 0x5412u
#define TIOCLINUX_REQUEST 0x541cu

struct bpf_instruction {
    uint16_t code;
    uint8_t jump_true, jump_false;
    uint32_t k;
};
struct bpf_program {
    unsigned short length;
    const struct bpf_instruction *filter;
};
#define BPF_LOAD 0x20
#define BPF_EQUAL 0x15
#define BPF_RETURN 0x06
#define SECCOMP_ALLOW 0x7fff0000u
#define SECCOMP_ERRNO 0x00050000u
#define SECCOMP_SET_MODE_FILTER 1

#define AUDIT_X86_64 0xc000003eu
#define AUDIT_I386 0x40000003u
#define AUDIT_AARCH64 0xc00000b7u
#define AUDIT_ARM 0x40000028u

static inline void close_from(unsigned int first, unsigned int flags) {
    syscall(SYS_close_range, first, ~0u, flags);
}

#endif
