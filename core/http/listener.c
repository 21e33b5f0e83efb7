#include "http/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/number.h"

enum {
	BACKLOG = 4096, /* connections in the kernel's queue; its own limit may be lower */
	ACCEPTED_AT_ONCE = 64, /* in one iteration of the loop */
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

/* -- Binding ------------------------------------------------------------ */

enum { HOST_MAX = 256, PORT_MAX = 65535 };

struct endpoint {
	struct sockaddr_storage address;
	socklen_t length;
};

/* HOST:PORT, [IPV6]:PORT, :PORT or *:PORT. */
static int split(const char *flag, const char *text, char host[HOST_MAX], char port[8],
	struct error *err)
{
	const char *colon = strrchr(text, ':');
	size_t length = colon != NULL ? (size_t)(colon - text) : 0;
	int64_t number = -1;

	if (colon == NULL || length >= HOST_MAX ||
		!number_parse_integer(colon + 1, strlen(colon + 1), &number) || number < 0 ||
		number > PORT_MAX) {
		error_set(err, "cannot listen on '%s': it is not HOST:PORT", text);
		return error_hint(err,
			"give --%s an address such as 127.0.0.1:8080, 0.0.0.0:8080 or "
			"[::1]:8080",
			flag);
	}
	snprintf(port, 8, "%d", (int)number);
	if (length > 1 && text[0] == '[' && colon[-1] == ']') {
		text++;
		length -= 2;
	}
	if (length == 1 && text[0] == '*') {
		length = 0;
	}
	memcpy(host, text, length);
	host[length] = '\0';
	return 0;
}

static int resolve(
	const char *flag, const char *text, struct endpoint *endpoint, struct error *err)
{
	struct addrinfo wanted = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *found;
	char host[HOST_MAX], port[8];
	int code;

	if (split(flag, text, host, port, err) < 0) {
		return -1;
	}
	code = getaddrinfo(host[0] != '\0' ? host : NULL, port, &wanted, &found);
	if (code != 0) {
		error_set(err, "cannot listen on %s: %s", text, gai_strerror(code));
		return error_hint(err, "HOST must be an address or name of this machine");
	}
	memcpy(&endpoint->address, found->ai_addr, found->ai_addrlen);
	endpoint->length = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

static int fail(const char *flag, const char *text, int code, struct error *err)
{
	error_set(err, "cannot listen on %s: %s", text, strerror(code));
	switch (code) {
	case EADDRINUSE:
		return error_hint(err,
			"another program listens there: stop it, or choose another "
			"port with --%s (port 0 takes a free one)",
			flag);
	case EACCES:
		return error_hint(err,
			"ports below 1024 need a privilege; choose a higher one with --%s",
			flag);
	case EADDRNOTAVAIL:
		return error_hint(err, "HOST must be an address of this machine; 0.0.0.0 "
				       "stands for all of them");
	default:
		return -1;
	}
}

/* A bound socket, or -1 with errno. */
static int bind_one(const struct endpoint *endpoint, int reuse_port)
{
	int one = 1, saved;
	int fd = socket(
		endpoint->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &reuse_port, sizeof(reuse_port)) ==
			0 &&
		bind(fd, (const struct sockaddr *)&endpoint->address, endpoint->length) == 0) {
		return fd;
	}
	saved = errno;
	if (fd >= 0) {
		close(fd);
	}
	errno = saved;
	return -1;
}

/* Whether another server listens: with SO_REUSEPORT, a second server of the same user would
 * silently share the port with the first; a socket without it cannot be bound. */
static int check_free(const struct endpoint *endpoint)
{
	int fd = bind_one(endpoint, 0);

	if (fd >= 0) {
		close(fd);
	}
	return fd < 0 ? -1 : 0;
}

static void describe(const struct endpoint *endpoint, char text[LISTEN_TEXT_MAX])
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	bool v6 = endpoint->address.ss_family == AF_INET6;

	if (getnameinfo((const struct sockaddr *)&endpoint->address, endpoint->length, host,
		    sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
		snprintf(text, LISTEN_TEXT_MAX, "?");
	} else {
		snprintf(text, LISTEN_TEXT_MAX, "%s%.100s%s:%.8s", v6 ? "[" : "", host,
			v6 ? "]" : "", port);
	}
}

int listen_bind(const char *flag, const char *address, int *sockets, size_t count,
	char text[LISTEN_TEXT_MAX], struct error *err)
{
	struct endpoint endpoint = { 0 };

	if (resolve(flag, address, &endpoint, err) < 0) {
		return -1;
	}
	if (check_free(&endpoint) < 0) {
		return fail(flag, address, errno, err);
	}
	for (size_t i = 0; i < count; i++) {
		sockets[i] = bind_one(&endpoint, 1);
		if (sockets[i] < 0) {
			int code = errno;

			while (i-- > 0) {
				close(sockets[i]);
			}
			return fail(flag, address, code, err);
		}
		endpoint.length = sizeof(endpoint.address);
		getsockname(sockets[i], (struct sockaddr *)&endpoint.address, &endpoint.length);
	}
	describe(&endpoint, text);
	return 0;
}
