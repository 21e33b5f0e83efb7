#include "answer/host.h"

#include "answer/request_host.h"

static const struct alm_answer_functions answer = {
	.fail = request_fail,
	.row = rows_add,
	.send = rows_send,
	.sql = sql_send,
	.record = record_read,
	.query = sql_query,
	.bytes = bytes_send,
	.work = work_start,
	.compute = compute_start,
};

static const struct alm_rows_functions rows = {
	.count = sql_row_count,
	.cell = sql_cell,
	.columns = sql_columns,
	.name = sql_name,
};

void answer_host(struct alm_host *host)
{
	request_host(host);
	host->answer = &answer;
	host->rows = &rows;
}
