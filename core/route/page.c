#include "route/page.h"

#include "reply/problem.h"

#include <string.h>
#include <xxhash.h>

#include "base/buffer.h"
#include "base/number.h"
#include "reply/reference.h"
#include "route/params.h"

/* A cursor before encoding: format, hash of the query, key, station, checksum of all
 * that. Multi-byte numbers are little-endian. */
enum {
	FORMAT = 1,
	HASH_AT = 1,
	KEY_AT = 9,
	STATION_AT = 13,
	CHECKSUM = 4,
	BYTES_MAX = STATION_AT + PAGE_STATION_MAX + CHECKSUM,
	TEXT_MAX = (BYTES_MAX * 4 + 2) / 3
};

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* -- The query ---------------------------------------------------------- */

const struct page_query *page_query(struct alm_request *request)
{
	struct page_query *query = request->canonical;
	struct buffer text = { 0 };
	size_t segment, bare;

	if (query != NULL) {
		return query;
	}
	query = arena_alloc(&request->http.arena, sizeof(*query));
	request->canonical = query;
	reference_put_path(&text, request->raw_path, request->raw_length);
	segment = text.length;
	reference_put_segment(&text, request->raw_path, request->raw_length);
	buffer_putc(&text, '?');
	bare = text.length;
	params_canonical(request, &text);
	query->hash = XXH3_64bits(text.data, text.length);
	if (text.length > bare) {
		buffer_putc(&text, '&');
	}
	query->length = text.length - segment;
	query->text = arena_copy(&request->http.arena, text.data + segment, query->length);
	buffer_finish(&text);
	return query;
}

/* -- Cursors ------------------------------------------------------------ */

static void put_number(unsigned char *to, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		to[i] = (unsigned char)(value >> (8 * i));
	}
}

static uint64_t get_number(const unsigned char *from, size_t size)
{
	uint64_t value = 0;

	for (size_t i = size; i-- > 0;) {
		value = value << 8 | from[i];
	}
	return value;
}

static uint64_t checksum(const unsigned char *bytes, size_t length)
{
	return XXH3_64bits_withSeed(bytes, length, FORMAT) & UINT32_MAX;
}

/* Returns the length of the text, without padding. */
static size_t encode(char *to, const unsigned char *bytes, size_t length)
{
	uint32_t held = 0;
	int bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < length; i++) {
		held = held << 8 | bytes[i];
		for (bits += 8; bits >= 6; bits -= 6) {
			to[n++] = digits[held >> (bits - 6) & 63];
		}
	}
	if (bits > 0) {
		to[n++] = digits[held << (6 - bits) & 63];
	}
	return n;
}

/* Returns the number of bytes, 0 if the text is none or too long. */
static size_t decode(unsigned char *to, const char *text)
{
	uint32_t held = 0;
	int bits = 0;
	size_t n = 0, length = strlen(text);

	if (length > TEXT_MAX || length % 4 == 1) {
		return 0;
	}
	for (size_t i = 0; i < length; i++) {
		const char *digit = strchr(digits, text[i]);

		if (digit == NULL) {
			return 0;
		}
		held = held << 6 | (uint32_t)(digit - digits);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			to[n++] = (unsigned char)(held >> bits);
		}
	}
	return (held & ((1u << bits) - 1)) == 0 ? n : 0;
}

const char *page_cursor_write(
	struct arena *arena, const struct page_query *query, const char *station, int32_t key)
{
	unsigned char bytes[BYTES_MAX] = { FORMAT };
	char text[TEXT_MAX + 1];
	size_t length = strlen(station);

	if (length > PAGE_STATION_MAX) {
		return NULL; /* not one that was ingested */
	}
	put_number(bytes + HASH_AT, query->hash, 8);
	put_number(bytes + KEY_AT, (uint32_t)key, 4);
	memcpy(bytes + STATION_AT, station, length);
	length += STATION_AT;
	put_number(bytes + length, checksum(bytes, length), CHECKSUM);
	return arena_copy(arena, text, encode(text, bytes, length + CHECKSUM));
}

