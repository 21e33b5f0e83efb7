/* Streams of bytes and the requests in them. Every stream is fed at once and byte by
 * byte: both must be understood alike. */
#include <stdio.h>
#include <string.h>

#include "http/parser.h"
#include "unit.h"

static const struct parser_limits limits = { .head_bytes = 512, .url_bytes = 100 };

/* What was understood, as text: "GET /a +;" is a request after which the connection
 * goes on, "HEAD /a -;" one after which it does not; a number is the status of a
 * refusal, "..." a request that is not complete. False after a refusal. */
static bool feed(struct parser *parser, const char *data, size_t length, char *story)
{
	static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE",
		"OPTIONS", "OTHER" };
	static const char *const flags[] = { "-", "+" };
	enum parser_event event = PARSER_END;

	while (event != PARSER_MORE && event != PARSER_BAD) {
		event = parser_feed(parser, &data, &length);
		story += strlen(story);
		if (event == PARSER_HEAD) {
			sprintf(story, "%s %.*s %s", methods[parser->head.method],
				(int)parser->head.target_length, parser->head.target,
				flags[parser->head.keep_alive]);
		} else if (event == PARSER_END) {
			sprintf(story, ";");
		} else if (event == PARSER_BAD) {
			sprintf(story, "%d", parser->status);
			assert_non_null(parser->reason);
		}
	}
	assert_true(event == PARSER_BAD || length == 0);
	return event != PARSER_BAD;
}

static void tell(const char *data, size_t length, size_t step, char *story)
{
	struct parser parser;
	bool good = true;

	parser_init(&parser, &limits);
	story[0] = '\0';
	for (size_t i = 0; i < length && good; i += step) {
		good = feed(&parser, data + i, length - i < step ? length - i : step, story);
	}
	if (good && parser_is_within_request(&parser)) {
		sprintf(story + strlen(story), "...");
	}
	parser_finish(&parser);
}

static void expect_bytes(const char *data, size_t length, const char *story)
{
	static const size_t steps[] = { 1 << 20, 1, 2, 3, 7, 64 };
	char got[1024];

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		tell(data, length, steps[i], got);
		if (strcmp(got, story) != 0) {
			fail_msg("%s\n%zu bytes at a time: %s instead of %s", data, steps[i],
				got, story);
		}
	}
}

static void expect(const char *text, const char *story)
{
	expect_bytes(text, strlen(text), story);
}

/* A request with these header lines. */
static void expect_headers(const char *headers, const char *story)
{
	char text[512];

	snprintf(text, sizeof(text), "GET /a HTTP/1.1\r\nHost: h\r\n%s\r\n", headers);
	expect(text, story);
}

#define HOST "Host: h\r\n"

