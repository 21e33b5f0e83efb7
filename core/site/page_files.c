#include "site/page_files.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "document/validator.h"
#include "reply/encoding.h"
#include "reply/html.h"
#include "reply/problem.h"
#include "reply/reply.h"
#include "route/request.h"

/* A file, as bundle.py lays it out: six quads. */
struct page_file {
	const char *path, *media_type;
	const char *hash;     /* of the content, hexadecimal */
	const uint8_t *bytes; /* gzip */
	uint64_t size;
	uint64_t content_size;
};
static_assert(sizeof(struct page_file) == 48, "bundle.py writes six quads");

extern const struct page_file page_files[];
extern const uint64_t page_file_count;

/* Content-Security-Policy: nothing is loaded from other origins. Both libraries set inline
 * styles; Redoc's search runs in a worker made of a blob. */
static const char page_headers[] =
	"Cache-Control: max-age=3600\r\n"
	"Vary: Accept-Encoding\r\n"
	"Content-Security-Policy: default-src 'none'; script-src 'self'; "
	"style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
	"connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; "
	"frame-ancestors 'none'\r\n" HTML_SECURITY;

enum {
	WINDOW_BITS = 15 + 16, /* 16: gzip, not zlib */
	FILES_MAX = 32
};

static const struct page_file *find_file(const char *path)
{
	for (uint64_t i = 0; i < page_file_count; i++) {
		if (strcmp(page_files[i].path, path) == 0) {
			return &page_files[i];
		}
	}
	return NULL;
}

/* Decompresses a file, for clients that do not accept gzip. */
static char *unpack(const struct page_file *file)
{
	char *content = memory_resize(NULL, file->content_size, 1);
	z_stream gzip = { .next_in = (Bytef *)(uintptr_t)file->bytes,
		.avail_in = (uInt)file->size,
		.next_out = (Bytef *)content,
		.avail_out = (uInt)file->content_size };
	int status = inflateInit2(&gzip, WINDOW_BITS);

	assert(status == Z_OK);
	status = inflate(&gzip, Z_FINISH);
	assert(status == Z_STREAM_END); /* the bytes are the program's own */
	inflateEnd(&gzip);
	return content;
}

/* Returns the decompressed file. It is made once, by the first loop, and kept: decompressing
 * takes ten milliseconds. */
static const char *content_of(const struct page_file *file)
{
	static char *_Atomic contents[FILES_MAX];
	char *_Atomic *place = &contents[file - page_files];
	char *content = atomic_load(place), *other = NULL;

	assert(page_file_count <= FILES_MAX);
	if (content != NULL) {
		return content;
	}
	content = unpack(file);
	if (!atomic_compare_exchange_strong(place, &other, content)) {
		free(content);
		content = other;
	}
	return content;
}

static void reply_none(struct alm_request *request)
{
	reply_problem(&request->http, &(struct problem){ .status = 404 }, "%s",
		page_file_count > 0 ? "there is no such file; the pages are /docs and /redoc"
				    : "this program was built without the documentation pages "
				      "(core/site/pages); /openapi.json has what they show");
}

static void put_tag(char tag[ENTITY_TAG_TEXT], const struct page_file *file, char coding)
{
	snprintf(tag, ENTITY_TAG_TEXT, "\"%.30s-%c\"", file->hash, coding);
}

static void send_content(struct alm_request *request, const struct page_file *file, bool packed,
	const char *headers)
{
	if (packed) {
		reply_lasting(&request->http, file->media_type, headers,
			(const char *)file->bytes, file->size);
	} else {
		reply_lasting(&request->http, file->media_type, headers, content_of(file),
			file->content_size);
	}
}

static void send_file(struct alm_request *request, const struct page_file *file)
{
	const char *accept = request->http.header[HEADER_ACCEPT_ENCODING];
	enum encoding coding = encoding_negotiate(accept, ENCODING_GZIP);
	struct entity_tags tags = { 0 };
	struct buffer headers = { 0 }, nothing = { 0 };
	int known;

	/* Writes a strong entity tag, which differs between codings (RFC 9110, 8.8.3.3). */
	put_tag(tags.text[ENCODING_IDENTITY], file, 'i');
	if (encoding_is_accepted(accept, ENCODING_GZIP)) {
		put_tag(tags.text[ENCODING_GZIP], file, 'g');
	}
	known = if_none_match_find_or(&request->http, &tags, coding);
	buffer_printf(&headers, "%sETag: %s\r\n", page_headers,
		tags.text[known >= 0 ? known : (int)coding]);
	if (known >= 0) {
		reply_body(&request->http, 304, NULL, buffer_text(&headers), &nothing);
	} else {
		buffer_puts(&headers, REPLY_NO_RANGES);
		buffer_puts(
			&headers, coding == ENCODING_GZIP ? "Content-Encoding: gzip\r\n" : "");
		send_content(request, file, coding == ENCODING_GZIP, buffer_text(&headers));
	}
	buffer_finish(&headers);
}

void page_files_send(struct alm_request *request)
{
	const struct page_file *file = find_file(request->path);

	if (file != NULL) {
		send_file(request, file);
	} else {
		reply_none(request);
	}
}
