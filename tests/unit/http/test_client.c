/* Addresses, networks, forwarded clients, limits; request and trace ids. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/trace.h"
#include "http/client.h"

static struct in6_addr address(const char *text)
{
	struct in6_addr address = { 0 };

	assert_true(client_parse(text, strlen(text), &address));
	return address;
}

static struct clients *create(const char *proxies, size_t connections, size_t streams)
{
	struct client_limits limits = { .each = { [CLIENT_CONNECTION] = (int64_t)connections,
						[CLIENT_STREAM] = (int64_t)streams } };
	struct error err = { 0 };
	struct clients *clients = clients_create(proxies, &limits, &err);

	assert_non_null(clients);
	return clients;
}

static void addresses_come_back(void **state)
{
	static const char *const texts[] = { "127.0.0.1", "203.0.113.9", "::1", "2001:db8::7" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct in6_addr parsed = address(texts[i]);
		char text[CLIENT_TEXT];

		client_write(&parsed, text);
		assert_string_equal(text, texts[i]);
	}
}

static void refuses_what_is_no_address(void **state)
{
	static const char *const texts[] = { "", "unknown", "1.2.3", "1.2.3.4:80", "[::1]",
		"1.2.3.4 ", "::g" };
	struct in6_addr parsed;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_false(client_parse(texts[i], strlen(texts[i]), &parsed));
	}
}

static void trusts_networks(void **state)
{
	static const struct {
		const char *address;
		bool trusted;
	} cases[] = {
		{ "10.0.0.0", true }, { "10.255.255.255", true }, { "11.0.0.0", false },
		{ "192.0.2.1", true }, { "192.0.2.2", false }, { "172.16.0.1", true },
		{ "172.31.255.255", true }, { "172.32.0.0", false }, { "2001:db8:1::1", true },
		{ "2001:db9::1", false },
		{ "::a00:1", false }, /* 10.0.0.1 without the mark of IPv4 */
	};
	struct clients *clients =
		create("10.0.0.0/8,192.0.2.1,172.16.0.0/12,2001:db8::/32", 0, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct in6_addr parsed = address(cases[i].address);

		assert_int_equal(clients_trust(clients, &parsed), cases[i].trusted);
	}
	clients_destroy(clients);
}

static void refuses_wrong_networks(void **state)
{
	static const char *const texts[] = { "10.0.0.0/33", "::/129", "10/8", "x", "10.0.0.0/",
		"10.0.0.0/-1", ",10.0.0.0/8", "10.0.0.0/8,,::1" };
	const struct client_limits limits = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct error err = { 0 };

		assert_null(clients_create(texts[i], &limits, &err));
		assert_non_null(strstr(err.text, "is no network"));
	}
}

/* Peer, what it forwards, who that is from. 10.* are proxies. */
static void finds_the_origin(void **state)
{
	static const struct {
		const char *peer, *forwarded, *origin;
	} cases[] = {
		{ "203.0.113.1", NULL, "203.0.113.1" },
		{ "203.0.113.1", "198.51.100.1", "203.0.113.1" },
		{ "10.0.0.1", NULL, "10.0.0.1" },
		{ "10.0.0.1", "", "10.0.0.1" },
		{ "10.0.0.1", "198.51.100.1", "198.51.100.1" },
		{ "10.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1" },
		{ "10.0.0.1", "198.51.100.1 , 10.0.0.2", "198.51.100.1" },
		{ "10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3" },
		{ "10.0.0.1", "198.51.100.1, garbage", "10.0.0.1" },
		{ "10.0.0.1", "198.51.100.1, garbage, 10.0.0.2", "10.0.0.2" },
		{ "10.0.0.1", "2001:db8::1", "2001:db8::1" },
		{ "10.0.0.1", "198.51.100.1,", "198.51.100.1" },
		{ "10.0.0.1", ", 198.51.100.1, ,, 10.0.0.2, ", "198.51.100.1" },
		{ "10.0.0.1", ",", "10.0.0.1" },
		{ "10.0.0.1", "192.0.2.66, unknown", "10.0.0.1" },
		{ "10.0.0.1", "192.0.2.66, unknown, 10.0.0.2", "10.0.0.2" },
		{ "10.0.0.1", "192.0.2.66, _gazonk, 10.0.0.2:80", "10.0.0.2" },
	};
	struct clients *clients = create("10.0.0.0/8", 0, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct in6_addr peer = address(cases[i].peer);
		struct in6_addr origin = clients_origin(clients, &peer, cases[i].forwarded);
		char text[CLIENT_TEXT];

		client_write(&origin, text);
		assert_string_equal(text, cases[i].origin);
	}
	clients_destroy(clients);
}

