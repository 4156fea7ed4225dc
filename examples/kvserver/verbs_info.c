#include "verbs.h"
void verb_info(struct call *call) {
    reply_bulk(call->out, slice_of("# Server\r\n"));
}
