/* A data source: lines "station;YYYY-MM-DD;snowfall in mm". Try it:
 *
 *	almanac check source_example.so snow.csv */
#include <almanac/plugin.h>
#include <almanac/text.h>
#include <string.h>

enum { SNOW };

static const struct alm_element elements[] = {
	{ .code = "SNOW",
		.name = "snowfall",
		.unit = "mm",
		.decimals = 0,
		.min = 0,
		.max = 3000 },
	{ .code = NULL },
};

static int sniff(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	(void)source;
	(void)name;
	(void)length;
	return strncmp(head, "station;date;snow", 17) == 0 ? 100 : 0;
}

static int line(const struct alm_source *source, struct alm_feed *feed, void *state,
	const char *text, size_t length)
{
	struct alm_fields fields = alm_fields(text, length, ';');
	struct alm_observation seen = { .element = SNOW };
	struct alm_text station, date, snow, more;

	(void)source;
	(void)state;
	if (strncmp(text, "station;", 8) == 0) {
		return 0; /* the header */
	}
	if (alm_next_csv(&fields, &station) <= 0 || alm_next_csv(&fields, &date) <= 0 ||
		alm_next_csv(&fields, &snow) <= 0 || alm_next_csv(&fields, &more) != 0 ||
		alm_integer(snow, &seen.value) < 0) {
		return alm->source->reject_line(
			feed, "expected station;YYYY-MM-DD;millimetres");
	}
	seen.day = alm_iso_date(date);
	if (alm->source->station(feed, station.at, station.length) < 0) {
		return -1;
	}
	return alm->source->put_values(feed, &seen, 1);
}

static const struct alm_source snow_csv = {
	.name = "snow_csv",
	.summary = "Daily snowfall, a station and day per line",
	.elements = elements,
	.sniff = sniff,
	.line = line,
};

static const struct alm_source *const sources[] = { &snow_csv, NULL };

ALM_PLUGIN(.name = "source_example", .version = "1.0.0", .sources = sources);
