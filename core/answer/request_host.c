#include "answer/request_host.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "document/answer.h"
#include "document/row_params.h"
#include "plugin/current.h"
#include "reply/problem.h"
#include "reply/reply.h"
#include "route/request.h"
#include "route/route.h"

enum { ALLOC_MAX = 1024 * 1024 * 1024 /* of one call */ };

static void *host_alloc(struct alm_request *request, size_t size)
{
	if (size > ALLOC_MAX) {
		answer_broken(request, "plugin %s: alloc() of %zu bytes; it gives %d at most",
			request->route->plugin->path, size, ALLOC_MAX);
		return NULL;
	}
	return arena_alloc(&request->http.arena, size);
}

/* The values of a parameter; none for an index that the plugin did not declare. */
static const struct values *values_of(const struct alm_request *request, unsigned param)
{
	static const struct values none = { 0 };

	return param < request->route->param_count ? &request->params[param] : &none;
}

static size_t host_count(const struct alm_request *request, unsigned param)
{
	return values_of(request, param)->count;
}

static struct value value_of(const struct alm_request *request, unsigned param, size_t i)
{
	const struct values *values = values_of(request, param);

	return i < values->count ? values->list[i] : (struct value){ 0 };
}

static const char *host_text(const struct alm_request *request, unsigned param, size_t i)
{
	return value_of(request, param, i).text;
}

static int64_t host_integer(const struct alm_request *request, unsigned param, size_t i)
{
	return value_of(request, param, i).integer;
}

static double host_number(const struct alm_request *request, unsigned param, size_t i)
{
	return value_of(request, param, i).number;
}

static const char *const *host_texts(const struct alm_request *request, unsigned param)
{
	return values_of(request, param)->texts;
}

int request_fail(struct alm_request *request, int status, const char *format, ...)
{
	va_list args;

	if (format == NULL) {
		return answer_broken(request, "plugin %s: fail() got NULL for a text",
			request->route->plugin->path);
	}
	if (status < 400 || status > 599) {
		log_write(LOG_ERROR,
			"plugin %s: fail() with status %d, which is not 400 to 599",
			current_name(), status);
		status = 500;
	}
	va_start(args, format);
	reply_problemv(&request->http, &(struct problem){ .status = status }, format, args);
	va_end(args);
	return -1;
}

/* Told together with what is wrong with the parameters that are the host's to judge. */
ALM_PRINTF(3, 4)
static int host_fail_param(struct alm_request *request, unsigned param, const char *format, ...)
{
	const struct route *route = request->route;
	struct problem problem = { .status = 422, .value = host_text(request, param, 0) };
	struct violations violations;
	va_list args;

	if (format == NULL) {
		return answer_broken(request, "plugin %s: fail_param() got NULL for a text",
			request->route->plugin->path);
	}
	if (param < route->param_count) {
		problem.param = route->declared->params[param].name;
	}
	violations.count = 0;
	va_start(args, format);
	violations_addv(&violations, &request->http.arena, &problem, format, args);
	va_end(args);
	row_params_check_early(request, &violations);
	reply_violations(&request->http, &violations);
	return -1;
}

/* The value in a line of the head, which has `length` bytes; NULL: it is another header's. */
static const char *value_in(
	struct arena *arena, const char *line, size_t length, const char *name)
{
	size_t begin = strlen(name);

	if (length <= begin || line[begin] != ':' || strncasecmp(line, name, begin) != 0) {
		return NULL;
	}
	begin++;
	while (begin < length && (line[begin] == ' ' || line[begin] == '\t')) {
		begin++;
	}
	while (length > begin && (line[length - 1] == ' ' || line[length - 1] == '\t')) {
		length--;
	}
	return arena_copy(arena, line + begin, length - begin);
}

/* Beyond the first line, which is no header's. */
static const char *host_header(struct alm_request *request, const char *name)
{
	struct arena *arena = &request->http.arena;
	const char *text = request->http.head_text, *found = NULL;
	const char *line = text != NULL && name != NULL ? strstr(text, "\r\n") : NULL;

	while (line != NULL && line[2] != '\0') {
		const char *end = strstr(line + 2, "\r\n"), *value;

		if (end == NULL) {
			break;
		}
		value = value_in(arena, line + 2, (size_t)(end - line) - 2, name);
		if (value != NULL) {
			found = found != NULL ? arena_printf(arena, "%s, %s", found, value)
					      : value;
		}
		line = end;
	}
	return found;
}

static uint32_t host_method(const struct alm_request *request)
{
	return METHOD_BIT(request->http.method);
}

static const void *host_body(const struct alm_request *request, size_t *length)
{
	const struct buffer *content = &request->http.content;

	if (length != NULL) {
		*length = content->length;
	}
	return content->length > 0 ? content->data : NULL;
}

static const struct alm_param_functions param_table = {
	.count = host_count,
	.text = host_text,
	.integer = host_integer,
	.number = host_number,
	.texts = host_texts,
	.fail = host_fail_param,
};

static const struct alm_request_functions request_table = {
	.alloc = host_alloc,
	.header = host_header,
	.method = host_method,
	.body = host_body,
};

void request_host(struct alm_host *host)
{
	host->param = &param_table;
	host->request = &request_table;
}
