#include "http/client.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "base/number.h"

enum {
	PROXIES_MAX = 64,
	BUCKETS = 1024,
	V4_BITS = 96,
	SHORT_PART = 4 /* one in so many bytes is reserved for short requests */
};

struct network {
	struct in6_addr address;
	unsigned bits;
};

/* Reservations of one client. */
struct holder {
	struct holder *next;
	struct in6_addr address;
	int64_t uses[CLIENT_USES];
};

struct clients {
	struct network proxies[PROXIES_MAX];
	size_t proxy_count;
	struct client_limits limits;
	pthread_mutex_t lock;
	int64_t totals[CLIENT_USES];
	struct holder *buckets[BUCKETS];
};

/* -- Addresses ---------------------------------------------------------- */

static void map_v4(const struct in_addr *from, struct in6_addr *to)
{
	memset(to, 0, sizeof(*to));
	to->s6_addr[10] = to->s6_addr[11] = 0xFF;
	memcpy(to->s6_addr + 12, from, sizeof(*from));
}

bool client_parse(const char *text, size_t length, struct in6_addr *address)
{
	char copy[CLIENT_TEXT];
	struct in_addr v4;

	if (length == 0 || length >= sizeof(copy)) {
		return false;
	}
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (inet_pton(AF_INET, copy, &v4) == 1) {
		map_v4(&v4, address);
		return true;
	}
	return inet_pton(AF_INET6, copy, address) == 1;
}

void client_write(const struct in6_addr *address, char text[CLIENT_TEXT])
{
	if (IN6_IS_ADDR_V4MAPPED(address)) {
		inet_ntop(AF_INET, address->s6_addr + 12, text, CLIENT_TEXT);
	} else {
		inet_ntop(AF_INET6, address, text, CLIENT_TEXT);
	}
}

bool client_from_socket(const struct sockaddr *socket, struct in6_addr *address)
{
	union {
		const struct sockaddr *any;
		const struct sockaddr_in *v4;
		const struct sockaddr_in6 *v6;
	} from = { .any = socket };

	if (socket->sa_family == AF_INET) {
		map_v4(&from.v4->sin_addr, address);
		return true;
	}
	if (socket->sa_family == AF_INET6) {
		*address = from.v6->sin6_addr;
		return true;
	}
	return false;
}

/* -- Proxies ------------------------------------------------------------ */

static bool is_within(const struct network *network, const struct in6_addr *address)
{
	unsigned bytes = network->bits / 8, rest = network->bits % 8;

	if (memcmp(network->address.s6_addr, address->s6_addr, bytes) != 0) {
		return false;
	}
	return rest == 0 ||
	       (network->address.s6_addr[bytes] ^ address->s6_addr[bytes]) >> (8 - rest) == 0;
}

/* "10.0.0.0/8", or an address alone. */
static bool parse_network(const char *text, size_t length, struct network *network)
{
	const char *slash = memchr(text, '/', length);
	size_t address = slash != NULL ? (size_t)(slash - text) : length;
	bool v6 = memchr(text, ':', address) != NULL;
	int64_t bits = v6 ? 128 : 32;

	if (!client_parse(text, address, &network->address)) {
		return false;
	}
	if (slash != NULL && (!number_parse_integer(slash + 1, length - address - 1, &bits) ||
				     bits < 0 || bits > (v6 ? 128 : 32))) {
		return false;
	}
	network->bits = (unsigned)bits + (v6 ? 0 : V4_BITS);
	return true;
}

static int parse_proxies(struct clients *clients, const char *text, struct error *err)
{
	while (*text != '\0') {
		size_t length = strcspn(text, ",");

		if (clients->proxy_count == PROXIES_MAX) {
			return error_set(
				err, "trusted proxies: more than %d networks", PROXIES_MAX);
		}
		if (!parse_network(text, length, &clients->proxies[clients->proxy_count++])) {
			error_set(err, "trusted proxies: '%.*s' is no network", (int)length,
				text);
			return error_hint(err,
				"give addresses or networks with commas between them: "
				"10.0.0.0/8,192.0.2.1,2001:db8::/32");
		}
		text += length + (text[length] == ',');
	}
	return 0;
}

