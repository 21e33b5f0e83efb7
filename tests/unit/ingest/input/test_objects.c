/* What arguments stand for, in a directory of our own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "ingest/input/objects.h"
#include "scratch.h"
#include "unit.h"

/* The tests run in a directory that holds:
 *	b.txt a.txt A.txt "odd[1].txt" .hidden link -> a.txt
 *	d/z.txt d/y/x.txt d/up -> .. d/.git/config
 *	empty/ */
static int make_tree(void **state)
{
	static const char *const directories[] = { "d", "d/y", "d/.git", "empty" };
	static const char *const files[] = { "b.txt", "a.txt", "A.txt", "odd[1].txt", ".hidden",
		"d/z.txt", "d/y/x.txt", "d/.git/config" };

	if (scratch_make(state) < 0) {
		return -1;
	}
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		assert_int_equal(mkdir(directories[i], 0700), 0);
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		scratch_write(files[i], "12345", 5);
	}
	assert_int_equal(symlink("a.txt", "link"), 0);
	assert_int_equal(symlink("..", "d/up"), 0);
	return 0;
}

/* Arguments and what they become are separated by spaces; paths below the directory
 * are written without it, notes in brackets. */
static void list(const char *arguments, const char *stdin_name, struct buffer *out)
{
	struct objects objects = { 0 };
	struct error err = { 0 };
	char copy[256], *argv[16];
	size_t argc = 0, skip = strlen(scratch_path()) + 1;

	snprintf(copy, sizeof(copy), "%s", arguments);
	for (char *p = strtok(copy, " "); p != NULL; p = strtok(NULL, " ")) {
		argv[argc++] = p;
	}
	if (objects_expand(&objects, argv, argc, stdin_name, &err) < 0) {
		buffer_puts(out, err.text);
	} else {
		for (size_t i = 0; i < objects.count; i++) {
			const struct object *object = &objects.list[i];
			const char *uri = object->uri;

			buffer_printf(out, "%s%s", out->length > 0 ? " " : "",
				strncmp(uri, scratch_path(), skip - 1) == 0 ? uri + skip : uri);
			if (object->failure != NULL) {
				buffer_printf(out, ":%s", object->failure);
			}
		}
		for (size_t i = 0; i < objects.note_count; i++) {
			buffer_printf(out, " [%s]", objects.notes[i].uri + skip);
		}
	}
	objects_finish(&objects);
}

static void expect(const char *arguments, const char *wanted)
{
	struct buffer out = { 0 };

	list(arguments, "", &out);
	assert_string_equal(buffer_text(&out), wanted);
	buffer_finish(&out);
}

static void takes_files(void **state)
{
	(void)state;
	expect("a.txt", "a.txt");
	expect("b.txt a.txt", "b.txt a.txt");
	expect("./d/../a.txt", "a.txt");
	expect("d//y/x.txt", "d/y/x.txt");
	expect(".hidden", ".hidden"); /* named, so it is meant */
	expect("link", "link");       /* the name may matter */
}

static void takes_directories(void **state)
{
	(void)state;
	expect("d/y", "d/y/x.txt");
	expect("d/y/", "d/y/x.txt");
	expect("d/.git", "d/.git/config");
	/* The link leads to what is above, hence on to everything but d itself. */
	expect("d", "A.txt a.txt b.txt link odd[1].txt d/y/x.txt d/z.txt [d/.git] [.hidden]");
	expect(".", "A.txt a.txt b.txt d/y/x.txt d/z.txt link odd[1].txt [.hidden] [d/.git]");
}

static void takes_each_object_once(void **state)
{
	(void)state;
	expect("a.txt ./a.txt d/../a.txt", "a.txt");
	expect("d/y/x.txt d/y", "d/y/x.txt");
	expect("b.txt *.txt", "b.txt A.txt a.txt odd[1].txt");
}

static void expands_patterns(void **state)
{
	(void)state;
	expect("*.txt", "A.txt a.txt b.txt odd[1].txt");
	expect("[ab].txt", "a.txt b.txt");
	expect("d/?.txt", "d/z.txt");
	expect("odd[1].txt", "odd[1].txt"); /* a name first, a pattern if there is none */
	expect("*/y", "d/y/x.txt");
}

static void names_what_is_not_there(void **state)
{
	(void)state;
	expect("nothing.txt", "'nothing.txt': No such file or directory");
	expect("a.txt nothing/x", "'nothing/x': No such file or directory");
	expect("*.csv", "'*.csv': no file matches this pattern");
	expect("empty", "'empty': there is no file in this directory");
	expect("a.txt/b", "'a.txt/b': Not a directory");
	expect("/dev/null", "'/dev/null': nothing to read; /dev/null: it is no regular file");
}

static void knows_standard_input(void **state)
{
	struct buffer out = { 0 };

	(void)state;
	expect("-", "-");
	expect("- a.txt -", "- a.txt");
	list("-", "dir/USC00110072.txt", &out);
	assert_string_equal(buffer_text(&out), "-:USC00110072.txt");
	buffer_finish(&out);
}

static void refuses_other_schemes(void **state)
{
	(void)state;
	expect("s3://bucket/key",
		"'s3://bucket/key': only what is on this machine can be read here");
	expect("https://example.org/x",
		"'https://example.org/x': only what is on this machine can be read here");
}

static void shows_names_that_are_no_text(void **state)
{
	(void)state;
	scratch_write("empty/\xff\n", "x", 1);
	expect("empty", "empty/\\xff\\n");
	assert_int_equal(unlink("empty/\xff\n"), 0);
}

static void keeps_broken_links_as_failures(void **state)
{
	(void)state;
	assert_int_equal(symlink("nowhere", "empty/broken"), 0);
	expect("empty", "empty/broken:it cannot be read: No such file or directory");
	assert_int_equal(unlink("empty/broken"), 0);
}

static void knows_sizes(void **state)
{
	char first[] = "a.txt", second[] = "b.txt";
	char *arguments[] = { first, second };
	struct objects objects = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(objects_expand(&objects, arguments, 2, "", &err), 0);
	assert_int_equal(objects.list[0].size, 5);
	assert_int_equal(objects.bytes, 10);
	assert_string_equal(objects.list[0].name, "a.txt");
	objects_finish(&objects);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_files),
		cmocka_unit_test(takes_directories),
		cmocka_unit_test(takes_each_object_once),
		cmocka_unit_test(expands_patterns),
		cmocka_unit_test(names_what_is_not_there),
		cmocka_unit_test(knows_standard_input),
		cmocka_unit_test(refuses_other_schemes),
		cmocka_unit_test(shows_names_that_are_no_text),
		cmocka_unit_test(keeps_broken_links_as_failures),
		cmocka_unit_test(knows_sizes),
	};

	return cmocka_run_group_tests_name("objects", tests, make_tree, scratch_remove);
}
