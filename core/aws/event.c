#include "aws/event.h"

#include <cJSON.h>
#include <stdbool.h>
#include <string.h>

#include "base/url.h"

static const char form[] = "an event is {\"job\":\"ingest\",\"uri\":\"s3://BUCKET/PREFIX\"}, "
			   "a notification of S3, or {} for what ALMANAC_URIS names";

static int fail(struct error *err, const char *where, const char *what)
{
	error_set(err, "the event's %s %s", where, what);
	return error_hint(err, "%s", form);
}

static int add_uri(struct event *event, char *uri, struct error *err)
{
	if (event->uri_count == EVENT_URIS_MAX) {
		error_set(err, "the event names more than %d objects", EVENT_URIS_MAX);
		return error_hint(err, "name the prefix that they have in common");
	}
	event->uris[event->uri_count++] = uri;
	return 0;
}

/* -- Manual invocations --------------------------------------------------- */

/* Local files are refused: they would be those of the function's container. */
static int read_uri(
	struct event *event, struct arena *arena, const cJSON *item, struct error *err)
{
	const char *uri = cJSON_GetStringValue(item);

	if (uri == NULL ||
		(strncmp(uri, "s3://", 5) != 0 && strncmp(uri, "https://", 8) != 0)) {
		return fail(err, "uri", "begins neither with s3:// nor with https://");
	}
	return add_uri(event, arena_copy(arena, uri, strlen(uri)), err);
}

