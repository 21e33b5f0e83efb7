/* Whether a file that a plugin has the server send is sound. */
#include <string.h>

#include "base/http_field.h"
#include "plugin/check.h"

enum { LENGTH_MAX = 256 * 1024 * 1024 };

/* What a header may say (RFC 9110, 5.5), but for what is not ASCII. */
static bool is_value(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < ' ' || *text > '~') {
			return false;
		}
	}
	return true;
}

/* As a path of a route without parameters; "/" alone is the first page. */
static int check_asset_path(const struct alm_asset *asset, struct error *err)
{
	const struct alm_route route = { .path = asset->path };

	if (strcmp(asset->path, "/") == 0) {
		return 0;
	}
	return check_path(&route, err);
}

static int check_members(const struct alm_asset *asset, struct error *err)
{
	if (check_asset_path(asset, err) < 0) {
		return -1;
	}
	if (asset->media_type == NULL || !http_field_is_media_type(asset->media_type)) {
		return error_set(err, "media_type is no media type such as text/css");
	}
	if ((asset->data == NULL && asset->length > 0) || asset->length > LENGTH_MAX) {
		return error_set(err, "data is NULL, or more than 256 MiB");
	}
	if (asset->content_policy != NULL &&
		(asset->content_policy[0] == '\0' || !is_value(asset->content_policy))) {
		return error_set(
			err, "content_policy is empty, or not of printable ASCII characters");
	}
	if (asset->reserved[0] != NULL || asset->reserved[1] != NULL) {
		return error_set(err, "reserved members must be NULL");
	}
	return check_prose(asset->summary, "summary", err);
}

int check_asset(const struct alm_asset *asset, struct error *err)
{
	return check_members(asset, err) == 0 ? 0
					      : error_prefix(err, "asset '%s': ", asset->path);
}
