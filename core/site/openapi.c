#include "site/openapi.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "format/format.h"
#include "route/params.h"
#include "route/router.h"
#include "site/openapi_schema.h"

enum { METHOD_MAX = 16, ID_MAX = 256, TAG_MAX = 64, TAG_TEXT_MAX = 1024, MEDIA_TYPE_MAX = 128 };

/* -- Parameters ---------------------------------------------------------------- */

/* Adds the example of a parameter. Tools fill it in; since not all optional parameters can
 * be combined, theirs go into the schema. */
static void add_example(cJSON *item, const struct alm_param *param, bool required)
{
	cJSON *value;

	if (param->example == NULL) {
		return;
	}
	value = openapi_param_value(param, param->example);
	if (required) {
		cJSON_AddItemToObject(item, "example", value);
	} else {
		cJSON_AddItemToArray(
			cJSON_AddArrayToObject(
				cJSON_GetObjectItemCaseSensitive(item, "schema"), "examples"),
			value);
	}
}

static cJSON *describe_param(const struct route *route, size_t i)
{
	const struct alm_param *param = route->params[i];
	bool in_path = route_path_names(route->declared, param->name);
	bool required = in_path || route_requires(route, i);
	cJSON *item = cJSON_CreateObject();

	cJSON_AddStringToObject(item, "name", param->name);
	cJSON_AddStringToObject(item, "in", in_path ? "path" : "query");
	if (required) {
		cJSON_AddTrueToObject(item, "required");
	}
	cJSON_AddStringToObject(item, "description", param->help);
	if (!required) { /* and it counts as absent */
		cJSON_AddTrueToObject(item, "allowEmptyValue");
	}
	if ((param->flags & ALM_LIST) != 0) {
		cJSON_AddStringToObject(item, "style", "form");
		cJSON_AddFalseToObject(item, "explode");
	}
	cJSON_AddItemToObject(item, "schema", openapi_param_schema(param));
	add_example(item, param, required);
	return item;
}

/* The values of `fields`, if the plugin's declaration has them all. */
static void name_fields(cJSON *item, const struct alm_route *declared)
{
	cJSON *schema = cJSON_GetObjectItemCaseSensitive(item, "schema"), *names;

	for (const struct alm_field *f = declared->fields; f->name != NULL; f++) {
		if ((f->flags & (ALM_PER_COLUMN | ALM_PER_ELEMENT)) != 0) {
			return;
		}
	}
	names = cJSON_AddArrayToObject(
		cJSON_GetObjectItemCaseSensitive(schema, "items"), "enum");
	cJSON_AddItemToArray(names, cJSON_CreateString("*"));
	for (const struct alm_field *f = declared->fields; f->name != NULL; f++) {
		cJSON_AddItemToArray(names, cJSON_CreateString(f->name));
	}
}

static void add_params(cJSON *operation, const struct route *route)
{
	cJSON *list;

	if (route->all_count == 0) {
		return;
	}
	list = cJSON_AddArrayToObject(operation, "parameters");
	for (size_t i = 0; i < route->all_count; i++) {
		cJSON *item;

		if (route_is_of_path(route, i) && route->stat != NULL) {
			continue; /* the path says it */
		}
		item = describe_param(route, i);
		if ((int)i == route->host[HOST_FIELDS]) {
			name_fields(item, route->declared);
		}
		cJSON_AddItemToArray(list, item);
	}
}

/* -- Answers ------------------------------------------------------------------- */

/* The media type without its parameters, in lower case. */
static void put_media_type(char *to, size_t size, const char *media_type)
{
	snprintf(to, size, "%.*s", (int)strcspn(media_type, "; "), media_type);
	for (; *to != '\0'; to++) {
		*to = (char)tolower((unsigned char)*to);
	}
}

