/* Catalog feed: the thread that keeps the newest catalog. It looks when it is notified, when a
 * request has met newer data, and every two seconds; each of these would do. */
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
	LOOK_EVERY = 2000,    /* ms between looks at dataset_version without being told */
	ANSWER_WITHIN = 2000, /* ms for a first answer: a request waits no longer for another */
	GO_ON_WITHIN = 10000, /* ms between the answers after that, which may be long to make */
	RETRY_FIRST = 100,    /* ms */
	RETRY_MAX = 1000,     /* ms: a server asks no more of a database that is away */
};

struct catalog_watcher {
	pthread_t thread;
	const struct db_target *target;
	void (*changed)(void *arg);
	void *arg;
	int wake[2]; /* pipe: a byte for refresh or stop */
	_Atomic int64_t
		due; /* clock_ms() until which the database may be silent; 0: for ever */
	pthread_mutex_t lock; /* guards all that follows */
	const struct catalog *newest;
	bool stopping, refresh_asked, connected, given_up;
	int socket; /* of the connection; -1: none. Shut down to stop the thread */
	char why[ERROR_TEXT_MAX];
};

/* -- Any thread --------------------------------------------------------- */

/* A full pipe is as good: the thread has not read it yet. */
static void wake(struct catalog_watcher *feed)
{
	ssize_t written;

	do {
		written = write(feed->wake[1], "", 1);
	} while (written < 0 && errno == EINTR);
}

const struct catalog *catalog_watcher_newest(struct catalog_watcher *feed)
{
	const struct catalog *newest;

	pthread_mutex_lock(&feed->lock);
	newest = feed->newest != NULL ? catalog_hold(feed->newest) : NULL;
	pthread_mutex_unlock(&feed->lock);
	return newest;
}

void catalog_watcher_refresh(struct catalog_watcher *feed)
{
	bool asked;

	pthread_mutex_lock(&feed->lock);
	asked = feed->refresh_asked;
	feed->refresh_asked = true;
	pthread_mutex_unlock(&feed->lock);
	if (!asked) {
		wake(feed);
	}
}

/* Keepalives do not help where something between here and the database answers them itself. */
void catalog_watcher_check_time(struct catalog_watcher *feed)
{
	int64_t due = feed->due;

	if (due == 0 || clock_ms() < due) {
		return;
	}
	pthread_mutex_lock(&feed->lock);
	if (feed->socket >= 0) {
		feed->given_up = true;
		shutdown(feed->socket, SHUT_RDWR);
	}
	pthread_mutex_unlock(&feed->lock);
}

bool catalog_watcher_is_ready(struct catalog_watcher *feed, char *why)
{
	bool ready;

	pthread_mutex_lock(&feed->lock);
	ready = feed->newest != NULL && feed->connected;
	if (why != NULL) {
		memcpy(why, feed->why, sizeof(feed->why));
	}
	pthread_mutex_unlock(&feed->lock);
	return ready;
}

/* -- The thread --------------------------------------------------------- */

static bool is_stopping(struct catalog_watcher *feed)
{
	bool stopping;

	pthread_mutex_lock(&feed->lock);
	stopping = feed->stopping;
	pthread_mutex_unlock(&feed->lock);
	return stopping;
}

static void drain(int fd)
{
	char bytes[64];

	while (read(fd, bytes, sizeof(bytes)) > 0) {
	}
}

/* Waits until there is something to do, at most `timeout` ms; `socket` may be -1. */
static void wait_for_news(struct catalog_watcher *feed, int socket, int timeout)
{
	struct pollfd fds[] = { { feed->wake[0], POLLIN, 0 }, { socket, POLLIN, 0 } };

	poll(fds, 2, timeout);
	drain(feed->wake[0]);
}

static bool take_refresh(struct catalog_watcher *feed)
{
	bool asked;

	pthread_mutex_lock(&feed->lock);
	asked = feed->refresh_asked;
	feed->refresh_asked = false;
	pthread_mutex_unlock(&feed->lock);
	return asked;
}

/* Nothing but stopping shortens it. */
static void wait_before_retry(struct catalog_watcher *feed, unsigned failures)
{
	unsigned delay = failures < 4 ? (unsigned)RETRY_FIRST << failures : (unsigned)RETRY_MAX;
	unsigned waited = 0;

	while (waited < delay && !is_stopping(feed)) {
		wait_for_news(feed, -1, RETRY_FIRST);
		take_refresh(feed);
		waited += RETRY_FIRST;
	}
}

/* Makes `catalog` the newest; the feed owns it then. */
static void publish(struct catalog_watcher *feed, const struct catalog *catalog)
{
	const struct catalog *before;
	bool new;

	pthread_mutex_lock(&feed->lock);
	before = feed->newest;
	new = before != catalog || !feed->connected;
	feed->newest = catalog;
	feed->connected = true;
	pthread_mutex_unlock(&feed->lock);
	catalog_release(before);
	if (new) {
		feed->changed(feed->arg);
	}
}

