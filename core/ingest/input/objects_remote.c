#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "aws/download.h"
#include "aws/s3.h"
#include "base/memory.h"
#include "base/url_hide.h"
#include "ingest/input/objects_list.h"

static char *copy_text(const char *text)
{
	return memory_copy_text(text, strlen(text));
}

/* -- S3 ------------------------------------------------------------------ */

struct listing {
	struct objects *objects;
	struct s3_bucket bucket;
};

static int add_key(struct listing *listing, const char *key, const char *etag, int64_t size,
	struct error *err)
{
	struct object *object = objects_add(listing->objects, err);
	const char *slash = strrchr(key, '/');
	struct buffer text = { 0 };

	if (object == NULL) {
		return -1;
	}
	buffer_printf(&text, "s3://%s/%s", listing->bucket.name, key);
	object->uri = objects_show(buffer_text(&text));
	text.length = 0;
	s3_put_url(&text, &listing->bucket, key);
	object->url = copy_text(buffer_text(&text));
	object->region = listing->bucket.unsigned_ ? NULL : copy_text(listing->bucket.region);
	object->s3 = true;
	object->etag = copy_text(etag);
	object->name = copy_text(slash != NULL ? slash + 1 : key);
	object->size = size;
	buffer_finish(&text);
	return 0;
}

/* A key that cannot be read is one object that fails, and keeps nobody from the others. */
static int add_flawed(
	struct listing *listing, const struct s3_object *flawed, struct error *err)
{
	struct object *object = objects_add(listing->objects, err);
	struct buffer text = { 0 };

	if (object == NULL) {
		return -1;
	}
	buffer_printf(&text, "s3://%s/%s", listing->bucket.name, flawed->key);
	object->uri = objects_show(buffer_text(&text));
	object->url = copy_text(buffer_text(&text));
	object->name = copy_text(flawed->key);
	text.length = 0;
	buffer_printf(&text, "its key cannot be read: %s", flawed->flaw);
	object->failure = copy_text(buffer_text(&text));
	buffer_finish(&text);
	return 0;
}

static void note_key(struct listing *listing, const char *key, const char *reason)
{
	struct buffer text = { 0 };

	buffer_printf(&text, "s3://%s/%s", listing->bucket.name, key);
	objects_note(listing->objects, buffer_text(&text), reason);
	buffer_finish(&text);
}

/* Like a directory: without what is hidden. Keys that end with a slash stand for folders. */
static int take_key(void *arg, const struct s3_object *object, struct error *err)
{
	struct listing *listing = arg;
	const char *slash = strrchr(object->key, '/');
	const char *name = slash != NULL ? slash + 1 : object->key;

	if (object->flaw != NULL) {
		return add_flawed(listing, object, err);
	}
	if (name[0] == '\0') {
		return 0;
	}
	if (name[0] == '.') {
		note_key(listing, object->key, "its name is hidden");
		return 0;
	}
	return add_key(listing, object->key, object->etag, object->size, err);
}

/* A stop has nothing to do with what the URI says. */
static int fail_uri(const struct objects *objects, const char *uri, struct error *err)
{
	return objects_is_stopped(objects)
		       ? error_set(err, "interrupted while looking for '%s'", uri)
		       : error_prefix(err, "'%s': ", uri);
}

static int list_keys(
	struct listing *listing, const char *uri, const char *prefix, struct error *err)
{
	size_t before = listing->objects->count;
	struct buffer root = { 0 };
	char *shown;

	if (s3_list(&listing->bucket, prefix, take_key, listing, err) < 0) {
		return fail_uri(listing->objects, uri, err);
	}
	if (listing->objects->count == before) {
		error_set(err, "'%s': no object has this key, or a key that begins so", uri);
		return error_hint(err, "keys are case-sensitive; end a folder's name with '/'");
	}
	buffer_printf(&root, "s3://%s/%s", listing->bucket.name, prefix);
	shown = objects_show(buffer_text(&root));
	objects_add_root(listing->objects, shown);
	free(shown);
	buffer_finish(&root);
	return 0;
}

/* What was told of, but is not there any more. */
static int add_missing(
	struct objects *objects, const char *uri, const char *key, struct error *err)
{
	struct object *object = objects_add(objects, err);
	const char *slash = strrchr(key, '/');

	if (object == NULL) {
		return -1;
	}
	object->uri = objects_show(uri);
	object->url = copy_text(uri);
	object->name = copy_text(slash != NULL ? slash + 1 : key);
	object->failure = copy_text("there is no such object, or it may not be read");
	return 0;
}

int objects_expand_s3(struct objects *objects, const char *uri, struct error *err)
{
	struct listing listing = { .objects = objects };
	char etag[S3_ETAG_MAX];
	const char *key;
	int64_t size;
	int found = 0;

	listing.bucket.aws = objects->aws;
	listing.bucket.unsigned_ = objects->s3_unsigned;
	listing.bucket.stop = objects->stop;
	if (s3_parse(uri, &listing.bucket, &key, err) < 0) {
		return -1;
	}
	if (key[0] != '\0' && key[strlen(key) - 1] != '/') {
		found = s3_head(&listing.bucket, key, etag, &size, err);
	}
	if (found < 0) {
		return fail_uri(objects, uri, err);
	}
	if (found == 0 && objects->exact) {
		return add_missing(objects, uri, key, err);
	}
	return found > 0 ? add_key(&listing, key, etag, size, err)
			 : list_keys(&listing, uri, key, err);
}

/* -- HTTPS --------------------------------------------------------------- */

/* The last part of the path, as it is written there. */
static char *name_of(const char *url)
{
	size_t end = strcspn(url, "?#"), start = end;

	while (start > 0 && url[start - 1] != '/') {
		start--;
	}
	return memory_copy_text(url + start, end - start);
}

/* What is a secret is not kept, nor shown. */
static char *show_url(const char *url)
{
	struct buffer kept = { 0 };
	char *shown;

	url_hide(&kept, url, strlen(url));
	shown = objects_show(buffer_text(&kept));
	buffer_finish(&kept);
	return shown;
}

static int check_url(const char *url, struct error *err)
{
	const char *host = url + strlen("https://");
	size_t length = strcspn(host, "/?#");

	if (length == 0) {
		error_set(err, "'%s': the URL has no host", url);
		return error_hint(err, "write https://HOST/PATH");
	}
	if (memchr(host, '@', length) != NULL) {
		error_set(err, "a URL may not hold a user or a password");
		return error_hint(err, "fetch the object by other means and name the file");
	}
	return 0;
}

int objects_expand_https(struct objects *objects, const char *uri, struct error *err)
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
	if (objects_is_stopped(objects)) {
		return error_set(err, "interrupted");
	}
	object = objects_add(objects, err);
	if (object == NULL) {
		return -1;
	}
	object->uri = show_url(uri);
	object->url = copy_text(uri);
	object->name = name_of(uri);
	if (looked < 0) {
		object->failure = copy_text(reason.text);
		return 0;
	}
	object->etag = copy_text(etag);
	object->size = size;
	/* Parts of different versions would not be noticed without a tag. */
	object->whole = !ranges || size < 0 || etag[0] == '\0';
	return 0;
}
