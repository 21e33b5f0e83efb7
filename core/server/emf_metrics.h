/* Metrics of the server for CloudWatch, once a minute (base/emf.h). [control loop] */
#ifndef ALMANAC_SERVER_EMF_METRICS_H
#define ALMANAC_SERVER_EMF_METRICS_H

#include <uv.h>

struct server_shared;
struct emf_metrics;

/* Starts on the caller's loop; NULL if SETTING_EMF_NAMESPACE is empty. The server's loops must
 * live until emf_metrics_close(). */
struct emf_metrics *emf_metrics_start(uv_loop_t *loop, const struct server_shared *shared);

/* Writes the last metrics; the loop frees them. NULL is valid. */
void emf_metrics_close(struct emf_metrics *emf);

#endif
