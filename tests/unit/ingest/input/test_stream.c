/* Bytes of files, compressed files and archives; damaged ones too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "ingest/input/stream.h"
#include "ingest/input/unpack.h"
#include "scratch.h"
#include "unit.h"

enum { MEBI = 1024 * 1024 };

static const struct expansion_limits limits = { .bytes = 100 * MEBI, .expansion = 200 };

static struct stream *open_file(const char *path, struct stream_run *run, struct error *err)
{
	char copy[64];
	struct object object = { .uri = copy, .path = copy, .name = copy };

	snprintf(copy, sizeof(copy), "%s", path);
	return stream_open(&object, run, NULL, err);
}

/* What is in a file: "[label kind] text" for each member, or "error: ...". A file
 * that is not packed is its text. */
static void show(const char *path, const struct expansion_limits *with, struct buffer *out)
{
	struct stream_run run = { 0 };
	struct error err = { 0 };
	struct stream *stream = open_file(path, &run, &err);
	struct unpack *unpack = NULL;
	struct unpack_member member;
	char bytes[50];
	ssize_t n = 0;

	assert_non_null(stream);
	unpack = unpack_open(stream, path, with, &err);
	while (unpack != NULL && unpack_next(unpack, &member, &err) > 0) {
		buffer_printf(out, "[%s %s %d] ", member.label, member.name, member.kind);
		if (member.kind != UNPACK_FILE && member.kind != UNPACK_SINGLE) {
			continue;
		}
		while ((n = unpack_read(unpack, bytes, sizeof(bytes), &err)) > 0) {
			if (out->length < 1000) {
				buffer_append(out, bytes, (size_t)n);
			}
		}
	}
	if (error_is_set(&err)) {
		buffer_printf(out, " error: %s", err.text);
	}
	unpack_close(unpack);
	stream_close(stream);
}

static void expect(const char *path, const char *wanted)
{
	struct buffer out = { 0 };

	show(path, &limits, &out);
	assert_string_equal(buffer_text(&out), wanted);
	buffer_finish(&out);
}

/* Whatever was read before. */
static void expect_end(
	const char *path, const struct expansion_limits *with, const char *wanted)
{
	struct buffer out = { 0 };
	size_t n = strlen(wanted);

	show(path, with, &out);
	assert_true(out.length >= n);
	assert_string_equal(buffer_text(&out) + out.length - n, wanted);
	buffer_finish(&out);
}

/* -- Plain files -------------------------------------------------------- */

/* XXH3-128 of "abc", by xxhsum of the same library. */
#define HASH_ABC "06b05ab6733a618578af5f94892f3950"

static void reads_and_digests(void **state)
{
	struct stream_run run = { 0 };
	struct error err = { 0 };
	struct stream *stream;
	char bytes[8], hash[33];
	int64_t size;
	size_t length;

	(void)state;
	scratch_write("abc", "abc", 3);
	stream = open_file("abc", &run, &err);
	assert_non_null(stream);
	assert_memory_equal(stream_head(stream, &length), "abc", 3);
	assert_int_equal(length, 3);
	assert_int_equal(stream_size(stream), 3);
	assert_int_equal(stream_read(stream, bytes, 2, &err), 2);
	/* The digest reads the rest; reading goes on where it was. */
	assert_int_equal(stream_digest(stream, hash, &size, &err), 0);
	assert_int_equal(size, 3);
	assert_string_equal(hash, HASH_ABC);
	assert_int_equal(stream_read(stream, bytes, 8, &err), 1);
	assert_int_equal(bytes[0], 'c');
	assert_int_equal(stream_read(stream, bytes, 8, &err), 0);
	stream_close(stream);
}

static void notices_a_change(void **state)
{
	struct stream_run run = { 0 };
	struct error err = { 0 };
	struct stream *stream;
	char hash[33];
	int64_t size;

	(void)state;
	scratch_write("growing", "abc", 3);
	stream = open_file("growing", &run, &err);
	assert_non_null(stream);
	scratch_write("growing", "abcdef", 6);
	assert_int_equal(stream_digest(stream, hash, &size, &err), -1);
	assert_string_equal(err.text, "it was changed while it was read");
	stream_close(stream);
}

