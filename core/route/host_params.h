/* The parameters that the host itself adds to routes, by what the routes declare. */
#ifndef ALMANAC_ROUTE_HOST_PARAMS_H
#define ALMANAC_ROUTE_HOST_PARAMS_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>

#include "plugin/host_param.h"

enum {
	HOST_PAGE_MAX = 1000000000,
	HOST_PAGE_SIZE_DEFAULT = 100,
	HOST_RADIUS_DEFAULT = 100 /* km */
};

/* [any] Whether a route has the parameter. Only routes of plugins have any. */
bool host_param_applies(enum host_param param, const struct alm_route *declared);

/* [any] Its declaration for a route that has it; texts are constants. */
struct alm_param host_param_declare(
	enum host_param param, const struct alm_route *declared, int64_t page_size_max);

/* [any] Sets what a period may be: kinds of periods of which there are rows (`stat`; NULL: all
 * that can be stored), and the default. `choices` holds HOST_PERIOD_CHOICES. */
struct plugin_stat;
enum { HOST_PERIOD_CHOICES = 16 };
void host_param_set_periods(
	struct alm_param *param, const struct plugin_stat *stat, const char **choices);

/* [any] Whether the parameter of a route names fields of its rows: fields, where, sort. */
bool host_param_is_of_rows(const struct alm_param *param);

/* [any] Whether its value is an expression (document/where.h), in which commas are its own. */
bool host_param_is_expression(const struct alm_param *param);

/* [any] Whether its values are codes, in which no space or the like can be. */
bool host_param_is_code(const struct alm_param *param);

/* [any] The unit in which its numbers are taken, "1" for shares; NULL: none that is known. */
const char *host_param_unit(const struct alm_param *param);

/* [any] What to do if more is wanted than the parameter's greatest value; "": nothing. */
const char *host_param_beyond(const struct alm_param *param);

/* [any] Whether a page of the same rows may have another value of it. */
bool host_param_is_paging(enum host_param param);

#endif
