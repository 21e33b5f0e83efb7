#include "ingest/input/objects.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "aws/download.h"
#include "aws/s3.h"
#include "base/memory.h"
#include "base/url_hide.h"
#include "ingest/input/increments.h"
#include "ingest/input/label.h"
#include "ingest/input/noaa.h"

enum {
	SMALLEST = 64,
	SCHEME_MAX = 32 /* bytes shown of an unknown one */
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

/* A path as UTF-8 that can be stored and shown; the caller's to free. File names are bytes. */
static char *copy_shown(const char *path)
{
	char uri[LABEL_URI_MAX];

	label_write(uri, sizeof(uri), path);
	return copy_text(uri);
}

static struct object *add_object(struct objects *objects, struct error *err)
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
	struct object *object = add_object(objects, err);

	if (object == NULL) {
		return -1;
	}
	object->uri = copy_shown(path);
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

static void add_note(struct objects *objects, const char *path, const char *reason)
{
	if (objects->note_count == objects->note_capacity) {
		objects->note_capacity = objects->note_capacity * 2 + SMALLEST;
		objects->notes = memory_resize(
			objects->notes, objects->note_capacity, sizeof(*objects->notes));
	}
	objects->notes[objects->note_count++] =
		(struct object_note){ .uri = copy_shown(path), .reason = reason };
}

/* Adds a directory or prefix whose whole content is in the list. */
static void add_root(struct objects *objects, const char *path)
{
	if (objects->root_count == objects->root_capacity) {
		objects->root_capacity = objects->root_capacity * 2 + SMALLEST;
		objects->roots = memory_resize(
			objects->roots, objects->root_capacity, sizeof(*objects->roots));
	}
	objects->roots[objects->root_count++] = (struct object_root){ copy_shown(path) };
}

/* Adds a directory as a root, if it is one and no part of it was unreadable: `unread` is the
 * number before. */
static void add_root_directory(struct objects *objects, const char *path, size_t unread)
{
	struct stat status;
	struct buffer root = { 0 };

	if (objects->unread > unread || stat(path, &status) < 0 || !S_ISDIR(status.st_mode)) {
		return;
	}
	buffer_printf(&root, "%s/", strcmp(path, "/") == 0 ? "" : path);
	add_root(objects, buffer_text(&root));
	buffer_finish(&root);
}

/* -- Directories -------------------------------------------------------- */

/* A directory on the path to the current one, by which loops of links are found. */
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

static int list_directory(struct objects *objects, const char *path, const struct stat *status,
	const struct level *above, struct error *err);

/* Adds a file or the content of a directory; the path is absolute. `above`: NULL for an
 * argument. */
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
		add_note(objects, path, "it is no regular file");
		return 0;
	}
	return is_above(above, &status) ? 0
					: list_directory(objects, path, &status, above, err);
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
		add_note(objects, path, "its name is hidden");
		return 0;
	}
	/* The content of a linked directory is known by its real path only. */
	if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode) && stat(path, &status) == 0 &&
		S_ISDIR(status.st_mode) && realpath(path, real) != NULL) {
		return add_path(objects, real, level, err);
	}
	return add_path(objects, path, level, err);
}

