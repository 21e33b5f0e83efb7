#include "commands/host.h"

#include <stdarg.h>

#include "base/date.h"
#include "base/log.h"
#include "http/answer.h"
#include "http/request_host.h"
#include "ingest/feed.h"
#include "plugin/current.h"

static void host_log(enum alm_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void host_log(enum alm_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_writev((enum log_level)level, current_name(), format, args);
	va_end(args);
}

static void host_date(int32_t day, int *year, int *month, int *day_of_month)
{
	struct date date = date_from_day(day);

	*year = date.year;
	*month = date.month;
	*day_of_month = date.day;
}

const struct alm_host *host_table(void)
{
	static struct alm_host table; /* filled once, before the first thread */

	table.log = host_log;
	table.day = date_day;
	table.date = host_date;
	request_host(&table);
	answer_host(&table);
	feed_host(&table);
	return &table;
}
