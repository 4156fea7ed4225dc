/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/* SAVE, BGSAVE, LASTSAVE: see save.h. */
#include "save.h"
#include "verbs.h"

static void reply_busy(struct call *call) {
    reply_literal(call->out, "-ERR Background save already in progress\r\n");
}

void verb_save(struct call *call) {
    enum save_result result = save_stopped();
    if (result == SAVE_BUSY)
        reply_busy(call);
    else if (result == SAVE_FAILED)
        reply_literal(call->out, "-ERR\r\n");
    else
        reply_ok(call->out);
}

void verb_bgsave(struct call *call) {
    if (call->count > 2 || (call->count == 2 && !slice_is(call->word[1], "SCHEDULE"))) {
        reply_syntax(call->out);
        return;
    }
    enum save_result result = save_start();
    if (result == SAVE_BUSY)
        reply_busy(call);
    else if (result == SAVE_FAILED)
        reply_literal(call->out, "-ERR\r\n");
    else
        reply_status(call->out, "Background saving started");
}

void verb_lastsave(struct call *call) {
    struct save_report report;
    save_read(&report);
    reply_integer(call->out, report.last_ms / 1000);
}
