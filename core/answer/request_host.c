#include "answer/request_host.h"

#include <stdarg.h>

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
};

void request_host(struct alm_host *host)
{
	host->param = &param_table;
	host->request = &request_table;
}