static int list_directory(struct objects *objects, const char *path, const struct stat *status,
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

/* Makes a path absolute: directories are resolved; a file keeps its name, since the name of a
 * link may tell the format. */
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

/* Adds an existing path. */
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
		add_root_directory(objects, absolute, unread);
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
	struct object *object = add_object(objects, err);
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

static bool is_stopped(const struct objects *objects)
{
	return objects->stop != NULL &&
	       atomic_load_explicit(objects->stop, memory_order_relaxed);
}

/* Sets *err for an argument, without the secrets of a URL. Returns -1. */
static int fail_argument(
	struct error *err, const char *argument, const char *why, const char *scheme)
{
	struct buffer shown = { 0 };

	url_hide(&shown, argument, strlen(argument));
	error_set(err, "'%s': %s%s", buffer_text(&shown), why, scheme);
	buffer_finish(&shown);
	return -1;
}

/* -- S3 ------------------------------------------------------------------ */

struct listing {
	struct objects *objects;
	struct s3_bucket bucket;
};

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* Adds a key, or a malformed or missing one as an object that fails, so that the others are
 * read. `failure`: NULL, or a reason and its detail. */
static int add_key(struct listing *listing, const struct s3_object *key, const char *failure,
	const char *detail, struct error *err)
{
	struct object *object = add_object(listing->objects, err);
	struct buffer text = { 0 };

	if (object == NULL) {
		return -1;
	}
	buffer_printf(&text, "s3://%s/%s", listing->bucket.name, key->key);
	object->uri = copy_shown(buffer_text(&text));
	object->name = copy_text(key->flaw == NULL ? file_name(key->key) : key->key);
	if (failure != NULL) {
		object->url = copy_text(buffer_text(&text));
		text.length = 0;
		buffer_printf(&text, "%s%s", failure, detail);
		object->failure = copy_text(buffer_text(&text));
	} else {
		text.length = 0;
		s3_put_url(&text, &listing->bucket, key->key);
		object->url = copy_text(buffer_text(&text));
		object->region =
			listing->bucket.unsigned_ ? NULL : copy_text(listing->bucket.region);
		object->s3 = true;
		object->etag = copy_text(key->etag);
		object->size = key->size;
	}
	buffer_finish(&text);
	return 0;
}

/* Adds a listed key, as a directory would: without hidden names, and without folders, whose
 * keys end with a slash. */
static int add_listed_key(void *arg, const struct s3_object *object, struct error *err)
{
	struct listing *listing = arg;
	const char *name = file_name(object->key);
	struct buffer text = { 0 };

	if (object->flaw != NULL) {
		return add_key(listing, object, "its key cannot be read: ", object->flaw, err);
	}
	if (name[0] == '.') {
		buffer_printf(&text, "s3://%s/%s", listing->bucket.name, object->key);
		add_note(listing->objects, buffer_text(&text), "its name is hidden");
		buffer_finish(&text);
	}
	return name[0] == '\0' || name[0] == '.' ? 0 : add_key(listing, object, NULL, "", err);
}

/* Names the URI in *err; a stop is no fault of it. */
static int fail_listing(const struct objects *objects, const char *uri, struct error *err)
{
	return is_stopped(objects) ? error_set(err, "interrupted while looking for '%s'", uri)
				   : error_prefix(err, "'%s': ", uri);
}

static int list_keys(
	struct listing *listing, const char *uri, const char *prefix, struct error *err)
{
	size_t before = listing->objects->count;
	struct buffer root = { 0 };

	if (s3_list(&listing->bucket, prefix, add_listed_key, listing, err) < 0) {
		return fail_listing(listing->objects, uri, err);
	}
	if (listing->objects->count == before) {
		error_set(err, "'%s': no object has this key, or a key that begins so", uri);
		return error_hint(err, "keys are case-sensitive; end a folder's name with '/'");
	}
	buffer_printf(&root, "s3://%s/%s", listing->bucket.name, prefix);
	add_root(listing->objects, buffer_text(&root));
	buffer_finish(&root);
	return 0;
}

/* Adds an object or those of a prefix. `open`: of a bucket that anybody may read; `may_lack`:
 * it is no error if there is none of this key. */
static int expand_bucket(
	struct objects *objects, const char *uri, bool open, bool may_lack, struct error *err)
{
	struct listing listing = { .objects = objects };
	char etag[S3_ETAG_MAX];
	struct s3_object object = { .etag = etag };
	const char *key;
	int found = 0;

	listing.bucket.aws = objects->aws;
	listing.bucket.unsigned_ = open || objects->s3_unsigned;
	listing.bucket.stop = objects->stop;
	if (s3_parse(uri, &listing.bucket, &key, err) < 0) {
		return -1;
	}
	object.key = key;
	if (key[0] != '\0' && key[strlen(key) - 1] != '/') {
		found = s3_head(&listing.bucket, key, etag, &object.size, err);
	}
	if (found < 0) {
		return fail_listing(objects, uri, err);
	}
	if (found == 0 && may_lack) {
		return 0;
	}
	if (found == 0 && objects->exact) {
		return add_key(&listing, &object,
			"there is no such object, or it may not be read", "", err);
	}
	return found > 0 ? add_key(&listing, &object, NULL, "", err)
			 : list_keys(&listing, uri, key, err);
}

static int expand_s3(struct objects *objects, const char *uri, struct error *err)
{
	return expand_bucket(objects, uri, false, false, err);
}

/* -- HTTPS --------------------------------------------------------------- */

/* The file name of a URL, as it is written. */
static char *copy_file_name(const char *url)
{
	size_t end = strcspn(url, "?#"), start = end;

	while (start > 0 && url[start - 1] != '/') {
		start--;
	}
	return memory_copy_text(url + start, end - start);
}

/* The URL without secrets, for reports and the database. */
static char *show_url(const char *url)
{
	struct buffer kept = { 0 };
	char *shown;

	url_hide(&kept, url, strlen(url));
	shown = copy_shown(buffer_text(&kept));
	buffer_finish(&kept);
	return shown;
}

static int check_url(const char *url, struct error *err)
{
	const char *host = url + strlen("https://");
	size_t length = strcspn(host, "/?#");

	if (length == 0) {
		fail_argument(err, url, "the URL has no host", "");
		return error_hint(err, "write https://HOST/PATH");
	}
	if (memchr(host, '@', length) != NULL) {
		error_set(err, "a URL may not hold a user or a password");
		return error_hint(err, "fetch the object by other means and name the file");
	}
	return 0;
}

static int expand_https(struct objects *objects, const char *uri, struct error *err)
{
	char etag[DOWNLOAD_ETAG_MAX];
	struct error reason = { 0 };
	struct object *object;
	int64_t size;
	bool ranges;
	int looked;

	if (check_url(uri, err) < 0) {
		return -1;
	}
	looked = download_head(uri, objects->stop, etag, &size, &ranges, &reason);
	if (is_stopped(objects)) {
		return error_set(err, "interrupted");
	}
	object = add_object(objects, err);
	if (object == NULL) {
		return -1;
	}
	object->uri = show_url(uri);
	object->url = copy_text(uri);
	object->name = copy_file_name(uri);
	if (looked < 0) {
		object->failure = copy_text(reason.text);
		return 0;
	}
	object->etag = copy_text(etag);
	object->size = size;
	/* Without a tag, ranges of different versions could be mixed. */
	object->whole = !ranges || size < 0 || etag[0] == '\0';
	return 0;
}

/* -- Names of NOAA's ------------------------------------------------------ */

static int current_year(void)
{
	const time_t now = time(NULL);
	struct tm utc;

	gmtime_r(&now, &utc);
	return utc.tm_year + 1900;
}

static int expand_noaa(struct objects *objects, const char *name, struct error *err)
{
	struct noaa_place place;
	int result = noaa_resolve(name, current_year(), &place, err);

	for (size_t i = 0; result == 0 && i < place.count; i++) {
		const char *uri = place.uris[i];
		const bool may_lack = place.last_may_lack && i + 1 == place.count;

		result = strncmp(uri, "s3://", strlen("s3://")) == 0
				 ? expand_bucket(objects, uri, true, may_lack, err)
				 : expand_https(objects, uri, err);
	}
	return result;
}

/* -- Schemes -------------------------------------------------------------- */

/* Schemes of arguments, by prefix; the first match counts. */
static const struct scheme {
	const char *prefix;
	bool whole; /* the argument is the prefix itself */
	int (*expand)(struct objects *objects, const char *argument, struct error *err);
} schemes[] = {
	{ "-", true, add_stdin },
	{ "s3://", false, expand_s3 },
	{ "https://", false, expand_https },
	{ "noaa://", false, expand_noaa },
	{ "http://", false, NULL }, /* not supported: neither authentic nor encrypted */
	{ "file://", false, NULL },
	{ "", false, add_argument },
};

/* The length of an unsupported scheme, as "gs://"; 0: it may be a file. */
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
		return fail_argument(
			err, argument, "only what is on this machine can be read here", "");
	}
	if (scheme->expand != NULL && !(scheme->expand == add_argument && foreign > 0)) {
		return scheme->expand(objects, argument, err);
	}
	snprintf(name, sizeof(name), "%.*s", (int)foreign, argument);
	fail_argument(err, argument, "unsupported scheme ", name);
	return error_hint(err,
		"what can be read: files, directories, quoted patterns, s3://BUCKET/KEY or "
		"PREFIX, https:// URLs, noaa:// names, and - for standard input");
}

