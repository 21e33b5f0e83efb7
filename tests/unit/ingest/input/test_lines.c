/* Bytes to lines, whatever pieces the bytes come in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "ingest/input/lines.h"
#include "unit.h"

enum { LONGEST = 64 };

/* Hands out at most `piece` bytes at a time; fails at byte `broken` if that is not
 * negative. */
struct source {
	const char *bytes;
	size_t length, piece, at;
	long broken;
};

static ssize_t read_source(void *arg, char *to, size_t room, struct error *err)
{
	struct source *source = arg;
	size_t left = source->length - source->at;
	size_t n = left < source->piece ? left : source->piece;

	if (source->broken >= 0 && source->at >= (size_t)source->broken) {
		return error_set(err, "broken");
	}
	n = n < room ? n : room;
	memcpy(to, source->bytes + source->at, n);
	source->at += n;
	return (ssize_t)n;
}

/* "1=text|2!65|3?|": number, then the text, or the length of a line that is too
 * long, or that there is a NUL, or another line end. */
static void describe(struct lines *lines, struct buffer *out)
{
	struct error err = { 0 };
	struct line line;
	int more;

	while ((more = lines_next(lines, &line, &err)) > 0) {
		assert_int_equal(line.text[line.held], '\0');
		buffer_printf(out, "%d", (int)line.number);
		if (line.problem == LINE_TOO_LONG) {
			assert_true(line.held <= line.length && line.held <= LINES_EXCERPT);
			buffer_printf(out, "!%zu", line.length);
		} else if (line.problem == LINE_HAS_NUL) {
			buffer_puts(out, "?");
		} else if (line.problem == LINE_HAS_CR) {
			buffer_puts(out, "~");
		} else {
			assert_int_equal(strlen(line.text), line.length);
			buffer_printf(out, "=%s", line.text);
		}
		buffer_putc(out, '|');
	}
	if (more < 0) {
		buffer_puts(out, err.text);
	}
}

static void expect(const char *bytes, size_t length, long broken, const char *wanted)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 64, 4096, 1 << 20 };
	struct lines *lines = lines_create(LONGEST);

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct source source = {
			.bytes = bytes, .length = length, .piece = pieces[i], .broken = broken
		};
		struct buffer out = { 0 };

		lines_open(lines, read_source, &source);
		describe(lines, &out);
		assert_string_equal(buffer_text(&out), wanted);
		buffer_finish(&out);
	}
	lines_destroy(lines);
}

#define EXPECT(bytes, wanted) expect(bytes, sizeof(bytes) - 1, -1, wanted)

static void splits_lines(void **state)
{
	(void)state;
	EXPECT("", "");
	EXPECT("a\nb\n", "1=a|2=b|");
	EXPECT("a\nb", "1=a|2=b|");
	EXPECT("a\r\nb\r\n", "1=a|2=b|");
	EXPECT("a\r\nb\nc\r", "1=a|2=b|3=c|");
	EXPECT(" \n\t\n", "1= |2=\t|");
}

static void drops_empty_lines_at_the_end(void **state)
{
	(void)state;
	EXPECT("\n", "");
	EXPECT("\r\n\r\n\n", "");
	EXPECT("a\n\n\n", "1=a|");
	EXPECT("a\n\r\n\nb\n\n", "1=a|2=|3=|4=b|");
	EXPECT("\n\na", "1=|2=|3=a|");
}

static void drops_the_byte_order_mark(void **state)
{
	(void)state;
	EXPECT("\xEF\xBB\xBF", "");
	EXPECT("\xEF\xBB\xBF"
	       "a\n",
		"1=a|");
	EXPECT("a\n\xEF\xBB\xBF"
	       "b\n",
		"1=a|2=\xEF\xBB\xBF"
		"b|");
	EXPECT("\xEF\xBB", "1=\xEF\xBB|");
}

/* Sixty-four characters are allowed. */
#define SIXTEEN "0123456789abcdef"
#define ALLOWED SIXTEEN SIXTEEN SIXTEEN SIXTEEN

/* As the reference has it (str.splitlines() of Python, without its other line ends). */
static void knows_lines_that_end_with_cr(void **state)
{
	(void)state;
	EXPECT("a\rb\rc", "1=a|2=b|3=c|");
	EXPECT("a\rb\r\r\r", "1=a|2=b|");
	EXPECT("\ra\r\rb\r", "1=|2=a|3=|4=b|");
	EXPECT("a\r", "1=a|");
	EXPECT("\r", "");
	EXPECT("\xEF\xBB\xBF"
	       "a\rb\r",
		"1=a|2=b|");
	EXPECT(ALLOWED "\rb\r", "1=" ALLOWED "|2=b|");
	EXPECT(ALLOWED "xy\rb\r", "1!66|2=b|");
}

static void tells_of_other_line_ends(void **state)
{
	(void)state;
	EXPECT("a\rb\nc\n", "1~|2=c|");
	EXPECT("a\r\r\nc\n", "1~|2=c|");
	EXPECT("a\nb\rc", "1=a|2~|");
	EXPECT("a\r\nb\r\n", "1=a|2=b|");
}

