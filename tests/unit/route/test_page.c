/* Cursors, first rows and links. */
#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include "route/page.h"
#include "route/route.h"

static const struct alm_route declared = { .path = "/api/days" };
static const struct route route = { .declared = &declared };

static void open_request(struct alm_request *request, const char *path)
{
	*request = (struct alm_request){
		.raw_path = path, .raw_length = strlen(path), .route = &route
	};
	arena_init(&request->http.arena);
	request->page = (struct page_wish){ .page = 1, .page_size = 100 };
}

static struct envelope envelope_of(struct alm_request *request, int64_t first, int64_t count,
	int64_t total, const char *cursor)
{
	struct page_place place = { first, count, total, first + count < total, cursor, NULL };
	struct envelope envelope;

	page_envelope(request, page_query(request), &place, &envelope);
	return envelope;
}

/* -- Cursors ------------------------------------------------------------ */

static const struct cursor cursors[] = {
	{ "USC00110072", 5479 },
	{ "A", INT32_MIN },
	{ "12345678901234567890123456789012", INT32_MAX },
	{ "x-y_z.", -1 },
};

static void test_cursor_comes_back(void **state)
{
	struct page_query query = { .hash = 0x0123456789ABCDEF };
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < sizeof(cursors) / sizeof(cursors[0]); i++) {
		const char *text =
			page_cursor_write(&arena, &query, cursors[i].station, cursors[i].key);
		struct cursor read;

		assert_int_equal(CURSOR_GOOD, page_cursor_read(text, &query, &read));
		assert_string_equal(cursors[i].station, read.station);
		assert_int_equal(cursors[i].key, read.key);
		assert_int_equal(
			strlen(text), strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijk"
						   "lmnopqrstuvwxyz0123456789-_"));
	}
	arena_finish(&arena);
}

static void test_changed_cursor_is_refused(void **state)
{
	struct page_query query = { .hash = 42 };
	struct arena arena;
	struct cursor read;
	char *text;

	(void)state;
	arena_init(&arena);
	text = arena_printf(
		&arena, "%s", page_cursor_write(&arena, &query, "USC00110072", 5479));
	for (size_t i = 0; text[i] != '\0'; i++) {
		for (const char *c = "Az09-_*=/ "; *c != '\0'; c++) {
			char before = text[i];

			text[i] = *c;
			if (*c != before) {
				assert_int_equal(CURSOR_MALFORMED,
					page_cursor_read(text, &query, &read));
			}
			text[i] = before;
		}
	}
	for (size_t length = strlen(text); length-- > 0;) {
		text[length] = '\0';
		assert_int_equal(CURSOR_MALFORMED, page_cursor_read(text, &query, &read));
	}
	arena_finish(&arena);
}

static void test_garbage_is_refused(void **state)
{
	static const char *const texts[] = { "", "*", "A", "AAAA", "null", "AQAA====",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"\xC3\xA4\xC3\xB6" };
	struct page_query query = { .hash = 0 };
	struct cursor read;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(CURSOR_MALFORMED, page_cursor_read(texts[i], &query, &read));
	}
}

static void test_cursor_of_another_query(void **state)
{
	struct page_query one = { .hash = 1 }, other = { .hash = 2 };
	struct arena arena;
	struct cursor read;

	(void)state;
	arena_init(&arena);
	assert_int_equal(CURSOR_OF_ANOTHER,
		page_cursor_read(page_cursor_write(&arena, &one, "A", 1), &other, &read));
	arena_finish(&arena);
}

/* -- Pages -------------------------------------------------------------- */

static void test_first_row(void **state)
{
	static const struct {
		struct page_wish wish;
		int64_t total, row;
	} cases[] = {
		{ { 1, 100, NULL }, 0, 0 },
		{ { 1, 100, NULL }, 250, 0 },
		{ { 3, 100, NULL }, 250, 200 },
		{ { 4, 100, NULL }, 250, 250 },
		{ { 3, 100, NULL }, 200, 200 },
		{ { INT64_MAX, 1000, NULL }, 250, 250 },
		{ { INT64_MAX, 1, NULL }, INT64_MAX - 1, INT64_MAX - 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			cases[i].row, page_window(&cases[i].wish, cases[i].total).first);
	}
}