static cJSON *format_schema(const struct route *route, const struct format *format)
{
	switch (format->schema) {
	case FORMAT_ENVELOPE:
		return openapi_answer_schema(route);
	case FORMAT_COLUMNS:
		return openapi_columnar_schema(route);
	case FORMAT_OBJECT:
		return cJSON_Parse("{\"type\":\"object\"}");
	case FORMAT_BYTES:
		return cJSON_Parse("{\"type\":\"string\",\"format\":\"binary\"}");
	default:
		return cJSON_Parse("{\"type\":\"string\"}");
	}
}

/* Other formats: their media types describe them. */
static void add_formats(cJSON *content, const struct route *route)
{
	const struct alm_param *param = route->params[route->host[HOST_FORMAT]];

	for (size_t i = 0; param->choices[i] != NULL; i++) {
		const struct format *format = format_find(param->choices[i]);
		char media_type[MEDIA_TYPE_MAX];
		cJSON *media;

		put_media_type(media_type, sizeof(media_type), format->media_type);
		if (cJSON_GetObjectItemCaseSensitive(content, media_type) != NULL) {
			continue;
		}
		media = cJSON_AddObjectToObject(content, media_type);
		cJSON_AddItemToObject(media, "schema", format_schema(route, format));
	}
}

/* Whether the route may reply 404: routes of the host with a {name} may. */
static bool can_fail(const struct route *route, const struct openapi_failure *failure)
{
	return route->plugin != NULL || failure->builtin ||
	       (strcmp(failure->status, "404") == 0 &&
		       strchr(route->declared->path, '{') != NULL);
}

static void add_documents(cJSON *content, const struct route *route)
{
	cJSON *media = cJSON_AddObjectToObject(
		content, route->media_type != NULL ? route->media_type : "application/json");

	cJSON_AddItemToObject(media, "schema", openapi_answer_schema(route));
	if (route->has_page) {
		media = cJSON_AddObjectToObject(content, "text/html");
		cJSON_AddItemToObject(media, "schema", cJSON_Parse("{\"type\":\"string\"}"));
	}
	if (route->plugin != NULL) {
		add_formats(content, route);
	}
}

/* Of JSON anything, of text a string, of all others bytes: generators of clients take `format`
 * for that. */
static void add_bytes(cJSON *content, const char *declared)
{
	char media_type[MEDIA_TYPE_MAX];
	cJSON *media;
	const char *schema = "{\"type\":\"string\",\"format\":\"binary\"}";

	put_media_type(media_type, sizeof(media_type),
		declared != NULL ? declared : "application/octet-stream");
	if (strncmp(media_type, "text/", strlen("text/")) == 0) {
		schema = "{\"type\":\"string\"}";
	} else if (strcmp(media_type, "application/json") == 0 ||
		   strstr(media_type, "+json") != NULL) {
		schema = "{}";
	}
	media = cJSON_AddObjectToObject(content, media_type);
	cJSON_AddItemToObject(media, "schema", cJSON_Parse(schema));
}

static void add_answers(cJSON *operation, const struct route *route)
{
	cJSON *responses = cJSON_AddObjectToObject(operation, "responses");
	cJSON *good = cJSON_AddObjectToObject(responses, "200"), *content;
	size_t count;
	const struct openapi_failure *failures = openapi_failures(&count);

	cJSON_AddStringToObject(good, "description", route->declared->summary);
	content = cJSON_AddObjectToObject(good, "content");
	if (route->declared->answer == ALM_BYTES) {
		add_bytes(content, route->declared->media_type);
	} else {
		add_documents(content, route);
	}
	if (!route->operation) {
		cJSON_AddStringToObject(cJSON_AddObjectToObject(responses, "304"),
			"description", "What the client has is still the answer.");
	}
	for (size_t i = 0; i < count; i++) {
		if (can_fail(route, &failures[i])) {
			char path[64];

			snprintf(path, sizeof(path), "#/components/responses/%s",
				failures[i].name);
			cJSON_AddStringToObject(
				cJSON_AddObjectToObject(responses, failures[i].status), "$ref",
				path);
		}
	}
}

/* -- Routes ---------------------------------------------------------------------- */

