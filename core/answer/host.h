/* Ways to answer: what the host's table has for routes, one file each. All [loop] but
 * answer_host(). */
#ifndef ALMANAC_ANSWER_HOST_H
#define ALMANAC_ANSWER_HOST_H

#include <almanac/plugin.h>
#include <stddef.h>
#include <stdint.h>

/* Fills in what routes call: param, request, answer and rows. */
void answer_host(struct alm_host *host);

/* Calls the route's callback, and answers with what it has selected. */
void route_answer(struct alm_request *request);

int days_send(struct alm_request *request, const struct alm_selection *from);
int statistics_send(struct alm_request *request, const struct alm_selection *from);
int stations_send(struct alm_request *request, const struct alm_selection *from);
int record_read(struct alm_request *request, const struct alm_selection *from,
	alm_record_fn *then, void *arg);
int sql_send(struct alm_request *request, const char *rows, const char *total, unsigned argc,
	const char *const *argv);
int sql_query(struct alm_request *request, const char *sql, unsigned argc,
	const char *const *argv, alm_rows_fn *then, void *arg);
size_t sql_row_count(const struct alm_rows *rows);
const char *sql_cell(const struct alm_rows *rows, size_t row, unsigned column);
unsigned sql_columns(const struct alm_rows *rows);
const char *sql_name(const struct alm_rows *rows, unsigned column);
int rows_add(struct alm_request *request, const struct alm_cell *cells);
int rows_send(struct alm_request *request);
int bytes_send(struct alm_request *request, const struct alm_bytes *from);
int compute_start(struct alm_request *request, const struct alm_computation *from,
	alm_computed_fn *then, void *arg);
int work_start(struct alm_request *request, alm_work_fn *run, alm_worked_fn *then, void *arg);

#endif