enum page_cursor_state page_cursor_read(
	const char *text, const struct page_query *query, struct cursor *cursor)
{
	unsigned char bytes[TEXT_MAX] = { 0 };
	size_t length = decode(bytes, text), station;

	if (length <= STATION_AT + CHECKSUM || length > BYTES_MAX || bytes[0] != FORMAT) {
		return CURSOR_MALFORMED;
	}
	length -= CHECKSUM;
	if (get_number(bytes + length, CHECKSUM) != checksum(bytes, length)) {
		return CURSOR_MALFORMED;
	}
	if (get_number(bytes + HASH_AT, 8) != query->hash) {
		return CURSOR_OF_ANOTHER;
	}
	station = length - STATION_AT;
	memcpy(cursor->station, bytes + STATION_AT, station);
	cursor->station[station] = '\0';
	cursor->key = (int32_t)(uint32_t)get_number(bytes + KEY_AT, 4);
	return CURSOR_GOOD;
}

/* -- Pages -------------------------------------------------------------- */

bool page_is_wanted(const struct alm_request *request)
{
	return (request->route->declared->flags & ALM_PAGED) != 0 &&
	       (request->page.asked || !request->format->whole);
}

void page_reply_cursor(struct alm_request *request, enum page_cursor_state state)
{
	reply_problem(&request->http,
		&(struct problem){ .status = 422,
			.param = host_param_name(HOST_CURSOR),
			.value = request->page.cursor },
		"%s",
		state == CURSOR_OF_ANOTHER
			? "this cursor belongs to another query; only page_size may change while "
			  "walking"
			: "this is no cursor of this server; begin with cursor=*, then take "
			  "pagination.next_cursor of each answer");
}

struct window page_window(const struct page_wish *wish, int64_t total)
{
	int64_t before = wish->page > 0 ? wish->page - 1 : 0, left;
	struct window window = { total, wish->page_size };

	if (before <= total / wish->page_size && before * wish->page_size < total) {
		window.first = before * wish->page_size;
	}
	left = total - window.first;
	window.limit = left < window.limit ? left : window.limit;
	return window;
}

/* The same query with another page or cursor. Written by hand: each answer has three. */
static const char *make_link(struct alm_request *request, const struct page_query *query,
	const char *name, const char *value, size_t length)
{
	static const char size_name[] = "&page_size=";
	size_t name_length = strlen(name);
	char *text = arena_alloc(&request->http.arena,
		query->length + name_length + length + sizeof(size_name) + NUMBER_TEXT_MAX);
	char *p = text;

	memcpy(p, query->text, query->length);
	p += query->length;
	memcpy(p, name, name_length);
	p += name_length;
	memcpy(p, value, length);
	p += length;
	memcpy(p, size_name, sizeof(size_name) - 1);
	p += sizeof(size_name) - 1;
	number_write_integer(p, request->page.page_size);
	return text;
}

static const char *link_page(
	struct alm_request *request, const struct page_query *query, int64_t page)
{
	char number[NUMBER_TEXT_MAX];

	return make_link(request, query, "page=", number, number_write_integer(number, page));
}

static const char *link_cursor(
	struct alm_request *request, const struct page_query *query, const char *cursor)
{
	return make_link(request, query, "cursor=", cursor, strlen(cursor));
}

const char *page_link(struct alm_request *request, const struct page_query *query)
{
	return arena_copy(&request->http.arena, query->text, query->length - 1);
}

/* The page before, or the last one there is. */
static int64_t page_before(const struct page_wish *wish, int64_t total)
{
	int64_t pages = (total + wish->page_size - 1) / wish->page_size;

	return total < 0 || wish->page - 1 < pages ? wish->page - 1 : pages;
}

static void link_cursors(struct alm_request *request, const struct page_query *query,
	const struct page_place *place, struct envelope *envelope)
{
	envelope->self = link_cursor(request, query, request->page.cursor);
	if (place->next_cursor != NULL) {
		envelope->next = link_cursor(request, query, place->next_cursor);
	}
	if (place->prev_cursor != NULL) {
		envelope->prev = link_cursor(request, query, place->prev_cursor);
	}
}

void page_envelope(struct alm_request *request, const struct page_query *query,
	const struct page_place *place, struct envelope *envelope)
{
	const struct page_wish *wish = &request->page;
	int64_t before = page_before(wish, place->total);

	*envelope = (struct envelope){ .has_pages = true,
		.paged = true,
		.page = wish->page,
		.page_size = wish->page_size,
		.total = place->total,
		.notes = envelope->notes,
		.next_cursor = place->next_cursor };
	if (wish->page == 0) {
		link_cursors(request, query, place, envelope);
		return;
	}
	envelope->self = link_page(request, query, wish->page);
	if (place->more) {
		envelope->next = link_page(request, query, wish->page + 1);
	}
	if (before > 0) {
		envelope->prev = link_page(request, query, before);
	}
}
