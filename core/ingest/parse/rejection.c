#include "ingest/parse/rejection.h"

#include <stdio.h>

#include "base/date.h"
#include "base/number.h"

enum { DATE_SHOWN = 32 };

/* A date, or the number if no text can say it. */
static const char *show_date(char *to, int32_t day)
{
	if (day < date_year_start(DATE_YEAR_MIN) ||
		day >= date_year_start(DATE_YEAR_MAX) + date_year_days(DATE_YEAR_MAX)) {
		snprintf(to, DATE_SHOWN, "day %ld", (long)day);
	} else {
		date_write(to, day);
		to[DATE_TEXT] = '\0';
	}
	return to;
}

static const char *show_value(char *to, int32_t value, int32_t decimals)
{
	to[number_write_scaled(to, value, decimals)] = '\0';
	return to;
}

static void write_bad_day(char *to, size_t room, int32_t day)
{
	char date[DATE_SHOWN];

	if (day == ALM_NO_DAY) {
		snprintf(to, room, "there is no such date");
	} else {
		snprintf(to, room, "the date %s is not within the years %d to %d",
			show_date(date, day), BATCH_YEAR_MIN, BATCH_YEAR_MAX);
	}
}

static void write_bad_value(char *to, size_t room, const struct alm_element *element,
	const struct alm_observation *value)
{
	char date[DATE_SHOWN], text[NUMBER_TEXT_MAX + 1], min[NUMBER_TEXT_MAX + 1],
		max[NUMBER_TEXT_MAX + 1];

	snprintf(to, room, "%s %s %s of %s is not within %s to %s %s", element->code,
		show_value(text, value->value, element->decimals), element->unit,
		show_date(date, value->day), show_value(min, element->min, element->decimals),
		show_value(max, element->max, element->decimals), element->unit);
}

void reason_write(char *to, size_t room, enum assemble_problem problem,
	const struct alm_source *source, const struct alm_observation *value,
	const char *station)
{
	char date[DATE_SHOWN];

	switch (problem) {
	case ASSEMBLE_FINE:
		to[0] = '\0';
		break;
	case ASSEMBLE_NO_STATION:
		snprintf(to, room, "there is a value, but no station that it belongs to");
		break;
	case ASSEMBLE_NO_ELEMENT:
		snprintf(to, room, "source '%s' declares no element with index %u",
			source->name, (unsigned)value->element);
		break;
	case ASSEMBLE_BAD_DAY:
		write_bad_day(to, room, value->day);
		break;
	case ASSEMBLE_BAD_VALUE:
		write_bad_value(to, room, &source->elements[value->element], value);
		break;
	case ASSEMBLE_BAD_FLAG:
		snprintf(to, room, "a flag of %s on %s is no printable ASCII character",
			source->elements[value->element].code, show_date(date, value->day));
		break;
	case ASSEMBLE_BAD_TIME:
		snprintf(to, room, "%d is no time of observation of %s on %s: hhmm, 0 to 2400",
			alm_time_hhmm(value->time), source->elements[value->element].code,
			show_date(date, value->day));
		break;
	case ASSEMBLE_RESERVED:
		snprintf(to, room,
			"source '%s' leaves a reserved member of an observation unset: "
			"initialise it with { 0 }",
			source->name);
		break;
	case ASSEMBLE_TWICE:
		snprintf(to, room, "%s of station %s on %s was given before",
			source->elements[value->element].code, station,
			show_date(date, value->day));
		break;
	}
}