/* What RFC 7239, section 6, and load balancers write for one client. */
static void reads_forwarded_addresses(void **state)
{
	static const struct {
		const char *written, *address; /* NULL: none */
	} cases[] = {
		{ "198.51.100.1:4711", "198.51.100.1" },
		{ "198.51.100.1:0", "198.51.100.1" },
		{ "198.51.100.1:65535", "198.51.100.1" },
		{ "198.51.100.1:65536", NULL },
		{ "198.51.100.1:", NULL },
		{ "198.51.100.1:-1", NULL },
		{ "198.51.100.1:http", NULL },
		{ "198.51.100.1:80:80", NULL },
		{ "[2001:db8:cafe::17]:4711", "2001:db8:cafe::17" },
		{ "[2001:db8:cafe::17]", "2001:db8:cafe::17" },
		{ "[2001:db8:cafe::17", NULL },
		{ "[2001:db8:cafe::17]4711", NULL },
		{ "[2001:db8:cafe::17]:", NULL },
		{ "2001:db8:cafe::17]", NULL },
		{ "[]:80", NULL },
		{ "[", NULL },
		{ "]", NULL },
		{ ":80", NULL },
		{ "\"198.51.100.1\"", "198.51.100.1" },
		{ "\"198.51.100.1:4711\"", "198.51.100.1" },
		{ "\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17" },
		{ "\"2001:db8:cafe::17\"", "2001:db8:cafe::17" },
		{ "\"198.51.100.1", NULL },
		{ "\"", NULL },
		{ "\"\"", NULL },
		{ "::ffff:198.51.100.1", "198.51.100.1" },
		{ "[::ffff:198.51.100.1]:80", "198.51.100.1" },
	};
	struct clients *clients = create("10.0.0.0/8", 0, 0);
	struct in6_addr peer = address("10.0.0.1");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *expected = cases[i].address != NULL ? cases[i].address : "10.0.0.1";
		struct in6_addr origin = clients_origin(clients, &peer, cases[i].written);
		char text[CLIENT_TEXT];

		client_write(&origin, text);
		assert_string_equal(text, expected);
	}
	clients_destroy(clients);
}

static void limits_each_use(void **state)
{
	struct clients *clients = create("", 2, 1);
	struct in6_addr a = address("192.0.2.1"), b = address("192.0.2.2");

	(void)state;
	assert_true(clients_take(clients, &a, CLIENT_CONNECTION));
	assert_true(clients_take(clients, &a, CLIENT_CONNECTION));
	assert_false(clients_take(clients, &a, CLIENT_CONNECTION));
	assert_true(clients_take(clients, &b, CLIENT_CONNECTION));
	assert_true(clients_take(clients, &a, CLIENT_STREAM));
	assert_false(clients_take(clients, &a, CLIENT_STREAM));
	clients_give(clients, &a, CLIENT_CONNECTION);
	assert_true(clients_take(clients, &a, CLIENT_CONNECTION));
	clients_give(clients, &a, CLIENT_STREAM);
	assert_true(clients_take(clients, &a, CLIENT_STREAM));
	clients_destroy(clients);
}

static struct client_need bytes(int64_t number, bool query)
{
	return (struct client_need){ .of[CLIENT_BYTES] = number, .query = query };
}

/* Of each and of all, with a quarter that queries leave alone. */
static void memory_is_shared(void **state)
{
	const struct client_limits limits = { .each[CLIENT_BYTES] = 100,
		.all[CLIENT_BYTES] = 160 };
	struct clients *clients = clients_create("", &limits, &(struct error){ 0 });
	struct in6_addr a = address("192.0.2.1"), b = address("192.0.2.2");
	struct client_need query = bytes(75, true), more = bytes(1, true),
			   page = bytes(25, false), large = bytes(61, false);

	(void)state;
	assert_int_equal(75, clients_limit(clients, CLIENT_BYTES));
	assert_int_equal(INT64_MAX, clients_limit(clients, CLIENT_ROWS));
	assert_int_equal(CLIENT_ROOM, clients_reserve(clients, &a, &query));
	assert_int_equal(CLIENT_FULL, clients_reserve(clients, &a, &more));
	assert_int_equal(CLIENT_ROOM, clients_reserve(clients, &a, &page));
	assert_int_equal(CLIENT_FULL, clients_reserve(clients, &a, &page));
	assert_int_equal(CLIENTS_FULL, clients_reserve(clients, &b, &query));
	assert_int_equal(CLIENTS_FULL, clients_reserve(clients, &b, &large));
	assert_int_equal(100, clients_total(clients, CLIENT_BYTES));
	clients_return(clients, &a, &query);
	assert_int_equal(CLIENT_ROOM, clients_reserve(clients, &b, &query));
	clients_return(clients, &b, &query);
	clients_return(clients, &a, &page);
	assert_int_equal(0, clients_total(clients, CLIENT_BYTES));
	clients_destroy(clients);
}

