#include "reply/reply_static.h"

#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

#include "http/exchange.h"
#include "reply/encoding.h"
#include "reply/entity_tag.h"
#include "reply/reply.h"

static void write_tags(
	const struct exchange *exchange, const struct buffer *body, struct entity_tags *tags)
{
	const char *accept = exchange->header[HEADER_ACCEPT_ENCODING];
	XXH64_hash_t high = XXH3_64bits(body->data, body->length);

	for (enum encoding e = 0; e < ENCODINGS; e++) {
		XXH64_hash_t low = XXH3_64bits_withSeed(body->data, body->length, e + 1);

		tags->text[e][0] = '\0';
		if (encoding_is_accepted(accept, e)) {
			snprintf(tags->text[e], ENTITY_TAG_TEXT,
				"\"%016" PRIx64 "%016" PRIx64 "\"", (uint64_t)high,
				(uint64_t)low);
		}
	}
}

static enum encoding choose_coding(const struct exchange *exchange, const struct buffer *body)
{
	return encoding_worth(body->length)
		       ? encoding_negotiate(
				 exchange->header[HEADER_ACCEPT_ENCODING], ENCODING_ZSTD)
		       : ENCODING_IDENTITY;
}

static void put_encoding(enum encoding coding, struct buffer *headers)
{
	buffer_puts(headers, REPLY_NO_RANGES);
	if (coding != ENCODING_IDENTITY) {
		buffer_printf(headers, "Content-Encoding: %s\r\n", encoding_name(coding));
	}
}

/* Writes header lines to `lines`. True: the client has the body; replied 304. */
static bool reply_if_known(struct exchange *exchange, enum encoding coding, const char *headers,
	const char *vary, const struct buffer *body, struct buffer *lines)
{
	struct entity_tags tags;
	struct buffer nothing = { 0 };
	int known;

	write_tags(exchange, body, &tags);
	known = if_none_match_find_or(exchange, &tags, coding);
	buffer_printf(lines, "%sVary: %sAccept-Encoding\r\nETag: %s\r\n", headers, vary,
		tags.text[known >= 0 ? known : (int)coding]);
	if (known >= 0) {
		reply_body(exchange, 304, NULL, buffer_text(lines), &nothing);
	}
	return known >= 0;
}

void reply_static(struct exchange *exchange, const char *media_type, const char *headers,
	const char *vary, struct buffer *body)
{
	enum encoding coding = choose_coding(exchange, body);
	struct buffer lines = { 0 };

	if (!reply_if_known(exchange, coding, headers, vary, body, &lines)) {
		put_encoding(coding, &lines);
		if (coding != ENCODING_IDENTITY) {
			encoding_encode(coding, body);
		}
		reply_body(exchange, 200, media_type, buffer_text(&lines), body);
	}
	buffer_finish(&lines);
	buffer_finish(body);
}

void reply_static_lasting(struct exchange *exchange, const char *media_type,
	const char *headers, const struct buffer bodies[ENCODINGS])
{
	enum encoding coding = choose_coding(exchange, &bodies[ENCODING_IDENTITY]);
	struct buffer lines = { 0 };

	if (!reply_if_known(
		    exchange, coding, headers, "", &bodies[ENCODING_IDENTITY], &lines)) {
		put_encoding(coding, &lines);
		reply_lasting(exchange, media_type, buffer_text(&lines), bodies[coding].data,
			bodies[coding].length);
	}
	buffer_finish(&lines);
}

void reply_static_as_is(struct exchange *exchange, const char *media_type, const char *headers,
	const char *bytes, size_t length)
{
	/* Only read. */
	const struct buffer body = { .data = (char *)(uintptr_t)bytes, .length = length };
	struct buffer lines = { 0 };

	if (!reply_if_known(exchange, ENCODING_IDENTITY, headers, "", &body, &lines)) {
		put_encoding(ENCODING_IDENTITY, &lines);
		reply_lasting(exchange, media_type, buffer_text(&lines), bytes, length);
	}
	buffer_finish(&lines);
}
