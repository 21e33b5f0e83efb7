/* Clients: addresses, trusted proxies (X-Forwarded-For), and limits of each client. IPv4
 * addresses are IPv4-mapped IPv6 addresses (RFC 4291, 2.5.5.2). */
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

/* Uses of the server that are limited. */
enum client_use {
	CLIENT_CONNECTION,
	CLIENT_STREAM, /* long answers being sent */
	CLIENT_QUERY,  /* long requests, waiting or under way */
	CLIENT_BYTES,  /* memory of requests under way, and of answers to be sent */
	CLIENT_ROWS,   /* on which conditions are tried, or that are sorted */
	CLIENT_USES
};

/* Limits of one client (an IPv4 address, an IPv6 /64), and of all together; 0: none. */
struct client_limits {
	int64_t each[CLIENT_USES], all[CLIENT_USES];
};

/* `proxies`: trusted proxies such as "10.0.0.0/8,::1", which are exempt from the limit of
 * connections. NULL: *err. Shared by all loops. */
struct clients *clients_create(
	const char *proxies, const struct client_limits *limits, struct error *err);
void clients_destroy(struct clients *clients);

/* [any] */
bool clients_trust(const struct clients *clients, const struct in6_addr *address);

/* [any] The client behind trusted proxies: the last address in X-Forwarded-For (NULL: not sent)
 * that is not a trusted proxy's; the peer, if that is not a trusted proxy. A proxy that does
 * not name its client
 * ("unknown", "_hidden", malformed) is the client. */
struct in6_addr clients_origin(
	const struct clients *clients, const struct in6_addr *peer, const char *forwarded);

/* Result of a reservation. */
enum client_room {
	CLIENT_ROOM,
	CLIENT_FULL, /* beyond a limit of the client */
	CLIENTS_FULL /* beyond a limit of all clients */
};

/* [any] Reserves all of the need, or nothing if a limit would be exceeded. Queries leave a part
 * of the limits of bytes to short requests. */
struct client_need {
	int64_t of[CLIENT_USES];
	bool query;
};
enum client_room clients_reserve(struct clients *clients, const struct in6_addr *address,
	const struct client_need *need);
void clients_return(struct clients *clients, const struct in6_addr *address,
	const struct client_need *need);

/* [any] The limit of a use for one query alone; INT64_MAX: none. */
int64_t clients_limit(const struct clients *clients, enum client_use use);

/* [any] Reserves and returns one of a use. False: it would exceed a limit. */
bool clients_take(struct clients *clients, const struct in6_addr *address, enum client_use use);
void clients_give(struct clients *clients, const struct in6_addr *address, enum client_use use);

/* [any] Reserved by all clients. */
int64_t clients_total(struct clients *clients, enum client_use use);

/* [any] The address under which limits of the client are counted: of IPv6, its /64. */
struct in6_addr client_share(const struct in6_addr *address);

#endif
