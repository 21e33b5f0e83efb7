/* What comes from AWS: events of the function, and the XML of S3. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aws/event.h"
#include "aws/xml.h"
#include "base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(void *arg, const char *name, const char *text)
{
	size_t *length = arg;

	*length += strlen(name) + strlen(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct event *event = memory_new(struct event);
	struct error err = { 0 };
	struct arena arena;
	size_t length = 0;

	arena_init(&arena);
	if (event_read(event, &arena, (const char *)data, size, &err) == 0) {
		for (size_t i = 0; i < event->uri_count; i++) {
			assert(strncmp(event->uris[i], "s3://", 5) == 0 ||
				strncmp(event->uris[i], "https://", 8) == 0);
		}
	} else {
		assert(error_is_set(&err));
	}
	xml_read((const char *)data, size, take, &length, &err);
	arena_finish(&arena);
	free(event);
	return 0;
}
