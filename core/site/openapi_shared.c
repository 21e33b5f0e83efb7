/* The member "components" of the OpenAPI document. It describes what format_json.c and
 * problem.c write. */
#include <string.h>

#include "reply/problem.h"
#include "site/openapi_schema.h"

static const char pagination[] =
	"{\"type\":\"object\","
	"\"required\":[\"page\",\"page_size\",\"total\",\"total_pages\",\"next_cursor\"],"
	"\"properties\":{"
	"\"page\":{\"type\":[\"integer\",\"null\"],\"minimum\":1,"
	"\"description\":\"Number of this page; null when walking by cursor.\"},"
	"\"page_size\":{\"type\":\"integer\",\"minimum\":1,"
	"\"description\":\"Rows on a full page.\"},"
	"\"total\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,"
	"\"description\":\"Rows on all pages, exactly; null if they were not to be counted.\"},"
	"\"total_pages\":{\"type\":[\"integer\",\"null\"],\"minimum\":0},"
	"\"next_cursor\":{\"type\":[\"string\",\"null\"],"
	"\"description\":\"Where the next page begins, when walking by cursor.\"}}}";

static const char links[] = "{\"type\":\"object\",\"required\":[\"self\"],\"properties\":{"
			    "\"self\":{\"type\":\"string\",\"format\":\"uri-reference\"}}}";

static const char page_links[] =
	"{\"type\":\"object\",\"required\":[\"self\",\"next\",\"prev\"],\"properties\":{"
	"\"self\":{\"type\":\"string\",\"format\":\"uri-reference\"},"
	"\"next\":{\"type\":[\"string\",\"null\"],\"format\":\"uri-reference\","
	"\"description\":\"The next page; null on the last one.\"},"
	"\"prev\":{\"type\":[\"string\",\"null\"],\"format\":\"uri-reference\","
	"\"description\":\"The page before; null on the first one.\"}}}";

static const char units[] =
	"{\"type\":\"object\",\"description\":\"Unit of each field shown that has one.\","
	"\"additionalProperties\":{\"type\":\"string\"}}";

static const char problem[] =
	"{\"type\":\"object\",\"description\":\"What is wrong with the request, or with the "
	"server (RFC 9457).\","
	"\"required\":[\"type\",\"title\",\"status\",\"detail\"],\"properties\":{"
	"\"type\":{\"type\":\"string\",\"format\":\"uri-reference\","
	"\"description\":\"The kind of problem: its last part names it, and it leads, from the URL "
	"of the request, to the page of it among /problems. There may be more kinds one day.\","
	"\"examples\":[\"../problems/invalid-parameter\"]},"
	"\"title\":{\"type\":\"string\"},"
	"\"status\":{\"type\":\"integer\",\"minimum\":400,\"maximum\":599},"
	"\"detail\":{\"type\":\"string\",\"description\":\"What is wrong, for a person.\"},"
	"\"instance\":{\"type\":\"string\",\"format\":\"uri-reference\","
	"\"description\":\"The request, relative to its own URL.\"},"
	"\"parameter\":{\"type\":\"string\","
	"\"description\":\"Name of the parameter that is wrong.\"},"
	"\"value\":{\"type\":\"string\",\"description\":\"What was given for it.\"},"
	"\"allowed\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
	"\"description\":\"What would have been right, if that can be listed.\"},"
	"\"errors\":{\"type\":\"array\",\"description\":\"All that is wrong, if it is more "
	"than one thing.\",\"items\":{\"type\":\"object\",\"required\":[\"detail\"],"
	"\"properties\":{\"detail\":{\"type\":\"string\"},"
	"\"parameter\":{\"type\":\"string\"},\"value\":{\"type\":\"string\"},"
	"\"allowed\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}}}}";

static const struct openapi_failure failures[] = {
	{ "400", "Malformed", "The request cannot be read.", true },
	{ "404", "NotFound", "There is no such thing.", false },
	{ "422", "InvalidParameter", "A parameter is wrong; `parameter` names it.", false },
	{ "429", "TooMany",
		"The client asks for too much at a time; `Retry-After` says when to ask again.",
		true },
	{ "500", "Failed", "The server failed; its log says why.", false },
	{ "503", "Unavailable",
		"The server cannot answer now; `Retry-After` says when to ask again.", true },
	{ "default", "Problem", "Any other problem.", true },
};

const struct openapi_failure *openapi_failures(size_t *count)
{
	*count = sizeof(failures) / sizeof(failures[0]);
	return failures;
}

static void add_response(cJSON *responses, const struct openapi_failure *failure)
{
	cJSON *response = cJSON_AddObjectToObject(responses, failure->name);
	cJSON *content, *media;

	cJSON_AddStringToObject(response, "description", failure->help);
	content = cJSON_AddObjectToObject(response, "content");
	media = cJSON_AddObjectToObject(content, "application/problem+json");
	cJSON_AddItemToObject(
		media, "schema", cJSON_Parse("{\"$ref\":\"#/components/schemas/Problem\"}"));
}

cJSON *openapi_components(void)
{
	cJSON *components = cJSON_CreateObject(), *responses;
	cJSON *schemas = cJSON_AddObjectToObject(components, "schemas");

	cJSON_AddItemToObject(schemas, "Links", cJSON_Parse(links));
	cJSON_AddItemToObject(
		schemas, "NumberOrNull", cJSON_Parse("{\"type\":[\"number\",\"null\"]}"));
	cJSON_AddItemToObject(schemas, "PageLinks", cJSON_Parse(page_links));
	cJSON_AddItemToObject(schemas, "Pagination", cJSON_Parse(pagination));
	cJSON_AddItemToObject(schemas, "Problem", cJSON_Parse(problem));
	cJSON_AddItemToObject(schemas, "Units", cJSON_Parse(units));
	responses = cJSON_AddObjectToObject(components, "responses");
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		add_response(responses, &failures[i]);
	}
	return components;
}