/* An empty list is an error, not the URIs of the settings. */
static int read_uris(
	struct event *event, struct arena *arena, const cJSON *list, struct error *err)
{
	const cJSON *item;

	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) == 0) {
		return fail(err, "uris", "are no list, or an empty one");
	}
	cJSON_ArrayForEach(item, list)
	{
		if (read_uri(event, arena, item, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static int read_member(
	struct event *event, struct arena *arena, const cJSON *item, struct error *err)
{
	const char *name = item->string, *text = cJSON_GetStringValue(item);

	if (strcmp(name, "uri") == 0) {
		return read_uri(event, arena, item, err);
	}
	if (strcmp(name, "uris") == 0) {
		return read_uris(event, arena, item, err);
	}
	if (strcmp(name, "job") == 0) {
		return text != NULL && strcmp(text, "ingest") == 0
			       ? 0
			       : fail(err, "job", "is not \"ingest\", the only one there is");
	}
	if (strcmp(name, "shard") == 0) {
		event->shard = text != NULL ? arena_copy(arena, text, strlen(text)) : NULL;
		return text != NULL ? 0 : fail(err, "shard", "is no text like \"0/4\"");
	}
	error_set(err, "the event has a member '%.64s' that means nothing here", name);
	return error_hint(err, "%s", form);
}

static int read_manual(
	struct event *event, struct arena *arena, const cJSON *json, struct error *err)
{
	const cJSON *item;

	event->source = "invocation";
	cJSON_ArrayForEach(item, json)
	{
		if (read_member(event, arena, item, err) < 0) {
			return -1;
		}
	}
	return 0;
}

/* -- S3 -------------------------------------------------------------------- */

static const cJSON *get(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *get_text(const cJSON *object, const char *outer, const char *inner)
{
	return cJSON_GetStringValue(get(get(object, outer), inner));
}

static int add_object(struct event *event, struct arena *arena, const cJSON *s3, bool encoded,
	struct error *err)
{
	const char *bucket = get_text(s3, "bucket", "name"),
		   *key = get_text(s3, "object", "key");
	struct url_text decoded;
	const char *flaw = NULL;

	if (bucket == NULL || key == NULL) {
		return fail(err, "S3 object", "has no bucket.name or object.key");
	}
	if (encoded) {
		flaw = url_decode(arena, URL_QUERY, key, strlen(key), &decoded);
		key = flaw == NULL ? decoded.text : key;
	}
	if (flaw != NULL) {
		error_set(err, "the event's key '%.200s' cannot be read: %s", key, flaw);
		return error_hint(err, "%s", form);
	}
	event->exact = true;
	if (key[0] != '\0' && key[strlen(key) - 1] == '/') {
		return 0; /* a folder, as the console makes them */
	}
	return add_uri(event, arena_printf(arena, "s3://%s/%s", bucket, key), err);
}

static bool begins(const char *text, const char *with)
{
	return text != NULL && strncmp(text, with, strlen(with)) == 0;
}

/* S3 notifications, sent by the bucket: keys are form-encoded. Removals are ignored. */
static int read_records(
	struct event *event, struct arena *arena, const cJSON *records, struct error *err)
{
	const cJSON *record;

	event->source = "s3";
	if (cJSON_GetArraySize(records) == 0) {
		return fail(err, "Records", "are none");
	}
	cJSON_ArrayForEach(record, records)
	{
		const char *source = cJSON_GetStringValue(get(record, "eventSource"));

		if (source == NULL || strcmp(source, "aws:s3") != 0) {
			return fail(err, "Records", "are not of S3");
		}
		if (begins(cJSON_GetStringValue(get(record, "eventName")), "ObjectCreated:") &&
			add_object(event, arena, get(record, "s3"), true, err) < 0) {
			return -1;
		}
	}
	return 0;
}

/* S3 events through EventBridge: keys are not encoded. Other events of the bucket ("Object
 * Deleted") are ignored. */
static int read_bridge(
	struct event *event, struct arena *arena, const cJSON *json, struct error *err)
{
	const char *type = cJSON_GetStringValue(get(json, "detail-type"));

	event->source = "eventbridge";
	if (!begins(type, "Object ")) {
		return fail(err, "detail-type", "is not \"Object Created\"");
	}
	return strcmp(type, "Object Created") == 0
		       ? add_object(event, arena, get(json, "detail"), false, err)
		       : 0;
}

/* The default event of rules and schedules: ingests the URIs of the settings. */
static int read_scheduled(
	struct event *event, struct arena *arena, const cJSON *json, struct error *err)
{
	const char *type = cJSON_GetStringValue(get(json, "detail-type"));

	(void)arena;
	event->source = "invocation";
	return type != NULL && strcmp(type, "Scheduled Event") == 0
		       ? 0
		       : fail(err, "detail-type", "is not \"Scheduled Event\"");
}

/* -- Dispatch -------------------------------------------------------------- */

/* EventBridge events, by their "source". */
static const struct service {
	const char *source;
	int (*read)(
		struct event *event, struct arena *arena, const cJSON *json, struct error *err);
} services[] = {
	{ "aws.s3", read_bridge },
	{ "aws.events", read_scheduled },
	{ "aws.scheduler", read_scheduled },
};

static int read_object(
	struct event *event, struct arena *arena, const cJSON *json, struct error *err)
{
	const char *test = cJSON_GetStringValue(get(json, "Event"));
	const char *source = cJSON_GetStringValue(get(json, "source"));

	if (!cJSON_IsObject(json)) {
		return fail(err, "text", "is no JSON object");
	}
	if (test != NULL && strcmp(test, "s3:TestEvent") == 0) { /* when S3 is configured */
		event->source = "test";
		return 0;
	}
	if (get(json, "Records") != NULL) {
		return read_records(event, arena, get(json, "Records"), err);
	}
	for (size_t i = 0; source != NULL && i < sizeof(services) / sizeof(services[0]); i++) {
		if (strcmp(services[i].source, source) == 0) {
			return services[i].read(event, arena, json, err);
		}
	}
	return read_manual(event, arena, json, err);
}

/* Whether a text holds a NUL, at which cJSON would truncate it: a truncated key is another key.
 */
static bool has_nul(const char *bytes, size_t length)
{
	static const char escape[] = "\\u0000";
	const char *at = bytes, *end = bytes + length;

	if (memchr(bytes, '\0', length) != NULL) {
		return true;
	}
	while ((at = memmem(at, (size_t)(end - at), escape, strlen(escape))) != NULL) {
		const char *first = at;

		while (first > bytes && first[-1] == '\\') {
			first--;
		}
		if ((at - first) % 2 == 0) {
			return true;
		}
		at++;
	}
	return false;
}

static bool is_space(const char *text, const char *end)
{
	while (text < end && strchr(" \t\r\n", *text) != NULL) {
		text++;
	}
	return text == end;
}

int event_read(struct event *event, struct arena *arena, const char *bytes, size_t length,
	struct error *err)
{
	const char *text = length > 0 ? bytes : "", *end = text;
	cJSON *json = cJSON_ParseWithLengthOpts(text, length, &end, false);
	int result;

	*event = (struct event){ 0 };
	if (has_nul(text, length)) {
		result = fail(err, "text", "holds a NUL, which no URI does");
	} else if (json != NULL && !is_space(end, text + length)) {
		result = fail(err, "text", "goes on after its end");
	} else {
		result = read_object(event, arena, json, err);
	}
	cJSON_Delete(json);
	return result;
}
