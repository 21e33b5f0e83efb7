#include "document/file_name.h"

#include <ctype.h>
#include <string.h>

#include "base/date.h"
#include "format/format.h"
#include "route/route.h"

enum {
	NAMED_MAX = 3, /* stations or places; more are counted */
	TEXT_MAX = 64  /* bytes of a value */
};

/* Appends the text; what is not a letter, a digit, '-' or '.' becomes '-'. */
static void put_text(struct buffer *out, const char *text)
{
	for (size_t i = 0; text[i] != '\0' && i < TEXT_MAX; i++) {
		bool plain = isalnum((unsigned char)text[i]) || strchr("-.", text[i]) != NULL;

		buffer_putc(out, plain ? text[i] : '-');
	}
}

/* "/api/weather/stats" becomes "weather-stats". */
static void put_route(const struct alm_request *request, struct buffer *out)
{
	static const char prefix[] = "/api/";
	const char *path = request->path;

	path += strncmp(path, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 1;
	put_text(out, path);
}

static void put_list(
	struct buffer *out, const char *const *texts, size_t count, const char *plural)
{
	if (count > NAMED_MAX) {
		buffer_printf(out, "_%zu-%s", count, plural);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		buffer_putc(out, '_');
		put_text(out, texts[i]);
	}
}

static void put_date(struct buffer *out, int32_t day)
{
	date_write(buffer_reserve(out, DATE_TEXT), day);
	out->length += DATE_TEXT;
}

/* Years without their days, if the period has all of them. */
static void put_period(struct buffer *out, const struct subject *subject)
{
	bool since = subject->since, until = subject->until;
	struct date first, last;
	bool years;

	if (!since && !until) {
		return;
	}
	first = date_from_day(since ? subject->first_day : subject->last_day);
	last = date_from_day(until ? subject->last_day : subject->first_day);
	years = (!since || (first.month == 1 && first.day == 1)) &&
		(!until || (last.month == 12 && last.day == 31));
	buffer_puts(out, !until ? "_from-" : !since ? "_to-" : "_");
	if (since && years) {
		buffer_printf(out, "%04d", first.year);
	} else if (since) {
		put_date(out, subject->first_day);
	}
	if (until && years && (!since || last.year != first.year)) {
		buffer_printf(out, since ? "-%04d" : "%04d", last.year);
	} else if (until && !years && subject->last_day != subject->first_day) {
		buffer_puts(out, since ? "_" : "");
		put_date(out, subject->last_day);
	}
}

/* Without the station that the path names. */
static void put_stations(const struct alm_request *request, struct buffer *out)
{
	const struct subject *subject = &request->subject;

	if (subject->station_count != 1 ||
		strstr(request->path, subject->stations[0]) == NULL) {
		put_list(out, subject->stations, subject->station_count, "stations");
	}
}

static void put_place(
	const struct alm_request *request, enum host_param param, struct buffer *out)
{
	const struct values *values = request_values(request, param);

	put_list(out, values->texts, values->count, "places");
}

void file_name_put(const struct alm_request *request, struct buffer *out)
{
	put_route(request, out);
	put_stations(request, out);
	put_place(request, HOST_STATE, out);
	put_place(request, HOST_COUNTRY, out);
	put_period(out, &request->subject);
	if (request->page.page > 1) {
		buffer_printf(out, "_page-%lld", (long long)request->page.page);
	}
	buffer_putc(out, '.');
	buffer_puts(out, request->format->extension);
}
