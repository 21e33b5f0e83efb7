/* Parameters that the host adds to routes. One table: the names that plugins may not declare,
 * those that problems and documents use, and which flags of a route bring them.
 * route/host_params.h declares them for clients. */
#ifndef ALMANAC_PLUGIN_HOST_PARAM_H
#define ALMANAC_PLUGIN_HOST_PARAM_H

#include <almanac/plugin.h>
#include <stdbool.h>

/* In the order in which they are documented: enumerator, name, flags of a route that bring it,
 * all of them; and whether no route may declare it, also one that does not have it. */
#define HOST_PARAMS_EACH(each) \
	each(HOST_STATE, "state", ALM_STATION_FILTER, false) each( \
		HOST_COUNTRY, "country", ALM_STATION_FILTER, false) each(HOST_BBOX, "bbox", \
		ALM_STATION_FILTER, false) each(HOST_NEAR, "near", ALM_STATION_FILTER, \
		false) each(HOST_RADIUS, "radius", ALM_STATION_FILTER, false) each(HOST_YEAR, \
		"year", ALM_STATION_FILTER, false) each(HOST_NAME, "name", ALM_STATION_FILTER, \
		false) each(HOST_PERIOD, "period", ALM_COMPUTED, false) each(HOST_WHERE, \
		"where", ALM_FILTERED, true) each(HOST_RULE, "rule", ALM_COMPLETENESS, \
		true) each(HOST_MIN_COVERAGE, "min_coverage", ALM_COMPLETENESS, true) \
		each(HOST_FIELDS, "fields", 0, true) each(HOST_UNITS, "units", 0, true) each( \
			HOST_FORMAT, "format", 0, true) each(HOST_HEADER, "header", 0, \
			true) each(HOST_BOM, "bom", 0, true) each(HOST_CHART, "chart", 0, \
			true) each(HOST_SORT, "sort", ALM_FILTERED, true) each(HOST_COUNT, \
			"count", ALM_PAGED, true) each(HOST_PAGE, "page", ALM_PAGED, true) \
			each(HOST_PAGE_SIZE, "page_size", ALM_PAGED, true) \
				each(HOST_CURSOR, "cursor", ALM_PAGED | ALM_CURSOR, true)

#define HOST_PARAM_ENUMERATOR(enumerator, name, needs, reserved) enumerator,
enum host_param { HOST_PARAMS_EACH(HOST_PARAM_ENUMERATOR) HOST_PARAMS };
#undef HOST_PARAM_ENUMERATOR

/* [any] */
const char *host_param_name(enum host_param param);

/* [any] The flags of a route that bring it, all of them. */
uint32_t host_param_needs(enum host_param param);

/* [any] Whether flags and answer of the route bring it. */
bool host_param_is_brought(enum host_param param, const struct alm_route *route);

/* [any] The first that the route may not declare by that name; HOST_PARAMS: it may. */
enum host_param host_param_find(const char *name, const struct alm_route *route);

#endif
