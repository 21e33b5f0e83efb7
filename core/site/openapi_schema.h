/* JSON Schemas (2020-12, for OpenAPI 3.1) of declarations of routes. Each function returns a
 * new item, owned by the caller. */
#ifndef ALMANAC_SITE_OPENAPI_SCHEMA_H
#define ALMANAC_SITE_OPENAPI_SCHEMA_H

#include <almanac/plugin.h>
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

struct route;

/* Schema of a parameter with its default; a list is an array. */
cJSON *openapi_param_schema(const struct alm_param *param);

/* A text as JSON of the parameter's type; a list is an array. */
cJSON *openapi_param_value(const struct alm_param *param, const char *text);

/* Schema of the body of a successful response. */
cJSON *openapi_answer_schema(const struct route *route);

/* The same, for columnar formats. */
cJSON *openapi_columnar_schema(const struct route *route);

/* Failures of routes: components that responses refer to. */
struct openapi_failure {
	const char *status, *name, *help;
	bool builtin; /* also of routes of the program itself */
};
const struct openapi_failure *openapi_failures(size_t *count);

/* The member "components", shared by all routes. */
cJSON *openapi_components(void);

#endif
