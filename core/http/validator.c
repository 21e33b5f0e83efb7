#include "http/validator.h"

#include <almanac/plugin.h>
#include <string.h>
#include <xxhash.h>

#include "db/catalog.h"
#include "http/encoding.h"
#include "http/format.h"
#include "http/loop.h"
#include "http/page.h"
#include "http/request.h"
#include "http/router.h"
#include "http/server.h"

/* Everything that decides the bytes. */
struct facts {
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

bool validator_write(struct alm_request *request, char etag[VALIDATOR_TEXT])
{
	struct facts facts = { 0 };
	struct dataset_id id;
	XXH128_hash_t hash;

	if ((request->route->declared->flags & ALM_CACHEABLE) == 0 ||
		!validator_data(request, &id)) {
		return false;
	}
	facts.identity = server_identity(request->loop->server);
	facts.version = id.version;
	facts.bits = id.bits;
	facts.query = page_query(request)->hash;
	facts.page = request->page.page;
	facts.page_size = request->page.page_size;
	facts.asked = request->page.asked;
	facts.cursor = hash_text(request->page.cursor);
	facts.format = hash_text(request->format->name);
	facts.coding = hash_text(request->coding);
	hash = XXH3_128bits(&facts, sizeof(facts));
	etag[0] = '"';
	put_hex(put_hex(etag + 1, hash.high64), hash.low64)[0] = '"';
	etag[VALIDATOR_LENGTH] = '\0';
	return true;
}

/* Whether a list of tags has this one; "W/" before a tag makes no difference here (RFC 9110,
 * 13.1.2). Tags of ours have no comma, and are as long as each other. */
static bool lists(const char *list, const char *etag)
{
	return strcmp(list, "*") == 0 || strstr(list, etag) != NULL;
}

bool validator_is_listed(const struct alm_request *request, const char *etag)
{
	const char *list = request->header[HEADER_IF_NONE_MATCH];

	return list != NULL && lists(list, etag);
}

bool validator_matches(struct alm_request *request)
{
	const char *list = request->header[HEADER_IF_NONE_MATCH];
	enum encoding encoding;
	char etag[VALIDATOR_TEXT];

	if (list == NULL || !validator_write(request, etag)) {
		return false;
	}
	if (lists(list, etag)) {
		return true;
	}
	encoding = encoding_negotiate(request->header[HEADER_ACCEPT_ENCODING]);
	if (encoding == ENCODING_IDENTITY) {
		return false;
	}
	request->coding = encoding_name(encoding);
	if (validator_write(request, etag) && lists(list, etag)) {
		return true;
	}
	request->coding = NULL;
	return false;
}
