#include "catalog/station_field.h"

#include <string.h>

#include "catalog/catalog.h"

static const struct station_field fields[] = {
	{ "station_id", ALM_STATION, FROM_TEXT, offsetof(struct catalog_station, id) },
	{ "name", ALM_TEXT, FROM_TEXT, offsetof(struct catalog_station, name) },
	{ "latitude", ALM_NUMBER, FROM_NUMBER, offsetof(struct catalog_station, latitude) },
	{ "longitude", ALM_NUMBER, FROM_NUMBER, offsetof(struct catalog_station, longitude) },
	{ "elevation", ALM_NUMBER, FROM_NUMBER, offsetof(struct catalog_station, elevation) },
	{ "state", ALM_TEXT, FROM_TEXT, offsetof(struct catalog_station, state) },
	{ "country", ALM_TEXT, FROM_TEXT, offsetof(struct catalog_station, country) },
	{ "wmo_id", ALM_TEXT, FROM_TEXT, offsetof(struct catalog_station, wmo_id) },
	{ "first_year", ALM_INTEGER, FROM_FIRST_BLOCK, 0 },
	{ "last_year", ALM_INTEGER, FROM_LAST_BLOCK, 0 },
	{ "distance", ALM_NUMBER, FROM_POINT, 0 },
};

const struct station_field *station_field_find(const char *name, uint32_t type)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strcmp(fields[i].name, name) == 0 && fields[i].type == type) {
			return &fields[i];
		}
	}
	return NULL;
}
