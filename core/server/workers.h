/* Worker threads of libuv, for blocking calls. */
#ifndef ALMANAC_SERVER_WORKERS_H
#define ALMANAC_SERVER_WORKERS_H

#include <stddef.h>
#include <uv.h>

#include "base/error.h"

/* Starts the workers, after checking that they and `others` more threads can be started: libuv
 * aborts the program without a message if it cannot start its own. Runs `loop` briefly. */
int workers_start(uv_loop_t *loop, size_t others, struct error *err);

#endif
