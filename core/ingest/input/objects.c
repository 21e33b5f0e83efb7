#include "ingest/input/objects_list.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/url_hide.h"
#include "ingest/input/label.h"

enum {
	SMALLEST = 64,
	SCHEME_MAX = 32 /* bytes shown of one that is not known */
};

static void free_object(struct object *object)
{
	free(object->uri);
	free(object->path);
	free(object->url);
	free(object->region);
	free(object->etag);
	free(object->name);
	free(object->failure);
}

void objects_finish(struct objects *objects)
{
	for (size_t i = 0; i < objects->count + objects->others; i++) {
		free_object(&objects->list[i]);
	}
	for (size_t i = 0; i < objects->root_count; i++) {
		free(objects->roots[i].uri);
	}
	free(objects->roots);
	for (size_t i = 0; i < objects->note_count; i++) {
		free(objects->notes[i].uri);
	}
	free(objects->list);
	free(objects->notes);
	*objects = (struct objects){ 0 };
}

static char *copy_text(const char *text)
{
	return memory_copy_text(text, strlen(text));
}

/* File names are bytes; what is stored is UTF-8. */
char *objects_show(const char *path)
{
	char uri[LABEL_URI_MAX];

	label_write(uri, sizeof(uri), path);
	return copy_text(uri);
}

struct object *objects_add(struct objects *objects, struct error *err)
{
	if (objects->count == OBJECTS_MAX) {
		error_set(err, "more than %d files to read", OBJECTS_MAX);
		error_hint(err, "name fewer of them in one run");
		return NULL;
	}
	if (objects->count == objects->capacity) {
		objects->capacity = objects->capacity * 2 + SMALLEST;
		objects->list =
			memory_resize(objects->list, objects->capacity, sizeof(*objects->list));
	}
	objects->list[objects->count] = (struct object){ .size = -1 };
	return &objects->list[objects->count++];
}

static int add_file(struct objects *objects, const char *path, int64_t size, struct error *err)
{
	struct object *object = objects_add(objects, err);

	if (object == NULL) {
		return -1;
	}
	object->uri = objects_show(path);
	object->path = copy_text(path);
	object->name = copy_text(strrchr(path, '/') + 1);
	object->size = size;
	return 0;
}

static int add_failure(struct objects *objects, const char *path, int number, struct error *err)
{
	char failure[128];

	if (add_file(objects, path, -1, err) < 0) {
		return -1;
	}
	objects->unread++;
	snprintf(failure, sizeof(failure), "it cannot be read: %s", strerror(number));
	objects->list[objects->count - 1].failure = copy_text(failure);
	return 0;
}

void objects_note(struct objects *objects, const char *path, const char *reason)
{
	if (objects->note_count == objects->note_capacity) {
		objects->note_capacity = objects->note_capacity * 2 + SMALLEST;
		objects->notes = memory_resize(
			objects->notes, objects->note_capacity, sizeof(*objects->notes));
	}
	objects->notes[objects->note_count++] =
		(struct object_note){ .uri = objects_show(path), .reason = reason };
}

/* -- Directories -------------------------------------------------------- */

/* A directory on the way down, so that links cannot make it endless. */
struct level {
	const struct level *above;
	dev_t device;
	ino_t inode;
	int depth;
};

static bool is_above(const struct level *level, const struct stat *status)
{
	for (; level != NULL; level = level->above) {
		if (level->device == status->st_dev && level->inode == status->st_ino) {
			return true;
		}
	}
	return false;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int walk(struct objects *objects, const char *path, const struct stat *status,
	const struct level *above, struct error *err);

/* A file or directory whose path is absolute. `above` is NULL for what was named. */
static int add_path(
	struct objects *objects, const char *path, const struct level *above, struct error *err)
{
	struct stat status;

	if (stat(path, &status) < 0) {
		return add_failure(objects, path, errno, err);
	}
	if (S_ISREG(status.st_mode)) {
		return add_file(objects, path, status.st_size, err);
	}
	if (!S_ISDIR(status.st_mode)) {
		objects_note(objects, path, "it is no regular file");
		return 0;
	}
	return is_above(above, &status) ? 0 : walk(objects, path, &status, above, err);
}

static int add_entry(struct objects *objects, const char *directory, const char *name,
	const struct level *level, struct error *err)
{
	char path[PATH_MAX], real[PATH_MAX];
	struct stat status;
	int n;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
		return 0;
	}
	n = snprintf(path, sizeof(path), "%s/%s", strcmp(directory, "/") == 0 ? "" : directory,
		name);
	if (n < 0 || (size_t)n >= sizeof(path)) {
		return add_failure(objects, directory, ENAMETOOLONG, err);
	}
	if (name[0] == '.') {
		objects_note(objects, path, "its name is hidden");
		return 0;
	}
	/* What lies behind a link to a directory is known by one path only. */
	if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode) && stat(path, &status) == 0 &&
		S_ISDIR(status.st_mode) && realpath(path, real) != NULL) {
		return add_path(objects, real, level, err);
	}
	return add_path(objects, path, level, err);
}

