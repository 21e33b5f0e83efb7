/* For test_bytes.py: answers of any media type, headers, and computing on worker threads. */
#include <almanac/plugin.h>
#include <stdio.h>
#include <string.h>

static const char page_text[] = "<!doctype html><title>Page</title>";
static const unsigned char png[] = { 0x89, 'P', 'N', 'G', 0, 1, 2, 255 };

/* -- What is sent as it is ---------------------------------------------- */

static int send_static(const struct alm_route *route, struct alm_request *request)
{
	return alm->answer->bytes(request, route->data);
}

static const struct alm_bytes page_bytes =
	ALM_SIZED(alm_bytes, .media_type = "text/html; charset=utf-8", .data = page_text,
		.length = sizeof(page_text) - 1);

static const struct alm_bytes picture_bytes = ALM_SIZED(alm_bytes, .flags = ALM_LASTING,
	.media_type = "image/png", .data = png, .length = sizeof(png));

static const struct alm_header created_headers[] = {
	{ "Location", "/b/page" },
	{ "cache-control", "no-store" },
	{ NULL, NULL },
};

static const struct alm_bytes created_bytes = ALM_SIZED(alm_bytes, .status = 201,
	.media_type = "text/plain", .data = "made\n", .length = 5, .headers = created_headers);

static const struct alm_bytes nothing_bytes = ALM_SIZED(alm_bytes, .status = 204);

#define STATIC_ROUTE(name, type) \
	static const struct alm_route name = { .path = "/b/" #name, \
		.summary = "Bytes", \
		.answer = ALM_BYTES, \
		.media_type = type, \
		.data = &name##_bytes, \
		.handle = send_static }
STATIC_ROUTE(page, "text/HTML; charset=utf-8");
STATIC_ROUTE(picture, "image/png");
STATIC_ROUTE(created, "application/geo+json");
STATIC_ROUTE(nothing, NULL);

/* -- What is made ------------------------------------------------------- */

static const struct alm_param length_params[] = {
	{ .name = "length",
		.type = ALM_INTEGER,
		.flags = ALM_REQUIRED,
		.help = "Bytes",
		.example = "10",
		.min = 0,
		.max = 1000000 },
	{ .name = NULL },
};

static int send_text(const struct alm_route *route, struct alm_request *request)
{
	size_t length = (size_t)alm->param->integer(request, 0, 0);
	char *text = alm->request->alloc(request, length + 1);
	struct alm_bytes bytes = ALM_SIZED(
		alm_bytes, .media_type = "text/plain", .data = text, .length = length);

	(void)route;
	memset(text, 'x', length);
	return alm->answer->bytes(request, &bytes);
}

static const struct alm_route text = { .path = "/b/text",
	.summary = "Text",
	.params = length_params,
	.answer = ALM_BYTES,
	.handle = send_text };

static int send_header(const struct alm_route *route, struct alm_request *request)
{
	const char *value = alm->request->header(request, "x-SHADE");
	struct alm_bytes bytes = ALM_SIZED(alm_bytes, .media_type = "text/plain",
		.data = value != NULL ? value : "none",
		.length = value != NULL ? strlen(value) : 4);

	(void)route;
	return alm->answer->bytes(request, &bytes);
}

static const struct alm_route header = {
	.path = "/b/header", .summary = "A header", .answer = ALM_BYTES, .handle = send_header
};

/* -- Methods and bodies ------------------------------------------------- */

static int echo(const struct alm_route *route, struct alm_request *request)
{
	size_t length;
	const char *body = alm->request->body(request, &length);
	struct alm_bytes bytes = ALM_SIZED(alm_bytes, .media_type = "application/octet-stream",
		.data = body, .length = length);
	char method[16];
	struct alm_header headers[] = { { "X-Method", method }, { NULL, NULL } };

	(void)route;
	snprintf(method, sizeof(method), "%u", (unsigned)alm->request->method(request));
	bytes.headers = headers;
	return alm->answer->bytes(request, &bytes);
}

static const struct alm_route echoing = { .path = "/b/echo",
	.summary = "The body",
	.methods = ALM_GET | ALM_POST | ALM_PUT,
	.answer = ALM_BYTES,
	.handle = echo };

static const struct alm_route posting = { .path = "/b/post/{name}",
	.summary = "The body",
	.params = (const struct alm_param[]){ { .name = "name",
						      .type = ALM_TEXT,
						      .flags = ALM_REQUIRED,
						      .help = "A name",
						      .example = "x" },
		{ .name = NULL } },
	.methods = ALM_POST,
	.answer = ALM_BYTES,
	.handle = echo };

/* -- Mistakes ----------------------------------------------------------- */

static const struct alm_param which_params[] = {
	{ .name = "which",
		.type = ALM_INTEGER,
		.flags = ALM_REQUIRED,
		.help = "Mistake",
		.example = "0",
		.min = 0,
		.max = 99 },
	{ .name = NULL },
};

