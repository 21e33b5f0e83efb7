/* Offsets and sizes of ABI 1.0 on 64-bit machines, written by hand: whoever moves a
 * member is told here. Members may be added at the end of structs that are not
 * frozen; then only new lines come. */
#include <almanac/plugin.h>

#define AT(type, member, offset) \
	_Static_assert(offsetof(struct type, member) == (offset), #type "." #member " moved")
#define SIZE(type, size) _Static_assert(sizeof(struct type) == (size), #type " is frozen")

_Static_assert(sizeof(void *) == 8, "the numbers below are for 64 bits");

SIZE(alm_element, 56);
SIZE(alm_param, 88);
SIZE(alm_field, 56);
SIZE(alm_cell, 32);
SIZE(alm_observation, 16);
SIZE(alm_column, 64);
SIZE(alm_input, 40);
SIZE(alm_series, 56);

AT(alm_station, has, 4);
AT(alm_station, id, 8);
AT(alm_station, wmo_id, 64);
AT(alm_route, data, 56);
AT(alm_route, media_type, 64);
AT(alm_route, handle, 80);
AT(alm_record, station, 8);
AT(alm_record, first_day, 16);
AT(alm_record, series, 32);
AT(alm_selection, statistic, 56);
AT(alm_observation, quality, 13);
AT(alm_observation, reserved, 15);
AT(alm_element, reserved32, 36);
AT(alm_source, data, 40);
AT(alm_source, release, 80);
AT(alm_period, reserved, 20);
AT(alm_stat, periods, 32);
AT(alm_stat, state_size, 40);
AT(alm_stat, help, 64);
AT(alm_stat, base, 80);
AT(alm_stat, release, 112);
AT(alm_task, record, 16);
AT(alm_task, state, 40);
AT(alm_computation, params, 24);
AT(alm_computed, rows, 40);
SIZE(alm_computed_row, 72);
SIZE(alm_asset, 64);
AT(alm_plugin, assets, 88);
AT(alm_answer_functions, compute, 64);
AT(alm_observation, time, 10);
AT(alm_series, time, 40);
AT(alm_host, log, 0);
AT(alm_host, param, 24);
AT(alm_host, rows, 48);
AT(alm_host, source, 56);
AT(alm_host, settings, 64);
AT(alm_host, extension, 72);
SIZE(alm_header, 16);
AT(alm_bytes, headers, 40);
AT(alm_answer_functions, bytes, 48);
AT(alm_answer_functions, work, 56);
AT(alm_request_functions, header, 8);
AT(alm_request_functions, body, 24);
AT(alm_param_functions, fail, 40);
AT(alm_request_functions, alloc, 0);
AT(alm_answer_functions, query, 40);
AT(alm_rows_functions, name, 24);
AT(alm_source_functions, station, 0);
AT(alm_source_functions, abort_object, 40);
AT(alm_plugin, abi_major, 0);
AT(alm_plugin, abi_minor, 2);
AT(alm_plugin, host, 8);
AT(alm_plugin, stats, 48);
AT(alm_plugin, settings, 56);
AT(alm_plugin, extension, 80);
SIZE(alm_value, 40);

int main(void)
{
	return 0;
}