bool clients_trust(const struct clients *clients, const struct in6_addr *address)
{
	for (size_t i = 0; i < clients->proxy_count; i++) {
		if (is_within(&clients->proxies[i], address)) {
			return true;
		}
	}
	return false;
}

/* Takes the last item off a list of *length bytes; spaces around it are left out. */
static const char *last_item(const char *list, size_t *length, size_t *item_length)
{
	size_t begin = *length, end = *length;

	while (begin > 0 && list[begin - 1] != ',') {
		begin--;
	}
	*length = begin > 0 ? begin - 1 : 0;
	while (begin < end && (list[begin] == ' ' || list[begin] == '\t')) {
		begin++;
	}
	while (end > begin && (list[end - 1] == ' ' || list[end - 1] == '\t')) {
		end--;
	}
	*item_length = end - begin;
	return list + begin;
}

static void trim_quotes(const char **text, size_t *length)
{
	if (*length >= 2 && (*text)[0] == '"' && (*text)[*length - 1] == '"') {
		(*text)++;
		*length -= 2;
	}
}

static bool is_port(const char *text, size_t length)
{
	int64_t port;

	return number_parse_integer(text, length, &port) && port >= 0 && port <= UINT16_MAX;
}

/* An address as proxies write it: alone, "192.0.2.1:4711", "[2001:db8::1]" with or without a
 * port, any of them in quotes (RFC 7239, 6). False also for "unknown" and "_hidden", by which
 * a proxy says that it does not tell. */
static bool parse_forwarded(const char *text, size_t length, struct in6_addr *address)
{
	const char *end, *rest;

	trim_quotes(&text, &length);
	if (client_parse(text, length, address)) {
		return true;
	}
	if (length > 0 && text[0] == '[') {
		text++;
		length--;
		end = memchr(text, ']', length);
		rest = end != NULL ? end + 1 : NULL;
	} else {
		end = rest = memchr(text, ':', length);
	}
	if (end == NULL || !client_parse(text, (size_t)(end - text), address)) {
		return false;
	}
	length -= (size_t)(rest - text);
	return length == 0 || (rest[0] == ':' && is_port(rest + 1, length - 1));
}

struct in6_addr clients_origin(
	const struct clients *clients, const struct in6_addr *peer, const char *forwarded)
{
	struct in6_addr origin = *peer, next;
	size_t left = forwarded != NULL ? strlen(forwarded) : 0;

	while (left > 0 && clients_trust(clients, &origin)) {
		size_t length;
		const char *item = last_item(forwarded, &left, &length);

		if (length == 0) {
			continue; /* no item (RFC 9110, 5.6.1) */
		}
		if (!parse_forwarded(item, length, &next)) {
			break; /* addresses before it can be forged */
		}
		origin = next;
	}
	return origin;
}

/* -- Limits ------------------------------------------------------------- */

/* IPv6 clients are limited by /64, since each has a whole network. */
struct in6_addr client_share(const struct in6_addr *address)
{
	struct in6_addr share = *address;

	if (!IN6_IS_ADDR_V4MAPPED(address)) {
		memset(share.s6_addr + 8, 0, 8);
	}
	return share;
}

static struct holder **find(struct clients *clients, const struct in6_addr *share)
{
	uint64_t hash = XXH3_64bits(share, sizeof(*share));
	struct holder **link = &clients->buckets[hash % BUCKETS];

	while (*link != NULL && memcmp(&(*link)->address, share, sizeof(*share)) != 0) {
		link = &(*link)->next;
	}
	return link;
}

/* The part of a limit that queries may use. */
static int64_t query_part(int64_t limit, bool query)
{
	return query ? limit - limit / SHORT_PART : limit;
}

static bool fits(int64_t used, int64_t more, int64_t limit, bool query)
{
	return more == 0 || limit == 0 || used + more <= query_part(limit, query);
}

