#include "ingest/input/shard.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/number.h"
#include "base/settings.h"

enum { SHARDS_MAX = 10000 /* as many jobs as an array of AWS Batch may have */ };

static int fail(struct error *err, const char *text, const char *from)
{
	error_set(err, "%s: '%s' is no part of a whole", from, text);
	return error_hint(err, "I/N: part I, from 0 to N-1, of N parts, at most %d, as in 0/4",
		SHARDS_MAX);
}

static int parse(const char *text, const char *from, struct shard *shard, struct error *err)
{
	size_t length = strcspn(text, "/");
	int64_t index, count;

	if (text[length] != '/' || !number_parse_integer(text, length, &index) ||
		!number_parse_integer(text + length + 1, strlen(text + length + 1), &count) ||
		count < 1 || count > SHARDS_MAX || index < 0 || index >= count) {
		return fail(err, text, from);
	}
	*shard = (struct shard){ (unsigned)index, (unsigned)count };
	return 0;
}

int shard_parse(const char *text, struct shard *shard, struct error *err)
{
	return parse(text, "shard", shard, err);
}

static int from_batch(const char *index, struct shard *shard, struct error *err)
{
	const char *size = getenv("AWS_BATCH_JOB_ARRAY_SIZE");
	char text[64];

	if (size == NULL) {
		error_set(err,
			"AWS_BATCH_JOB_ARRAY_INDEX is set, AWS_BATCH_JOB_ARRAY_SIZE is not");
		return error_hint(err, "set it to the size of the array, or give --shard I/N");
	}
	snprintf(text, sizeof(text), "%s/%s", index, size);
	return parse(text, "AWS_BATCH_JOB_ARRAY_INDEX/AWS_BATCH_JOB_ARRAY_SIZE", shard, err);
}

int shard_choose(const struct settings *settings, struct shard *shard, struct error *err)
{
	const char *text = settings_text(settings, SETTING_SHARD);
	const char *index = getenv("AWS_BATCH_JOB_ARRAY_INDEX");

	*shard = (struct shard){ 0, 1 };
	if (text[0] != '\0') {
		return parse(text, "--shard", shard, err);
	}
	return index != NULL && index[0] != '\0' ? from_batch(index, shard, err) : 0;
}

bool shard_is_shared(const struct shard *shard, const char *name)
{
	static const char *const archives[] = { ".tar", ".tar.", ".tgz", ".tbz", ".tbz2",
		".txz", ".tzst", ".taz", ".zip" };

	for (size_t i = 0; i < sizeof(archives) / sizeof(archives[0]) && shard->count > 1;
		i++) {
		const char *end = strcasestr(name, archives[i]);
		size_t length = strlen(archives[i]);

		if (end != NULL && (end[length] == '\0' || archives[i][length - 1] == '.')) {
			return true;
		}
	}
	return false;
}

bool shard_has(const struct shard *shard, const char *name)
{
	if (shard->count <= 1) {
		return true;
	}
	return XXH3_64bits(name, strcspn(name, ".")) % shard->count == shard->index;
}