static int walk(struct objects *objects, const char *path, const struct stat *status,
	const struct level *above, struct error *err)
{
	const struct level level = { .above = above,
		.device = status->st_dev,
		.inode = status->st_ino,
		.depth = above != NULL ? above->depth + 1 : 0 };
	struct dirent **names;
	int count, result = 0;

	if (level.depth > OBJECTS_DEPTH_MAX) {
		error_set(err, "%s: more than %d directories deep", path, OBJECTS_DEPTH_MAX);
		return error_hint(err, "name a directory further down");
	}
	count = scandir(path, &names, NULL, compare_names);
	if (count < 0) {
		return add_failure(objects, path, errno, err);
	}
	for (int i = 0; i < count; i++) {
		if (result == 0) {
			result = add_entry(objects, path, names[i]->d_name, &level, err);
		}
		free(names[i]);
	}
	free(names);
	return result;
}

/* -- Arguments ---------------------------------------------------------- */

/* Makes a path absolute: directories are resolved, the last part is kept as it is,
 * since the name of a link may say what the file is. */
static int make_absolute(const char *path, char *to)
{
	char parent[PATH_MAX], directory[PATH_MAX];
	size_t length = strlen(path);
	const char *slash;
	struct stat status;
	int n;

	while (length > 1 && path[length - 1] == '/') {
		length--;
	}
	n = snprintf(parent, sizeof(parent), "%.*s", (int)length, path);
	if (n < 0 || (size_t)n >= sizeof(parent)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (stat(parent, &status) == 0 && S_ISDIR(status.st_mode)) {
		return realpath(parent, to) != NULL ? 0 : -1;
	}
	slash = strrchr(parent, '/');
	if (slash != NULL) {
		parent[slash - parent] = '\0';
	}
	if (realpath(slash == NULL ? "." : slash == parent ? "/" : parent, directory) == NULL) {
		return -1;
	}
	n = snprintf(to, PATH_MAX, "%s/%s", strcmp(directory, "/") == 0 ? "" : directory,
		slash != NULL ? slash + 1 : parent);
	errno = ENAMETOOLONG;
	return n < 0 || n >= PATH_MAX ? -1 : 0;
}

/* A path that is there. */
static int add_named(struct objects *objects, const char *path, struct error *err)
{
	char absolute[PATH_MAX];
	size_t before = objects->count, notes = objects->note_count, unread = objects->unread;

	if (make_absolute(path, absolute) < 0) {
		return error_set(err, "'%s': %s", path, strerror(errno));
	}
	if (add_path(objects, absolute, NULL, err) < 0) {
		return -1;
	}
	if (objects->count > before) {
		objects_root_directory(objects, absolute, unread);
		return 0;
	}
	if (objects->note_count > notes) {
		error_set(err, "'%s': nothing to read; %s: %s", path, objects->notes[notes].uri,
			objects->notes[notes].reason);
		return error_hint(err, "give '-' to read a pipe, or name what is hidden");
	}
	return error_set(err, "'%s': there is no file in this directory", path);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_pattern(struct objects *objects, const char *pattern, struct error *err)
{
	glob_t found = { 0 };
	int result = glob(pattern, GLOB_NOSORT, NULL, &found);

	if (result == GLOB_NOMATCH) {
		error_set(err, "'%s': no file matches this pattern", pattern);
		return error_hint(err, "patterns know *, ? and [...]");
	}
	if (result != 0) {
		return error_set(err, "'%s': the pattern cannot be expanded", pattern);
	}
	qsort(found.gl_pathv, found.gl_pathc, sizeof(*found.gl_pathv), compare_paths);
	for (size_t i = 0; i < found.gl_pathc && result == 0; i++) {
		result = add_named(objects, found.gl_pathv[i], err);
	}
	globfree(&found);
	return result;
}

static int add_argument(struct objects *objects, const char *argument, struct error *err)
{
	struct stat status;

	if (lstat(argument, &status) == 0) {
		return add_named(objects, argument, err);
	}
	if (strpbrk(argument, "*?[") != NULL) {
		return add_pattern(objects, argument, err);
	}
	return error_set(err, "'%s': %s", argument, strerror(errno));
}

static int add_stdin(struct objects *objects, const char *argument, struct error *err)
{
	const char *slash = strrchr(objects->stdin_name, '/');
	const char *name = slash != NULL ? slash + 1 : objects->stdin_name;
	struct object *object = objects_add(objects, err);
	char uri[LABEL_URI_MAX] = "-:";

	(void)argument;
	if (object == NULL) {
		return -1;
	}
	label_write(uri + 2, sizeof(uri) - 2, name);
	object->uri = copy_text(name[0] != '\0' ? uri : "-");
	object->name = copy_text(name[0] != '\0' ? name : "-");
	return 0;
}

/* By what an argument begins with; the first that fits. */
static const struct scheme {
	const char *prefix;
	bool whole; /* the argument is the prefix and nothing else */
	int (*expand)(struct objects *objects, const char *argument, struct error *err);
} schemes[] = {
	{ "-", true, add_stdin },
	{ "s3://", false, objects_expand_s3 },
	{ "https://", false, objects_expand_https },
	{ "http://", false, NULL }, /* not supported: nobody could vouch for what comes */
	{ "file://", false, NULL },
	{ "", false, add_argument },
};

/* It may be a URL that holds a secret. */
static int fail_scheme(
	struct error *err, const char *argument, const char *why, const char *scheme)
{
	struct buffer shown = { 0 };

	url_hide(&shown, argument, strlen(argument));
	error_set(err, "'%s': %s%s", buffer_text(&shown), why, scheme);
	buffer_finish(&shown);
	return -1;
}

/* The length of "gs://", which is no scheme that can be read; 0: it may be a file. */
static size_t foreign_scheme(const char *argument)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789+.-";
	size_t length = strspn(argument, letters);

	return length > 1 && strncmp(argument + length, "://", 3) == 0 ? length + 3 : 0;
}

static int expand(struct objects *objects, const char *argument, struct error *err)
{
	const struct scheme *scheme = schemes;
	size_t foreign = foreign_scheme(argument);
	char name[SCHEME_MAX];

	while (scheme->whole ? strcmp(argument, scheme->prefix) != 0
			     : strncmp(argument, scheme->prefix, strlen(scheme->prefix)) != 0) {
		scheme++;
	}
	if (strstr(scheme->prefix, "://") != NULL && objects->aws == NULL) {
		return fail_scheme(
			err, argument, "only what is on this machine can be read here", "");
	}
	if (scheme->expand != NULL && !(scheme->expand == add_argument && foreign > 0)) {
		return scheme->expand(objects, argument, err);
	}
	snprintf(name, sizeof(name), "%.*s", (int)foreign, argument);
	fail_scheme(err, argument, "unsupported scheme ", name);
	return error_hint(err,
		"what can be read: files, directories, quoted patterns, s3://BUCKET/KEY or "
		"PREFIX, https:// URLs, and - for standard input");
}

/* -- The list ----------------------------------------------------------- */

/* What makes two objects the same: a URI may stand for several names that are not
 * UTF-8. */
static const char *key(const struct object *object)
{
	return object->path != NULL  ? object->path
	       : object->url != NULL ? object->url
				     : object->uri;
}

static int compare_objects(const void *a, const void *b)
{
	const struct object *x = *(const struct object *const *)a;
	const struct object *y = *(const struct object *const *)b;
	int order = strcmp(key(x), key(y));

	return order != 0 ? order : (x > y) - (x < y); /* the earlier one first */
}

/* Of several that are the same the first stays. */
static void drop_repeated(struct objects *objects)
{
	struct object **sorted = memory_array(objects->count, sizeof(*sorted));
	size_t kept = 0;

	for (size_t i = 0; i < objects->count; i++) {
		sorted[i] = &objects->list[i];
	}
	qsort(sorted, objects->count, sizeof(*sorted), compare_objects);
	for (size_t i = objects->count; i-- > 1;) {
		if (strcmp(key(sorted[i]), key(sorted[i - 1])) == 0) {
			free_object(sorted[i]);
			*sorted[i] = (struct object){ 0 };
		}
	}
	free(sorted);
	for (size_t i = 0; i < objects->count; i++) {
		if (objects->list[i].uri != NULL) {
			objects->list[kept++] = objects->list[i];
		}
	}
	objects->count = kept;
}

/* The order of the list, which its parts remember. */
static void number(struct objects *objects)
{
	for (size_t i = 0; i < objects->count; i++) {
		objects->list[i].number = i;
	}
}

/* Leaves the objects of this shard; those of others come after them. */
static void keep_shard(struct objects *objects)
{
	struct object *others = memory_array(objects->count, sizeof(*others));
	size_t kept = 0;

	for (size_t i = 0; i < objects->count; i++) {
		struct object *object = &objects->list[i];

		object->shared = shard_divides(&objects->shard, object->name);
		if (object->shared || shard_has(&objects->shard, object->name)) {
			objects->list[kept++] = *object;
		} else {
			others[objects->others++] = *object;
		}
	}
	memcpy(objects->list + kept, others, objects->others * sizeof(*others));
	free(others);
	objects->count = kept;
}

bool objects_is_stopped(const struct objects *objects)
{
	return objects->stop != NULL &&
	       atomic_load_explicit(objects->stop, memory_order_relaxed);
}

int objects_expand(struct objects *objects, char *const *arguments, size_t count,
	const char *stdin_name, struct error *err)
{
	objects->stdin_name = stdin_name;
	for (size_t i = 0; i < count; i++) {
		size_t first = objects->count;

		if (objects_is_stopped(objects)) {
			return error_set(err, "interrupted");
		}
		if (expand(objects, arguments[i], err) < 0) {
			return -1;
		}
		for (; first < objects->count; first++) {
			objects->list[first].argument = i;
		}
	}
	drop_repeated(objects);
	number(objects);
	keep_shard(objects);
	objects->bytes = 0;
	for (size_t i = 0; i < objects->count; i++) {
		objects->bytes += objects->list[i].size > 0 ? objects->list[i].size : 0;
	}
	return 0;
}
