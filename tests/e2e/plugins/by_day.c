/* For test_by_day.py: lines "station,YYYYMMDD,element,value,mflag,qflag,sflag,time", whatever
 * their order. A value "x" withdraws the day. */
#include <almanac/plugin.h>
#include <almanac/text.h>
#include <string.h>

static const struct alm_element elements[] = {
	{ .code = "TMAX",
		.name = "maximum air temperature",
		.unit = "degC",
		.decimals = 1,
		.min = -900,
		.max = 600 },
	{ .code = "TMIN",
		.name = "minimum air temperature",
		.unit = "degC",
		.decimals = 1,
		.min = -900,
		.max = 600 },
	{ .code = "PRCP",
		.name = "precipitation",
		.unit = "mm",
		.decimals = 1,
		.min = 0,
		.max = 20000 },
	{ .code = NULL },
};

static int sniff(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	const char *field = strchr(head, ',');

	(void)source;
	(void)name;
	(void)length;
	return field != NULL && strlen(field) > 10 && field[9] == ',' ? 100 : 0;
}

static int reject(struct alm_feed *feed)
{
	return alm->source->reject_line(
		feed, "expected station,YYYYMMDD,element,value,mflag,qflag,sflag,time");
}

static char flag(struct alm_text text)
{
	return text.length > 0 ? text.at[0] : ' ';
}

static int line(const struct alm_source *source, struct alm_feed *feed, void *state,
	const char *text, size_t length)
{
	struct alm_fields fields = alm_fields(text, length, ',');
	struct alm_observation seen = { 0 };
	struct alm_text cells[8];
	int32_t time;

	(void)source;
	(void)state;
	for (int i = 0; i < 8; i++) {
		if (alm_next_field(&fields, &cells[i]) <= 0) {
			return reject(feed);
		}
	}
	while (elements[seen.element].code != NULL &&
		!alm_is(cells[2], elements[seen.element].code)) {
		seen.element++;
	}
	if (elements[seen.element].code == NULL) {
		return 0;
	}
	if (alm_is(cells[3], "x")) {
		seen.value = ALM_NOT_REPORTED;
	} else if (alm_integer(cells[3], &seen.value) < 0) {
		return reject(feed);
	}
	seen.day = cells[1].length == 8 ? alm_date8(cells[1].at) : ALM_NO_DAY;
	seen.measurement = flag(cells[4]);
	seen.quality = flag(cells[5]);
	seen.source = flag(cells[6]);
	if (alm_integer(cells[7], &time) == 0) {
		seen.time = ALM_TIME(time);
	}
	if (alm->source->station(feed, cells[0].at, cells[0].length) < 0) {
		return -1;
	}
	return alm->source->put_values(feed, &seen, 1);
}

static const struct alm_source by_day = {
	.name = "by_day",
	.summary = "A value per line, for tests",
	.elements = elements,
	.sniff = sniff,
	.line = line,
};

static const struct alm_source *const sources[] = { &by_day, NULL };

ALM_PLUGIN(.name = "by_day", .version = "1.0.0", .sources = sources);
