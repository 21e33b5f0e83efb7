/* Bytes as a client may send them. However they are cut into reads, the requests in
 * them must be the same. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "http/parser.h"
#include "reply/encoding.h"
#include "reply/entity_tag.h"
#include "reply/reference.h"

static const struct parser_limits limits = { .head_bytes = 1024, .url_bytes = 256 };

/* What answers make of a header must hold together. */
static void judge_header(const char *from, const struct parser_header *header)
{
	static const char tag[] = "\"0a\"";
	char *text = memory_copy_text(from + header->at, header->length);

	if (header->header == HEADER_IF_NONE_MATCH && entity_tag_is_listed(text, tag)) {
		assert(strstr(text, "\"0a") != NULL && !entity_tag_is_any(text));
	} else if (header->header == HEADER_ACCEPT_ENCODING) {
		assert(encoding_is_accepted(text, encoding_negotiate(text, ENCODING_ZSTD)));
		assert(encoding_negotiate(text, ENCODING_GZIP) <= ENCODING_GZIP);
	}
	free(text);
}

/* References from a target: no more steps up than there are slashes, and an end of the target.
 */
static void judge_target(const struct parser_head *head)
{
	char *target = memory_copy_text(head->target, head->target_length);
	struct buffer root = { 0 }, self = { 0 };
	const char *end;

	reference_put_root(&root, target);
	reference_put_self(&self, target);
	assert(root.length <= 3 * strlen(target) + 2);
	end = strncmp(buffer_text(&self), "./", 2) == 0 ? self.data + 2 : self.data;
	assert(strlen(target) >= strlen(end));
	assert(strcmp(target + strlen(target) - strlen(end), end) == 0 || *target == '.');
	buffer_finish(&root);
	buffer_finish(&self);
	free(target);
}

static void judge_head(const struct parser_head *head)
{
	judge_target(head);
	for (unsigned i = 0; i < head->header_count; i++) {
		judge_header(head->text, &head->headers[i]);
	}
}

/* Adds what is understood of the next bytes to the story. Returns false once they
 * are refused; why is not told, since that may depend on how much was seen. */
static bool feed(struct parser *parser, const char *data, size_t length, struct buffer *story)
{
	for (;;) {
		switch (parser_feed(parser, &data, &length)) {
		case PARSER_HEAD:
			assert(parser->head.target_length <= limits.url_bytes);
			judge_head(&parser->head);
			buffer_printf(story, "%d %d ", (int)parser->head.method,
				parser->head.keep_alive);
			buffer_append(story, parser->head.target, parser->head.target_length);
			break;
		case PARSER_END:
			buffer_puts(story, " end\n");
			break;
		case PARSER_BAD:
			assert(parser->status >= 400 && parser->status < 600);
			assert(parser->reason != NULL);
			if (parser->place == IN_HEAD && parser->head.target != NULL) {
				judge_target(&parser->head);
			}
			buffer_puts(story, "bad");
			return false;
		case PARSER_MORE:
			assert(length == 0);
			return true;
		}
	}
}

/* Every read brings `step` bytes, or if that is 0 as many as the bytes themselves
 * say. */
static void tell(const uint8_t *data, size_t length, size_t step, struct buffer *story)
{
	struct parser parser;
	bool good = true;

	parser_init(&parser, &limits);
	for (size_t i = 0, n; i < length && good; i += n) {
		char *piece;

		n = step > 0 ? step : 1 + data[i] % 16u;
		n = n < length - i ? n : length - i;
		assert(n > 0);
		/* A copy, so that reading beyond it is noticed. */
		piece = malloc(n);
		memcpy(piece, data + i, n);
		good = feed(&parser, piece, n, story);
		free(piece);
	}
	if (good && parser_is_within_request(&parser)) {
		buffer_puts(story, "more");
	}
	parser_finish(&parser);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t steps[] = { 0, 1 };
	struct buffer whole = { 0 };

	tell(data, size, SIZE_MAX, &whole);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct buffer cut = { 0 };

		tell(data, size, steps[i], &cut);
		assert(cut.length == whole.length);
		assert(whole.length == 0 || memcmp(cut.data, whole.data, whole.length) == 0);
		buffer_finish(&cut);
	}
	buffer_finish(&whole);
	return 0;
}
