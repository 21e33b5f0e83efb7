/* Connections that begin: what each is counted as, and whether there is room for it. */
#include <unistd.h>

#include "base/memory.h"
#include "http/client.h"
#include "http/connection_state.h"
#include "reply/problem.h"
#include "server/loop.h"
#include "server/metrics.h"
#include "server/server.h"

enum {
	RETRY_AFTER_SECONDS = 1,
	OPERATORS_MAX = 32 /* connections of the listener of operators */
};

/* What is said to those for whom there is no room. */
struct refusal {
	struct problem problem;
	const char *why;
};

/* What a connection is counted as, and whether it is refused. */
struct admission {
	enum connection_kind kind;
	bool counted; /* among the client's connections */
	const struct refusal *refusal;
};

/* NULL: there is room. */
static const struct refusal *find_room(
	struct server *server, const struct in6_addr *peer, bool *counted)
{
	static const struct refusal full = { { .status = 503,
						     .retry_after = RETRY_AFTER_SECONDS },
		"the server has no room for more connections" };
	static const struct refusal many = { { .status = 429,
						     .retry_after = RETRY_AFTER_SECONDS },
		"this client has too many connections" };
	struct clients *clients = server_clients(server);

	if (!server_connection_opened(server)) {
		return &full;
	}
	if (clients_trust(clients, peer)) {
		return NULL;
	}
	*counted = clients_take(clients, peer, CLIENT_CONNECTION);
	if (!*counted) {
		server_connection_closed(server);
	}
	return *counted ? NULL : &many;
}

/* False: there is no room, not even to say so. */
static bool admit(const struct listener *listener, const struct in6_addr *peer,
	struct admission *admission)
{
	struct loop *loop = listener->loop;

	*admission = (struct admission){ .kind = OF_OPERATOR };
	if (listener->operation) {
		if (loop->operators == OPERATORS_MAX) {
			return false;
		}
		loop->operators++;
		return true;
	}
	admission->refusal = find_room(loop->server, peer, &admission->counted);
	admission->kind = admission->refusal == NULL ? OF_CLIENT : OF_REFUSED;
	return admission->refusal == NULL || server_refusal_opened(loop->server);
}

static struct connection *create(
	struct loop *loop, const struct in6_addr *peer, const struct admission *admission)
{
	struct connection *connection = memory_new(struct connection);

	connection->loop = loop;
	connection->since = uv_now(&loop->uv);
	connection->peer = *peer;
	connection->kind = admission->kind;
	connection->counted = admission->counted;
	parser_init(&connection->parser, &loop->limits);
	uv_tcp_init(&loop->uv, &connection->tcp);
	connection->tcp.data = connection;
	connection->next = loop->connections;
	if (connection->next != NULL) {
		connection->next->previous = connection;
	}
	loop->connections = connection;
	loop->connection_count++;
	return connection;
}

void connection_accept(
	const struct listener *listener, int socket, const struct sockaddr *address)
{
	struct loop *loop = listener->loop;
	struct admission admission;
	struct in6_addr peer = { 0 };
	struct connection *connection;
	bool admitted;

	client_from_socket(address, &peer);
	admitted = admit(listener, &peer, &admission);
	metrics_add(admitted && admission.refusal == NULL ? &loop->metrics->accepted
							  : &loop->metrics->refused,
		1);
	if (!admitted) {
		close(socket);
		return;
	}
	connection = create(loop, &peer, &admission);
	if (uv_tcp_open(&connection->tcp, socket) < 0) {
		close(socket);
		connection_close(connection);
		return;
	}
	uv_tcp_nodelay(&connection->tcp, 1);
	if (admission.refusal != NULL) {
		connection_refuse(
			connection, &admission.refusal->problem, "%s", admission.refusal->why);
	}
	connection_start_reading(connection);
}
