/* JSON Schemas (2020-12, as OpenAPI 3.1 wants them) of what routes declare. Every
 * function returns a new item, the caller's. */
#ifndef ALMANAC_SITE_OPENAPI_SCHEMA_H
#define ALMANAC_SITE_OPENAPI_SCHEMA_H

#include <almanac/plugin.h>
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

struct route;

/* Of one parameter, whole: an array for a list; with its default. */
cJSON *openapi_param_schema(const struct alm_param *param);

/* A text as a JSON value of the parameter's type: an array for a list. */
cJSON *openapi_param_value(const struct alm_param *param, const char *text);

/* Of the body of a good answer. */
cJSON *openapi_answer_schema(const struct route *route);

/* Of the same answer with a list for each member. */
cJSON *openapi_columnar_schema(const struct route *route);

/* How routes fail: components that answers refer to. */
struct openapi_failure {
	const char *status, *name, *help;
	bool builtin; /* also the program's own routes */
};
const struct openapi_failure *openapi_failures(size_t *count);

/* "components": what all routes share. */
cJSON *openapi_components(void);

#endif