static void drops_the_end_mark_of_dos(void **state)
{
	(void)state;
	EXPECT("a\r\nb\r\n\x1A", "1=a|2=b|");
	EXPECT("a\nb\x1A", "1=a|2=b|");
	EXPECT("\x1A", "");
	EXPECT("a\x1A\nb\n", "1=a\x1A|2=b|");
	EXPECT("a\n\x1A\x1A", "1=a|2=\x1A|");
}

static void finds_nuls(void **state)
{
	(void)state;
	EXPECT("a\nb\0c\nd\n", "1=a|2?|3=d|");
	EXPECT("\0", "1?|");
	EXPECT("a\n\0\n", "1=a|2?|");
}

static void rejects_long_lines(void **state)
{
	(void)state;
	EXPECT(ALLOWED "\n", "1=" ALLOWED "|");
	EXPECT(ALLOWED "\r\nb\n", "1=" ALLOWED "|2=b|");
	EXPECT(ALLOWED, "1=" ALLOWED "|");
	EXPECT(ALLOWED "x\nb\n", "1!65|2=b|");
	EXPECT(ALLOWED "x\r\nb\n", "1!65|2=b|");
	EXPECT(ALLOWED "x", "1!65|");
	EXPECT("\n\n" ALLOWED ALLOWED "\n\n", "1=|2=|3!128|");
	EXPECT(ALLOWED "\0\nb", "1!65|2=b|");
}

/* A line far beyond what is held at once: its length is told, its beginning shown. */
static void survives_huge_lines(void **state)
{
	enum { HUGE_LINE = 3000000 };
	char *bytes = malloc(HUGE_LINE + 2);
	struct source source = {
		.bytes = bytes, .length = HUGE_LINE + 2, .piece = 100000, .broken = -1
	};
	struct lines *lines = lines_create(LONGEST);
	struct error err = { 0 };
	struct line line;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, '7', HUGE_LINE);
	memcpy(bytes + HUGE_LINE, "\nb", 2);
	lines_open(lines, read_source, &source);
	assert_int_equal(lines_next(lines, &line, &err), 1);
	assert_int_equal(line.problem, LINE_TOO_LONG);
	assert_int_equal(line.length, HUGE_LINE);
	assert_int_equal(line.held, LINES_EXCERPT);
	assert_int_equal(strspn(line.text, "7"), LINES_EXCERPT);
	assert_int_equal(lines_next(lines, &line, &err), 1);
	assert_string_equal(line.text, "b");
	assert_int_equal(line.number, 2);
	assert_int_equal(lines_next(lines, &line, &err), 0);
	lines_destroy(lines);
	free(bytes);
}

static void passes_errors_on(void **state)
{
	(void)state;
	expect("a\nb\nc\n", 6, 0, "broken");
	expect(ALLOWED ALLOWED, 128, 128, "broken");
}

static void expect_head(
	const char *bytes, size_t length, const char *wanted, size_t wanted_length)
{
	struct source source = { .bytes = bytes, .length = length, .piece = 5, .broken = -1 };
	struct lines *lines = lines_create(LONGEST);
	struct error err = { 0 };
	struct buffer out = { 0 };
	const char *head;
	size_t n;

	lines_open(lines, read_source, &source);
	assert_int_equal(lines_head(lines, &head, &n, &err), 0);
	assert_int_equal(n, wanted_length);
	assert_memory_equal(head, wanted, n);
	assert_int_equal(head[n], '\0');
	describe(lines, &out); /* the head is not taken away */
	assert_true(length == 0 || out.length > 0);
	buffer_finish(&out);
	lines_destroy(lines);
}

static void shows_the_head(void **state)
{
	char many[LINES_HEAD + 100];

	(void)state;
	memset(many, '\n', sizeof(many));
	many[0] = many[sizeof(many) - 1] = 'x';
	expect_head("", 0, "", 0);
	expect_head("a\nb", 3, "a\nb", 3);
	expect_head("\xEF\xBB\xBF"
		    "a",
		4, "a", 1);
	expect_head(many, sizeof(many), many, LINES_HEAD);
	expect_head("a\rb", 3, "a\nb", 3);
	expect_head("a\r\nb", 4, "a\r\nb", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_lines),
		cmocka_unit_test(drops_empty_lines_at_the_end),
		cmocka_unit_test(drops_the_byte_order_mark),
		cmocka_unit_test(knows_lines_that_end_with_cr),
		cmocka_unit_test(tells_of_other_line_ends),
		cmocka_unit_test(drops_the_end_mark_of_dos),
		cmocka_unit_test(finds_nuls),
		cmocka_unit_test(rejects_long_lines),
		cmocka_unit_test(survives_huge_lines),
		cmocka_unit_test(passes_errors_on),
		cmocka_unit_test(shows_the_head),
	};

	return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
