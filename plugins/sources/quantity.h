/* Reading the cells of a row: what sources of networks have in common. */
#ifndef SOURCES_QUANTITY_H
#define SOURCES_QUANTITY_H

#include <almanac/plugin.h>
#include <almanac/table.h>

#include "elements.h"

enum { QUANTITY_SHOWN = 32 };

/* What a column of a table is of. */
struct quantity {
	unsigned column;
	uint16_t element;       /* index into the source's elements */
	struct alm_scale scale; /* to the element's integers */
	const char *missing; /* stands for what was reported as missing; NULL: nothing does */
};

/* The number as it is, with as many places as the element has. */
#define AS_IS(PLACES) \
	{ \
		(PLACES), 0, 1, 1 \
	}

/* Reads a cell. 1: *seen has the value; 0: the cell is empty, so that nothing was reported;
 * ALM_TEXT_...: it cannot be read. */
static inline int quantity_read(
	const struct quantity *quantity, struct alm_text cell, struct alm_observation *seen)
{
	int status;

	seen->element = quantity->element;
	if (cell.length == 0) {
		return 0;
	}
	if (quantity->missing != NULL && alm_is(cell, quantity->missing)) {
		seen->value = ALM_MISSING;
		return 1;
	}
	status = alm_scaled(cell, quantity->scale, &seen->value);
	return status < 0 ? status : 1;
}

/* Rejects the line for a cell. Of the name of a column what is told is the part before a '(',
 * '|' or
 * '*'. */
static inline int reject_cell(struct alm_feed *feed, struct alm_text cell, const char *what)
{
	struct alm_text name = alm_trim(alm_text(what, strcspn(what, "(|*")));

	return alm->source->reject_line(feed, "'%.*s' is no %.*s",
		(int)(cell.length < QUANTITY_SHOWN ? cell.length : QUANTITY_SHOWN), cell.at,
		(int)name.length, name.at);
}

/* Makes the id "PREFIX-NUMBER" that keeps the stations of a network apart from others', and
 * that station the current one. */
static inline int enter_station(
	struct alm_feed *feed, const char *prefix, struct alm_text number, char id[32 + 1])
{
	const size_t length = strlen(prefix);

	if (number.length == 0 || length + number.length > 32) {
		reject_cell(feed, number, "station");
		return -1;
	}
	memcpy(id, prefix, length);
	memcpy(id + length, number.at, number.length);
	id[length + number.length] = '\0';
	return alm->source->station(feed, id, length + number.length);
}

/* Sets the position of a station, if both numbers can be read. */
static inline void place_station(
	struct alm_station *station, struct alm_text latitude, struct alm_text longitude)
{
	if (alm_number(latitude, &station->latitude) == 0 &&
		alm_number(longitude, &station->longitude) == 0) {
		station->has |= ALM_HAS_POSITION;
	}
}

static inline void raise_station(struct alm_station *station, struct alm_text elevation)
{
	if (alm_number(elevation, &station->elevation) == 0) {
		station->has |= ALM_HAS_ELEVATION;
	}
}

#endif