/* -- Duplicates and shards ---------------------------------------------- */

/* The identity of an object: a URI may stand for several names that are not UTF-8. */
static const char *identity(const struct object *object)
{
	return object->path != NULL  ? object->path
	       : object->url != NULL ? object->url
				     : object->uri;
}

static int compare_objects(const void *a, const void *b)
{
	const struct object *x = *(const struct object *const *)a;
	const struct object *y = *(const struct object *const *)b;
	int order = strcmp(identity(x), identity(y));

	return order != 0 ? order : (x > y) - (x < y); /* the earlier one first */
}

/* Removes all but the first of equal objects. */
static void drop_duplicates(struct objects *objects)
{
	struct object **sorted = memory_array(objects->count, sizeof(*sorted));
	size_t kept = 0;

	for (size_t i = 0; i < objects->count; i++) {
		sorted[i] = &objects->list[i];
	}
	qsort(sorted, objects->count, sizeof(*sorted), compare_objects);
	for (size_t i = objects->count; i-- > 1;) {
		if (strcmp(identity(sorted[i]), identity(sorted[i - 1])) == 0) {
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

/* What was changed between two dates counts in the order of dates. */
static void sort_increments(struct objects *objects)
{
	struct object *list = memory_array(objects->count, sizeof(*list));
	const char **names = memory_array(objects->count, sizeof(*names));
	size_t *order = memory_array(objects->count, sizeof(*order));

	for (size_t i = 0; i < objects->count; i++) {
		list[i] = objects->list[i];
		names[i] = list[i].name;
	}
	increments_sort(names, objects->count, order);
	for (size_t i = 0; i < objects->count; i++) {
		objects->list[i] = list[order[i]];
	}
	free(order);
	free(names);
	free(list);
}

/* Moves objects of other shards behind those of this one. */
static void keep_shard(struct objects *objects)
{
	struct object *others = memory_array(objects->count, sizeof(*others));
	size_t kept = 0;

	for (size_t i = 0; i < objects->count; i++) {
		struct object *object = &objects->list[i];

		object->shared = shard_is_shared(&objects->shard, object->name);
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

int objects_expand(struct objects *objects, char *const *arguments, size_t count,
	const char *stdin_name, struct error *err)
{
	objects->stdin_name = stdin_name;
	for (size_t i = 0; i < count; i++) {
		size_t first = objects->count;

		if (is_stopped(objects)) {
			return error_set(err, "interrupted");
		}
		if (expand(objects, arguments[i], err) < 0) {
			return -1;
		}
		for (; first < objects->count; first++) {
			objects->list[first].argument = i;
		}
	}
	drop_duplicates(objects);
	sort_increments(objects);
	for (size_t i = 0; i < objects->count; i++) {
		objects->list[i].number = i;
	}
	keep_shard(objects);
	objects->bytes = 0;
	for (size_t i = 0; i < objects->count; i++) {
		objects->bytes += objects->list[i].size > 0 ? objects->list[i].size : 0;
	}
	return 0;
}