/* Writes an operation id: "/api/stations/{id}" becomes "get_api_stations_id". */
static void make_id(const char *method, const char *path, char id[ID_MAX])
{
	size_t used = (size_t)snprintf(id, ID_MAX, "%s", method);

	for (; *path != '\0' && used + 1 < ID_MAX; path++) {
		if (strchr("/.-~", *path) != NULL) {
			id[used++] = '_';
		} else if (*path != '{' && *path != '}') {
			id[used++] = *path;
		}
	}
	id[used] = '\0';
}

/* Makes the operation id unique: "/a-b" and "/a_b" have the same. */
static void add_id(cJSON *operation, const char *method, const struct route *routes, size_t i)
{
	char id[ID_MAX], other[ID_MAX], numbered[ID_MAX + 24];
	bool taken = false;

	make_id(method, routes[i].declared->path, id);
	for (size_t j = 0; j < i; j++) {
		make_id(method, routes[j].declared->path, other);
		taken = taken || strcmp(id, other) == 0;
	}
	snprintf(numbered, sizeof(numbered), "%s_%zu", id, i);
	cJSON_AddStringToObject(operation, "operationId", taken ? numbered : id);
}

/* The tag of a route: the first part of its path, whatever its plugin. */
static void put_tag(const struct route *route, char tag[TAG_MAX])
{
	static const char prefix[] = "/api/";
	const char *path = route->declared->path;

	path += strncmp(path, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 1;
	snprintf(tag, TAG_MAX, "%.*s", (int)strcspn(path, "/{"), path);
	if (route->plugin == NULL || tag[0] == '\0') {
		snprintf(tag, TAG_MAX, "server");
	}
}

static cJSON *find_tag(cJSON *tags, const char *name)
{
	cJSON *tag;

	cJSON_ArrayForEach(tag, tags)
	{
		if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(tag, "name")), name) == 0) {
			return tag;
		}
	}
	return NULL;
}

/* Adds the tags, each with a description from its routes. */
static void add_tags(cJSON *document, const struct route *routes, size_t count)
{
	cJSON *tags = cJSON_AddArrayToObject(document, "tags");

	for (size_t i = 0; i < count; i++) {
		char name[TAG_MAX], text[TAG_TEXT_MAX];
		const char *before;
		cJSON *tag;

		if (routes[i].page || routes[i].internal || routes[i].hidden) {
			continue;
		}
		put_tag(&routes[i], name);
		tag = find_tag(tags, name);
		if (tag == NULL) {
			tag = cJSON_CreateObject();
			cJSON_AddItemToArray(tags, tag);
			cJSON_AddStringToObject(tag, "name", name);
			cJSON_AddStringToObject(tag, "description", "");
		}
		before = cJSON_GetStringValue(cJSON_GetObjectItem(tag, "description"));
		snprintf(text, sizeof(text), "%s%s%s", before, before[0] != '\0' ? "; " : "",
			routes[i].declared->summary);
		cJSON_ReplaceItemInObject(tag, "description", cJSON_CreateString(text));
	}
}

/* The route knows which media types it takes: bytes are what generators of clients can send. */
static void add_body(cJSON *operation)
{
	cJSON *body = cJSON_AddObjectToObject(operation, "requestBody");

	add_bytes(cJSON_AddObjectToObject(body, "content"), NULL);
}

static void add_operation(cJSON *item, enum method method, const struct route *routes, size_t i)
{
	const struct route *route = &routes[i];
	const struct alm_route *declared = route->declared;
	char tag[TAG_MAX], name[METHOD_MAX];
	cJSON *operation;

	snprintf(name, sizeof(name), "%s", method_name(method));
	for (char *p = name; *p != '\0'; p++) {
		*p = (char)tolower((unsigned char)*p);
	}
	operation = cJSON_AddObjectToObject(item, name);

	add_id(operation, name, routes, i);
	put_tag(route, tag);
	cJSON_AddItemToArray(
		cJSON_AddArrayToObject(operation, "tags"), cJSON_CreateString(tag));
	cJSON_AddStringToObject(operation, "summary", declared->summary);
	if (declared->help != NULL) {
		cJSON_AddStringToObject(operation, "description", declared->help);
	}
	add_params(operation, route);
	if (!method_reads(method)) {
		add_body(operation);
	}
	add_answers(operation, route);
}

