/* Stations of GHCN-Daily: names and places from ghcnd-stations.txt, or lines cut out
 * of it. Fixed columns, as NOAA's readme.txt says in "FORMAT OF ghcnd-stations.txt";
 * blanks at the end of a line may be missing. */
#include <almanac/plugin.h>
#include <almanac/text.h>
#include <string.h>

/* Columns, counted from 0. */
enum column { ID, LATITUDE, LONGITUDE, ELEVATION, STATE, NAME, GSN, NETWORK, WMO, COLUMNS };

static const struct {
	const char *name;
	size_t first, length;
	const char *hint; /* what it is beside what its name says; or "" */
} columns[COLUMNS] = {
	[ID] = { "station id", 0, 11, "" },
	[LATITUDE] = { "latitude", 12, 8, "" },
	[LONGITUDE] = { "longitude", 21, 9, "" },
	[ELEVATION] = { "elevation", 31, 6, "" },
	[STATE] = { "state", 38, 2, "" },
	[NAME] = { "name", 41, 30, "" },
	[GSN] = { "GSN flag", 72, 3, " (GSN or blank)" },
	[NETWORK] = { "HCN/CRN flag", 76, 3, " (HCN, CRN or blank)" },
	[WMO] = { "WMO id", 80, 5, " (five digits or blank)" },
};

enum {
	LEAST = 37,  /* a line without state, name and what follows */
	MOST = 85,   /* where the last column ends */
	COUNTRY = 2, /* characters of an id */
	SHOWN = 32,  /* bytes of a line that are quoted */
	TEXT_MAX = 31
};

static const double NO_ELEVATION = -999.9;

/* A line of the list. The texts are NUL-terminated. */
struct entry {
	char text[COLUMNS][TEXT_MAX];
	double number[COLUMNS]; /* of the three columns that are numbers */
	size_t at; /* the character that is wrong, from 0, where it is not a column's */
};

/* What may be wrong with a line, beside one of its columns. */
enum { FINE = COLUMNS, TOO_SHORT, TAB, NOT_BLANK, BEYOND };

static int is_flag(const char *text, const char *one, const char *other)
{
	return text[0] == '\0' || strcmp(text, one) == 0 || strcmp(text, other) == 0;
}

/* Reads what there is in the columns. Returns FINE, or the first that is wrong. */
static int parse_columns(struct entry *entry)
{
	if (strspn(entry->text[ID], "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") !=
		columns[ID].length) {
		return ID;
	}
	for (int i = LATITUDE; i <= ELEVATION; i++) {
		struct alm_text text = alm_text(entry->text[i], strlen(entry->text[i]));

		if (alm_number(text, &entry->number[i]) < 0) {
			return i;
		}
	}
	if (!is_flag(entry->text[GSN], "GSN", "GSN")) {
		return GSN;
	}
	if (!is_flag(entry->text[NETWORK], "HCN", "CRN")) {
		return NETWORK;
	}
	if (entry->text[WMO][0] != '\0' &&
		strspn(entry->text[WMO], "0123456789") != columns[WMO].length) {
		return WMO;
	}
	return FINE;
}

/* Looks at what is between the columns, and behind them. */
static int parse_blanks(const char *line, size_t length, struct entry *entry)
{
	static const size_t blanks[] = { 11, 20, 30, 37, 40, 71, 75, 79 };

	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++) {
		entry->at = blanks[i];
		if (entry->at < length && line[entry->at] != ' ') {
			return NOT_BLANK;
		}
	}
	entry->at = MOST;
	while (entry->at < length && line[entry->at] == ' ') {
		entry->at++;
	}
	return entry->at < length ? BEYOND : FINE;
}

