/* Who asks: addresses, which proxies are believed, and how much one client may have at a time.
 * IPv4 addresses are IPv6 ones (RFC 4291, 2.5.5.2). */
#ifndef ALMANAC_HTTP_CLIENT_H
#define ALMANAC_HTTP_CLIENT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/error.h"

struct alm_request;
struct clients;

enum { CLIENT_TEXT = INET6_ADDRSTRLEN };

/* [any] False: neither IPv4 nor IPv6. */
bool client_parse(const char *text, size_t length, struct in6_addr *address);
void client_write(const struct in6_addr *address, char text[CLIENT_TEXT]);
bool client_from_socket(const struct sockaddr *socket, struct in6_addr *address);

/* What clients have of the server at a time. */
enum client_use {
	CLIENT_CONNECTION,
	CLIENT_STREAM, /* long answers being received */
	CLIENT_QUERY,  /* requests that look at or bring much: waiting, or worked on */
	CLIENT_BYTES,  /* memory of requests that are worked on, and of answers to be sent */
	CLIENT_ROWS,   /* to be looked at */
	CLIENT_USES
};

/* Of one address (of IPv6, one /64), and of all together; 0: no limit. */
struct client_limits {
	int64_t each[CLIENT_USES], all[CLIENT_USES];
};

/* `proxies`: "10.0.0.0/8,::1", whose X-Forwarded-For is believed, and who have no limit of
 * connections. NULL: *err. Shared by all loops. */
struct clients *clients_create(
	const char *proxies, const struct client_limits *limits, struct error *err);
void clients_destroy(struct clients *clients);

/* [any] */
bool clients_trust(const struct clients *clients, const struct in6_addr *address);

/* [any] The client behind the proxies: of the addresses in X-Forwarded-For (NULL: none was
 * sent) the last that no trusted proxy has; the peer, unless that is a trusted proxy. A proxy
 * that does not say for whom it asks ("unknown", "_hidden", nonsense) is the client itself. */
struct in6_addr clients_origin(
	const struct clients *clients, const struct in6_addr *peer, const char *forwarded);

/* Whether a client may have so much more. */
enum client_room {
	CLIENT_ROOM,
	CLIENT_FULL, /* not before it has less */
	CLIENTS_FULL /* not before all have less */
};

/* [any] So much more of the uses that are not 0; nothing more, if one is beyond its limit.
 * Those of a query leave a part of each limit to what is short. */
struct client_need {
	int64_t of[CLIENT_USES];
	bool query;
};
enum client_room clients_reserve(struct clients *clients, const struct in6_addr *address,
	const struct client_need *need);
void clients_return(struct clients *clients, const struct in6_addr *address,
	const struct client_need *need);

/* [any] The most that one query may ever have of a use; INT64_MAX: no limit. */
int64_t clients_most(const struct clients *clients, enum client_use use);

/* [any] The same as reserving one of a use; false: no. */
bool clients_take(struct clients *clients, const struct in6_addr *address, enum client_use use);
void clients_give(struct clients *clients, const struct in6_addr *address, enum client_use use);

/* [any] What all clients have. */
int64_t clients_total(struct clients *clients, enum client_use use);

/* [any] The address that stands for all that one client may have. */
struct in6_addr client_share(const struct in6_addr *address);

#endif
