#include "db/setup.h"

#include <inttypes.h>
#include <stdio.h>

#include "db/within.h"

/* Text forms of values, and the reading of literals. */
#define VALUE_FORMATS(local) \
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

/* Detection of dead clients. A backend whose client's host died, or is cut off, keeps its locks
 * until TCP gives up, which takes hours by default. */
#define DETECT_DEAD(local) \
	"set_config('tcp_keepalives_idle', '10', " local "), " \
	"set_config('tcp_keepalives_interval', '5', " local "), " \
	"set_config('tcp_keepalives_count', '4', " local "), " \
	"set_config('tcp_user_timeout', '30000', " local "), " \
	"case when version() ~ 'linux' then " \
	"set_config('client_connection_check_interval', '10000', " local ") end"

/* No JIT: queries take milliseconds, and compiling costs more than it saves. */
#define NO_JIT(local) "set_config('jit', 'off', " local ")"

/* A setting since PostgreSQL 17. */
#define NO_TRANSACTION_TIMEOUT \
	"case when current_setting('transaction_timeout', true) is not null " \
	"then set_config('transaction_timeout', '0', true) end"

/* Triggers have to run: they maintain the dataset version. */
#define TRIGGERS \
	"case when current_setting('session_replication_role') = 'replica' " \
	"then set_config('session_replication_role', 'origin', true) end"

const char setup_begin[] = "begin isolation level read committed read write not deferrable";

void setup_write_writing(struct buffer *sql, int64_t limit)
{
	buffer_puts(sql, "select " VALUE_FORMATS("true") ", " DETECT_DEAD(
				 "true") ", " NO_TRANSACTION_TIMEOUT ", " TRIGGERS);
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

static const char transaction_reads[] = VALUE_FORMATS("true") ", " NO_JIT(
	"true") ", set_config('transaction_read_only', 'on', true)";

void setup_write_reading(struct buffer *sql, uint64_t timeout)
{
	buffer_printf(sql, "select %s, set_config('statement_timeout', '%" PRIu64 "', true)",
		transaction_reads, timeout);
}

/* For sessions only: transactions set the first two when they begin. */
#define SESSION \
	"set_config('default_transaction_isolation', 'read committed', false), " \
	"set_config('default_transaction_deferrable', 'off', false), " \
	"set_config('idle_session_timeout', '0', false)"

/* Generic plans: planning again for each set of parameters costs more than it saves. */
#define SESSION_READS \
	"set_config('default_transaction_read_only', 'on', false), " \
	"set_config('plan_cache_mode', 'force_generic_plan', false)"

static const char session[] = VALUE_FORMATS("false") ", " DETECT_DEAD("false") ", " SESSION;
static const char session_reads[] = NO_JIT("false") ", " SESSION_READS;

/* Writes the query that sets the session up, if the backend is the one libpq knows: a pooler
 * tells clients an invented process id. The server's start time identifies the server. */
static void write_session_setup(
	struct buffer *sql, enum setup_use use, uint64_t timeout, int process)
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

	write_session_setup(&sql, use, timeout, PQbackendPID(conn));
	result = db_query_limited(conn, buffer_text(&sql), 0, limits, err);
	buffer_finish(&sql);
	snprintf(server, room, "%s", PQntuples(result) == 1 ? PQgetvalue(result, 0, 0) : "");
	PQclear(result);
	return result != NULL ? 0 : -1;
}