static int send_wrong(const struct alm_route *route, struct alm_request *request)
{
	static const struct alm_header split[] = { { "X-A", "a\r\nX-B: b" }, { NULL, NULL } };
	static const struct alm_header of_host[] = { { "content-length", "7" },
		{ NULL, NULL } };
	static const struct alm_header no_name[] = { { "X A", "a" }, { NULL, NULL } };
	static const struct alm_header no_value[] = { { "X-A", NULL }, { NULL, NULL } };
	struct alm_bytes bytes =
		ALM_SIZED(alm_bytes, .media_type = "text/plain", .data = "x", .length = 1);

	(void)route;
	switch (alm->param->integer(request, 0, 0)) {
	case 0:
		return alm->answer->bytes(request, NULL);
	case 1:
		bytes.size = 0;
		break;
	case 2:
		bytes.status = 101;
		break;
	case 3:
		bytes.status = 304;
		break;
	case 4:
		bytes.flags = 1u << 9;
		break;
	case 5:
		bytes.data = NULL;
		break;
	case 6:
		bytes.media_type = NULL;
		break;
	case 7:
		bytes.media_type = "text/plain\r\nX-B: b";
		break;
	case 8:
		bytes.headers = split;
		break;
	case 9:
		bytes.headers = of_host;
		break;
	case 10:
		bytes.headers = no_name;
		break;
	case 11:
		bytes.headers = no_value;
		break;
	case 12:
		bytes.status = 204;
		break;
	case 13: /* twice */
		alm->answer->bytes(request, &bytes);
		break;
	case 14:
		return alm->answer->send(request);
	case 16:
		bytes.media_type = "text/plains";
		break;
	default:
		return alm->answer->work(request, NULL, NULL, NULL);
	}
	return alm->answer->bytes(request, &bytes);
}

static const struct alm_route wrong = { .path = "/b/wrong",
	.summary = "Mistakes",
	.params = which_params,
	.answer = ALM_BYTES,
	.media_type = "text/plain",
	.handle = send_wrong };

/* -- Work --------------------------------------------------------------- */

static const struct alm_field sum_fields[] = {
	{ .name = "sum", .type = ALM_INTEGER, .help = "Of the numbers up to `length`" },
	{ .name = "steps", .type = ALM_INTEGER, .help = "Pieces of work" },
	{ .name = NULL },
};

struct sum {
	int64_t last, sum, steps;
};

static void add_up(void *arg)
{
	struct sum *sum = arg;

	for (int64_t i = 1; i <= sum->last; i++) {
		sum->sum += i;
	}
	alm->log(ALM_DEBUG, "added up %lld", (long long)sum->last);
}

static int on_sum(struct alm_request *request, void *arg)
{
	struct sum *sum = arg;
	struct alm_cell cells[2] = { { .integer = sum->sum }, { .integer = ++sum->steps } };

	if (sum->steps < 2) {
		sum->sum = 0;
		return alm->answer->work(request, add_up, on_sum, sum);
	}
	cells[1].integer = sum->steps;
	return alm->answer->row(request, cells) < 0 ? -1 : alm->answer->send(request);
}

static int work(const struct alm_route *route, struct alm_request *request)
{
	struct sum *sum = alm->request->alloc(request, sizeof(*sum));

	(void)route;
	sum->last = alm->param->integer(request, 0, 0);
	return alm->answer->work(request, add_up, on_sum, sum);
}

static const struct alm_route working = { .path = "/b/work",
	.summary = "Computes",
	.params = length_params,
	.fields = sum_fields,
	.flags = ALM_SINGLE,
	.answer = ALM_ROWS,
	.handle = work };

static int forget(struct alm_request *request, void *arg)
{
	(void)request;
	(void)arg;
	return 0;
}

static int work_for_nothing(const struct alm_route *route, struct alm_request *request)
{
	struct sum *sum = alm->request->alloc(request, sizeof(*sum));

	(void)route;
	return alm->answer->work(request, add_up, forget, sum);
}

static const struct alm_route silent = { .path = "/b/silent",
	.summary = "Computes and says nothing",
	.fields = sum_fields,
	.answer = ALM_ROWS,
	.handle = work_for_nothing };

static const struct alm_route *const routes[] = { &page, &picture, &created, &nothing, &text,
	&header, &echoing, &posting, &wrong, &working, &silent, NULL };

static const char front[] =
	"<!doctype html><title>Map</title><script src=\"map/map.js\"></script>";
static const unsigned char dot[] = { 0x89, 'P', 'N', 'G' };

/* Long enough to be worth a content coding. */
#define TEN(x) x x x x x x x x x x
static const char script[] = TEN(TEN("let map = document;\n"));

static const struct alm_asset assets[] = {
	{ .path = "/",
		.media_type = "text/html; charset=utf-8",
		.data = front,
		.length = sizeof(front) - 1,
		.summary = "The stations on a map" },
	{ .path = "/map/map.js",
		.media_type = "text/javascript",
		.data = script,
		.length = sizeof(script) - 1 },
	{ .path = "/map/dot.png",
		.media_type = "image/png",
		.data = dot,
		.length = sizeof(dot),
		.content_policy = "sandbox" },
	{ .path = NULL },
};

ALM_PLUGIN(.name = "bytes", .version = "1.0.0", .routes = routes, .assets = assets);
