#include "users.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "text.h"

#define LINE_BYTES 4096
#define COLUMNS_MAX 8
/* Lines that are read at most, whatever a machine puts into its files. */
#define LINES_MAX 100000

struct row {
    char line[LINE_BYTES];
    char *columns[COLUMNS_MAX];
    int count;
};

static bool next_row(FILE *file, struct row *row) {
    if (file == NULL || fgets(row->line, sizeof row->line, file) == NULL) return false;
    row->line[strcspn(row->line, "\n")] = 0;
    row->count = 0;
    char *rest = row->line;
    while (rest != NULL && row->count < COLUMNS_MAX) row->columns[row->count++] = strsep(&rest, ":");
    return true;
}

static bool read_number(const char *text, uint32_t *number) {
    uint64_t value;
    if (text[0] < '0' || text[0] > '9' || !take_number(&text, 10, &value)) return false;
    *number = (uint32_t)value;
    return *text == 0 && value < UINT32_MAX;
}

/* Finds the line of /etc/passwd whose name, or whose number, is given. */
static bool find_user(const char *name, const uint32_t *uid, struct account *account) {
    FILE *file = fopen("/etc/passwd", "re");
    struct row *row = must_allocate(sizeof *row);
    bool is_found = false;
    for (int lines = 0; !is_found && lines < LINES_MAX && next_row(file, row); lines++) {
        uint32_t row_uid, row_gid;
        if (row->count < 6 || !read_number(row->columns[2], &row_uid)) continue;
        if (!read_number(row->columns[3], &row_gid)) continue;
        is_found = name != NULL ? strcmp(row->columns[0], name) == 0 : row_uid == *uid;
        if (!is_found) continue;
        account->uid = row_uid;
        account->gid = row_gid;
        text_copy(account->name, sizeof account->name, row->columns[0]);
        text_copy(account->home, sizeof account->home, row->columns[5]);
    }
    if (file != NULL) fclose(file);
    free(row);
    return is_found;
}

static bool lists(char *members, const char *name) {
    for (char *member; (member = strsep(&members, ",")) != NULL;) {
        if (strcmp(member, name) == 0) return true;
    }
    return false;
}

static void find_groups(struct account *account) {
    FILE *file = fopen("/etc/group", "re");
    struct row *row = must_allocate(sizeof *row);
    account->groups[0] = account->gid;
    account->group_count = 1;
    for (int lines = 0; lines < LINES_MAX && next_row(file, row); lines++) {
        uint32_t gid;
        if (account->group_count == GROUPS_MAX || row->count < 4) continue;
        if (!read_number(row->columns[2], &gid) || gid == account->gid) continue;
        if (lists(row->columns[3], account->name)) account->groups[account->group_count++] = gid;
    }
    if (file != NULL) fclose(file);
    free(row);
}

static void set_numbers(struct account *account, uint32_t uid, uint32_t gid) {
    if (!find_user(NULL, &uid, account)) {
        char number[NUMBER_TEXT_BYTES];
        text_copy(account->name, sizeof account->name, decimal_of(uid, number));
        text_copy(account->home, sizeof account->home, "/");
        account->gid = gid;
    }
    account->uid = uid;
}

int account_find(const char *user, struct account *account) {
    *account = (struct account){0};
    uint32_t uid, gid;
    char text[128];
    text_copy(text, sizeof text, user);
    char *colon = strchr(text, ':');
    if (colon != NULL) *colon++ = 0;
    if (text[0] == 0) set_numbers(account, geteuid(), getegid());
    else if (read_number(text, &uid)) set_numbers(account, uid, uid);
    else if (!find_user(text, NULL, account)) return ENOKEY;
    find_groups(account);
    if (colon != NULL) {
        if (!read_number(colon, &gid)) return ENOKEY;
        account->gid = account->groups[0] = gid;
    }
    return 0;
}

int account_become(const struct account *account) {
    bool is_same = geteuid() == account->uid && getegid() == account->gid;
    int dropped = setgroups((size_t)account->group_count, account->groups);
    /* Whoever stays what it is needs no right for that; it can neither gain nor drop groups. */
    if (is_same) return 0;
    if (dropped < 0 && getgroups(0, NULL) != 0) return EPERM;
    if (setresgid(account->gid, account->gid, account->gid) < 0) return EPERM;
    if (setresuid(account->uid, account->uid, account->uid) < 0) return EPERM;
    return 0;
}

static void find_name(const char *path, uint32_t number, char *name, size_t size) {
    FILE *file = fopen(path, "re");
    struct row *row = must_allocate(sizeof *row);
    char digits[NUMBER_TEXT_BYTES];
    text_copy(name, size, decimal_of(number, digits));
    for (int lines = 0; lines < LINES_MAX && next_row(file, row); lines++) {
        uint32_t row_number;
        if (row->count < 3 || !read_number(row->columns[2], &row_number)) continue;
        if (row_number != number) continue;
        text_copy(name, size, row->columns[0]);
        break;
    }
    if (file != NULL) fclose(file);
    free(row);
}

struct known_name {
    uint32_t number;
    bool is_known;
    char name[64];
};

/* Most entries of a folder have one owner: the last answer is kept. */
void name_of_user(uid_t uid, char *name, size_t size) {
    static struct known_name last;
    if (!last.is_known || last.number != uid) {
        find_name("/etc/passwd", uid, last.name, sizeof last.name);
        last.number = uid;
        last.is_known = true;
    }
    text_copy(name, size, last.name);
}

void name_of_group(gid_t gid, char *name, size_t size) {
    static struct known_name last;
    if (!last.is_known || last.number != gid) {
        find_name("/etc/group", gid, last.name, sizeof last.name);
        last.number = gid;
        last.is_known = true;
    }
    text_copy(name, size, last.name);
}
