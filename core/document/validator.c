#include "document/validator.h"

#include <almanac/plugin.h>
#include <string.h>
#include <xxhash.h>

#include "catalog/catalog.h"
#include "format/format.h"
#include "route/page.h"
#include "route/request.h"
#include "route/route.h"
#include "route/services.h"

/* Everything that the bytes of an answer depend on. */
struct tag_input {
	uint64_t identity;     /* of program and plugins */
	int64_t version, bits; /* of the data */
	uint64_t query;
	int64_t page, page_size;
	uint64_t cursor, format, coding;
	uint64_t asked; /* for a page */
};

static uint64_t hash_text(const char *text)
{
	return text != NULL ? XXH3_64bits(text, strlen(text)) : 0;
}

static char *put_hex(char *to, uint64_t value)
{
	static const char digits[] = "0123456789abcdef";

	for (int shift = 60; shift >= 0; shift -= 4) {
		*to++ = digits[value >> shift & 15];
	}
	return to;
}

bool validator_data(const struct alm_request *request, struct dataset_id *id)
{
	if (request->catalog == NULL || request->mixed) {
		return false;
	}
	*id = request->has_read ? request->read : request->catalog->id;
	return !request->planned || dataset_same(*id, request->catalog->id);
}

static void write_tag(struct alm_request *request, struct dataset_id id, const char *coding,
	char etag[ENTITY_TAG_TEXT])
{
	struct tag_input input = { 0 };
	XXH128_hash_t hash;

	input.identity = request->services->identity;
	input.version = id.version;
	input.bits = id.bits;
	input.query = page_query(request)->hash;
	input.page = request->page.page;
	input.page_size = request->page.page_size;
	input.asked = request->page.asked;
	input.cursor = hash_text(request->page.cursor);
	input.format = hash_text(request->format->name);
	input.coding = hash_text(coding);
	hash = XXH3_128bits(&input, sizeof(input));
	etag[0] = '"';
	put_hex(put_hex(etag + 1, hash.high64), hash.low64)[0] = '"';
	etag[ENTITY_TAG_LENGTH] = '\0';
}

static bool has_tags(const struct alm_request *request, struct dataset_id *id)
{
	return (request->route->declared->flags & ALM_CACHEABLE) != 0 &&
	       validator_data(request, id);
}

bool validator_write(struct alm_request *request, char etag[ENTITY_TAG_TEXT])
{
	struct dataset_id id;

	if (!has_tags(request, &id)) {
		return false;
	}
	write_tag(request, id, request->coding, etag);
	return true;
}

/* As in request->coding. */
static const char *name_of(enum encoding encoding)
{
	return encoding != ENCODING_IDENTITY ? encoding_name(encoding) : NULL;
}

bool validator_write_all(struct alm_request *request, struct entity_tags *tags)
{
	const char *accept = request->http.header[HEADER_ACCEPT_ENCODING];
	struct dataset_id id;

	if (!has_tags(request, &id)) {
		return false;
	}
	for (enum encoding e = 0; e < ENCODINGS; e++) {
		tags->text[e][0] = '\0';
		if (encoding_is_accepted(accept, e)) {
			write_tag(request, id, name_of(e), tags->text[e]);
		}
	}
	return true;
}

bool validator_matches(struct alm_request *request)
{
	struct entity_tags tags;
	int found;

	if (request->http.header[HEADER_IF_NONE_MATCH] == NULL ||
		!validator_write_all(request, &tags)) {
		return false;
	}
	found = if_none_match_find(&request->http, &tags);
	if (found >= 0) {
		request->coding = name_of((enum encoding)found);
	}
	return found >= 0;
}
