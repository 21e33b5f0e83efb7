#include "server/files.h"

#include <stdint.h>
#include <sys/resource.h>

#include "base/log.h"

enum {
	OWN = 48,       /* standard streams, catalog watcher, connecting, /proc, operators */
	PER_THREAD = 8, /* descriptors of libuv, listeners */
	PER_DB = 2,     /* a database connection and its replacement */
	REFUSED_MAX =
		64, /* descriptors for answering 503: a reset would tell clients nothing */
	REFUSED_SHARE = 8,    /* one of so many descriptors */
	CONNECTIONS_LEAST = 8 /* the server starts fewer threads for these */
};

static size_t needed_without_clients(const struct files *files)
{
	return OWN + files->threads * (PER_THREAD + PER_DB * files->db_connections);
}

static int refuse(const struct files *files, size_t most, struct error *err)
{
	error_set(err,
		"the system lets the program open only %zu files; it needs %zu at the least",
		most, needed_without_clients(files) + CONNECTIONS_LEAST);
	return error_hint(err,
		"raise the limit: ulimit -n 4096 in a shell, LimitNOFILE= of systemd, --ulimit "
		"nofile= of Docker");
}

int files_divide(struct files *files, size_t most, struct error *err)
{
	size_t left, refused;

	while (most < needed_without_clients(files) + CONNECTIONS_LEAST) {
		if (files->threads == 1) {
			return refuse(files, most, err);
		}
		files->threads--;
	}
	left = most - needed_without_clients(files);
	refused = left / REFUSED_SHARE;
	files->refused = refused < REFUSED_MAX ? refused : REFUSED_MAX;
	left -= files->refused;
	files->connections = files->connections < left ? files->connections : left;
	return 0;
}

/* Raises the soft limit, which is often 1024 for programs that use select(). Returns the limit.
 */
static size_t raise_limit(size_t wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0) {
		return wanted;
	}
	if (limit.rlim_cur < wanted) {
		struct rlimit raised = limit;

		raised.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
		if (setrlimit(RLIMIT_NOFILE, &raised) == 0) {
			limit = raised;
		}
	}
	return limit.rlim_cur < SIZE_MAX ? (size_t)limit.rlim_cur : SIZE_MAX;
}

int files_fit(struct files *files, struct error *err)
{
	struct files asked = *files;
	size_t most =
		raise_limit(needed_without_clients(files) + files->connections + REFUSED_MAX);

	if (files_divide(files, most, err) != 0) {
		return -1;
	}
	if (files->threads < asked.threads) {
		log_write(LOG_WARN,
			"serving with fewer threads, %zu instead of %zu, since the system lets "
			"the program open only %zu files (ulimit -n)",
			files->threads, asked.threads, most);
	}
	if (files->connections < asked.connections) {
		log_write(LOG_INFO,
			"taking at most %zu connections, since the system lets the program "
			"open only %zu files (ulimit -n)",
			files->connections, most);
	}
	return 0;
}
