#include "plugin/describe.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "base/method.h"
#include "plugin/value.h"
#include "stat/period.h"
#include "stat/stat.h"
#include "stat/words.h"

/* -- Text ------------------------------------------------------------------- */

static uint32_t methods_of(const struct alm_route *route)
{
	return route->methods != 0 ? route->methods : ALM_GET;
}

static void text_route(const struct alm_route *route, struct buffer *out)
{
	buffer_puts(out, "  route ");
	for (enum method method = 0; method < METHOD_OTHER; method++) {
		if ((methods_of(route) & METHOD_BIT(method)) != 0) {
			buffer_printf(out, "%s ", method_name(method));
		}
	}
	buffer_printf(out, "%s: %s\n", route->path, route->summary);
}

static void text_asset(const struct alm_asset *asset, struct buffer *out)
{
	buffer_printf(out, "  file %s, %s, %zu bytes%s%s\n", asset->path, asset->media_type,
		asset->length, asset->summary != NULL ? ": " : "",
		asset->summary != NULL ? asset->summary : "");
}

static void text_source(const struct alm_source *source, struct buffer *out)
{
	buffer_printf(out, "  source %s: %s\n", source->name, source->summary);
	for (const struct alm_element *e = source->elements; e != NULL && e->code != NULL;
		e++) {
		buffer_printf(out, "    %-8s %s, %s\n", e->code, e->name, e->unit);
	}
}

static void text_stat(const struct alm_stat *stat, struct buffer *out)
{
	char stored[PERIOD_NAMES_MAX], on_request[PERIOD_NAMES_MAX];

	period_kind_names(stat->periods, stored);
	period_kind_names(stat->on_request, on_request);
	buffer_printf(out, "  statistic %s%s%s%s%s: %s\n", stat->name,
		stored[0] != '\0' ? ", by " : "", stored,
		on_request[0] != '\0' ? ", on request by " : "", on_request, stat->summary);
	for (const struct alm_param *p = stat->params; p != NULL && p->name != NULL; p++) {
		buffer_printf(out, "    %s=%s  %s\n", p->name, p->default_value, p->help);
	}
	for (const struct alm_column *c = stat->columns; c->name != NULL; c++) {
		buffer_printf(out, "    %-16s %s, %s\n", c->name, c->help, c->unit);
	}
}

static void text_plugin(const struct plugin *plugin, struct buffer *out)
{
	const struct alm_plugin *table = &plugin->table;

	buffer_printf(out, "%s %s, ABI %d.%d, %s\n", table->name, table->version,
		table->abi_major, table->abi_minor, plugin->path);
}

void describe_text(const struct registry *registry, struct buffer *out)
{
	for (size_t p = 0; p < registry->plugin_count; p++) {
		const struct plugin *plugin = registry->plugins[p];

		text_plugin(plugin, out);
		for (size_t i = 0; i < registry->route_count; i++) {
			if (registry->routes[i].plugin == plugin) {
				text_route(&registry->routes[i].route, out);
			}
		}
		for (size_t i = 0; i < registry->asset_count; i++) {
			if (registry->assets[i].plugin == plugin) {
				text_asset(registry->assets[i].asset, out);
			}
		}
		for (size_t i = 0; i < registry->source_count; i++) {
			if (registry->sources[i].plugin == plugin) {
				text_source(&registry->sources[i].source, out);
			}
		}
		for (size_t i = 0; i < registry->stat_count; i++) {
			if (registry->stats[i].plugin == plugin) {
				text_stat(&registry->stats[i].stat, out);
			}
		}
	}
}

/* -- JSON ------------------------------------------------------------------- */

static void put_text(cJSON *object, const char *name, const char *text)
{
	if (text != NULL) {
		cJSON_AddStringToObject(object, name, text);
	} else {
		cJSON_AddNullToObject(object, name);
	}
}

static void put_texts(cJSON *object, const char *name, const char *const *list)
{
	cJSON *array = cJSON_AddArrayToObject(object, name);

	for (; list != NULL && *list != NULL; list++) {
		cJSON_AddItemToArray(array, cJSON_CreateString(*list));
	}
}

static cJSON *add_object(cJSON *array)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddItemToArray(array, object);
	return object;
}

