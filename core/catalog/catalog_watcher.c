/* Catalog watcher thread. It checks the dataset version on NOTIFY, when a request has met
 * newer data, and every two seconds; each of these alone would do. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/thread.h"
#include "catalog/catalog_data.h"
#include "db/connect.h"
#include "schema/migrate.h"

enum {
	CHECK_EVERY_MS = 2000,  /* between checks without notification */
	FIRST_ANSWER_MS = 2000, /* for a first answer; requests wait as long */
	NEXT_ANSWER_MS = 10000, /* for further answers, which take longer */
	RETRY_FIRST_MS = 100,   /* first delay before reconnecting */
	RETRY_MAX_MS = 1000,    /* greatest delay */
};

struct catalog_watcher {
	pthread_t thread;
	const struct db_target *target;
	void (*changed)(void *arg);
	void *arg;
	int wake[2];          /* pipe: a byte wakes the thread */
	_Atomic int64_t due;  /* clock_ms() by which the database must answer; 0: never */
	pthread_mutex_t lock; /* guards the members below */
	const struct catalog *newest;
	bool stopping, refresh_wanted, connected, given_up;
	int socket; /* of the connection; -1: none. Shutting it down unblocks the thread */
	char why[ERROR_TEXT_MAX];
};

/* -- Any thread --------------------------------------------------------- */

/* Wakes the thread. A full pipe will do, too. */
static void wake(struct catalog_watcher *watcher)
{
	ssize_t written;

	do {
		written = write(watcher->wake[1], "", 1);
	} while (written < 0 && errno == EINTR);
}

const struct catalog *catalog_watcher_newest(struct catalog_watcher *watcher)
{
	const struct catalog *newest;

	pthread_mutex_lock(&watcher->lock);
	newest = watcher->newest != NULL ? catalog_hold(watcher->newest) : NULL;
	pthread_mutex_unlock(&watcher->lock);
	return newest;
}

void catalog_watcher_refresh(struct catalog_watcher *watcher)
{
	bool asked;

	pthread_mutex_lock(&watcher->lock);
	asked = watcher->refresh_wanted;
	watcher->refresh_wanted = true;
	pthread_mutex_unlock(&watcher->lock);
	if (!asked) {
		wake(watcher);
	}
}

/* TCP keepalives are not enough: proxies answer them themselves. */
void catalog_watcher_check_time(struct catalog_watcher *watcher)
{
	int64_t due = watcher->due;

	if (due == 0 || clock_ms() < due) {
		return;
	}
	pthread_mutex_lock(&watcher->lock);
	if (watcher->socket >= 0) {
		watcher->given_up = true;
		shutdown(watcher->socket, SHUT_RDWR);
	}
	pthread_mutex_unlock(&watcher->lock);
}

bool catalog_watcher_is_ready(struct catalog_watcher *watcher, char *why)
{
	bool ready;

	pthread_mutex_lock(&watcher->lock);
	ready = watcher->newest != NULL && watcher->connected;
	if (why != NULL) {
		memcpy(why, watcher->why, sizeof(watcher->why));
	}
	pthread_mutex_unlock(&watcher->lock);
	return ready;
}

/* -- The thread --------------------------------------------------------- */

static bool is_stopping(struct catalog_watcher *watcher)
{
	bool stopping;

	pthread_mutex_lock(&watcher->lock);
	stopping = watcher->stopping;
	pthread_mutex_unlock(&watcher->lock);
	return stopping;
}

static void drain(int fd)
{
	char bytes[64];

	while (read(fd, bytes, sizeof(bytes)) > 0) {
	}
}

/* Waits for a wake-up or for input, `timeout_ms` at most; `socket` may be -1. */
static void wait_for_input(struct catalog_watcher *watcher, int socket, int timeout_ms)
{
	struct pollfd fds[] = { { watcher->wake[0], POLLIN, 0 }, { socket, POLLIN, 0 } };

	poll(fds, 2, timeout_ms);
	drain(watcher->wake[0]);
}

