/* Connections that begin: what each is counted as, and whether there is room for it. */
#include <unistd.h>

#include "base/counter.h"
#include "base/memory.h"
#include "http/client.h"
#include "http/connection_state.h"
#include "http/http.h"

enum {
	RETRY_AFTER_SECONDS = 1,
	OPERATORS_MAX = 32 /* connections of the listener of operators */
};

/* Reply to a connection for which there is no room. */
struct refusal {
	int status;
	const char *why;
};

/* What a connection is counted as, and whether it is refused. */
struct entry {
	enum connection_kind kind;
	bool counted; /* among the client's connections */
	const struct refusal *refusal;
};

static bool take(atomic_size_t *number, size_t most)
{
	if (atomic_fetch_add(number, 1) < most) {
		return true;
	}
	atomic_fetch_sub(number, 1);
	return false;
}

/* NULL: there is room. */
static const struct refusal *find_room(
	struct http *http, const struct in6_addr *peer, bool *counted)
{
	static const struct refusal full = { 503,
		"the server has no room for more connections" };
	static const struct refusal many = { 429, "this client has too many connections" };
	struct http_capacity *capacity = http->capacity;

	if (!take(&capacity->open, capacity->open_max)) {
		return &full;
	}
	if (clients_trust(http->clients, peer)) {
		return NULL;
	}
	*counted = clients_take(http->clients, peer, CLIENT_CONNECTION);
	if (!*counted) {
		atomic_fetch_sub(&capacity->open, 1);
	}
	return *counted ? NULL : &many;
}

/* False: there is no room, not even to say so. */
static bool admit(
	const struct listener *listener, const struct in6_addr *peer, struct entry *entry)
{
	struct http *http = listener->http;

	*entry = (struct entry){ .kind = OF_OPERATOR };
	if (listener->operation) {
		if (http->operators == OPERATORS_MAX) {
			return false;
		}
		http->operators++;
		return true;
	}
	entry->refusal = find_room(http, peer, &entry->counted);
	entry->kind = entry->refusal == NULL ? OF_CLIENT : OF_REFUSED;
	return entry->refusal == NULL ||
	       take(&http->capacity->refused, http->capacity->refused_max);
}

static struct connection *create(
	struct http *http, const struct in6_addr *peer, const struct entry *entry)
{
	struct connection *connection = memory_new(struct connection);

	connection->http = http;
	connection->since = uv_now(http->uv);
	connection->peer = *peer;
	connection->kind = entry->kind;
	connection->counted = entry->counted;
	parser_init(&connection->parser, &http->limits);
	uv_tcp_init(http->uv, &connection->tcp);
	connection->tcp.data = connection;
	connection->next = http->connections;
	if (connection->next != NULL) {
		connection->next->previous = connection;
	}
	http->connections = connection;
	http->connection_count++;
	return connection;
}

void connection_accept(
	const struct listener *listener, int socket, const struct sockaddr *address)
{
	struct http *http = listener->http;
	struct entry entry;
	struct in6_addr peer = { 0 };
	struct connection *connection;
	bool admitted;

	client_from_socket(address, &peer);
	admitted = admit(listener, &peer, &entry);
	counter_add(admitted && entry.refusal == NULL ? &http->accepted : &http->refused, 1);
	if (!admitted) {
		close(socket);
		return;
	}
	connection = create(http, &peer, &entry);
	if (uv_tcp_open(&connection->tcp, socket) < 0) {
		close(socket);
		connection_close(connection);
		return;
	}
	uv_tcp_nodelay(&connection->tcp, 1);
	if (entry.refusal != NULL) {
		connection_refuse(connection, entry.refusal->status, RETRY_AFTER_SECONDS,
			entry.refusal->why);
	}
	connection_start_reading(connection);
}
