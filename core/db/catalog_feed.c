/* The thread that keeps the newest catalog. It is told of changes by NOTIFY, by
 * those who met data newer than their catalog, and by looking itself now and then;
 * each of them would do. */
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
#include "db/catalog_data.h"
#include "db/connect.h"
#include "db/lease.h"

enum {
	LOOK_EVERY = 2000,   /* ms between looks at dataset_version without being told */
	RETRY_FIRST = 100,   /* ms */
	RETRY_MAX = 5000,    /* ms */
	RETRY_AWAITED = 1000 /* ms, at the most, while another login may come any moment */
};

struct catalog_feed {
	pthread_t thread;
	const struct db_target *target;
	struct lease *lease;
	void (*changed)(void *arg);
	void *arg;
	int wake[2];          /* pipe: a byte for refresh or stop */
	pthread_mutex_t lock; /* guards all that follows */
	const struct catalog *newest;
	bool stopping, refresh_asked, connected;
	int socket; /* of the connection; -1: none. Shut down to stop the thread */
	char why[ERROR_TEXT_MAX];
};

/* -- Any thread --------------------------------------------------------- */

/* A full pipe is as good: the thread has not read it yet. */
static void wake(struct catalog_feed *feed)
{
	ssize_t written;

	do {
		written = write(feed->wake[1], "", 1);
	} while (written < 0 && errno == EINTR);
}

const struct catalog *catalog_feed_newest(struct catalog_feed *feed)
{
	const struct catalog *newest;

	pthread_mutex_lock(&feed->lock);
	newest = feed->newest != NULL ? catalog_hold(feed->newest) : NULL;
	pthread_mutex_unlock(&feed->lock);
	return newest;
}

void catalog_feed_refresh(struct catalog_feed *feed)
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

bool catalog_feed_lease(struct catalog_feed *feed, int64_t *version)
{
	return lease_holds(feed->lease, version);
}

bool catalog_feed_is_ready(struct catalog_feed *feed, char *why)
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

static bool is_stopping(struct catalog_feed *feed)
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
static void wait_for_news(struct catalog_feed *feed, int socket, int timeout)
{
	struct pollfd fds[] = { { feed->wake[0], POLLIN, 0 }, { socket, POLLIN, 0 } };

	poll(fds, 2, timeout);
	drain(feed->wake[0]);
}

static bool take_refresh(struct catalog_feed *feed)
{
	bool asked;

	pthread_mutex_lock(&feed->lock);
	asked = feed->refresh_asked;
	feed->refresh_asked = false;
	pthread_mutex_unlock(&feed->lock);
	return asked;
}

/* Nothing but stopping shortens it. */
static void wait_before_retry(struct catalog_feed *feed, unsigned failures)
{
	unsigned delay = failures < 6 ? (unsigned)RETRY_FIRST << failures : (unsigned)RETRY_MAX;
	unsigned waited = 0;

	if (delay > RETRY_AWAITED && db_login_is_awaited(feed->target)) {
		delay = RETRY_AWAITED;
	}
	while (waited < delay && !is_stopping(feed)) {
		wait_for_news(feed, -1, RETRY_FIRST);
		take_refresh(feed);
		waited += RETRY_FIRST;
	}
}

/* Makes `catalog` the newest; the feed owns it then. */
static void publish(struct catalog_feed *feed, const struct catalog *catalog)
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

static int look(struct catalog_feed *feed, PGconn *conn, struct error *err)
{
	/* Only this thread replaces it. */
	const struct catalog *catalog = catalog_load(conn, feed->newest, err);

	if (catalog == NULL) {
		return -1;
	}
	if (feed->newest != NULL && catalog->version != feed->newest->version) {
		lease_expire(feed->lease);
	}
	publish(feed, catalog);
	return 0;
}

static void set_socket(struct catalog_feed *feed, int socket)
{
	pthread_mutex_lock(&feed->lock);
	feed->socket = socket;
	if (feed->stopping && socket >= 0) {
		shutdown(socket, SHUT_RDWR);
	}
	pthread_mutex_unlock(&feed->lock);
}

enum news { NEWS_NONE, NEWS_OF_INTENT, NEWS_OF_DATA };

/* The most important of what has been notified. */
static enum news take_notifications(PGconn *conn)
{
	enum news news = NEWS_NONE;
	PGnotify *notify;

	while ((notify = PQnotifies(conn)) != NULL) {
		bool intent = strcmp(notify->extra, "writing") == 0;

		news = !intent ? NEWS_OF_DATA : news == NEWS_NONE ? NEWS_OF_INTENT : news;
		PQfreemem(notify);
	}
	return news;
}

