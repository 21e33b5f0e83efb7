/* Ways to answer: what the host's table has for routes, one file each. All [loop] but
 * answer_host(). */
#ifndef ALMANAC_ANSWER_HOST_H
#define ALMANAC_ANSWER_HOST_H

#include <almanac/plugin.h>
#include <stddef.h>
#include <stdint.h>

/* Fills in send_days, send_statistics, send_stations, send_sql, read_record, query, row_count,
 * cell, row and send. */
void answer_host(struct alm_host *host);

int days_send(struct alm_request *request, const struct alm_selection *selection);
int statistics_send(struct alm_request *request, const char *calculator,
	const struct alm_selection *selection);
int stations_send(struct alm_request *request, const struct alm_selection *selection);
int record_read(struct alm_request *request, const struct alm_selection *selection,
	alm_record_fn *then, void *arg);
int sql_send(struct alm_request *request, const char *rows, const char *total, unsigned argc,
	const char *const *argv);
int sql_query(struct alm_request *request, const char *sql, unsigned argc,
	const char *const *argv, alm_rows_fn *then, void *arg);
size_t sql_row_count(const struct alm_rows *rows);
const char *sql_cell(const struct alm_rows *rows, size_t row, unsigned column);
int rows_add(struct alm_request *request, const struct alm_cell *cells);
int rows_send(struct alm_request *request);

#endif