static bool take_refresh(struct catalog_watcher *watcher)
{
	bool asked;

	pthread_mutex_lock(&watcher->lock);
	asked = watcher->refresh_wanted;
	watcher->refresh_wanted = false;
	pthread_mutex_unlock(&watcher->lock);
	return asked;
}

/* Waits with back-off; only stopping ends it early. */
static void wait_before_retry(struct catalog_watcher *watcher, unsigned failures)
{
	unsigned delay =
		failures < 4 ? (unsigned)RETRY_FIRST_MS << failures : (unsigned)RETRY_MAX_MS;
	unsigned waited = 0;

	while (waited < delay && !is_stopping(watcher)) {
		wait_for_input(watcher, -1, RETRY_FIRST_MS);
		take_refresh(watcher);
		waited += RETRY_FIRST_MS;
	}
}

/* Publishes the catalog and takes over the caller's reference. */
static void publish(struct catalog_watcher *watcher, const struct catalog *catalog)
{
	const struct catalog *before;
	bool new;

	pthread_mutex_lock(&watcher->lock);
	before = watcher->newest;
	new = before != catalog || !watcher->connected;
	watcher->newest = catalog;
	watcher->connected = true;
	pthread_mutex_unlock(&watcher->lock);
	catalog_release(before);
	if (new) {
		watcher->changed(watcher->arg);
	}
}

static void on_heard(void *arg)
{
	struct catalog_watcher *watcher = arg;

	watcher->due = clock_ms() + NEXT_ANSWER_MS;
}

static int check_data(struct catalog_watcher *watcher, PGconn *conn, struct error *err)
{
	const struct catalog *catalog;

	watcher->due = clock_ms() + FIRST_ANSWER_MS;
	/* reading without the lock: only this thread replaces `newest` */
	catalog = catalog_load(conn, watcher->newest, on_heard, watcher, err);
	watcher->due = 0;
	if (catalog == NULL) {
		return -1;
	}
	publish(watcher, catalog);
	return 0;
}

static void set_socket(struct catalog_watcher *watcher, int socket)
{
	pthread_mutex_lock(&watcher->lock);
	watcher->socket = socket;
	if (watcher->stopping && socket >= 0) {
		shutdown(socket, SHUT_RDWR);
	}
	pthread_mutex_unlock(&watcher->lock);
}

static bool take_notifications(PGconn *conn)
{
	bool told = false;
	PGnotify *notify;

	while ((notify = PQnotifies(conn)) != NULL) {
		told = true;
		PQfreemem(notify);
	}
	return told;
}

/* Checks for changes if there is a reason, else waits for one. `next`: clock_ms() of the
 * next regular check. -1: *err, the connection is lost. */
static int step(struct catalog_watcher *watcher, PGconn *conn, int64_t *next, struct error *err)
{
	int64_t now = clock_ms();
	bool told, asked;

	if (PQconsumeInput(conn) != 1) {
		return db_error(err, "waiting for new data", conn, NULL);
	}
	told = take_notifications(conn);
	asked = take_refresh(watcher);
	if (told || asked || now >= *next) {
		*next = now + CHECK_EVERY_MS;
		return check_data(watcher, conn, err);
	}
	wait_for_input(watcher, PQsocket(conn), (int)(*next - now));
	return 0;
}

/* Listens for NOTIFY, unless on a replica, which has none, or behind a pooler, where they
 * may reach another client (a pooler shows in its invented process ids). There, regular
 * checks and requests that meet newer data have to do. */
static int listen_for_notify(PGconn *conn, struct error *err)
{
	char sql[96];
	PGresult *row;
	int status = 0;

	snprintf(sql, sizeof(sql), "select not pg_is_in_recovery() and pg_backend_pid() = %d",
		PQbackendPID(conn));
	row = PQexec(conn, sql);
	if (PQresultStatus(row) != PGRES_TUPLES_OK) {
		status = db_error(err, "asking whether this is a replica", conn, row);
	} else if (PQgetvalue(row, 0, 0)[0] == 't') {
		status = db_run(conn, "listen almanac", err);
	}
	PQclear(row);
	return status;
}