static void on_heard(void *arg)
{
	struct catalog_watcher *feed = arg;

	feed->due = clock_ms() + GO_ON_WITHIN;
}

static int look(struct catalog_watcher *feed, PGconn *conn, struct error *err)
{
	const struct catalog *catalog;

	feed->due = clock_ms() + ANSWER_WITHIN;
	/* Only this thread replaces the newest. */
	catalog = catalog_load(conn, feed->newest, on_heard, feed, err);
	feed->due = 0;
	if (catalog == NULL) {
		return -1;
	}
	publish(feed, catalog);
	return 0;
}

static void set_socket(struct catalog_watcher *feed, int socket)
{
	pthread_mutex_lock(&feed->lock);
	feed->socket = socket;
	if (feed->stopping && socket >= 0) {
		shutdown(socket, SHUT_RDWR);
	}
	pthread_mutex_unlock(&feed->lock);
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

/* Looks if there is a reason to, or waits for one; `next` is when none is needed, clock_ms().
 * -1: the connection is lost. */
static int step(struct catalog_watcher *feed, PGconn *conn, int64_t *next, struct error *err)
{
	int64_t now = clock_ms();
	bool told, asked;

	if (PQconsumeInput(conn) != 1) {
		return db_error(err, "waiting for new data", conn, NULL);
	}
	told = take_notifications(conn);
	asked = take_refresh(feed);
	if (told || asked || now >= *next) {
		*next = now + LOOK_EVERY;
		return look(feed, conn, err);
	}
	wait_for_news(feed, PQsocket(conn), (int)(*next - now));
	return 0;
}

/* A replica has no notifications, and behind a pooler, which makes up process ids of its own,
 * they would reach another client: there the thread looks by itself, and requests that meet
 * newer data make it look at once. */
static int listen_for_news(PGconn *conn, struct error *err)
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

/* Follows the database until the connection is lost or the feed stops. */
static void follow(struct catalog_watcher *feed, PGconn *conn, struct error *err)
{
	int64_t next = 0;

	feed->due = clock_ms() + GO_ON_WITHIN;
	if (migrate_check(conn, err) == 0 && listen_for_news(conn, err) == 0) {
		while (!is_stopping(feed) && step(feed, conn, &next, err) == 0) {
		}
	}
	feed->due = 0;
}

static void tell_lost(struct catalog_watcher *feed, struct error *err)
{
	pthread_mutex_lock(&feed->lock);
	feed->connected = false;
	if (feed->given_up) {
		feed->given_up = false;
		error_set(err, "the database did not answer in time on an open connection");
	}
	snprintf(feed->why, sizeof(feed->why), "%.*s%s%.*s",
		ERROR_TEXT_MAX - ERROR_HINT_MAX - 4, err->text,
		err->hint[0] != '\0' ? "; " : "", ERROR_HINT_MAX, err->hint);
	pthread_mutex_unlock(&feed->lock);
	feed->changed(feed->arg);
}

static void *run(void *arg)
{
	struct catalog_watcher *feed = arg;
	unsigned failures = 0;

	while (!is_stopping(feed)) {
		struct error err = { 0 };
		PGconn *conn = db_connect(feed->target, &err);

		if (conn != NULL) {
			set_socket(feed, PQsocket(conn));
			follow(feed, conn, &err);
			set_socket(feed, -1);
			PQfinish(conn);
		}
		if (is_stopping(feed)) {
			break;
		}
		failures = catalog_watcher_is_ready(feed, NULL) ? 0 : failures + 1;
		tell_lost(feed, &err);
		wait_before_retry(feed, failures);
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

static void destroy(struct catalog_watcher *feed)
{
	close(feed->wake[0]);
	close(feed->wake[1]);
	catalog_release(feed->newest);
	pthread_mutex_destroy(&feed->lock);
	free(feed);
}

struct catalog_watcher *catalog_watcher_start(const struct db_target *target,
	void (*changed)(void *arg), void *arg, struct error *err)
{
	struct catalog_watcher *feed = memory_new(struct catalog_watcher);

	feed->target = target;
	feed->changed = changed;
	feed->arg = arg;
	feed->socket = -1;
	snprintf(feed->why, sizeof(feed->why), "not connected to the database yet");
	if (open_pipe(feed->wake, err) != 0) {
		free(feed);
		return NULL;
	}
	pthread_mutex_init(&feed->lock, NULL);
	if (thread_start(&feed->thread, run, feed, err) < 0) {
		destroy(feed);
		return NULL;
	}
	return feed;
}

void catalog_watcher_stop(struct catalog_watcher *feed)
{
	if (feed == NULL) {
		return;
	}
	pthread_mutex_lock(&feed->lock);
	feed->stopping = true;
	if (feed->socket >= 0) {
		/* Ends also a query that would not come back by itself. */
		shutdown(feed->socket, SHUT_RDWR);
	}
	pthread_mutex_unlock(&feed->lock);
	wake(feed);
	pthread_join(feed->thread, NULL);
	destroy(feed);
}
