/* almanac/plugin.h - everything a plugin needs to know. Examples: sdk/.
 *
 * A plugin is a shared object that exports one constant, made by ALM_PLUGIN()
 * at the end of this file: tables of routes, sources and statistics. The host
 * reads the tables at start-up and refuses to start if any plugin is unsound.
 *
 * Five rules explain the rest.
 *
 *   Declare names, use indexes. Parameters, fields, elements, inputs and
 *   columns are named once, in a table; at run time both sides pass positions
 *   in that table.
 *
 *   The host owns the memory. State arrives zeroed, sized by state_size;
 *   request memory comes from alm->request->alloc(). A pointer handed to you is good
 *   until your function returns, unless its comment says more; whatever you
 *   hand over is copied.
 *
 *   No mutable globals. Calls on one request, feed or state never overlap;
 *   calls on different ones may run at the same time on different threads.
 *
 *   A plugin does not end the program: exit(), an exception that leaves a function
 *   and a crash end it as a failure, and the log names the plugin, the function and
 *   its route, station, or object and line.
 *
 *   Failures are reported where they are known. Functions that can fail return
 *   0, or -1 once the failure has been reported: `return alm->answer->fail(...)` and
 *   `return alm->source->reject_line(...)` are the idiom.
 *
 * Every function carries a thread tag:
 *
 *   [loop]    the event loop thread that owns the request: never block it.
 *   [worker]  a thread of the ingestion: may compute for long, has no request.
 *   [any]     any thread, at any time after the plugin was loaded.
 *
 * Dates are int32_t days since 1970-01-01 in the proleptic Gregorian calendar
 * (negative before). Values are int32_t in 10^-decimals of the element's unit:
 * 281 is 28.1 degC where the element says unit "degC", decimals 1. */
#ifndef ALMANAC_PLUGIN_H
#define ALMANAC_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

/* ABI version. A plugin built for 1.N loads in every host 1.M with M >= N, and
 * in no other. The minor grows when a member is added at the end of a struct
 * ("since 1.N") or a flag is added; the host never reads a member newer than
 * the plugin. The major grows for everything else. Ledger: end of this file. */
#define ALM_ABI_MAJOR 1
#define ALM_ABI_MINOR 0

/* Define it before this file is included to use no more than an older minor version, and to be
 * loaded by programs that are as old: what is newer must stay zero then. */
#ifndef ALM_WANTED_MINOR
#define ALM_WANTED_MINOR ALM_ABI_MINOR
#elif ALM_WANTED_MINOR > ALM_ABI_MINOR
#error "ALM_WANTED_MINOR is newer than this header"
#endif

#if !defined(__GNUC__)
#error "Almanac plugins need a compiler with GNU attributes (gcc or clang)"
#endif
#define ALM_PRINTF(fmt, first) __attribute__((__format__(__printf__, fmt, first)))
#define ALM_EXPORT __attribute__((visibility("default")))
#define ALM_LOCAL __attribute__((visibility("hidden")))

