#include "scratch.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

static char root[256];

int scratch_make(void **state)
{
	const char *parent = getenv("TMPDIR");
	char path[sizeof(root)];

	(void)state;
	snprintf(path, sizeof(path), "%s/almanac_XXXXXX", parent != NULL ? parent : "/tmp");
	/* The resolved path is what the program will speak of. */
	if (mkdtemp(path) == NULL || chdir(path) < 0 || getcwd(root, sizeof(root)) == NULL) {
		return -1;
	}
	return 0;
}

int scratch_remove(void **state)
{
	char command[sizeof(root) + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return chdir("/") == 0 ? system(command) : -1;
}

const char *scratch_path(void)
{
	return root;
}

void scratch_write(const char *path, const void *bytes, size_t length)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

char *scratch_read(const char *path, size_t *length)
{
	FILE *file = fopen(path, "rb");
	char *bytes;

	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	*length = (size_t)ftell(file);
	rewind(file);
	bytes = malloc(*length + 1);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, *length, file), *length);
	fclose(file);
	return bytes;
}

static void add_member(struct archive *archive, const struct scratch_member *member)
{
	struct archive_entry *entry = archive_entry_new();
	size_t length = member->text != NULL ? strlen(member->text) : 0;

	archive_entry_set_pathname(entry, member->path);
	archive_entry_set_perm(entry, 0644);
	if (member->text == NULL) {
		archive_entry_set_filetype(entry, AE_IFLNK);
		archive_entry_set_symlink(entry, "elsewhere");
	} else if (member->path[strlen(member->path) - 1] == '/') {
		archive_entry_set_filetype(entry, AE_IFDIR);
	} else {
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_size(entry, (la_int64_t)length);
	}
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	if (length > 0) {
		assert_int_equal(archive_write_data(archive, member->text, length), length);
	}
	archive_entry_free(entry);
}

void scratch_archive(const char *path, const char *format, const char *filter,
	const struct scratch_member *members)
{
	struct archive *archive = archive_write_new();

	assert_int_equal(archive_write_set_format_by_name(archive, format), ARCHIVE_OK);
	if (strcmp(filter, "none") != 0) {
		assert_int_equal(archive_write_add_filter_by_name(archive, filter), ARCHIVE_OK);
	}
	assert_int_equal(archive_write_open_filename(archive, path), ARCHIVE_OK);
	for (; members->path != NULL; members++) {
		add_member(archive, members);
	}
	assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
}

void scratch_compress(const char *path, const char *filter, const void *bytes, size_t length)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	assert_int_equal(archive_write_set_format_raw(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_add_filter_by_name(archive, filter), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(archive, path), ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(archive, bytes, length), length);
	archive_entry_free(entry);
	assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
}
