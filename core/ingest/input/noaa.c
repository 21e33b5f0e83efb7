#include "ingest/input/noaa.h"

#include <stdio.h>
#include <string.h>

#define BUCKET "s3://noaa-ghcn-pds/"
#define SERVER "https://www.ncei.noaa.gov/pub/data/ghcn/daily/"

enum { PART_MAX = 64, YEAR_DIGITS = 4, STATION_ID = 11 };

/* What may stand for {} of a name. */
enum wildcard { NOTHING, YEAR, RECENT, STATION, FILE_NAME };

/* By name, before what stands for {}; %s of the place is that. */
static const struct entry {
	const char *name;
	enum wildcard wildcard;
	const char *place;
} entries[] = {
	{ "ghcn-daily/by_year/recent", RECENT, BUCKET "csv.gz/by_year/%s.csv.gz" },
	{ "ghcn-daily/by_year", NOTHING, BUCKET "csv.gz/by_year/" },
	{ "ghcn-daily/by_year/", YEAR, BUCKET "csv.gz/by_year/%s.csv.gz" },
	{ "ghcn-daily/by_station", NOTHING, BUCKET "csv.gz/by_station/" },
	{ "ghcn-daily/by_station/", STATION, BUCKET "csv.gz/by_station/%s.csv.gz" },
	{ "ghcn-daily/stations", NOTHING, BUCKET "ghcnd-stations.txt" },
	{ "ghcn-daily/inventory", NOTHING, BUCKET "ghcnd-inventory.txt" },
	{ "ghcn-daily/countries", NOTHING, BUCKET "ghcnd-countries.txt" },
	{ "ghcn-daily/states", NOTHING, BUCKET "ghcnd-states.txt" },
	{ "ghcn-daily/version", NOTHING, BUCKET "ghcnd-version.txt" },
	{ "ghcn-daily/all", NOTHING, SERVER "ghcnd_all.tar.gz" },
	{ "ghcn-daily/gsn", NOTHING, SERVER "ghcnd_gsn.tar.gz" },
	{ "ghcn-daily/hcn", NOTHING, SERVER "ghcnd_hcn.tar.gz" },
	{ "ghcn-daily/dly/", STATION, SERVER "all/%s.dly" },
	{ "ghcn-daily/superghcnd/", FILE_NAME, SERVER "superghcnd/%s" },
	{ "gsod/", YEAR, "s3://noaa-gsod-pds/%s/" },
};

static bool consists_of(const char *text, const char *characters, size_t length)
{
	return strlen(text) == length && strspn(text, characters) == length;
}

/* Whether the rest of a name can stand for {}. */
static bool fits(enum wildcard wildcard, const char *rest)
{
	static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789._-";
	const size_t length = strlen(rest);

	switch (wildcard) {
	case YEAR:
		return consists_of(rest, "0123456789", YEAR_DIGITS);
	case STATION:
		return consists_of(rest, capitals, STATION_ID);
	case FILE_NAME:
		return length > 0 && length < PART_MAX && rest[0] != '.' &&
		       strspn(rest, letters) == length;
	case NOTHING:
	case RECENT:
		break;
	}
	return rest[0] == '\0' || strcmp(rest, "/") == 0;
}

static void add_uri(struct noaa_place *place, const char *format, const char *part)
{
	const char *hole = strstr(format, "%s");
	const size_t before = hole != NULL ? (size_t)(hole - format) : strlen(format);

	snprintf(place->uris[place->count++], NOAA_URI_MAX, "%.*s%s%s", (int)before, format,
		hole != NULL ? part : "", hole != NULL ? hole + 2 : "");
}

/* The last year's file still changes in this one. */
static void add_recent(struct noaa_place *place, const char *format, int year)
{
	char text[16];

	for (int i = year - 1; i <= year; i++) {
		snprintf(text, sizeof(text), "%04d", i);
		add_uri(place, format, text);
	}
	place->last_may_lack = true;
}

int noaa_resolve(const char *name, int year, struct noaa_place *place, struct error *err)
{
	const char *rest = name + strlen("noaa://");

	*place = (struct noaa_place){ .count = 0 };
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		const struct entry *entry = &entries[i];
		const size_t length = strlen(entry->name);

		if (strncmp(rest, entry->name, length) != 0 ||
			!fits(entry->wildcard, rest + length)) {
			continue;
		}
		if (entry->wildcard == RECENT) {
			add_recent(place, entry->place, year);
		} else {
			add_uri(place, entry->place, rest + length);
		}
		return 0;
	}
	error_set(err, "'%s': no such name of what NOAA publishes", name);
	return error_hint(err,
		"there are noaa://ghcn-daily/by_year/YEAR, by_year/recent, by_year, "
		"by_station/ID, by_station, dly/ID, stations, inventory, countries, states, "
		"version, all, gsn, hcn, superghcnd/FILE, and noaa://gsod/YEAR");
}