/* When something is to be done without being told, ms of the monotonic clock. */
struct due {
	int64_t look, renew;
};

static int renew(struct catalog_feed *feed, PGconn *conn, struct due *due, struct error *err)
{
	int64_t newest;

	if (lease_renew(feed->lease, conn, feed->newest->version, &newest, err) != 0) {
		return -1;
	}
	due->renew = clock_ms() + lease_interval(feed->lease);
	if (newest != feed->newest->version) {
		due->look = 0;
	}
	return 0;
}

static bool has_input(const PGconn *conn)
{
	struct pollfd fd = { PQsocket(conn), POLLIN, 0 };

	return poll(&fd, 1, 0) != 0;
}

/* Does the most pressing thing, or waits if there is none. -1: the connection is lost. */
static int step(struct catalog_feed *feed, PGconn *conn, struct due *due, struct error *err)
{
	enum news news;
	int64_t now = clock_ms(), next = due->look < due->renew ? due->look : due->renew;

	if (has_input(conn)) {
		/* It may be the connection's last words, after which the lock is gone. */
		lease_expire(feed->lease);
		due->renew = now;
	}
	if (PQconsumeInput(conn) != 1) {
		return db_error(err, "waiting for new data", conn, NULL);
	}
	news = take_notifications(conn);
	if (news == NEWS_OF_INTENT) {
		return lease_yield(feed->lease, conn, err);
	}
	if (news == NEWS_OF_DATA) {
		lease_encourage(feed->lease);
	}
	if (take_refresh(feed) || news == NEWS_OF_DATA || now >= due->look) {
		due->look = now + LOOK_EVERY;
		due->renew = now;
		return look(feed, conn, err);
	}
	if (now >= due->renew) {
		return renew(feed, conn, due, err);
	}
	wait_for_news(feed, PQsocket(conn), (int)(next - now));
	return 0;
}

/* A replica has no notifications: there the thread looks by itself, and requests that meet
 * newer data make it look at once. */
static int listen_for_news(PGconn *conn, struct error *err)
{
	PGresult *row = PQexec(conn, "select pg_is_in_recovery()");
	int status = 0;

	if (PQresultStatus(row) != PGRES_TUPLES_OK) {
		status = db_error(err, "asking whether this is a replica", conn, row);
	} else if (PQgetvalue(row, 0, 0)[0] == 'f') {
		status = db_run(conn, "listen almanac", err);
	}
	PQclear(row);
	return status;
}

/* Follows the database until the connection is lost or the feed stops. */
static void follow(struct catalog_feed *feed, PGconn *conn, struct error *err)
{
	struct due due = { 0, 0 };

	if (db_check_schema(conn, err) != 0 || listen_for_news(conn, err) != 0) {
		return;
	}
	while (!is_stopping(feed) && step(feed, conn, &due, err) == 0) {
	}
	lease_end(feed->lease);
}

static void tell_lost(struct catalog_feed *feed, const struct error *err)
{
	pthread_mutex_lock(&feed->lock);
	feed->connected = false;
	snprintf(feed->why, sizeof(feed->why), "%.*s%s%.*s",
		ERROR_TEXT_MAX - ERROR_HINT_MAX - 4, err->text,
		err->hint[0] != '\0' ? "; " : "", ERROR_HINT_MAX, err->hint);
	pthread_mutex_unlock(&feed->lock);
	feed->changed(feed->arg);
}

static void *run(void *arg)
{
	struct catalog_feed *feed = arg;
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
		failures = catalog_feed_is_ready(feed, NULL) ? 0 : failures + 1;
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

static void destroy(struct catalog_feed *feed)
{
	close(feed->wake[0]);
	close(feed->wake[1]);
	catalog_release(feed->newest);
	lease_destroy(feed->lease);
	pthread_mutex_destroy(&feed->lock);
	free(feed);
}

struct catalog_feed *catalog_feed_start(const struct db_target *target,
	void (*changed)(void *arg), void *arg, struct error *err)
{
	struct catalog_feed *feed = memory_new(struct catalog_feed);

	feed->target = target;
	feed->lease = lease_create();
	feed->changed = changed;
	feed->arg = arg;
	feed->socket = -1;
	snprintf(feed->why, sizeof(feed->why), "not connected to the database yet");
	if (open_pipe(feed->wake, err) != 0) {
		lease_destroy(feed->lease);
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

void catalog_feed_stop(struct catalog_feed *feed)
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