#ifdef __cplusplus
extern "C" {
#endif

struct alm_request; /* one HTTP request, until it is answered */
struct alm_rows;    /* the result of one SQL statement */
struct alm_feed;    /* one input object being read */

/* A value that was reported as missing, or that may not be used because of its
 * quality flag. */
#define ALM_MISSING INT32_MIN
/* A day of which no source said anything. */
#define ALM_NOT_REPORTED (INT32_MIN + 1)
/* Whether a value of a record is one. */
static inline int alm_is_value(int32_t value)
{
	return value > ALM_NOT_REPORTED;
}
/* What alm->day() answers for a date that does not exist. */
#define ALM_NO_DAY INT32_MIN

/* -- Elements and stations ---------------------------------------------- */

/* A quantity that stations observe. Sources that declare one code must agree
 * on unit and decimals. Travels in arrays: frozen for all of ABI 1. */
struct alm_element {
	/* "TMAX": 1 to 8 of A-Z, 0-9, '*', '#', but not "DATE"; NULL ends the array. '*'
	 * and '#' are characters like the others. */
	const char *code;
	const char *name; /* CF long name: "maximum air temperature" */
	const char *unit; /* UDUNITS symbol: "degC", "mm" */
	int32_t decimals; /* 0 to 6; see "Values" above */
	/* Physical bounds: a value beyond them is rejected, unless it carries a quality
	 * flag. Both 0: none. Each source is held to its own; of sources that differ in
	 * bounds or name, those of the first plugin by path are shown to clients. */
	int32_t min, max;
	uint32_t reserved32;     /* 0 */
	const void *reserved[2]; /* NULL */
};

/* Initialises a struct that begins with its size, for C99 and C++20:
 *
 *	struct alm_station station = ALM_SIZED(alm_station, .id = id, .name = name);
 *
 * Members that are not named are zero: not known, not bounded. */
#define ALM_SIZED(type, ...) \
	{ \
		.size = (uint32_t)sizeof(struct type), __VA_ARGS__ \
	}

/* alm_station.has */
#define ALM_HAS_POSITION (UINT32_C(1) << 0)
#define ALM_HAS_ELEVATION (UINT32_C(1) << 1)

/* What is known of a station. Passed by pointer: may grow at the end. */
struct alm_station {
	uint32_t size;       /* ALM_SIZED() */
	uint32_t has;        /* which of the numbers below are known: ALM_HAS_... */
	const char *id;      /* 1 to 32 of A-Z, a-z, 0-9, '_', '-', '.'; not "." or ".." */
	const char *name;    /* UTF-8; NULL or "": not known, as in all that follow */
	double latitude;     /* ALM_HAS_POSITION: degrees north, WGS 84 */
	double longitude;    /* ALM_HAS_POSITION: degrees east */
	double elevation;    /* ALM_HAS_ELEVATION: metres above mean sea level */
	const char *country; /* FIPS 10-4 code, as in GHCN station ids */
	const char *state;   /* postal code of a US state or Canadian province */
	const char *wmo_id;  /* five digits; anything else is rejected */
};

/* The days of one element of a record. Travels in arrays: frozen for all of ABI 1. */
struct alm_series {
	const struct alm_element *element; /* code, unit and decimals; name may be NULL */
	/* value[i] is that of day record->first_day + i; see alm_is_value(). */
	const int32_t *value;
	/* GHCN-Daily flags by day, ' ' for none; NULL: not asked for (ALM_WITH_FLAGS), or
	 * there are none. */
	const char *measurement, *quality, *source;
	/* Times of observation by day, as ALM_TIME(); 0: not known. NULL likewise. */
	const uint16_t *time;
	const void *reserved[1]; /* NULL */
};

/* A station's days on one time axis, as the host hands them over. */
struct alm_record {
	uint32_t size, reserved; /* sizeof, of the host's; may grow at the end */
	const struct alm_station *station;
	int32_t first_day;   /* the day of index 0 */
	uint32_t days;       /* length of every array */
	size_t series_count; /* one for each element or input asked for, in that order */
	const struct alm_series *series;
};

/* -- Routes -------------------------------------------------------------- */

/* alm_param.type, alm_field.type */
enum alm_type {
	ALM_TEXT = 1,
	ALM_INTEGER,
	ALM_NUMBER,
	ALM_BOOLEAN, /* true, false */
	ALM_DATE,    /* 2014-12-31; of a request also 20141231, or with the time 00:00 */
	ALM_STATION, /* id of a stored station, in any letter case unless another station has
		      * that id; an unknown one is answered with 404 */
	ALM_ELEMENT, /* code of a stored element, in any letter case */
	/* "1961-1990": a range of years from 1700 to 2199, in either order; max_values: how
	 * many it has, then in this order, 0: any number. Parameters. */
	ALM_YEARS
};

/* alm_param.flags */
enum alm_param_flag {
	ALM_REQUIRED = 1u << 0,
	/* Several values: comma-separated, or the name repeated. Of type ELEMENT, "*" stands
	 * for all stored elements. */
	ALM_LIST = 1u << 1,
	/* DATE: a month (2014-12) or a year (2014) is a value too. integer() is its first day,
	 * number() its last. */
	ALM_SPAN = 1u << 2
};

/* A request parameter. The host parses, checks and defaults it before a callback runs,
 * answers 422 with its name when it is wrong, and documents it. Without a value (?name=) it
 * counts as absent. It is a path parameter when
 * the path holds "{name}".
 * Travels in arrays: frozen for all of ABI 1. */
struct alm_param {
	const char *name; /* 1 to 32 of a-z, 0-9, '_'; NULL ends the array */
	uint32_t type;    /* enum alm_type */
	uint32_t flags;   /* enum alm_param_flag */
	const char *help;
	const char *example;
	const char *default_value;  /* used when absent; NULL: stays absent */
	int64_t min, max;           /* INTEGER, NUMBER: bounds; TEXT: length; both 0: none */
	uint32_t max_values;        /* LIST: number of values allowed; 0: 1,024 */
	uint32_t reserved;          /* 0 */
	const char *const *choices; /* TEXT: what is allowed, NULL-terminated; NULL: any */
	const void *reserved2[2];   /* NULL */
};

/* alm_field.flags */
enum alm_field_flag {
	ALM_NULLABLE = 1u << 0,
	/* ALM_DAYS: stands for one field per selected element, named by its code in lower
	 * case, in the element's unit. */
	ALM_PER_ELEMENT = 1u << 1,
	/* Not in the answer unless the parameter `fields` names it. */
	ALM_HIDDEN = 1u << 2,
	/* ALM_STATISTICS: stands for the columns of the statistic and, as if they were
	 * ALM_HIDDEN, for what the host counts and judges of them. The only field then. */
	ALM_PER_COLUMN = 1u << 3
};

/* One field of an answered row. Travels in arrays: frozen for all of ABI 1. */
struct alm_field {
	const char *name;  /* 1 to 64 of a-z, 0-9, '_'; NULL ends the array */
	uint32_t type;     /* enum alm_type */
	uint32_t flags;    /* enum alm_field_flag */
	const char *unit;  /* "degC"; NULL: none */
	int32_t decimals;  /* NUMBER: places shown, rounded half away from zero */
	uint32_t reserved; /* 0 */
	const char *help;
	const void *reserved2[2]; /* NULL */
};

/* alm_route.answer: what the route answers with. It decides which callback the route has, and
 * which fields and flags it may have; anything else is refused when the plugin is loaded. */
enum alm_answer {
	/* Rows of days, from select(): one for each day on which a selected station reported
	 * at least one selected element, by station id, then date. Fields: a STATION, a DATE,
	 * and one that is ALM_PER_ELEMENT, in this order. */
	ALM_DAYS = 1,
	/* Rows of a statistic, from select(), by station id, then period: those of periods
	 * that begin on the selected days. Fields: columns of the statistic's table, by name
	 * (station_id, year, month or season; its own; of an input x x_days, x_missing,
	 * x_longest_gap; of a column y y_wmo, y_ncei), or a single ALM_PER_COLUMN. */
	ALM_STATISTICS,
	/* Rows of stations, from select(), by id or, with `near`, by distance. Fields, by
	 * name: station_id (STATION); name, state, country, wmo_id (TEXT); latitude,
	 * longitude, elevation, distance (NUMBER; km, with `near`); first_year, last_year
	 * (INTEGER). */
	ALM_STATIONS,
	/* Rows that the plugin computes, from handle(): row(), then send(). */
	ALM_ROWS,
	/* Rows of a statement, from handle(): sql(). */
	ALM_SQL,
	/* Bytes of any media type, from handle(): bytes(). Neither fields nor flags. */
	ALM_BYTES
};

/* alm_route.flags. What the host adds for them to the route is documented for clients and
 * checked, so each is refused where it would have no effect. */
enum alm_route_flag {
	/* The host adds `page` and `page_size`, and answers `pagination`, `links`. All but
	 * ALM_BYTES, and not with ALM_SINGLE. */
	ALM_PAGED = 1u << 0,
	/* Adds `cursor`. With ALM_PAGED; ALM_DAYS, ALM_STATISTICS, ALM_STATIONS. */
	ALM_CURSOR = 1u << 1,
	/* `data` is one object, not an array; no row is a 404. All but ALM_BYTES. */
	ALM_SINGLE = 1u << 2,
	/* The answer depends on nothing but the URL and the stored data. All but ALM_BYTES,
	 * which have an entity tag of their content. */
	ALM_CACHEABLE = 1u << 3,
	/* Adds `state`, `country`, `bbox`, `near`, `radius` and `name`, by which the host
	 * narrows down stations: of ALM_DAYS, ALM_STATISTICS, ALM_STATIONS and
	 * alm->answer->record(), and of ALM_ROWS by their first field of type STATION, which
	 * there must be. To ALM_STATIONS also `year`: those that reported in it. */
	ALM_STATION_FILTER = 1u << 4,
	/* Adds `where` (conditions on what is shown) and `sort`. With ALM_PAGED; ALM_DAYS,
	 * ALM_STATISTICS, ALM_STATIONS, ALM_ROWS. */
	ALM_FILTERED = 1u << 5,
	/* Adds `rule` (nulls what does not satisfy it) and `min_coverage` (leaves out rows
	 * whose columns, those asked for, rest on too few days). ALM_STATISTICS. */
	ALM_COMPLETENESS = 1u << 6,
	/* Adds `period` and the parameters that the statistic declares: what is not stored
	 * is computed for the request. ALM_STATISTICS, with a path that holds
	 * "{statistic}"; described to clients as one path for each statistic. */
	ALM_COMPUTED = 1u << 7
};

/* Which days or years of which stations. All 0: of all stations all there is. */
struct alm_selection {
	uint32_t size;               /* see ALM_SIZED */
	uint32_t has;                /* enum alm_selection_bit */
	const char *const *stations; /* ids */
	size_t station_count;        /* 0: all */
	const char *const *elements; /* codes; ALM_DAYS and record() */
	size_t element_count;        /* 0: all */
	int32_t first_day, last_day; /* inclusive; what `has` does not say is no bound */
	uint32_t months;             /* ALM_DAYS: bit m set: month m, 1 to 12; 0: all */
	/* ALM_STATISTICS: ALM_MONTH ...; 0: the statistic's longest stored period. With
	 * ALM_COMPUTED it is the request's, and ignored. */
	uint32_t period;
	const char *statistic; /* ALM_STATISTICS: its name */
};

/* alm_selection.has */
enum alm_selection_bit {
	ALM_SINCE = 1u << 0, /* first_day */
	ALM_UNTIL = 1u << 1, /* last_day */
	/* ALM_DAYS: of each element x the fields x_mflag, x_qflag, x_sflag and x_time follow
	 * it. record(): series have flags and times. */
	ALM_WITH_FLAGS = 1u << 2,
	/* Values with a quality flag are values, too; without it they are missing. */
	ALM_WITH_FLAGGED = 1u << 3
};

/* alm_route.methods, alm->request->method(). The host answers OPTIONS itself. */
enum alm_http_method {
	ALM_GET = 1u << 0,
	ALM_HEAD = 1u << 1, /* comes with ALM_GET */
	ALM_POST = 1u << 2,
	ALM_PUT = 1u << 3,
	ALM_PATCH = 1u << 4,
	ALM_DELETE = 1u << 5
};

struct alm_route {
	const char *path;               /* "/api/stations/{station_id}"; 200 characters */
	const char *summary;            /* one line */
	const char *help;               /* more, in Markdown; may be NULL */
	const struct alm_param *params; /* may be NULL; at most 64 */
	const struct alm_field *fields; /* of a row, in order; at most 64 */
	uint32_t flags;                 /* enum alm_route_flag */
	uint32_t answer;                /* enum alm_answer */
	uint32_t methods;               /* enum alm_http_method; 0: GET and HEAD */
	uint32_t reserved;              /* 0 */
	const void *data;               /* yours: the callbacks are passed this table */
	/* ALM_BYTES: media type of its answers with status 200, as clients are told;
	 * NULL: application/octet-stream. */
	const char *media_type;

	/* [loop] ALM_DAYS, ALM_STATISTICS, ALM_STATIONS: says what is wanted by filling in
	 * *selection, which is all 0 but for its size; what it points to must live as long
	 * as the request (alloc(), texts(), constants). The host answers, unless this has
	 * answered with fail() and returns -1. May be NULL for ALM_DAYS and ALM_STATIONS:
	 * everything. */
	int (*select)(const struct alm_route *route, struct alm_request *request,
		struct alm_selection *selection);

	/* [loop] The others: answers with what the route declares or with fail(), here or in
	 * a callback that is called later. To return without having asked for anything is a
	 * logged 500. */
	int (*handle)(const struct alm_route *route, struct alm_request *request);
};

/* One value of a row that a route computed itself; the type is the field's.
 * Frozen for all of ABI 1. */
struct alm_cell {
	uint32_t null;     /* not 0: null, whatever else is set */
	uint32_t reserved; /* 0 */
	int64_t integer;   /* INTEGER, BOOLEAN, DATE */
	double number;     /* NUMBER; NAN and infinities are null */
	const char *text;  /* TEXT, STATION, ELEMENT; UTF-8; NULL is null */
};

/* A header of an answer. Travels in arrays: frozen for all of ABI 1. */
struct alm_header {
	const char *name; /* "Cache-Control"; NULL ends the array */
	const char *value;
};

/* alm_bytes.flags */
enum alm_bytes_flag {
	/* `data` lasts as long as the plugin is loaded: it is not copied. */
	ALM_LASTING = 1u << 0
};

/* An answer of any media type. */
struct alm_bytes {
	uint32_t size;          /* ALM_SIZED() */
	uint32_t flags;         /* enum alm_bytes_flag */
	uint32_t status;        /* 200 to 599, but for 206 and 304; 0: 200 */
	uint32_t reserved;      /* 0 */
	const char *media_type; /* "image/svg+xml"; NULL only without bytes */
	const void *data;
	size_t length; /* 256 MiB at most */
	/* Further headers; may be NULL. Names and values without control characters, and none
	 * that is the host's: Content-Type, Content-Length and Content-Encoding, ETag, Date,
	 * Accept-Ranges, Connection and the like, X-Request-Id, Access-Control-... */
	const struct alm_header *headers;
};

/* [worker] What work() calls: computes, reads and writes what `arg` points to, and nothing of
 * the request. */
typedef void alm_work_fn(void *arg);
/* [loop] What follows it. */
typedef int alm_worked_fn(struct alm_request *request, void *arg);

/* [loop] Called once when what was asked for is there. If the database fails
 * or the client goes away it is never called: the host answers. */
typedef int alm_record_fn(
	struct alm_request *request, const struct alm_record *record, void *arg);
typedef int alm_rows_fn(struct alm_request *request, const struct alm_rows *rows, void *arg);

/* -- Sources ------------------------------------------------------------ */

/* Time of observation, local: 700 is 07:00, 2400 the end of the day. 0 to 2400; its last
 * two digits are below 60. */
#define ALM_TIME(hhmm) ((uint16_t)((hhmm) + 1))
static inline int alm_time_hhmm(uint16_t time)
{
	return time - 1; /* -1: not known */
}

/* One value of the feed's current station. Frozen for all of ABI 1. */
struct alm_observation {
	int32_t day;
	/* ALM_MISSING: reported as missing. ALM_NOT_REPORTED: withdraws the day, whatever an
	 * earlier object reported of it. */
	int32_t value;
	uint16_t element; /* index into alm_source.elements */
	uint16_t time;    /* ALM_TIME() of the observation; 0: not known */
	char measurement; /* GHCN-Daily MFLAG; 0 or ' ': none */
	char quality;     /* QFLAG; none: good. Flagged values are stored, not used */
	char source;      /* SFLAG */
	char reserved;    /* 0 */
};

/* alm_source.flags */
/* A station, element and year that the object mentions is given whole: days of it
 * that the object does not report count as not reported, also when an earlier object
 * reports them. Without it, those of earlier objects count. An object is earlier by
 * its place in the list of objects, not by when it was read. */
#define ALM_WHOLE_BLOCKS (UINT32_C(1) << 0)

/* A scope of alm->source->whole(): all blocks of the object. */
#define ALM_WHOLE_OBJECT 1

/* An answer of sniff(): known, and not to be read. */
#define ALM_SNIFF_SKIP (-100)

/* Every callback is handed the table it belongs to, so that one function can serve
 * several sources. */
struct alm_source {
	const char *name;                   /* "wx_data": 1 to 32 of a-z, 0-9, '_' */
	const char *summary;                /* one line */
	const struct alm_element *elements; /* at most 1,024; NULL: station metadata only */
	size_t state_size; /* zeroed memory per object, at most 16 MiB; may be 0 */
	uint32_t flags;    /* ALM_WHOLE_... */
	uint32_t reserved; /* 0 */
	const void *data;  /* yours; the host does not look at it */

	/* [any] How surely is this object ours? 0: no, 100: certain; anything else fails
	 * the object. `name` has no directory and no compression suffix; `head` is its
	 * first bytes, at most 4,096, without a byte order mark, NUL-terminated at
	 * head[length]. The highest answer wins; a tie is an error that names both.
	 *
	 * ALM_SNIFF_SKIP: a file that comes with the data and holds none (a description, a
	 * licence). Where no source would read it, it counts as taken in without a line, and
	 * the run as a success; what was stored of it before goes. */
	int (*sniff)(const struct alm_source *source, const char *name, const char *head,
		size_t length);

	/* [worker] Called once before the first line. May be NULL. */
	int (*begin)(const struct alm_source *source, struct alm_feed *feed, void *state,
		const char *name);

	/* [worker] One line, without LF or CRLF, NUL-terminated at line[length]; empty
	 * lines too, but for those at the end of the object. Of a line that is rejected
	 * nothing is stored, and if it called station() there is no current station after
	 * it: call station() for every line that names one, which costs little when it is
	 * the same. */
	int (*line)(const struct alm_source *source, struct alm_feed *feed, void *state,
		const char *line, size_t length);

	/* [worker] Called once after the last line, unless the object failed. May be
	 * NULL. */
	int (*end)(const struct alm_source *source, struct alm_feed *feed, void *state);

	/* [worker] Frees what the state holds. Called once for every state, also when the
	 * object failed or begin() was not reached; has no feed any more. May be NULL. */
	void (*release)(const struct alm_source *source, void *state);
};

/* What a source calls, as alm->source->station(). All [worker]. May grow at the end.
 *
 * All but abort_object() return 0 to go on, also when the line was rejected (what else is
 * done for that line has no effect), and -1 to give the object up: return it. To return
 * -1 from line() after reject_line() does no harm: it is the line that is given up. */
struct alm_source_functions {
	/* Make `id` the station of the values that follow; unknown ids are added. An id
	 * that is none (see alm_station) rejects the line or, in begin(), gives the object
	 * up. */
	int (*station)(struct alm_feed *feed, const char *id, size_t length);

	/* Store what is known of a station; it does not become the current one. */
	int (*put_station)(struct alm_feed *feed, const struct alm_station *station);

	/* Store values of the current station. A value beyond its element's bounds that
	 * carries no quality flag is rejected alone, and a line that has nothing else with
	 * it. A day that there is not, or not in the years 1700 to 2199, a wrong element, a
	 * flag that is not printable ASCII and a day given twice reject the line. What is
	 * rejected is stored with line and reason, for the operator. */
	int (*put_values)(
		struct alm_feed *feed, const struct alm_observation *values, size_t count);

	/* The blocks of this object are whole, as ALM_WHOLE_BLOCKS says of every object of a
	 * source: for formats that come in whole files and in parts of them. `scope` is
	 * ALM_WHOLE_OBJECT. Before the first value: in begin(), or for a header line. */
	int (*whole)(struct alm_feed *feed, uint32_t scope);

	/* Drop this line; object, line number and reason are kept. -1 once the object has
	 * passed the limit of rejected lines. In begin() and end() there is no line: it gives
	 * the object up. */
	int (*reject_line)(struct alm_feed *feed, const char *format, ...) ALM_PRINTF(2, 3);

	/* Give the object up; nothing of it is stored. Returns -1. */
	int (*abort_object)(struct alm_feed *feed, const char *format, ...) ALM_PRINTF(2, 3);
};

/* -- Statistics ---------------------------------------------------------
 *
 * A statistic has a row for every station and period of which a station reported at
 * least one input. The host keeps the rows up to date, counts
 * the days behind them, judges their completeness and serves them.
 *
 * Rows are computed anew when their days change, when what is known of the station
 * does, and all of them when the declaration or the plugin's `version` does: raise
 * the version with whatever changes results. */

/* Kinds of periods: bits of alm_stat.periods and alm_stat.on_request, one of them in
 * alm_period.kind. A season is DJF, MAM, JJA or SON; December counts to the year that
 * follows. */
enum alm_period_kind {
	ALM_MONTH = 1u << 0,
	ALM_SEASON = 1u << 1,
	ALM_YEAR = 1u << 2,
	/* On request only: single days; and parts of the calendar, each of which is made of
	 * that part of all the record's years. */
	ALM_DAY = 1u << 3,
	ALM_CALENDAR_DAY = 1u << 4,
	ALM_CALENDAR_MONTH = 1u << 5,
	ALM_CALENDAR_SEASON = 1u << 6,
	ALM_CALENDAR_YEAR = 1u << 7
};

/* How a column sums up the days of its period (CF cell_methods). Completeness
 * rules tell them apart: means tolerate some missing days, sums and counts under
 * WMO-No. 1203 (4.4.1) none. */
enum alm_method { ALM_MEAN = 1, ALM_SUM, ALM_COUNT, ALM_MINIMUM, ALM_MAXIMUM };

/* An element that a statistic needs, in the unit that it computes with. Where a
 * source declares, or the database stores, the code with another unit or number of
 * decimals, the host refuses the statistic. Travels in arrays: frozen for all of
 * ABI 1. */
struct alm_input {
	const char *code;         /* "TMAX"; NULL ends the array */
	const char *unit;         /* "degC" */
	int32_t decimals;         /* 1: value 281 is 28.1 degC */
	uint32_t reserved;        /* 0 */
	const void *reserved2[2]; /* NULL */
};

/* One result. Travels in arrays: frozen for all of ABI 1. */
struct alm_column {
	/* SQL name: 1 to 32 of a-z, 0-9, '_'; NULL ends the array. Not one of the host's:
	 * station_id, year, month, season, day, date; x_days, x_missing, x_longest_gap of an
	 * input X; y_RULE of a column y, for every completeness rule; PostgreSQL's xmin, ctid
	 * ... */
	const char *name;
	const char *unit; /* "degC", "cm", "1" */
	const char *help;
	int32_t decimals; /* places shown when it leaves the database as text */
	uint32_t method;  /* ALM_MEAN ... */
	/* Codes of the inputs it needs, with commas: "TMAX,TMIN". NULL: all. */
	const char *inputs;
	/* Completeness rules that judge it, with commas: "wmo,ncei"; "": none. NULL: all. */
	const char *rules;
	/* ALM_NUMBER, ALM_INTEGER or ALM_DATE (the result is a day number); 0: ALM_NUMBER. */
	uint32_t type;
	uint32_t periods;        /* kinds of periods that have it; 0: all */
	const void *reserved[1]; /* NULL */
};

/* The period that a row is of. As the host hands it over. */
struct alm_period {
	uint32_t kind; /* enum alm_period_kind */
	int32_t year;  /* of a winter: that of its January; of parts of the calendar 0 */
	/* Month 1 to 12; season 1 to 4: DJF, MAM, JJA, SON; day 1 to 366 of a leap year, for
	 * ALM_DAY and ALM_CALENDAR_DAY; 0 for years. */
	uint32_t part;
	/* Its days are indexes first to first + days - 1 of the record. Where the record
	 * begins or ends within the period, these are fewer than the calendar has. Of a part
	 * of the calendar: all days of the record. */
	uint32_t first, days;
	uint32_t reserved; /* 0 */
};

/* The value of a parameter of a statistic, or of a setting. Travels in arrays: frozen for all
 * of ABI 1. */
struct alm_value {
	const char *text;              /* as given; NULL: not given, and no default */
	int64_t integer;               /* INTEGER, BOOLEAN as 0 or 1, DATE as day number */
	double number;                 /* NUMBER, INTEGER */
	int32_t first_year, last_year; /* YEARS */
	const void *reserved[1];
};

/* A statistic at work on the record of one station. As the host hands it over; good until
 * release() returns. */
struct alm_task {
	uint32_t size, reserved; /* sizeof, of the host's; may grow at the end */
	const struct alm_stat *stat;
	const struct alm_record *record;
	const struct alm_value *params; /* by index into stat->params */
	const void *base;               /* what base() has written; NULL: it was not called */
	void *state;                    /* state_size bytes, zeroed */
};

enum alm_stat_flag {
	/* A period's result depends on days outside it without bound: the record handed over
	 * is the station's whole record, and a change anywhere recomputes all of it. Without
	 * it, a record may hold no more than the periods to compute. */
	ALM_WHOLE_RECORD = 1u << 0
};

struct alm_stat {
	const char *name;    /* "yearly": 1 to 32 of a-z, 0-9, '_' */
	const char *summary; /* one line */
	const struct alm_input *inputs;
	const struct alm_column *columns;
	uint32_t periods;    /* stored: ALM_MONTH, ALM_SEASON, ALM_YEAR; may be 0 */
	uint32_t flags;      /* enum alm_stat_flag */
	size_t state_size;   /* zeroed memory per record; may be 0; at most 16 MiB */
	const void *data;    /* yours */
	uint32_t on_request; /* further kinds of periods, computed when asked for */
	/* Days before the first of a period that its result depends on: spells that began
	 * before, running sums. At most 3,660. */
	uint32_t lead_days;
	const char
		*help; /* formulas, sources, what differs elsewhere, in Markdown; may be NULL */
	/* Parameters, each with a default_value; stored rows are of the defaults, others are
	 * computed when asked for. Types TEXT with choices, INTEGER, NUMBER, BOOLEAN, DATE
	 * and YEARS. May be NULL. */
	const struct alm_param *params;

	/* [worker] Sums up a base period, once for a station and its parameters: writes
	 * base_size bytes, zeroed before, without pointers, which the host keeps until a day
	 * of that period changes. The record holds all its days that are stored, with
	 * lead_days before them; there may be none. The period is the value of the parameter
	 * base_param, of type YEARS. May be NULL; then base_size is 0. Must not fail. */
	void (*base)(const struct alm_task *task, void *base);
	uint32_t base_param; /* index into params */
	uint32_t base_size;  /* at most 1 MiB */

	/* [worker] Called once per record before compute(). May be NULL. Must not
	 * fail. */
	void (*prepare)(const struct alm_task *task);

	/* [worker] One period. Write one number per column; NAN becomes NULL. Called only
	 * for periods in which a station reported at least one input. Must not fail. */
	void (*compute)(
		const struct alm_task *task, const struct alm_period *period, double *result);

	/* [worker] Called once per record after the last compute(): frees what the state
	 * holds, not the state. May be NULL. */
	void (*release)(const struct alm_task *task);
};

/* A statistic to be computed for a request. */
struct alm_computation {
	uint32_t size;         /* ALM_SIZED() */
	uint32_t kind;         /* one of its periods or on_request */
	const char *statistic; /* its name */
	const char *station;   /* id */
	/* Parameters other than the defaults, as texts; ends with a NULL name; may be NULL. */
	const struct alm_header *params;
	uint32_t has;                /* ALM_SINCE, ALM_UNTIL */
	uint32_t part;               /* of these parts only, as alm_period.part; 0: all */
	int32_t first_day, last_day; /* periods that begin on these days */
};

/* One computed row. Travels in arrays: frozen for all of ABI 1. */
struct alm_computed_row {
	struct alm_period period;
	int32_t first_day;       /* of the period */
	uint32_t days;           /* of the period, by the calendar */
	const double *value;     /* by column; NAN: null */
	const uint32_t *present; /* by input: days with a value */
	/* By column; bit i: complete by rule i of alm_computed.rules. */
	const uint8_t *complete;
	const void *reserved[2];
};

/* As the host hands it over: lives as long as the request. */
struct alm_computed {
	uint32_t size, reserved; /* sizeof, of the host's; may grow at the end */
	const struct alm_stat *stat;
	const struct alm_station *station;
	const struct alm_value *params; /* with which it was computed */
	size_t count;
	const struct alm_computed_row *rows; /* by period */
	const char *const *rules;            /* names of completeness rules, NULL-terminated */
	int32_t first_day, last_day;         /* of the station's days of any input */
};

/* [loop] As alm_record_fn. */
typedef int alm_computed_fn(
	struct alm_request *request, const struct alm_computed *computed, void *arg);

/* -- What the host offers ----------------------------------------------- */

enum alm_level { ALM_DEBUG = 1, ALM_INFO, ALM_WARN, ALM_ERROR };

/* alm->param: the parameters of a request, by index into alm_route.params. All [loop]. */
struct alm_param_functions {
	/* Values given, 0 when absent. */
	size_t (*count)(const struct alm_request *request, unsigned param);
	/* Value i of it, i < count(): text (any type, as written; stations and elements as
	 * stored, days as 2014-12-31), integer (INTEGER, BOOLEAN as 0 or 1, DATE as day
	 * number), number (NUMBER). Texts live as long as the request. */
	const char *(*text)(const struct alm_request *request, unsigned param, size_t i);
	int64_t (*integer)(const struct alm_request *request, unsigned param, size_t i);
	double (*number)(const struct alm_request *request, unsigned param, size_t i);
	/* All values as texts: an array of count() that lives as long as the request. */
	const char *const *(*texts)(const struct alm_request *request, unsigned param);
	/* Answer with 422, naming the parameter and its value. Returns -1. */
	int (*fail)(struct alm_request *request, unsigned param, const char *format, ...)
		ALM_PRINTF(3, 4);
};

/* alm->request: the request itself. All [loop]. */
struct alm_request_functions {
	/* Zeroed memory that lives as long as the request. NULL, and a logged 500, only for
	 * more than a GiB at a time. */
	void *(*alloc)(struct alm_request *request, size_t size);

	/* Value of a header, in any letter case of its name; one that came several times is
	 * joined by ", ". NULL: it did not come. An answer that depends on one says so in its
	 * own header Vary. */
	const char *(*header)(struct alm_request *request, const char *name);

	/* One of enum alm_http_method; ALM_HEAD is answered like ALM_GET, and the host leaves
	 * out the body. */
	uint32_t (*method)(const struct alm_request *request);

	/* The body of a POST, PUT, PATCH or DELETE, as long as the request, and not terminated;
	 * NULL, with *length 0: none. More than --max-body-bytes is answered with 413 before
	 * the route is called. */
	const void *(*body)(const struct alm_request *request, size_t *length);
};

/* alm->answer: what a route asks for, and what it sends. All [loop]. */
struct alm_answer_functions {
	/* Answer with an RFC 9457 problem: 400 to 599. Returns -1. */
	int (*fail)(struct alm_request *request, int status, const char *format, ...)
		ALM_PRINTF(3, 4);

	/* ALM_ROWS: add a row to the answer, one cell per field. No value for a field that is
	 * not ALM_NULLABLE is a logged 500. */
	int (*row)(struct alm_request *request, const struct alm_cell *cells);
	/* ALM_ROWS: send the rows added so far as a complete answer. */
	int (*send)(struct alm_request *request);

	/* ALM_SQL: answer with the rows of a select, values or with statement, which becomes
	 * part of one of the host's: rows and total are of one snapshot, and the entity tag is
	 * that of the stored data in it. `argc` text arguments ($1, $2, ...; NULL is SQL null;
	 * cast them: $1::date). Columns are matched to fields by position. For an ALM_PAGED
	 * route `total` counts the rows, and the host adds two integer arguments to `rows`:
	 * limit and offset. Statement texts must be constants: they are prepared once. More
	 * than 100,000 rows are a logged 500, as are more bytes than --query-memory. */
	int (*sql)(struct alm_request *request, const char *rows, const char *total,
		unsigned argc, const char *const *argv);

	/* Ask for the whole record of one selected station (selection->stations[0])
	 * between the selected days; series[i] is element i of the selection. */
	int (*record)(struct alm_request *request, const struct alm_selection *selection,
		alm_record_fn *then, void *arg);

	/* Ask for the rows of a statement, as in sql(); any number of them may be under way,
	 * and may see different data. -1: the server has no memory for it at the moment;
	 * replied. */
	int (*query)(struct alm_request *request, const char *sql, unsigned argc,
		const char *const *argv, alm_rows_fn *then, void *arg);

	/* ALM_BYTES: answer with bytes. With status 200 the host adds an entity tag of the
	 * content, answers 304 to a client that has it, and compresses text; Cache-Control is
	 * no-cache unless `headers` has one; a page (text/html) may load nothing unless
	 * `headers` has a Content-Security-Policy. */
	int (*bytes)(struct alm_request *request, const struct alm_bytes *bytes);

	/* Compute on a worker thread, as whatever takes longer than a millisecond should: `run`
	 * is called there, and `then` once it has returned. Memory for `arg` comes from
	 * alloc(). If the client goes away, `then` is never called, and `run` may not be. */
	int (*work)(
		struct alm_request *request, alm_work_fn *run, alm_worked_fn *then, void *arg);

	/* Ask for a statistic of one station, computed on a worker thread; any number of them
	 * may be under way. A parameter that is wrong is answered with 422. */
	int (*compute)(struct alm_request *request, const struct alm_computation *computation,
		alm_computed_fn *then, void *arg);
};

/* alm->rows: rows that query() has asked for; they live until `then` returns. All [loop]. */
struct alm_rows_functions {
	size_t (*count)(const struct alm_rows *rows);
	/* One value as text as PostgreSQL prints it. NULL: SQL null, or no such place. */
	const char *(*cell)(const struct alm_rows *rows, size_t row, unsigned column);
	/* Number of columns, and the name of one, NULL if there is no such column. */
	unsigned (*columns)(const struct alm_rows *rows);
	const char *(*name)(const struct alm_rows *rows, unsigned column);
};

struct alm_host {
	/* -- [any] ------------------------------------------------------------ */

	/* One line, no newline. The host adds time and plugin. */
	void (*log)(enum alm_level level, const char *format, ...) ALM_PRINTF(2, 3);

	/* Day number of a date, or ALM_NO_DAY if there is no such date. */
	int32_t (*day)(int year, int month, int day);

	/* The date of a day number. */
	void (*date)(int32_t day, int *year, int *month, int *day_of_month);

	/* -- Routes, all [loop] ------------------------------------------------ */

	const struct alm_param_functions *param;
	const struct alm_request_functions *request;
	const struct alm_answer_functions *answer;
	const struct alm_rows_functions *rows;

	/* What sources call: see struct alm_source_functions. */
	const struct alm_source_functions *source;

	/* [any] The values of your settings, by index into alm_plugin.settings. NULL if you
	 * declare none. They never change. */
	const struct alm_value *settings;

	/* [any] Functions that are not part of the ABI yet, or another plugin's: asks the host,
	 * then the extension() of each plugin in order of path. `id` is of the kind
	 * "example.org/gridding/1": whoever changes what it stands for gives it another
	 * number. NULL: nobody knows it. Not before start(). */
	const void *(*extension)(const char *id);
};

/* -- The plugin itself -------------------------------------------------- */

/* The host's services. Set before any of your functions is called. */
extern ALM_LOCAL const struct alm_host *alm;

/* A flag of settings: the value is never shown, and no result rests on it. */
#define ALM_SECRET (1u << 8)

/* A file that the server sends as it is. Travels in arrays: frozen for all of ABI 1. */
struct alm_asset {
	const char *path; /* "/": as that of a route, without parameters; NULL ends the array */
	const char *media_type; /* "text/html; charset=utf-8" */
	const void *data;       /* lives as long as the plugin is loaded */
	size_t length;
	const char *summary; /* one line, for the documents; NULL: not told there */
	/* Content-Security-Policy; NULL: a page may load what is the server's own, and nothing
	 * else. */
	const char *content_policy;
	const void *reserved[2]; /* NULL */
};

struct alm_plugin {
	uint16_t abi_major, abi_minor; /* first in every ABI, for ever */
	uint32_t reserved;             /* 0 */
	const struct alm_host **host;
	const char *name; /* "wx_data", as in wx_data.so */

	/* Yours: "1.2.0". It decides what is done again: an object that was read by another
	 * version of its source is read anew, and statistics of another version are computed
	 * anew, both by the next ingestion. Raise it with each change of results; code that
	 * changes without it changes nothing of what is stored. */
	const char *version;

	const struct alm_route *const *routes; /* each list ends with NULL, or is NULL */
	const struct alm_source *const *sources;
	const struct alm_stat *const *stats;

	/* Settings, declared as parameters are: of types TEXT, INTEGER, NUMBER, BOOLEAN and
	 * DATE, with the flags ALM_REQUIRED and ALM_SECRET. Their values come from the
	 * environment, ALMANAC_<PLUGIN>_<NAME>; `almanac config` lists them; a wrong one stops
	 * the program when it starts. A value other than the default counts as another
	 * version. May be NULL. */
	const struct alm_param *settings;

	/* [main thread] Called once, before any other function of the plugin; settings are
	 * there. 0, or -1 after alm->log() said why: the program does not start. Only if
	 * something of the plugin is going to run (serve, ingest, lambda, check with a
	 * file). May be NULL. */
	int (*start)(void);

	/* [main thread] Called once after all others if start() returned 0 or is NULL, unless
	 * the program is killed. May be NULL. */
	void (*stop)(void);

	/* [any] What the plugin offers by that name, or NULL: see alm->extension(). May be
	 * NULL. */
	const void *(*extension)(const char *id);

	/* Files that the server sends with an entity tag, compressed where clients take
	 * that. May be NULL. */
	const struct alm_asset *assets;
};

#define ALM_PLUGIN_SYMBOL "alm_plugin"

/* Use once in a plugin:
 *
 *	static const struct alm_source *const sources[] = { &wx_data, NULL };
 *
 *	ALM_PLUGIN(.name = "wx_data", .version = "1.0.0", .sources = sources);
 *
 * Needs C99 or C++20. */
#define ALM_PLUGIN(...) \
	const struct alm_host *alm; \
	ALM_PLUGIN_EXTERN ALM_EXPORT const struct alm_plugin alm_plugin; \
	const struct alm_plugin alm_plugin = { .abi_major = ALM_ABI_MAJOR, \
		.abi_minor = ALM_WANTED_MINOR, \
		.host = &alm, \
		__VA_ARGS__ }; \
	extern int alm_plugin_needs_a_semicolon

#ifdef __cplusplus
#define ALM_PLUGIN_EXTERN extern "C"
}
#else
#define ALM_PLUGIN_EXTERN extern
#endif

/* ABI ledger, newest first.
 *
 * 1.0 (2026-11-23)
 *	First version. */
#endif
