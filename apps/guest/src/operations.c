/* Which operation is done by whom. */
#include "forward.h"
#include "op.h"
#include "process.h"
#include "session.h"
#include "shutdown.h"

typedef void (*begin_function)(struct stream *stream, struct fields request);

static begin_function begin_of(uint64_t operation) {
    switch (operation) {
    case OP_START: return begin_start;
    case OP_ATTACH: return begin_attach;
    case OP_INPUT: return begin_input;
    case OP_SIGNAL: return begin_signal;
    case OP_RESIZE: return begin_resize;
    case OP_PROCESSES: return begin_processes;
    case OP_FORWARD: return begin_forward;
    case OP_SHUTDOWN: return begin_shutdown;
    default: return NULL;
    }
}

static const struct job_kind job_kinds[] = {
    [OP_STAT] = {op_stat, false},
    [OP_LIST] = {op_list, false},
    [OP_READ] = {op_read, false},
    [OP_WRITE] = {op_write, true},
    [OP_MKDIR] = {op_mkdir, false},
    [OP_RENAME] = {op_rename, false},
    [OP_REMOVE] = {op_remove, false},
    [OP_CHANGE] = {op_change, false},
    [OP_SYMLINK] = {op_symlink, false},
    [OP_ATTRIBUTES] = {op_attributes, false},
    [OP_SET_ATTRIBUTE] = {op_set_attribute, false},
    [OP_WATCH] = {op_watch, false},
    [OP_PACK] = {op_pack, false},
    [OP_UNPACK] = {op_unpack, true},
    [OP_PORTS] = {op_ports, false},
    [OP_METRICS] = {op_metrics, false},
    [OP_RESEED] = {op_reseed, false},
};

void operation_begin(struct stream *stream, struct fields request) {
    uint64_t operation = field_number(request, TAG_OPERATION, 0);
    begin_function begin = begin_of(operation);
    if (shutdown_has_begun() && operation != OP_SHUTDOWN) return stream_end(stream, CODE_CLOSING, NULL);
    if (begin != NULL) return begin(stream, request);
    bool is_job = operation < sizeof job_kinds / sizeof *job_kinds && job_kinds[operation].run != NULL;
    if (!is_job) return stream_end(stream, CODE_UNSUPPORTED, NULL);
    begin_job(stream, request, &job_kinds[operation]);
}
