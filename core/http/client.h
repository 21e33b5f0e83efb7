/* Who asks: addresses, which proxies are believed, and how much one client may have at a time.
 * IPv4 addresses are IPv6 ones (RFC 4291, 2.5.5.2). */
#ifndef ALMANAC_HTTP_CLIENT_H
#define ALMANAC_HTTP_CLIENT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/error.h"

struct alm_request;
struct clients;

enum { CLIENT_TEXT = INET6_ADDRSTRLEN };

/* [any] False: neither IPv4 nor IPv6. */
bool client_parse(const char *text, size_t length, struct in6_addr *address);
void client_write(const struct in6_addr *address, char text[CLIENT_TEXT]);
bool client_from_socket(const struct sockaddr *socket, struct in6_addr *address);

struct client_limits {
	size_t connections, streams; /* of one address, of IPv6 one /64; 0: no limit */
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

/* [any] One more; false, and none more, if the address has as many as it may. */
enum client_use { CLIENT_CONNECTION, CLIENT_STREAM, CLIENT_USES };
bool clients_take(struct clients *clients, const struct in6_addr *address, enum client_use use);
void clients_give(struct clients *clients, const struct in6_addr *address, enum client_use use);

#endif
