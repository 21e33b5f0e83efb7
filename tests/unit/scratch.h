/* Files for a test, in a directory of its own. */
#ifndef ALMANAC_TESTS_SCRATCH_H
#define ALMANAC_TESTS_SCRATCH_H

#include <stddef.h>

/* Makes the directory and goes there: cmocka's group set-up and tear-down. */
int scratch_make(void **state);
int scratch_remove(void **state);

/* Where it is. */
const char *scratch_path(void);

void scratch_write(const char *path, const void *bytes, size_t length);

/* Reads a file; free() the bytes. */
char *scratch_read(const char *path, size_t *length);

/* A member of an archive. */
struct scratch_member {
	const char *path; /* NULL ends the list; "x/" is a directory */
	const char *text; /* NULL: a symbolic link */
};

/* Formats and filters by libarchive's names: "ustar", "zip"; "gzip", "none". */
void scratch_archive(const char *path, const char *format, const char *filter,
	const struct scratch_member *members);

/* One compressed file. */
void scratch_compress(const char *path, const char *filter, const void *bytes, size_t length);

#endif
