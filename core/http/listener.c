#include "http/listener.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

enum {
	BACKLOG = 4096, /* connections in the kernel's queue; its own limit may be lower */
	ACCEPTED_AT_ONCE = 64, /* in one turn of the loop */
	PAUSE_MS = 100,
	LOG_INTERVAL_MS = 10000 /* between log lines about pauses */
};

static void on_readable(uv_poll_t *poll, int status, int events);

static void resume(struct listener *listener)
{
	uv_timer_stop(&listener->pause);
	uv_poll_start(&listener->poll, UV_READABLE, on_readable);
}

static void on_pause_end(uv_timer_t *pause)
{
	resume(pause->data);
}

/* Stops polling, which would report the same connection again and again. */
static void pause_accepting(struct listener *listener, int why)
{
	uint64_t now = uv_now(listener->poll.loop);

	uv_poll_stop(&listener->poll);
	uv_timer_start(&listener->pause, on_pause_end, PAUSE_MS, 0);
	if (listener->logged_at == 0 || now - listener->logged_at > LOG_INTERVAL_MS) {
		listener->logged_at = now;
		log_write(LOG_WARN, "connections have to wait until there is room for them: %s",
			strerror(why));
	}
}

/* Whether accept() reports an error of the connection it would have returned, not of the
 * listener. */
static bool is_of_connection(int code)
{
	switch (code) {
	case EINTR:
	case ECONNABORTED:
	case EPERM:
	case EPROTO:
	case ENOPROTOOPT:
	case ENETDOWN:
	case ENETUNREACH:
	case ENONET:
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
		return true;
	default:
		return false;
	}
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct listener *listener = poll->data;

	(void)events;
	if (status < 0) {
		pause_accepting(listener, -status);
		return;
	}
	for (int i = 0; i < ACCEPTED_AT_ONCE; i++) {
		struct sockaddr_storage peer = { 0 };
		socklen_t length = sizeof(peer);
		int fd = accept4(listener->socket, (struct sockaddr *)&peer, &length,
			SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			listener->accept(listener, fd, (const struct sockaddr *)&peer);
		} else if (errno == EAGAIN) {
			return;
		} else if (!is_of_connection(errno)) {
			pause_accepting(listener, errno);
			return;
		}
	}
}

int listener_open(struct listener *listener, struct http *http, uv_loop_t *uv, int socket,
	listener_accept_fn *accept, struct error *err)
{
	int code;

	listener->http = http;
	listener->socket = socket;
	listener->accept = accept;
	code = listen(socket, BACKLOG) < 0 ? -errno : 0;
	if (code == 0) {
		code = uv_poll_init(uv, &listener->poll, socket);
	}
	if (code < 0) {
		close(socket);
		return error_set(err, "cannot listen: %s", uv_strerror(code));
	}
	uv_timer_init(uv, &listener->pause);
	listener->poll.data = listener->pause.data = listener;
	listener->open = true;
	resume(listener);
	return 0;
}

void listener_close(struct listener *listener)
{
	if (listener->open) {
		listener->open = false;
		uv_close((uv_handle_t *)&listener->poll, NULL);
		uv_close((uv_handle_t *)&listener->pause, NULL);
		close(listener->socket);
	}
}

void listener_go_on(struct listener *listener)
{
	if (listener->open && uv_is_active((const uv_handle_t *)&listener->pause)) {
		resume(listener);
	}
}