static void networks_of_ipv6_share(void **state)
{
	struct clients *clients = create("", 1, 0);
	struct in6_addr a = address("2001:db8::1"), same = address("2001:db8::ffff:1"),
			other = address("2001:db8:0:1::1");

	(void)state;
	assert_true(clients_take(clients, &a, CLIENT_CONNECTION));
	assert_false(clients_take(clients, &same, CLIENT_CONNECTION));
	assert_true(clients_take(clients, &other, CLIENT_CONNECTION));
	assert_true(clients_take(clients, &a, CLIENT_STREAM)); /* no limit */
	clients_destroy(clients);
}

static void many_clients(void **state)
{
	struct clients *clients = create("", 1, 0);
	struct in6_addr each = address("10.0.0.0");

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 5000; i++) {
			each.s6_addr[14] = (uint8_t)(i >> 8);
			each.s6_addr[15] = (uint8_t)i;
			assert_true(clients_take(clients, &each, CLIENT_CONNECTION));
			assert_false(clients_take(clients, &each, CLIENT_CONNECTION));
		}
		for (unsigned i = 0; i < 5000; i++) {
			each.s6_addr[14] = (uint8_t)(i >> 8);
			each.s6_addr[15] = (uint8_t)i;
			clients_give(clients, &each, CLIENT_CONNECTION);
		}
	}
	clients_destroy(clients);
}

/* -- Traces ------------------------------------------------------------- */

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"
#define ROOT "1-67891233-abcdef012345678912345678"

static void finds_traces(void **state)
{
	static const struct {
		const char *traceparent, *amzn, *id; /* NULL: none */
	} cases[] = {
		{ "00-" TRACE "-" SPAN "-01", NULL, TRACE },
		{ "00-" TRACE "-" SPAN "-00", "Root=" ROOT, TRACE },
		{ "01-" TRACE "-" SPAN "-01-more", NULL, TRACE },
		{ "00-" TRACE "-" SPAN "-01-more", NULL, NULL },
		{ "ff-" TRACE "-" SPAN "-01", NULL, NULL },
		{ "00-" TRACE "-0000000000000000-01", NULL, NULL },
		{ "00-00000000000000000000000000000000-" SPAN "-01", NULL, NULL },
		{ "00-4BF92f3577b34da6a3ce929d0e0e4736-" SPAN "-01", NULL, NULL },
		{ "00-" TRACE, "Root=" ROOT, ROOT },
		{ NULL, "Root=" ROOT ";Parent=53995c3f42cd8ad8;Sampled=1", ROOT },
		{ NULL, "Self=1-2-3;Root=" ROOT, ROOT },
		{ NULL, "Root=", NULL },
		{ NULL, "Root=a b", NULL },
		{ NULL, "Roots=" ROOT, NULL },
		{ NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t length;
		const char *id = trace_id(cases[i].traceparent, cases[i].amzn, &length);

		if (cases[i].id == NULL) {
			assert_null(id);
		} else {
			assert_non_null(id);
			assert_int_equal(length, strlen(cases[i].id));
			assert_memory_equal(id, cases[i].id, length);
		}
	}
}

static void judges_request_ids(void **state)
{
	char longest[130];

	(void)state;
	assert_true(trace_is_request_id("a"));
	assert_true(trace_is_request_id("01J9Z-x_y.z+/=:"));
	assert_false(trace_is_request_id(""));
	assert_false(trace_is_request_id("a b"));
	assert_false(trace_is_request_id("a\"b"));
	assert_false(trace_is_request_id("\xC3\xA4"));
	memset(longest, 'a', sizeof(longest));
	longest[128] = '\0';
	assert_true(trace_is_request_id(longest));
	longest[128] = 'a';
	longest[129] = '\0';
	assert_false(trace_is_request_id(longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_come_back),
		cmocka_unit_test(refuses_what_is_no_address),
		cmocka_unit_test(trusts_networks),
		cmocka_unit_test(refuses_wrong_networks),
		cmocka_unit_test(finds_the_origin),
		cmocka_unit_test(reads_forwarded_addresses),
		cmocka_unit_test(limits_each_use),
		cmocka_unit_test(memory_is_shared),
		cmocka_unit_test(networks_of_ipv6_share),
		cmocka_unit_test(many_clients),
		cmocka_unit_test(finds_traces),
		cmocka_unit_test(judges_request_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
