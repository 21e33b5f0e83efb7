#include "answer/host.h"

void answer_host(struct alm_host *host)
{
	host->send_days = days_send;
	host->send_statistics = statistics_send;
	host->send_stations = stations_send;
	host->send_sql = sql_send;
	host->read_record = record_read;
	host->query = sql_query;
	host->row_count = sql_row_count;
	host->cell = sql_cell;
	host->row = rows_add;
	host->send = rows_send;
}
