/* Fields that rows of stations can have: what the catalog knows of a station. [any] */
#ifndef ALMANAC_CATALOG_STATION_FIELD_H
#define ALMANAC_CATALOG_STATION_FIELD_H

#include <almanac/plugin.h>
#include <stddef.h>

/* Where the value comes from. */
enum station_origin {
	FROM_TEXT, /* at `offset` of struct catalog_station; likewise */
	FROM_NUMBER,
	FROM_FIRST_BLOCK,
	FROM_LAST_BLOCK,
	FROM_POINT
};

struct station_field {
	const char *name;
	uint32_t type; /* enum alm_type */
	enum station_origin origin;
	size_t offset;
};

/* The field of that name and type. NULL: stations have none. */
const struct station_field *station_field_find(const char *name, uint32_t type);

#endif