static void says_why_a_file_cannot_be_read(void **state)
{
	struct stream_run run = { 0 };
	struct error err = { 0 };
	char bytes[8];
	struct stream *stream;

	(void)state;
	assert_null(open_file("absent", &run, &err));
	assert_string_equal(err.text, "it cannot be read: No such file or directory");
	assert_null(open_file("/dev/null", &run, &err));
	assert_string_equal(err.text, "it is no regular file");
	scratch_write("stopped", "abc", 3);
	stream = open_file("stopped", &run, &err);
	assert_non_null(stream);
	run.stop = true;
	assert_int_equal(stream_read(stream, bytes, 8, &err), -1);
	assert_string_equal(err.text, "interrupted");
	stream_close(stream);
}

/* -- Archives ----------------------------------------------------------- */

static const struct scratch_member two[] = {
	{ "d/", "" },
	{ "d/one.txt", "1\n" },
	{ "d/two.txt", "2\n" },
	{ NULL, NULL },
};

static void unpacks_archives(void **state)
{
	static const char *const filters[] = { "none", "gzip", "xz", "bzip2", "zstd", "lz4",
		"compress" };
	static const char wanted[] = "[d/one.txt one.txt 0] 1\n[d/two.txt two.txt 0] 2\n";

	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		scratch_archive("x", "ustar", filters[i], two); /* whatever the name says */
		expect("x", wanted);
	}
	scratch_archive("x", "pax", "gzip", two);
	expect("x", wanted);
	scratch_archive("x", "zip", "none", two);
	expect("x", wanted);
}

static void unpacks_compressed_files(void **state)
{
	static const char *const filters[] = { "gzip", "xz", "bzip2", "zstd", "lz4",
		"compress" };
	static const char *const names[] = { "a.txt.gz", "a.txt.xz", "a.txt.BZ2", "a.txt.zst",
		"a.txt.lz4", "a.txt.Z" };

	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		scratch_compress(names[i], filters[i], "1\n2\n", 4);
		expect(names[i], "[a.txt a.txt 1] 1\n2\n");
	}
	scratch_compress("strange", "gzip", "1", 1);
	expect("strange", "[strange strange 1] 1");
}

static void takes_odd_paths_as_labels(void **state)
{
	static const struct scratch_member odd[] = {
		{ "../../etc/a.txt", "a" },
		{ "/etc/b.txt", "b" },
		{ "link", NULL },
		{ "d/.hidden", "c" },
		{ "tab\there", "d" },
		{ NULL, NULL },
	};

	(void)state;
	scratch_archive("odd.tar", "ustar", "none", odd);
	expect("odd.tar", "[../../etc/a.txt a.txt 0] a[/etc/b.txt b.txt 0] b[link link 3] "
			  "[d/.hidden .hidden 2] [tab\\there tab\there 0] d");
}

static void knows_empty_archives(void **state)
{
	static const struct scratch_member none[] = { { NULL, NULL } };

	(void)state;
	scratch_archive("none.zip", "zip", "none", none);
	expect("none.zip", "");
	scratch_archive("none.tar.gz", "ustar", "gzip", none);
	expect("none.tar.gz", "");
	scratch_compress("none.gz", "gzip", "", 0);
	expect("none.gz", "");
}

/* -- Damage ------------------------------------------------------------- */

/* A text that compresses badly, so that damage is somewhere in the middle of it. */
static char *make_text(size_t length)
{
	char *text = malloc(length);
	uint32_t random = 1;

	assert_non_null(text);
	for (size_t i = 0; i < length; i++) {
		random = random * 1664525 + 1013904223;
		text[i] = (char)('0' + random / 429496730);
	}
	return text;
}

/* Cuts a file off, or flips a bit of it, at a part of its length. */
static void damage(const char *path, double at, bool cut)
{
	size_t length, byte;
	char *bytes = scratch_read(path, &length);

	byte = (size_t)((double)length * at);
	bytes[byte] ^= 1;
	scratch_write(path, bytes, cut ? byte : length);
	free(bytes);
}

