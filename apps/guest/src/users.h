/* Who a program runs as, by the machine's own /etc/passwd and /etc/group. */
#ifndef USERS_H
#define USERS_H

#include <stddef.h>
#include <sys/types.h>

#define GROUPS_MAX 64

struct account {
    uid_t uid;
    gid_t gid;
    gid_t groups[GROUPS_MAX];
    int group_count;
    char name[64], home[512];
};

/* `user` is a name, `uid` or `uid:gid`; empty means whoever the agent is. 0 or an errno (ENOKEY: none). */
int account_find(const char *user, struct account *account);
/* Gives up everything else for good; EPERM when this process may not. */
int account_become(const struct account *account);
/* The name of a user or group, or the number as a text. */
void name_of_user(uid_t uid, char *name, size_t size);
void name_of_group(gid_t gid, char *name, size_t size);

#endif