static void json_param(cJSON *params, const struct alm_param *param)
{
	cJSON *object = add_object(params);

	put_text(object, "name", param->name);
	put_text(object, "type", value_type_name(param->type));
	cJSON_AddBoolToObject(object, "required", (param->flags & ALM_REQUIRED) != 0);
	cJSON_AddBoolToObject(object, "list", (param->flags & ALM_LIST) != 0);
	put_text(object, "help", param->help);
	put_text(object, "example", param->example);
	put_text(object, "default", param->default_value);
	if (param->min != 0 || param->max != 0) {
		cJSON_AddNumberToObject(object, "min", (double)param->min);
		cJSON_AddNumberToObject(object, "max", (double)param->max);
	}
	if (param->choices != NULL) {
		put_texts(object, "choices", param->choices);
	}
}

static void json_field(cJSON *fields, const struct alm_field *field)
{
	cJSON *object = add_object(fields);

	put_text(object, "name", field->name);
	put_text(object, "type", value_type_name(field->type));
	cJSON_AddBoolToObject(object, "nullable", (field->flags & ALM_NULLABLE) != 0);
	cJSON_AddBoolToObject(object, "per_element", (field->flags & ALM_PER_ELEMENT) != 0);
	put_text(object, "unit", field->unit);
	cJSON_AddNumberToObject(object, "decimals", field->decimals);
	put_text(object, "help", field->help);
}

static void json_route(cJSON *routes, const struct alm_route *route)
{
	cJSON *object = add_object(routes), *list;

	put_text(object, "path", route->path);
	put_text(object, "summary", route->summary);
	put_text(object, "help", route->help);
	cJSON_AddBoolToObject(object, "paged", (route->flags & ALM_PAGED) != 0);
	cJSON_AddBoolToObject(object, "cursor", (route->flags & ALM_CURSOR) != 0);
	cJSON_AddBoolToObject(object, "single", (route->flags & ALM_SINGLE) != 0);
	cJSON_AddBoolToObject(object, "cacheable", (route->flags & ALM_CACHEABLE) != 0);
	list = cJSON_AddArrayToObject(object, "methods");
	for (enum method method = 0; method < METHOD_OTHER; method++) {
		if ((methods_of(route) & METHOD_BIT(method)) != 0) {
			cJSON_AddItemToArray(list, cJSON_CreateString(method_name(method)));
		}
	}
	list = cJSON_AddArrayToObject(object, "params");
	for (const struct alm_param *p = route->params; p != NULL && p->name != NULL; p++) {
		json_param(list, p);
	}
	list = cJSON_AddArrayToObject(object, "fields");
	for (const struct alm_field *f = route->fields; f != NULL && f->name != NULL; f++) {
		json_field(list, f);
	}
}

static void json_source(cJSON *sources, const struct alm_source *source)
{
	cJSON *object = add_object(sources), *list;

	put_text(object, "name", source->name);
	put_text(object, "summary", source->summary);
	cJSON_AddBoolToObject(object, "whole_blocks", (source->flags & ALM_WHOLE_BLOCKS) != 0);
	list = cJSON_AddArrayToObject(object, "elements");
	for (const struct alm_element *e = source->elements; e != NULL && e->code != NULL;
		e++) {
		cJSON *element = add_object(list);

		put_text(element, "code", e->code);
		put_text(element, "name", e->name);
		put_text(element, "unit", e->unit);
		cJSON_AddNumberToObject(element, "decimals", e->decimals);
		cJSON_AddNumberToObject(element, "min", e->min);
		cJSON_AddNumberToObject(element, "max", e->max);
	}
}

static void json_column(
	cJSON *columns, const struct alm_stat *stat, const struct alm_column *column)
{
	cJSON *object = add_object(columns), *inputs;

	put_text(object, "name", column->name);
	put_text(object, "unit", column->unit);
	put_text(object, "help", column->help);
	cJSON_AddNumberToObject(object, "decimals", column->decimals);
	put_text(object, "type", value_type_name(stat_column_type(column)));
	put_text(object, "method", stat_method_name(column->method));
	inputs = cJSON_AddArrayToObject(object, "inputs");
	for (const struct alm_input *i = stat->inputs; i->code != NULL; i++) {
		if (words_have(column->inputs, i->code)) {
			cJSON_AddItemToArray(inputs, cJSON_CreateString(i->code));
		}
	}
}