/* Without HEAD, which comes with GET. */
static void add_route(cJSON *paths, const struct route *routes, size_t i)
{
	cJSON *item = cJSON_AddObjectToObject(paths, routes[i].declared->path);
	uint32_t methods = route_methods(&routes[i]) & ~METHOD_BIT(METHOD_HEAD);

	for (enum method method = 0; method < METHOD_OTHER; method++) {
		if ((methods & METHOD_BIT(method)) != 0) {
			add_operation(item, method, routes, i);
		}
	}
}

/* Routes that list ids; mentioned if they exist. */
static const struct {
	const char *path, *text;
} pointers[] = {
	{ "/api/elements",
		"Which elements are observed, and in which units: `/api/elements`." },
	{ "/api/stations", "Which stations there are, where, and from which year to which: "
			   "`/api/stations`." },
	{ "/api/stations/{station_id}/inventory",
		"When a station reported which element: `/api/stations/{station_id}/inventory`." },
	{ "/api/stats", "Which statistics are computed: `/api/stats`." },
};

static void put_description(const struct route *routes, size_t count, struct buffer *out)
{
	buffer_puts(out,
		"Daily observations of weather stations, and climate statistics computed "
		"from them.\n");
	for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++) {
		for (size_t r = 0; r < count; r++) {
			if (strcmp(routes[r].declared->path, pointers[i].path) == 0) {
				buffer_puts(out, "\n- ");
				buffer_puts(out, pointers[i].text);
			}
		}
	}
	buffer_puts(out,
		"\n\nA day is the station's own day of observation, in local time; at many stations "
		"it ends in the morning. There is no parameter for time zones. What is missing is "
		"null.\n\nThe period, the source and the licence of the data are those of the files "
		"that were taken in: ask whoever runs this server. The licence named here is the "
		"program's.");
}

static void add_info(cJSON *document, const struct route *routes, size_t count)
{
	struct buffer description = { 0 };
	cJSON *info = cJSON_AddObjectToObject(document, "info"), *license;

	cJSON_AddStringToObject(info, "title", "Almanac");
	cJSON_AddStringToObject(info, "summary",
		"Daily weather-station observations and "
		"climate statistics.");
	put_description(routes, count, &description);
	cJSON_AddStringToObject(info, "description", buffer_text(&description));
	buffer_finish(&description);
	cJSON_AddStringToObject(info, "version", ALMANAC_VERSION);
	license = cJSON_AddObjectToObject(info, "license");
	cJSON_AddStringToObject(license, "name", "Apache-2.0");
	cJSON_AddStringToObject(license, "identifier", "Apache-2.0");
}

/* relative to the document: works behind a prefix */
static void add_server(cJSON *document)
{
	cJSON *servers = cJSON_AddArrayToObject(document, "servers"), *server;

	server = cJSON_CreateObject();
	cJSON_AddStringToObject(server, "url", ".");
	cJSON_AddItemToArray(servers, server);
}

void openapi_write(const struct router *router, struct buffer *out)
{
	cJSON *document = cJSON_CreateObject(), *paths;
	size_t count;
	const struct route *routes = router_routes(router, &count);
	char *text;

	cJSON_AddStringToObject(document, "openapi", "3.1.0");
	add_info(document, routes, count);
	add_server(document);
	add_tags(document, routes, count);
	paths = cJSON_AddObjectToObject(document, "paths");
	for (size_t i = 0; i < count; i++) {
		if (!routes[i].page && !routes[i].internal && !routes[i].hidden) {
			add_route(paths, routes, i);
		}
	}
	cJSON_AddItemToObject(document, "components", openapi_components());
	text = cJSON_PrintUnformatted(document);
	if (text != NULL) {
		buffer_puts(out, text);
		buffer_putc(out, '\n');
	}
	cJSON_free(text);
	cJSON_Delete(document);
}
