#include <string.h>

#include "aws/download.h"
#include "aws/transfer.h"
#include "base/number.h"

enum { ANSWER_MAX = 1024 };

static void take_look(const struct transfer *transfer, char *etag, int64_t *size, bool *ranges)
{
	const char *length = transfer_header(transfer, "content-length");
	const char *accepted = transfer_header(transfer, "accept-ranges");

	transfer_strong_etag(transfer, etag, DOWNLOAD_ETAG_MAX);
	*ranges = accepted != NULL && strcmp(accepted, "bytes") == 0;
	/* Some say 0 since an answer to HEAD has no body. */
	if (length == NULL || !number_parse_integer(length, strlen(length), size) ||
		*size == 0) {
		*size = -1;
	}
}

/* Some answer to GET alone: servers without HEAD, URLs that are signed for GET. */
static bool may_have_it(long status)
{
	return status / 100 == 4 ? status != 404 && status != 410 : status == 501;
}

int download_look(const char *url, const atomic_bool *stop, char *etag, int64_t *size,
	bool *ranges, struct error *err)
{
	const struct transfer_request request = { .method = "HEAD",
		.url = url,
		.answer_max = ANSWER_MAX,
		.follow = true,
		.stop = stop };
	struct transfer transfer = { 0 };
	int result = transfer_run(&transfer, &request, err);

	etag[0] = '\0';
	*size = -1;
	*ranges = false;
	if (result == 0 && transfer.status == 200) {
		take_look(&transfer, etag, size, ranges);
	} else if (result == 0 && !may_have_it(transfer.status)) {
		result = error_set(err, "the server answered with status %ld", transfer.status);
	}
	transfer_finish(&transfer);
	return result;
}
