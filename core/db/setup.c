#include "db/setup.h"

#include <inttypes.h>
#include <stdio.h>

#include "db/within.h"

/* How values are written and read, and literals in SQL. */
#define FORMS(local) \
	"set_config('timezone', 'UTC', " local "), " \
	"set_config('datestyle', 'ISO, YMD', " local "), " \
	"set_config('intervalstyle', 'postgres', " local "), " \
	"set_config('bytea_output', 'hex', " local "), " \
	"set_config('extra_float_digits', '1', " local "), " \
	"set_config('array_nulls', 'on', " local "), " \
	"set_config('standard_conforming_strings', 'on', " local "), " \
	"set_config('quote_all_identifiers', 'off', " local "), " \
	"set_config('transform_null_equals', 'off', " local "), " \
	"set_config('client_min_messages', 'warning', " local "), " \
	"set_config('lock_timeout', '0', " local "), " \
	"set_config('idle_in_transaction_session_timeout', '0', " local ")"

/* A backend whose client has gone without a word (its host died, packets are dropped) keeps its
 * locks until TCP gives up; unless told otherwise that takes hours. */
#define WATCH(local) \
	"set_config('tcp_keepalives_idle', '10', " local "), " \
	"set_config('tcp_keepalives_interval', '5', " local "), " \
	"set_config('tcp_keepalives_count', '4', " local "), " \
	"set_config('tcp_user_timeout', '30000', " local "), " \
	"case when version() ~ 'linux' then " \
	"set_config('client_connection_check_interval', '10000', " local ") end"

/* Answers are the work of milliseconds: to compile a plan costs more than it saves. */
#define READS(local) "set_config('jit', 'off', " local ")"

/* Only there since PostgreSQL 17. */
#define NO_LIMIT_OF_TRANSACTIONS \
	"case when current_setting('transaction_timeout', true) is not null " \
	"then set_config('transaction_timeout', '0', true) end"

/* Without triggers the data would change and their identity not. */
#define TRIGGERS \
	"case when current_setting('session_replication_role') = 'replica' " \
	"then set_config('session_replication_role', 'origin', true) end"

const char setup_begin[] = "begin isolation level read committed read write not deferrable";

void setup_write_writing(struct buffer *sql, int64_t limit)
{
	buffer_puts(sql, "select " FORMS("true") ", " WATCH(
				 "true") ", " NO_LIMIT_OF_TRANSACTIONS ", " TRIGGERS);
	if (limit == SETUP_UNLIMITED) {
		buffer_puts(sql, ", set_config('statement_timeout', '0', true)");
	} else if (limit > 0) {
		buffer_printf(sql,
			", case when current_setting('statement_timeout') = '0' or "
			"current_setting('statement_timeout')::interval > interval '%" PRId64
			" ms' then set_config('statement_timeout', '%" PRId64 "', true) end",
			limit, limit);
	}
}

static const char transaction_reads[] =
	FORMS("true") ", " READS("true") ", set_config('transaction_read_only', 'on', true)";

void setup_write_reading(struct buffer *sql, uint64_t timeout)
{
	buffer_printf(sql, "select %s, set_config('statement_timeout', '%" PRIu64 "', true)",
		transaction_reads, timeout);
}

/* Of sessions only: transactions say the first two themselves. */
#define REST \
	"set_config('default_transaction_isolation', 'read committed', false), " \
	"set_config('default_transaction_deferrable', 'off', false), " \
	"set_config('idle_session_timeout', '0', false)"

/* To plan again for each set of parameters costs more than it saves, too. */
#define REST_OF_READS \
	"set_config('default_transaction_read_only', 'on', false), " \
	"set_config('plan_cache_mode', 'force_generic_plan', false)"

static const char session[] = FORMS("false") ", " WATCH("false") ", " REST;
static const char session_reads[] = READS("false") ", " REST_OF_READS;

/* A pooler makes up the process that it tells clients, for cancelling. The statement does
 * nothing unless it is the one that the statement runs in. When the server was started tells it
 * from others. */
static void write_set_up(struct buffer *sql, enum setup_use use, uint64_t timeout, int process)
{
	buffer_printf(sql, "select pg_postmaster_start_time(), %s", session);
	if (use == SETUP_READS) {
		buffer_printf(sql,
			", %s, set_config('statement_timeout', '%" PRIu64 "', false)",
			session_reads, timeout);
	}
	buffer_printf(sql, " where pg_backend_pid() = %d", process);
}

int setup_session(PGconn *conn, enum setup_use use, uint64_t timeout,
	const struct db_limits *limits, char *server, size_t room, struct error *err)
{
	struct buffer sql = { 0 };
	PGresult *result;

	write_set_up(&sql, use, timeout, PQbackendPID(conn));
	result = query_within(conn, buffer_text(&sql), 0, limits, err);
	buffer_finish(&sql);
	snprintf(server, room, "%s", PQntuples(result) == 1 ? PQgetvalue(result, 0, 0) : "");
	PQclear(result);
	return result != NULL ? 0 : -1;
}
