/* Events of the function: what they name, however they name it. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "aws/event.h"
#include "unit.h"

/* "uri uri ... [exact] [shard]", or "error: ...". */
static void expect(const char *text, const char *wanted)
{
	struct event event;
	struct error err = { 0 };
	struct arena arena;
	char got[2 * ERROR_TEXT_MAX] = "";
	size_t n = 0;

	arena_init(&arena);
	if (event_read(&event, &arena, text, strlen(text), &err) < 0) {
		snprintf(got, sizeof(got), "error: %s", err.text);
		assert_true(err.hint[0] != '\0');
	} else {
		for (size_t i = 0; i < event.uri_count; i++) {
			n += (size_t)snprintf(got + n, sizeof(got) - n, "%s ", event.uris[i]);
		}
		snprintf(got + n, sizeof(got) - n, "%s%s", event.exact ? "exact " : "",
			event.shard != NULL ? event.shard : "");
	}
	arena_finish(&arena);
	if (strncmp(got, wanted, strlen(wanted)) != 0) {
		print_error("%s\ngave '%s', not '%s'\n", text, got, wanted);
	}
	assert_int_equal(strncmp(got, wanted, strlen(wanted)), 0);
}

static void of_schedules(void **state)
{
	(void)state;
	expect("{}", "");
	expect("{\"job\":\"ingest\"}", "");
	expect("{\"job\":\"ingest\",\"uri\":\"s3://b/p/\"}", "s3://b/p/ ");
	expect("{\"uris\":[\"s3://b/p\",\"https://h/x\"],\"shard\":\"1/4\"}",
		"s3://b/p https://h/x 1/4");
	expect(" \n{ } \n", "");
	expect("{\"version\":\"0\",\"id\":\"53dc4d37\",\"detail-type\":\"Scheduled Event\","
	       "\"source\":\"aws.events\",\"account\":\"123456789012\","
	       "\"time\":\"2015-10-08T16:53:06Z\",\"region\":\"us-east-1\","
	       "\"resources\":[\"arn:aws:events:us-east-1:123456789012:rule/x\"],\"detail\":{}}",
		"");
	expect("{\"version\":\"0\",\"detail-type\":\"Scheduled Event\","
	       "\"source\":\"aws.scheduler\",\"detail\":\"{}\"}",
		"");
}

static void of_s3(void **state)
{
	(void)state;
	expect("{\"Records\":[{\"eventSource\":\"aws:s3\",\"eventName\":\"ObjectCreated:Put\","
	       "\"s3\":{\"bucket\":{\"name\":\"b\"},\"object\":{\"key\":\"a+b%2Bc%C3%BC\"}}},"
	       "{\"eventSource\":\"aws:s3\",\"eventName\":\"ObjectRemoved:Delete\","
	       "\"s3\":{\"bucket\":{\"name\":\"b\"},\"object\":{\"key\":\"gone\"}}}]}",
		"s3://b/a b+c\xC3\xBC exact");
	expect("{\"source\":\"aws.s3\",\"detail-type\":\"Object Created\","
	       "\"detail\":{\"bucket\":{\"name\":\"b\"},\"object\":{\"key\":\"a+b%20\"}}}",
		"s3://b/a+b%20 exact");
	expect("{\"source\":\"aws.s3\",\"detail-type\":\"Object Deleted\","
	       "\"detail\":{\"bucket\":{\"name\":\"b\"},\"object\":{\"key\":\"a\"}}}",
		"");
	expect("{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\",\"Bucket\":\"b\"}", "");
}

static void refuses(void **state)
{
	static const char *const texts[] = { "", "{", "null", "[1]", "7", "{\"job\":1}",
		"{\"uri\":null}", "{\"uri\":\"file:///etc/passwd\"}", "{\"uri\":\"/x\"}",
		"{\"uris\":[]}", "{} x", "{}{}", "{\"uri\":\"s3://b/p\\u0000/\"}",
		"{\"uri\":\"s3://b/p\\\\\\u0000/\"}", "{\"source\":\"aws.events\"}",
		"{\"source\":\"aws.ec2\"}", "{\"uris\":{}}", "{\"uris\":[1]}", "{\"shard\":1}",
		"{\"other\":1}", "{\"Records\":{}}", "{\"Records\":[1]}", "{\"Records\":[{}]}",
		"{\"Records\":[{\"eventSource\":\"aws:s3\",\"eventName\":\"ObjectCreated:Put\"}]}",
		("{\"Records\":[{\"eventSource\":\"aws:s3\",\"eventName\":\"ObjectCreated:Put\","
		 "\"s3\":{\"bucket\":{\"name\":\"b\"},\"object\":{\"key\":\"%zz\"}}}]}"),
		"{\"source\":\"aws.s3\"}",
		"{\"source\":\"aws.s3\",\"detail-type\":\"Object Created\",\"detail\":[]}" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		expect(texts[i], "error: the event");
	}
	/* A backslash, then text. */
	expect("{\"uri\":\"s3://b/p\\\\u0000\"}", "s3://b/p\\u0000 ");
}

/* A thousand are taken, and not one more. */
static void has_a_limit(void **state)
{
	static char text[64 * 1024];
	size_t n = (size_t)snprintf(text, sizeof(text), "{\"uris\":[");

	(void)state;
	for (int i = 0; i < EVENT_URIS_MAX + 1; i++) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\"s3://bucket/%d\"",
			i > 0 ? "," : "", i);
	}
	snprintf(text + n, sizeof(text) - n, "]}");
	expect(text, "error: the event names more than 1000 objects");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_schedules),
		cmocka_unit_test(of_s3),
		cmocka_unit_test(refuses),
		cmocka_unit_test(has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