static void takes_requests(void **state)
{
	(void)state;
	expect("GET /a HTTP/1.1\r\n" HOST "\r\n", "GET /a +;");
	expect("HEAD /a?b=c HTTP/1.1\r\n" HOST "\r\n", "HEAD /a?b=c +;");
	expect("OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "OPTIONS * +;");
	expect("DELETE /a HTTP/1.1\r\n" HOST "\r\n", "DELETE /a +;");
	expect("GET http://h/a HTTP/1.1\r\n" HOST "\r\n", "GET http://h/a +;");
	expect("CONNECT h:80 HTTP/1.1\r\n" HOST "\r\n", "OTHER h:80 -;");
	expect("", "");
	expect("GET /a HT", "...");
	expect("GET /a HTTP/1.1\r\nHost: h\r\n\r", "...");
}

static void takes_pipelines(void **state)
{
	(void)state;
	expect("GET /a HTTP/1.1\r\n" HOST "\r\nGET /b HTTP/1.1\r\n" HOST "\r\n",
		"GET /a +;GET /b +;");
	expect("GET /a HTTP/1.1\r\n" HOST "\r\nHEAD /b HTTP/1.1\r\n" HOST "\r\nGET /c",
		"GET /a +;HEAD /b +;...");
	/* An empty line too many, as some clients send it. */
	expect("GET /a HTTP/1.1\r\n" HOST "\r\n\r\n\r\nGET /b HTTP/1.1\r\n" HOST "\r\n\r\n",
		"GET /a +;GET /b +;");
	expect("GET /a HTTP/1.1\r\n" HOST "\r\nGET /b HTTP/1.1\r\n\r\n", "GET /a +;400");
}

static void minds_versions(void **state)
{
	(void)state;
	expect("GET /a HTTP/1.0\r\n\r\n", "GET /a -;");
	expect("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /a +;");
	expect("GET /a HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "GET /a -;");
	expect("GET /a HTTP/1.2\r\n" HOST "\r\n", "505");
	expect("GET /a HTTP/2.0\r\n" HOST "\r\n", "505");
	expect("GET /a HTTP/0.9\r\n" HOST "\r\n", "505");
	expect("GET /a HTTP/3.7\r\n" HOST "\r\n", "505");
	expect("GET /a\r\n\r\n", "505"); /* HTTP/0.9 */
	expect("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505");
}

static void refuses_request_lines(void **state)
{
	(void)state;
	expect("get /a HTTP/1.1\r\n" HOST "\r\n", "501");
	expect("FROB /a HTTP/1.1\r\n" HOST "\r\n", "501");
	expect("G@T /a HTTP/1.1\r\n" HOST "\r\n", "400");
	expect("GET  HTTP/1.1\r\n" HOST "\r\n", "400");
	expect("GET /a b HTTP/1.1\r\n" HOST "\r\n", "400");
	expect("GET /a\tHTTP/1.1\r\n" HOST "\r\n", "400");
	expect("GET /\x01 HTTP/1.1\r\n" HOST "\r\n", "400");
	expect("GET /a HTTP/1.1 \r\n" HOST "\r\n", "505");
	expect("GET /a XTTP/1.1\r\n" HOST "\r\n", "400");
	expect(" GET /a HTTP/1.1\r\n" HOST "\r\n", "400");
	expect("\x16\x03\x01\x02", "..."); /* TLS, so far */
	expect("\x16\x03\x01\x02\r\n\r\n", "400");
	expect_bytes("GET /a\0b HTTP/1.1\r\n" HOST "\r\n", 31, "400");
}

static void refuses_line_ends(void **state)
{
	(void)state;
	expect("GET /a HTTP/1.1\n" HOST "\r\n", "400");
	expect("GET /a HTTP/1.1\r\nHost: h\n\r\n", "400");
	expect("GET /a HTTP/1.1\r\nHost: h\r\n\n", "400");
	expect("GET /a HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", "400");
	expect("GET /a HTTP/1.1\r\nHost: h\r\r\n\r\n", "400");
	expect("GET /a HTTP/1.1\rHost: h\r\n\r\n", "400");
	expect("\nGET /a HTTP/1.1\r\n" HOST "\r\n", "400");
}

static void refuses_headers(void **state)
{
	(void)state;
	expect_headers("X: a\r\n b\r\n", "400"); /* folded */
	expect_headers("X: a\r\n\tb\r\n", "400");
	expect_headers("X : a\r\n", "400");
	expect_headers("X\r\n", "400");
	expect_headers(": a\r\n", "400");
	expect_headers("X Y: a\r\n", "400");
	expect_headers("X\x01: a\r\n", "400");
	expect_headers("X: a\x01\r\n", "400");
	expect_headers("X: a\x7F\r\n", "400");
	expect_headers("X: \xC3\xA9\r\n", "GET /a +;");
	expect_headers("X:\r\nY:   \r\n", "GET /a +;");
}

static void minds_hosts(void **state)
{
	(void)state;
	expect("GET /a HTTP/1.1\r\n\r\n", "400");
	expect("GET /a HTTP/1.1\r\nHost:\r\n\r\n", "400"); /* RFC 9110, 4.2.1 */
	expect("GET /a HTTP/1.1\r\nHost: :80\r\n\r\n", "400");
	expect("GET /a HTTP/1.0\r\nHost:\r\n\r\n", "400");
	expect("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n", "400");
	expect("GET http://h/a HTTP/1.1\r\nHost:\r\n\r\n",
		"GET http://h/a +;"); /* RFC 9112, 3.2.2 */
	expect("GET http://h/a HTTP/1.1\r\nHost: a b\r\n\r\n", "400");
	expect("GET /a HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "GET /a +;");
	expect("GET /a HTTP/1.1\r\nHost: [::ffff:1.2.3.4]\r\n\r\n", "GET /a +;");
	expect("GET /a HTTP/1.1\r\nHost: [v7.a:b]\r\n\r\n", "GET /a +;");
	expect("GET /a HTTP/1.1\r\nHost: [v7]\r\n\r\n", "400");
	expect("GET /a HTTP/1.1\r\nHost: [v.a]\r\n\r\n", "400");
	expect("GET /a HTTP/1.1\r\nHost: [1.2.3.4]\r\n\r\n", "400");
	expect("GET /a HTTP/1.1\r\nHost: [::1::]\r\n\r\n", "400");
	expect("GET /a HTTP/1.1\r\nHost: [h]\r\n\r\n", "400");
	expect("GET /a HTTP/1.1\r\nhOST: [::1]:8080\r\n\r\n", "GET /a +;");
	expect("GET /a HTTP/1.1\r\nHost: a b\r\n\r\n", "400");
	expect("GET /a HTTP/1.1\r\nHost: u@h\r\n\r\n", "400");
	expect("GET /a HTTP/1.1\r\nHost: h/x\r\n\r\n", "400");
	expect("GET /a HTTP/1.1\r\nHost: h:\r\n\r\n", "GET /a +;");
	expect("GET /a HTTP/1.1\r\nHost: h%2d:80\r\n\r\n", "GET /a +;");
	expect("GET /a HTTP/1.1\r\nHost: h%2\r\n\r\n", "400");
	expect("GET /a HTTP/1.1\r\nHost: h:x\r\n\r\n", "400");
	expect("GET /a HTTP/1.1\r\nHost: h:1:2\r\n\r\n", "400");
	expect("GET /a HTTP/1.1\r\nHost: [::1\r\n\r\n", "400");
	expect("GET /a HTTP/1.1\r\nHost: []\r\n\r\n", "400");
	expect("GET /a HTTP/1.1\r\nHost: [::1]x\r\n\r\n", "400");
	expect("GET /a HTTP/1.1\r\nHost: a[b]\r\n\r\n", "400");
	expect_headers("Host: h\r\n", "400");
	expect_headers("host: other\r\n", "400");
	expect("GET /a HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "400");
}

/* What a refusal says of where the request went: from there relative references are made. */
static void knows_the_path(void **state)
{
	static const struct {
		const char *text, *path; /* NULL: not known */
	} cases[] = {
		{ "GET /a/b?c HTTP/1.1\r\n\r\n", "/a/b" }, /* no Host */
		{ "GET /a/b HTTP/1.1\r\n\r\n", "/a/b" },
		{ "GET /a b/c HTTP/1.1\r\n" HOST "\r\n", "/a b/c" },
		{ "GET /a/b?\xC3\xA9 HTTP/1.1\r\n" HOST "\r\n", "/a/b" },
		{ "GET /\xC3\xA9/b HTTP/1.1\r\n" HOST "\r\n", "/\xC3\xA9/b" },
		{ "\r\nGET  /a/b HTTP/1.1\r\nX\r\n\r\n", "/a/b" },
		{ "GET /a/b HTTP/1.1\nHost: h/x\r\n\r\n", NULL },
		{ "GET /a/b?c\n", "/a/b" },
		{ "hello\r\n\r\n", "" },
		{ " GET /a HTTP/1.1\r\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parser parser;
		const char *data = cases[i].text, *path = cases[i].path;
		size_t length = strlen(data);

		parser_init(&parser, &limits);
		assert_int_equal(parser_feed(&parser, &data, &length), PARSER_BAD);
		if (path == NULL) {
			assert_null(parser.head.target);
		} else {
			assert_int_equal(parser.head.target_length, strlen(path));
			assert_memory_equal(parser.head.target, path, strlen(path));
		}
		parser_finish(&parser);
	}
}

/* None of the library's words reaches a user. */
static void speaks_plainly(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "GET /a?\xC3\xA9 HTTP/1.1\r\n" HOST "\r\n", "percent-encoded" },
		{ "GET /\x01 HTTP/1.1\r\n" HOST "\r\n", "percent-encoded" },
		{ "GET /a b HTTP/1.1\r\n" HOST "\r\n", "%20" },
		{ "GET /a HTTP/1.1\r\n" HOST "X Y: a\r\n\r\n", "header" },
		{ "GET /a HTTP/1.1\r\n" HOST "Content-Length: x\r\n\r\n", "Content-Length" },
		{ "G@T /a HTTP/1.1\r\n" HOST "\r\n", "method" },
		{ "GET /a HTTP/2.0\r\n" HOST "\r\n", "HTTP/1.1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parser parser;
		const char *data = cases[i].text;
		size_t length = strlen(data);

		parser_init(&parser, &limits);
		assert_int_equal(parser_feed(&parser, &data, &length), PARSER_BAD);
		if (strstr(parser.reason, cases[i].says) == NULL) {
			fail_msg("%s: %s", cases[i].text, parser.reason);
		}
		parser_finish(&parser);
	}
}

static void drains_bodies(void **state)
{
	(void)state;
	expect_headers("Content-Length: 0\r\n", "GET /a +;");
	expect("GET /a HTTP/1.1\r\n" HOST
	       "Content-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\n" HOST "\r\n",
		"GET /a +;GET /b +;");
	expect("GET /a HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhell", "GET /a +...");
	expect("GET /a HTTP/1.1\r\n" HOST "Content-Length: 65537\r\n\r\n", "413");
	expect("GET /a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
	       "5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\n\r\n",
		"GET /a -;");
	/* What is refused or not wanted is not waited for. */
	expect("POST /a HTTP/1.1\r\n" HOST "Content-Length: 99999999\r\n\r\n", "POST /a -;");
	expect("POST /a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", "POST /a -;");
	expect("GET /a HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n",
		"GET /a -;");
	expect("GET /a HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n", "GET /a +;");
}

static void refuses_lengths(void **state)
{
	(void)state;
	expect_headers("Content-Length: 5\r\nContent-Length: 5\r\n", "400");
	expect_headers("Content-Length: 5\r\nContent-Length: 6\r\n", "400");
	expect_headers("Content-Length: 5, 5\r\n", "400");
	expect_headers("Content-Length: -1\r\n", "400");
	expect_headers("Content-Length: +1\r\n", "400");
	expect_headers("Content-Length: 0x5\r\n", "400");
	expect_headers("Content-Length: 5 5\r\n", "400");
	expect_headers("Content-Length:\r\n", "400");
	expect_headers("Content-Length: 99999999999999999999999\r\n", "400");
	expect_headers("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "400");
	expect_headers("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "400");
	expect_headers("Transfer-Encoding: gzip\r\n", "400");
	expect_headers("Transfer-Encoding: gzip, chunked\r\n", "501");
	expect_headers("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "400");
	expect_headers("Transfer-Encoding: xchunked\r\n", "400");
	expect_headers("Transfer-Encoding : chunked\r\n", "400");
	expect("GET /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "400");
}

static void refuses_chunks(void **state)
{
	static const char *const bodies[] = { "x\r\n", "5\nhello\r\n0\r\n\r\n",
		"5\r\nhelloworld\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "-5\r\nhello\r\n",
		"0x5\r\nhello\r\n", "fffffffffffffffff\r\n", "5\r\nhello\n0\r\n\r\n",
		"0\r\nTrailer: x\r\n\r\n", " 5\r\nhello\r\n" };
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		snprintf(text, sizeof(text),
			"GET /a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n%s",
			bodies[i]);
		expect(text, "GET /a -400");
	}
	/* Whose end nobody would wait for. */
	expect("GET /a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
	       "ffffffffffffffff\r\n",
		"GET /a -413");
}

static void limits_sizes(void **state)
{
	char text[2048], many[200] = "", story[256];

	(void)state;
	memset(many, 'x', 99);
	snprintf(text, sizeof(text), "GET /%s HTTP/1.1\r\n" HOST "\r\n", many);
	snprintf(story, sizeof(story), "GET /%s +;", many);
	expect(text, story);
	memset(many, 'x', 100);
	snprintf(text, sizeof(text), "GET /%s HTTP/1.1\r\n" HOST "\r\n", many);
	expect(text, "414");
	/* Refused before its end has come. */
	memset(many, 'x', 150);
	snprintf(text, sizeof(text), "GET /%s", many);
	expect(text, "414");
	text[0] = '\0';
	snprintf(text, sizeof(text), "GET /a HTTP/1.1\r\n" HOST "X: %s%s%s%s", many, many, many,
		many);
	expect(text, "431");
	/* Nor are empty lines without end. */
	memset(text, 0, sizeof(text));
	for (int i = 0; i < 600; i += 2) {
		memcpy(text + i, "\r\n", 2);
	}
	expect(text, "431");
}

/* None is dropped: the last one may be a proxy's. Those that mean nothing do not count. */
static void limits_lines(void **state)
{
	char lines[400] = "";

	(void)state;
	for (int i = 0; i < 32; i++) {
		strcat(lines, "Accept:\r\n");
	}
	expect_headers(lines, "GET /a +;");
	strcat(lines, "X: y\r\n");
	expect_headers(lines, "GET /a +;");
	strcat(lines, "X-Forwarded-For: a\r\n");
	expect_headers(lines, "431");
}

/* Kept in the order in which they came, with what was around them left out. */
static void keeps_headers(void **state)
{
	static const char text[] =
		"GET /a HTTP/1.1\r\n" HOST "X-Forwarded-For: 1.2.3.4 \r\n"
		"Unknown: x\r\nX-FORWARDED-FOR:5.6.7.8\r\nAccept: \t\r\n\r\n";
	static const struct {
		enum request_header header;
		const char *text;
	} expected[] = { { HEADER_FORWARDED_FOR, "1.2.3.4" },
		{ HEADER_FORWARDED_FOR, "5.6.7.8" }, { HEADER_ACCEPT, "" } };
	const char *data = text;
	size_t length = strlen(text);
	struct parser parser;

	(void)state;
	parser_init(&parser, &limits);
	assert_int_equal(parser_feed(&parser, &data, &length), PARSER_HEAD);
	assert_int_equal(parser.head.header_count, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct parser_header *kept = &parser.head.headers[i];

		assert_int_equal(kept->header, expected[i].header);
		assert_int_equal(kept->length, strlen(expected[i].text));
		assert_memory_equal(
			parser.head.text + kept->at, expected[i].text, kept->length);
	}
	parser_finish(&parser);
}

static void limits_chunked_bodies(void **state)
{
	static char text[80 * 1024];
	size_t length = (size_t)snprintf(text, sizeof(text),
		"GET /a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
	char story[1024];

	(void)state;
	while (length < PARSER_BODY_MAX + 1000) {
		memcpy(text + length, "1\r\nx\r\n", 6);
		length += 6;
	}
	tell(text, length, 1000, story);
	assert_string_equal(story, "GET /a -413");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_requests),
		cmocka_unit_test(takes_pipelines),
		cmocka_unit_test(minds_versions),
		cmocka_unit_test(refuses_request_lines),
		cmocka_unit_test(refuses_line_ends),
		cmocka_unit_test(refuses_headers),
		cmocka_unit_test(minds_hosts),
		cmocka_unit_test(knows_the_path),
		cmocka_unit_test(speaks_plainly),
		cmocka_unit_test(drains_bodies),
		cmocka_unit_test(refuses_lengths),
		cmocka_unit_test(refuses_chunks),
		cmocka_unit_test(limits_sizes),
		cmocka_unit_test(limits_lines),
		cmocka_unit_test(keeps_headers),
		cmocka_unit_test(limits_chunked_bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