/* Reads a line. Returns FINE, or what is wrong. */
static int parse(const char *line, size_t length, struct entry *entry)
{
	const char *tab = memchr(line, '\t', length);
	int wrong;

	if (tab != NULL) {
		entry->at = (size_t)(tab - line);
		return TAB;
	}
	if (length < LEAST) {
		return TOO_SHORT;
	}
	wrong = parse_blanks(line, length, entry);
	if (wrong != FINE) {
		return wrong;
	}
	for (int i = ID; i < COLUMNS; i++) {
		struct alm_text text = alm_columns(
			alm_text(line, length), columns[i].first, columns[i].length);

		alm_copy(text, entry->text[i], sizeof(entry->text[i]));
	}
	return parse_columns(entry);
}

static int sniff(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	struct alm_text rest = alm_text(head, length), text;
	struct entry entry;
	int lines = 0, ours = 0;

	(void)source;
	while (alm_next_line(&rest, lines == 0, &text)) {
		if (text.length > 0) {
			lines++;
			ours += parse(text.at, text.length, &entry) == FINE;
		}
	}
	if (ours > 0) {
		return ours == lines ? 90 : 60;
	}
	return strcmp(name, "ghcnd-stations.txt") == 0 ? 20 : 0;
}

/* Name of the first column that begins after a character. */
static const char *column_behind(size_t at)
{
	int i = ID;

	while (i < WMO && columns[i].first <= at) {
		i++;
	}
	return columns[i].name;
}

static int reject(struct alm_feed *feed, const char *line, size_t length,
	const struct entry *entry, int wrong)
{
	if (length == 0) {
		return alm->source->reject_line(feed, "the line is empty");
	}
	switch (wrong) {
	case TOO_SHORT:
		return alm->source->reject_line(
			feed, "%zu characters, but the elevation ends at %d", length, LEAST);
	case TAB:
		return alm->source->reject_line(feed,
			"character %zu is a tab; the columns of ghcnd-stations.txt are filled with "
			"blanks",
			entry->at + 1);
	case NOT_BLANK:
		return alm->source->reject_line(feed,
			"character %zu, before the %s, is no blank: the columns are not those of "
			"ghcnd-stations.txt: '%.*s'",
			entry->at + 1, column_behind(entry->at), SHOWN, line);
	case BEYOND:
		return alm->source->reject_line(feed,
			"there is something behind the WMO id, which ends at character %d: '%.*s'",
			MOST, SHOWN, line + entry->at);
	default:
		return alm->source->reject_line(feed,
			"'%s' in characters %zu to %zu is no %s%s", entry->text[wrong],
			columns[wrong].first + 1, columns[wrong].first + columns[wrong].length,
			columns[wrong].name, columns[wrong].hint);
	}
}

static int line(const struct alm_source *source, struct alm_feed *feed, void *state,
	const char *line, size_t length)
{
	char country[COUNTRY + 1] = { 0 };
	struct alm_station station = ALM_SIZED(alm_station, .has = ALM_HAS_POSITION);
	struct entry entry;
	int wrong = parse(line, length, &entry);

	(void)source;
	(void)state;
	if (wrong != FINE) {
		return reject(feed, line, length, &entry, wrong);
	}
	memcpy(country, entry.text[ID], COUNTRY);
	station.id = entry.text[ID];
	station.name = entry.text[NAME];
	station.latitude = entry.number[LATITUDE];
	station.longitude = entry.number[LONGITUDE];
	if (entry.number[ELEVATION] != NO_ELEVATION) {
		station.elevation = entry.number[ELEVATION];
		station.has |= ALM_HAS_ELEVATION;
	}
	station.country = country;
	station.state = entry.text[STATE];
	station.wmo_id = entry.text[WMO];
	return alm->source->put_station(feed, &station);
}

static const struct alm_source ghcnd_stations = {
	.name = "ghcnd_stations",
	.summary = "GHCN-Daily list of stations: names and places",
	.sniff = sniff,
	.line = line,
};

static const struct alm_source *const sources[] = { &ghcnd_stations, NULL };

ALM_PLUGIN(.name = "ghcnd_stations", .version = "1.1.0", .sources = sources);