static void put_kinds(cJSON *object, const char *name, uint32_t kinds)
{
	cJSON *array = cJSON_AddArrayToObject(object, name);

	for (size_t i = 0; i < period_kind_count; i++) {
		if ((kinds & period_kinds[i].bit) != 0) {
			cJSON_AddItemToArray(array, cJSON_CreateString(period_kinds[i].name));
		}
	}
}

static void json_stat(cJSON *stats, const struct alm_stat *stat)
{
	cJSON *object = add_object(stats), *columns, *inputs, *params;

	put_text(object, "name", stat->name);
	put_text(object, "summary", stat->summary);
	put_kinds(object, "periods", stat->periods);
	put_kinds(object, "on_request", stat->on_request);
	put_text(object, "help", stat->help);
	params = cJSON_AddArrayToObject(object, "params");
	for (const struct alm_param *p = stat->params; p != NULL && p->name != NULL; p++) {
		json_param(params, p);
	}
	cJSON_AddNumberToObject(object, "lead_days", stat->lead_days);
	cJSON_AddNumberToObject(object, "base_size", stat->base_size);
	inputs = cJSON_AddArrayToObject(object, "inputs");
	for (const struct alm_input *i = stat->inputs; i->code != NULL; i++) {
		cJSON_AddItemToArray(inputs, cJSON_CreateString(i->code));
	}
	cJSON_AddBoolToObject(object, "whole_record", (stat->flags & ALM_WHOLE_RECORD) != 0);
	columns = cJSON_AddArrayToObject(object, "columns");
	for (const struct alm_column *c = stat->columns; c->name != NULL; c++) {
		json_column(columns, stat, c);
	}
}

static void json_asset(cJSON *assets, const struct alm_asset *asset)
{
	cJSON *object = add_object(assets);

	put_text(object, "path", asset->path);
	put_text(object, "media_type", asset->media_type);
	cJSON_AddNumberToObject(object, "length", (double)asset->length);
	put_text(object, "summary", asset->summary);
}

static void json_plugin(
	cJSON *plugins, const struct registry *registry, const struct plugin *plugin)
{
	cJSON *object = add_object(plugins);
	cJSON *routes, *sources, *stats, *assets;

	put_text(object, "name", plugin->table.name);
	put_text(object, "version", plugin->table.version);
	put_text(object, "path", plugin->path);
	cJSON_AddNumberToObject(object, "abi_major", plugin->table.abi_major);
	cJSON_AddNumberToObject(object, "abi_minor", plugin->table.abi_minor);
	routes = cJSON_AddArrayToObject(object, "routes");
	sources = cJSON_AddArrayToObject(object, "sources");
	stats = cJSON_AddArrayToObject(object, "stats");
	assets = cJSON_AddArrayToObject(object, "assets");
	for (size_t i = 0; i < registry->asset_count; i++) {
		if (registry->assets[i].plugin == plugin) {
			json_asset(assets, registry->assets[i].asset);
		}
	}
	for (size_t i = 0; i < registry->route_count; i++) {
		if (registry->routes[i].plugin == plugin) {
			json_route(routes, &registry->routes[i].route);
		}
	}
	for (size_t i = 0; i < registry->source_count; i++) {
		if (registry->sources[i].plugin == plugin) {
			json_source(sources, &registry->sources[i].source);
		}
	}
	for (size_t i = 0; i < registry->stat_count; i++) {
		if (registry->stats[i].plugin == plugin) {
			json_stat(stats, &registry->stats[i].stat);
		}
	}
}

void describe_json(const struct registry *registry, struct buffer *out)
{
	cJSON *document = cJSON_CreateObject();
	cJSON *host = cJSON_AddObjectToObject(document, "host");
	cJSON *plugins = cJSON_AddArrayToObject(document, "plugins");
	char *text;

	cJSON_AddNumberToObject(host, "abi_major", ALM_ABI_MAJOR);
	cJSON_AddNumberToObject(host, "abi_minor", ALM_ABI_MINOR);
	for (size_t i = 0; i < registry->plugin_count; i++) {
		json_plugin(plugins, registry, registry->plugins[i]);
	}
	text = cJSON_Print(document);
	buffer_puts(out, text);
	buffer_putc(out, '\n');
	free(text);
	cJSON_Delete(document);
}
