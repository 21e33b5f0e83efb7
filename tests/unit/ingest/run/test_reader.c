/* The reading half as a whole: files and archives in, batches out, with threads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/date.h"
#include "ingest/parse/batch.h"
#include "ingest/parse/feed.h"
#include "ingest/run/reader.h"
#include "scratch.h"
#include "unit.h"

static struct alm_host host;

static const struct alm_element elements[] = {
	{ .code = "TMAX", .unit = "degC", .decimals = 1, .min = -900, .max = 600 },
	{ .code = NULL },
};

/* A line is the value of the next day of the station that the file is named for. */
static int sniff(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	(void)source;
	(void)name;
	return length > 0 && head[0] >= '0' && head[0] <= '9' ? 50 : 0;
}

static int begin(
	const struct alm_source *source, struct alm_feed *feed, void *state, const char *name)
{
	(void)source;
	(void)state;
	return host.source->station(feed, name, strcspn(name, "."));
}

static int line(const struct alm_source *source, struct alm_feed *feed, void *state,
	const char *text, size_t length)
{
	struct alm_observation seen = { .day = *(int32_t *)state, .value = atoi(text) };

	(void)source;
	if (length == 0 || strspn(text, "0123456789") != length) {
		return host.source->reject_line(feed, "no number");
	}
	++*(int32_t *)state;
	return host.source->put_values(feed, &seen, 1);
}

static const struct plugin plugin = { .table = { .name = "numbers", .version = "1" } };
static struct plugin_source sources[] = {
	{ .plugin = &plugin,
		.source = { .name = "numbers",
			.elements = elements,
			.state_size = sizeof(int32_t),
			.sniff = sniff,
			.begin = begin,
			.line = line } },
};
static const struct registry registry = { .sources = sources, .source_count = 1 };

static const struct reader_config config = { .source = "",
	.workers = 3,
	.memory = 1 << 20,
	.max_rejects = 10,
	.max_line_bytes = 100,
	.max_expanded_bytes = 1 << 20,
	.max_expansion = 200 };

/* "uri taken 3/2" (lines, rejects), "uri failed: why", separated by LF; paths without
 * the directory. */
static void describe(const struct batch *batch, struct buffer *out)
{
	size_t skip = strlen(scratch_path()) + 1;

	buffer_printf(out, "%s ", batch->uri[0] == '/' ? batch->uri + skip : batch->uri);
	if (batch->outcome == BATCH_FAILED) {
		buffer_printf(out, "failed: %s\n", batch->error.text);
	} else if (batch->source == sources[0].source.name) {
		buffer_printf(
			out, "taken %d/%d\n", (int)batch->lines, (int)batch->reject_count);
	} else {
		buffer_printf(out, "%s of %d\n", batch->source, (int)batch->members);
	}
}

static void read_all(char *path, struct buffer *out)
{
	struct objects objects = { 0 };
	struct error err = { 0 };
	struct queue *queue;
	struct reader *reader;
	struct batch *batch;

	assert_int_equal(objects_expand(&objects, &path, 1, "", &err), 0);
	queue = queue_create(objects.count, 1 << 20);
	reader = reader_start(&config, &registry, &objects, queue, NULL, &err);
	assert_non_null(reader);
	while ((batch = queue_pop(queue, true)) != NULL) {
		if (batch->last) {
			describe(batch, out);
		}
		batch_destroy(batch);
	}
	reader_join(reader);
	queue_destroy(queue);
	objects_finish(&objects);
}

static void expect(const char *path, const char *wanted)
{
	struct buffer out = { 0 };
	char copy[64];

	snprintf(copy, sizeof(copy), "%s", path);
	read_all(copy, &out);
	assert_string_equal(buffer_text(&out), wanted);
	buffer_finish(&out);
}

static void write_text(const char *path, const char *text)
{
	scratch_write(path, text, strlen(text));
}

static void takes_plain_files(void **state)
{
	(void)state;
	write_text("A.txt", "1\n2\n3\n");
	write_text("B.txt", "1\r\nx\r\n3");
	write_text("C.txt", "");
	write_text("D.txt", "hello\n");
	write_text("E.txt", "1\n2\n7777\n4\n");
	write_text("F F.txt", "1\n");
	write_text("G.txt", "\n\n\n");
	expect("?*.txt",
		"A.txt taken 3/0\n"
		"B.txt taken 3/1\n"
		"C.txt empty of 0\n"
		"D.txt failed: no source plugin recognises it; it begins with 'hello'\n"
		"E.txt taken 4/1\n"
		"F F.txt failed: 'F F' is no station id: 1 to 32 of A-Z, a-z, 0-9, '_', '-', '.'\n"
		"G.txt failed: no source plugin recognises it; it begins with '\\n\\n\\n'\n");
}