static enum client_room check_limits(const struct clients *clients, const struct holder *holder,
	const struct client_need *need)
{
	for (size_t i = 0; i < CLIENT_USES; i++) {
		bool query = need->query && i == CLIENT_BYTES;

		if (!fits(holder != NULL ? holder->uses[i] : 0, need->of[i],
			    clients->limits.each[i], query)) {
			return CLIENT_FULL;
		}
		if (!fits(clients->totals[i], need->of[i], clients->limits.all[i], query)) {
			return CLIENTS_FULL;
		}
	}
	return CLIENT_ROOM;
}

enum client_room clients_reserve(
	struct clients *clients, const struct in6_addr *address, const struct client_need *need)
{
	struct in6_addr share = client_share(address);
	struct holder **link;
	enum client_room room;

	pthread_mutex_lock(&clients->lock);
	link = find(clients, &share);
	room = check_limits(clients, *link, need);
	if (room == CLIENT_ROOM && *link == NULL) {
		*link = memory_new(struct holder);
		(*link)->address = share;
	}
	for (size_t i = 0; room == CLIENT_ROOM && i < CLIENT_USES; i++) {
		(*link)->uses[i] += need->of[i];
		clients->totals[i] += need->of[i];
	}
	pthread_mutex_unlock(&clients->lock);
	return room;
}

static bool has_nothing(const struct holder *holder)
{
	for (size_t i = 0; i < CLIENT_USES; i++) {
		if (holder->uses[i] != 0) {
			return false;
		}
	}
	return true;
}

void clients_return(
	struct clients *clients, const struct in6_addr *address, const struct client_need *need)
{
	struct in6_addr share = client_share(address);
	struct holder **link, *holder;

	pthread_mutex_lock(&clients->lock);
	link = find(clients, &share);
	holder = *link;
	for (size_t i = 0; holder != NULL && i < CLIENT_USES; i++) {
		holder->uses[i] -= need->of[i];
		clients->totals[i] -= need->of[i];
	}
	if (holder != NULL && has_nothing(holder)) {
		*link = holder->next;
		free(holder);
	}
	pthread_mutex_unlock(&clients->lock);
}

int64_t clients_limit(const struct clients *clients, enum client_use use)
{
	int64_t each = clients->limits.each[use], all = clients->limits.all[use];
	bool query = use == CLIENT_BYTES;

	if (each == 0 && all == 0) {
		return INT64_MAX;
	}
	return query_part(all == 0 || (each > 0 && each < all) ? each : all, query);
}

bool clients_take(struct clients *clients, const struct in6_addr *address, enum client_use use)
{
	struct client_need one = { 0 };

	one.of[use] = 1;
	return clients_reserve(clients, address, &one) == CLIENT_ROOM;
}

void clients_give(struct clients *clients, const struct in6_addr *address, enum client_use use)
{
	struct client_need one = { 0 };

	one.of[use] = 1;
	clients_return(clients, address, &one);
}

int64_t clients_total(struct clients *clients, enum client_use use)
{
	int64_t total;

	pthread_mutex_lock(&clients->lock);
	total = clients->totals[use];
	pthread_mutex_unlock(&clients->lock);
	return total;
}

/* -- Life --------------------------------------------------------------- */

struct clients *clients_create(
	const char *proxies, const struct client_limits *limits, struct error *err)
{
	struct clients *clients = memory_new(struct clients);

	pthread_mutex_init(&clients->lock, NULL);
	clients->limits = *limits;
	if (parse_proxies(clients, proxies, err) != 0) {
		clients_destroy(clients);
		return NULL;
	}
	return clients;
}

void clients_destroy(struct clients *clients)
{
	if (clients == NULL) {
		return;
	}
	for (size_t i = 0; i < BUCKETS; i++) {
		while (clients->buckets[i] != NULL) {
			struct holder *holder = clients->buckets[i];

			clients->buckets[i] = holder->next;
			free(holder);
		}
	}
	pthread_mutex_destroy(&clients->lock);
	free(clients);
}