/* Follows the database until the connection is lost or the watcher stops. */
static void follow(struct catalog_watcher *watcher, PGconn *conn, struct error *err)
{
	int64_t next = 0;

	watcher->due = clock_ms() + NEXT_ANSWER_MS;
	if (migrate_check(conn, err) == 0 && listen_for_notify(conn, err) == 0) {
		while (!is_stopping(watcher) && step(watcher, conn, &next, err) == 0) {
		}
	}
	watcher->due = 0;
}

static void report_lost(struct catalog_watcher *watcher, struct error *err)
{
	pthread_mutex_lock(&watcher->lock);
	watcher->connected = false;
	if (watcher->given_up) {
		watcher->given_up = false;
		error_set(err, "the database did not answer in time on an open connection");
	}
	snprintf(watcher->why, sizeof(watcher->why), "%.*s%s%.*s",
		ERROR_TEXT_MAX - ERROR_HINT_MAX - 4, err->text,
		err->hint[0] != '\0' ? "; " : "", ERROR_HINT_MAX, err->hint);
	pthread_mutex_unlock(&watcher->lock);
	watcher->changed(watcher->arg);
}

static void *run(void *arg)
{
	struct catalog_watcher *watcher = arg;
	unsigned failures = 0;

	while (!is_stopping(watcher)) {
		struct error err = { 0 };
		PGconn *conn = db_connect(watcher->target, &err);

		if (conn != NULL) {
			set_socket(watcher, PQsocket(conn));
			follow(watcher, conn, &err);
			set_socket(watcher, -1);
			PQfinish(conn);
		}
		if (is_stopping(watcher)) {
			break;
		}
		failures = catalog_watcher_is_ready(watcher, NULL) ? 0 : failures + 1;
		report_lost(watcher, &err);
		wait_before_retry(watcher, failures);
	}
	return NULL;
}

/* -- Beginning and end -------------------------------------------------- */

static int open_pipe(int *fds, struct error *err)
{
	if (pipe(fds) != 0) {
		return error_set(err, "cannot make a pipe: %s", strerror(errno));
	}
	for (int i = 0; i < 2; i++) {
		fcntl(fds[i], F_SETFL, O_NONBLOCK);
		fcntl(fds[i], F_SETFD, FD_CLOEXEC);
	}
	return 0;
}

static void destroy(struct catalog_watcher *watcher)
{
	close(watcher->wake[0]);
	close(watcher->wake[1]);
	catalog_release(watcher->newest);
	pthread_mutex_destroy(&watcher->lock);
	free(watcher);
}

struct catalog_watcher *catalog_watcher_start(const struct db_target *target,
	void (*changed)(void *arg), void *arg, struct error *err)
{
	struct catalog_watcher *watcher = memory_new(struct catalog_watcher);

	watcher->target = target;
	watcher->changed = changed;
	watcher->arg = arg;
	watcher->socket = -1;
	snprintf(watcher->why, sizeof(watcher->why), "not connected to the database yet");
	if (open_pipe(watcher->wake, err) != 0) {
		free(watcher);
		return NULL;
	}
	pthread_mutex_init(&watcher->lock, NULL);
	if (thread_start(&watcher->thread, run, watcher, err) < 0) {
		destroy(watcher);
		return NULL;
	}
	return watcher;
}

void catalog_watcher_stop(struct catalog_watcher *watcher)
{
	if (watcher == NULL) {
		return;
	}
	pthread_mutex_lock(&watcher->lock);
	watcher->stopping = true;
	if (watcher->socket >= 0) {
		/* Unblocks a query that is never answered, too. */
		shutdown(watcher->socket, SHUT_RDWR);
	}
	pthread_mutex_unlock(&watcher->lock);
	wake(watcher);
	pthread_join(watcher->thread, NULL);
	destroy(watcher);
}