static void expect_damage(const char *path)
{
	struct buffer out = { 0 };

	show(path, &limits, &out);
	assert_non_null(memmem(out.data, out.length, " error: ", 8));
	buffer_finish(&out);
}

static void notices_damage(void **state)
{
	static const char *const filters[] = { "gzip", "xz", "bzip2", "zstd", "lz4" };
	enum { LENGTH = 300000 };
	char *text = make_text(LENGTH);

	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		for (int cut = 0; cut <= 1; cut++) {
			scratch_compress("x", filters[i], text, LENGTH);
			damage("x", 0.6, cut);
			/* zstd as libarchive writes it has no check sum to notice with. */
			if (cut || strcmp(filters[i], "zstd") != 0) {
				expect_damage("x");
			}
		}
	}
	free(text);
}

static void says_how_it_is_damaged(void **state)
{
	char *text = make_text(300000);

	(void)state;
	scratch_compress("x", "gzip", text, 300000);
	damage("x", 0.6, true);
	free(text);
	expect_end("x", &limits, " error: the gzip data end too early: the file is truncated");
	scratch_write("x", "\x1F\x8B\x08\xFF no gzip", 12);
	expect("x", " error: the gzip data are corrupt: unknown header flags set");
	scratch_archive("x", "ustar", "none", two);
	damage("x", 0.4, true);
	expect_damage("x"); /* the words are libarchive's */
	scratch_archive("x", "zip", "none", two);
	damage("x", 0.2, true);
	expect_damage("x");
}

static void limits_expansion(void **state)
{
	enum { LENGTH = 70 * MEBI };
	const struct expansion_limits small = { .bytes = MEBI, .expansion = 1000000 };
	char *text = malloc(LENGTH);

	(void)state;
	assert_non_null(text);
	memset(text, 'a', LENGTH);
	scratch_compress("bomb.gz", "gzip", text, LENGTH);
	expect_end("bomb.gz", &small, " error: it expands to more than 1 MiB");
	expect_end("bomb.gz", &limits, " error: it expands to more than 200 times its size");
	scratch_compress("bomb.gz", "gzip", "0", 1);
	expect_end("bomb.gz", &small, "0");
	free(text);
}

/* -- Standard input ----------------------------------------------------- */

static void reads_standard_input(void **state)
{
	struct object object = { .size = -1 };
	struct stream_run run = { 0 };
	struct error err = { 0 };
	struct stream *stream;
	int ends[2], before = dup(STDIN_FILENO);
	char bytes[8], hash[33];
	int64_t size;
	size_t length;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	close(ends[1]);
	assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
	stream = stream_open(&object, &run, NULL, &err);
	assert_non_null(stream);
	assert_int_equal(stream_size(stream), -1);
	assert_memory_equal(stream_head(stream, &length), "abc", 3);
	assert_int_equal(stream_read(stream, bytes, 2, &err), 2);
	assert_int_equal(stream_read(stream, bytes, 8, &err), 1);
	assert_int_equal(stream_digest(stream, hash, &size, &err), 0);
	assert_string_equal(hash, HASH_ABC);
	assert_int_equal(run.bytes_read, 3);
	stream_close(stream);
	dup2(before, STDIN_FILENO);
	close(before);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_digests),
		cmocka_unit_test(notices_a_change),
		cmocka_unit_test(says_why_a_file_cannot_be_read),
		cmocka_unit_test(unpacks_archives),
		cmocka_unit_test(unpacks_compressed_files),
		cmocka_unit_test(takes_odd_paths_as_labels),
		cmocka_unit_test(knows_empty_archives),
		cmocka_unit_test(notices_damage),
		cmocka_unit_test(says_how_it_is_damaged),
		cmocka_unit_test(limits_expansion),
		cmocka_unit_test(reads_standard_input),
	};

	return cmocka_run_group_tests_name("stream", tests, scratch_make, scratch_remove);
}
