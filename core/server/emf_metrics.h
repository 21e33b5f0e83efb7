/* Figures of the whole server for CloudWatch, once a minute (base/emf.h). [control loop] */
#ifndef ALMANAC_SERVER_EMF_METRICS_H
#define ALMANAC_SERVER_EMF_METRICS_H

#include <uv.h>

struct server_shared;
struct figures;

/* Starts, on a loop of the caller; NULL if SETTING_EMF_NAMESPACE is empty. The server's loops
 * must live until figures_close(). */
struct figures *figures_start(uv_loop_t *loop, const struct server_shared *shared);

/* Writes what is left and ends; freed by the loop. NULL is fine. */
void figures_close(struct figures *figures);

#endif