static void test_links_of_pages(void **state)
{
	struct alm_request request;
	struct envelope envelope;

	(void)state;
	open_request(&request, "/api/days");
	envelope = envelope_of(&request, 0, 100, 250, "abc");
	assert_string_equal("days?page=1&page_size=100", envelope.self);
	assert_string_equal("days?page=2&page_size=100", envelope.next);
	assert_null(envelope.prev);
	assert_string_equal("abc", envelope.next_cursor);

	request.page.page = 3;
	envelope = envelope_of(&request, 200, 50, 250, NULL);
	assert_null(envelope.next);
	assert_string_equal("days?page=2&page_size=100", envelope.prev);

	request.page.page = 900;
	envelope = envelope_of(&request, 250, 0, 250, NULL);
	assert_null(envelope.next);
	assert_string_equal("days?page=3&page_size=100", envelope.prev);

	envelope = envelope_of(&request, 0, 0, 0, NULL);
	assert_null(envelope.next);
	assert_null(envelope.prev);
	arena_finish(&request.http.arena);
}

static void test_links_of_a_walk(void **state)
{
	struct alm_request request;
	struct envelope envelope;

	(void)state;
	open_request(&request, "/api/days");
	request.page = (struct page_wish){ 0, 5, "*" };
	envelope = envelope_of(&request, 0, 5, 10, "next-one");
	assert_int_equal(0, envelope.page);
	assert_string_equal("days?cursor=*&page_size=5", envelope.self);
	assert_string_equal("days?cursor=next-one&page_size=5", envelope.next);
	assert_null(envelope.prev);
	envelope = envelope_of(&request, 5, 5, 10, NULL);
	assert_null(envelope.next);
	arena_finish(&request.http.arena);
}

/* The last segment, in its one form (RFC 3986, 6.2.2). */
static void test_path_is_encoded(void **state)
{
	static const char *const paths[][2] = { { "/a/b", "b" }, { "/%61/%62", "b" },
		{ "/a/\xC3\xA4", "%C3%A4" }, { "/a/%c3%a4%3f%3A", "%C3%A4%3F%3A" },
		{ "/", "./" }, { "/a/", "./" }, { "/a/b:c", "b%3Ac" }, { "/a/b%2fc", "b%2Fc" },
		{ "/a/%25%32F", "%252F" } };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct alm_request request;

		open_request(&request, paths[i][0]);
		assert_string_equal(paths[i][1], page_link(&request, page_query(&request)));
		arena_finish(&request.http.arena);
	}
}

/* Two paths have the same hash if and only if they are equivalent (RFC 3986, 2.2 and 6.2.2). */
static void test_paths_are_told_apart(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = { { "/a/b", "/%61/%62", true }, { "/a/b%2fc", "/a/b%2Fc", true },
		{ "/a/b/c", "/a/b%2Fc", false }, { "/a%2Fb", "/a%252Fb", false },
		{ "/a/b", "/A/b", false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct alm_request one, other;

		open_request(&one, cases[i].a);
		open_request(&other, cases[i].b);
		assert_true(
			(page_query(&one)->hash == page_query(&other)->hash) == cases[i].same);
		arena_finish(&one.http.arena);
		arena_finish(&other.http.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cursor_comes_back),
		cmocka_unit_test(test_changed_cursor_is_refused),
		cmocka_unit_test(test_garbage_is_refused),
		cmocka_unit_test(test_cursor_of_another_query),
		cmocka_unit_test(test_first_row),
		cmocka_unit_test(test_links_of_pages),
		cmocka_unit_test(test_links_of_a_walk),
		cmocka_unit_test(test_path_is_encoded),
		cmocka_unit_test(test_paths_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