static void takes_archives(void **state)
{
	static const struct scratch_member members[] = {
		{ "d/", "" },
		{ "d/A.txt", "1\n2\n" },
		{ "../B.txt", "1\n" },
		{ "link", NULL },
		{ NULL, NULL },
	};

	(void)state;
	scratch_archive("good.tar.gz", "ustar", "gzip", members);
	expect("good.tar.gz", "good.tar.gz!d/A.txt taken 2/0\n"
			      "good.tar.gz!../B.txt taken 1/0\n"
			      "good.tar.gz archive of 2\n");
	scratch_compress("A.txt.xz", "xz", "1\n2\n", 4);
	expect("A.txt.xz", "A.txt.xz taken 2/0\n");
}

static void keeps_the_good_of_a_bad_archive(void **state)
{
	static const struct scratch_member members[] = {
		{ "A.txt", "1\n2\n" },
		{ "empty.txt", "" },
		{ "C.txt.gz", "\x1F\x8B\x08" },
		{ "B.txt", "1\n" },
		{ NULL, NULL },
	};
	static const struct scratch_member none[] = { { "d/", "" }, { NULL, NULL } };

	(void)state;
	scratch_archive("bad.zip", "zip", "none", members);
	expect("bad.zip",
		"bad.zip!A.txt taken 2/0\n"
		"bad.zip!empty.txt empty of 0\n"
		"bad.zip!C.txt.gz failed: it is packed again (gzip), or damaged\n"
		"bad.zip!B.txt taken 1/0\n"
		"bad.zip failed: 1 of 4 members failed; the first is C.txt.gz: it is packed "
		"again (gzip), or damaged\n");
	scratch_archive("none.tar", "ustar", "none", none);
	expect("none.tar", "none.tar failed: there is no file in it\n");
}

/* The member is good up to where it expands too far. */
static void stops_at_a_bomb(void **state)
{
	enum { LENGTH = 2000000 };
	char *text = malloc(LENGTH);

	(void)state;
	assert_non_null(text);
	memset(text, '\n', LENGTH);
	text[0] = '1';
	text[LENGTH - 2] = '1';
	scratch_compress("bomb.gz", "gzip", text, LENGTH);
	expect("bomb.gz", "bomb.gz failed: it expands to more than 1 MiB\n");
	free(text);
}

static void says_that_a_source_is_not_there(void **state)
{
	struct reader_config other = config;
	struct objects objects = { 0 };
	struct queue *queue = queue_create(0, 1);
	struct error err = { 0 };

	(void)state;
	other.source = "absent";
	assert_null(reader_start(&other, &registry, &objects, queue, NULL, &err));
	assert_string_equal(err.text, "there is no source 'absent'; loaded are: numbers");
	queue_destroy(queue);
}

/* Many objects, little memory, and a writer that goes away in between. */
static void stops_when_told_to(void **state)
{
	char path[] = "many";
	char *paths = path, name[32];
	struct objects objects = { 0 };
	struct error err = { 0 };
	struct queue *queue;
	struct reader *reader;

	(void)state;
	assert_int_equal(system("mkdir many"), 0);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "many/S%02d.txt", i);
		write_text(name, "1\n2\n3\n");
	}
	assert_int_equal(objects_expand(&objects, &paths, 1, "", &err), 0);
	queue = queue_create(objects.count, 1);
	reader = reader_start(&config, &registry, &objects, queue, NULL, &err);
	assert_non_null(reader);
	for (int i = 0; i < 10; i++) {
		struct batch *batch = queue_pop(queue, true);

		snprintf(name, sizeof(name), "S%02d", i);
		assert_non_null(batch);
		assert_string_equal(batch->stations[0].id, name);
		batch_destroy(batch);
	}
	assert_true(reader_bytes(reader) >= 60);
	reader_stop(reader);
	reader_join(reader);
	queue_destroy(queue);
	objects_finish(&objects);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_plain_files),
		cmocka_unit_test(takes_archives),
		cmocka_unit_test(keeps_the_good_of_a_bad_archive),
		cmocka_unit_test(stops_at_a_bomb),
		cmocka_unit_test(says_that_a_source_is_not_there),
		cmocka_unit_test(stops_when_told_to),
	};

	host.day = date_day;
	feed_host(&host);
	return cmocka_run_group_tests_name("reader", tests, scratch_make, scratch_remove);
}
