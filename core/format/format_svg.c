/* Charts (SVG 1.1), drawn without scripts: a panel for each unit, a line for each station and
 * column. The attributes data-... of panels tell how values become coordinates. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/number.h"
#include "config.h"
#include "format/cell_text.h"
#include "format/format.h"
#include "format/xml_text.h"

static const char *const accepts[] = { "image/svg+xml", NULL };

enum {
	CHART_ROWS = 20000, /* of a document, which is in memory as a whole */
	CHART_LINES = 64,
	ROWS_FIRST = 64, /* allocated at once */
	COLORS = 8,
	SHADES = 11, /* of stripes */
	NAMED = 3,   /* columns and stations in the title */
	WIDTH = 960, /* pixels from here on */
	LEFT = 64,
	RIGHT = WIDTH - 40,
	HEAD = 44,
	PANEL = 240,
	STRIPES = 48,
	GAP = 44,
	LABEL = 16,
	LINE = 18,      /* of text */
	ENTRY = 224,    /* of the legend */
	ENTRIES = 4,    /* in a line of it */
	PIXEL_ROOM = 24 /* bytes of a coordinate */
};
#define TOO_LARGE 1e12 /* values beyond are not drawn */
#define SMALLEST 1e-6  /* range of an axis */
#define NOT_A_COLUMN SIZE_MAX

/* Row: its place on the axis of time. */
struct point {
	double x;
	uint32_t station, number; /* by order of appearance */
};

/* Scale of the axis of time. */
enum time {
	TIME_DATE,
	TIME_MONTHS,
	TIME_SEASONS,
	TIME_YEAR,
	TIME_DAYS,
	TIME_MONTH,
	TIME_SEASON
};

static const struct {
	const char *name;
	double step; /* between neighbours */
} times[] = {
	[TIME_DATE] = { "date", 1 },                 /* days since 1970-01-01 */
	[TIME_MONTHS] = { "year-month", 1.0 / 12 },  /* year + (month - 1) / 12 */
	[TIME_SEASONS] = { "year-season", 1.0 / 4 }, /* year + (season - 1) / 4 */
	[TIME_YEAR] = { "year", 1 },
	[TIME_DAYS] = { "month-day", 1.0 / 31 }, /* month + (day - 1) / 31 */
	[TIME_MONTH] = { "month", 1 },
	[TIME_SEASON] = { "season", 1 },
};

/* Columns of a chart. */
struct fields {
	size_t date, year, month, season, day, station;
	size_t values[CHART_LINES], value_count; /* more are counted, not listed */
};

struct svg {
	struct fields fields;
	enum time time;
	struct point *points;
	double *values; /* of each point; NAN: null */
	size_t capacity;
	const char *stations[CHART_LINES];
	size_t station_count;
	size_t first[CHART_LINES + 1]; /* points of a station, once they are in order */
	bool unordered;
	enum chart chart;
	struct buffer *out;
};

/* Rectangle of a panel with some of the lines, and the values at its edges. */
struct panel {
	size_t lines[CHART_LINES], line_count; /* station * columns + column */
	const char *unit;
	double top, bottom;
	double x_min, x_max, y_min, y_max, y_step;
};

/* -- Columns ------------------------------------------------------------ */

static bool is_value(const struct column *column)
{
	return column->type == ALM_NUMBER || column->type == ALM_INTEGER;
}

static void find_fields(const struct column *columns, size_t count, struct fields *fields)
{
	const struct {
		const char *name;
		size_t *place;
	} named[] = { { "date", &fields->date }, { "year", &fields->year },
		{ "month", &fields->month }, { "season", &fields->season },
		{ "day", &fields->day }, { "station_id", &fields->station } };

	for (size_t k = 0; k < sizeof(named) / sizeof(named[0]); k++) {
		*named[k].place = NOT_A_COLUMN;
	}
	fields->value_count = 0;
	for (size_t i = 0; i < count; i++) {
		size_t k = 0;

		while (k < sizeof(named) / sizeof(named[0]) &&
			strcmp(columns[i].name, named[k].name) != 0) {
			k++;
		}
		if (k < sizeof(named) / sizeof(named[0])) {
			*named[k].place = i;
		} else if (is_value(&columns[i]) && fields->value_count++ < CHART_LINES) {
			fields->values[fields->value_count - 1] = i;
		}
	}
}

static bool has_time(const struct fields *fields)
{
	return fields->date != NOT_A_COLUMN || fields->year != NOT_A_COLUMN ||
	       fields->month != NOT_A_COLUMN || fields->season != NOT_A_COLUMN;
}

static bool svg_fits(const struct column *columns, size_t count)
{
	struct fields fields;

	find_fields(columns, count, &fields);
	return has_time(&fields) && fields.value_count > 0 && fields.value_count <= CHART_LINES;
}

static enum time time_of(const struct fields *fields)
{
	bool month = fields->month != NOT_A_COLUMN, season = fields->season != NOT_A_COLUMN;

	return fields->date != NOT_A_COLUMN   ? TIME_DATE
	       : fields->year != NOT_A_COLUMN ? (month           ? TIME_MONTHS
							: season ? TIME_SEASONS
								 : TIME_YEAR)
	       : month ? (fields->day != NOT_A_COLUMN ? TIME_DAYS : TIME_MONTH)
		       : TIME_SEASON;
}

/* -- Rows --------------------------------------------------------------- */

static void svg_begin(struct document *document)
{
	struct svg *svg = arena_alloc(document->arena, sizeof(*svg));

	svg->chart = document->chart;
	cell_text_prepare();
	find_fields(document->columns, document->column_count, &svg->fields);
	svg->time = time_of(&svg->fields);
	document->state = svg;
}

static void *enlarge(struct arena *arena, const void *from, size_t used, size_t size)
{
	void *to = arena_take(arena, size);

	if (used > 0) {
		memcpy(to, from, used);
	}
	return to;
}

static void reserve_row(struct document *document, struct svg *svg)
{
	size_t row = svg->fields.value_count * sizeof(*svg->values);
	size_t used = document->row_count;

	if (used < svg->capacity) {
		return;
	}
	svg->capacity = 2 * svg->capacity + ROWS_FIRST;
	svg->points = enlarge(document->arena, svg->points, used * sizeof(*svg->points),
		svg->capacity * sizeof(*svg->points));
	svg->values = enlarge(document->arena, svg->values, used * row, svg->capacity * row);
}

/* The station's number; CHART_LINES: there are too many. */
static uint32_t station_number(
	struct document *document, struct svg *svg, const struct cell *cells)
{
	size_t column = svg->fields.station, i = svg->station_count;
	const struct cell *cell = column != NOT_A_COLUMN ? &cells[column] : NULL;
	const char *text = cell != NULL && cell->kind == CELL_TEXT ? cell->text : "";
	size_t length = text[0] != '\0' ? cell->length : 0;

	while (i > 0) { /* mostly the last */
		i--;
		if (strlen(svg->stations[i]) == length &&
			memcmp(svg->stations[i], text, length) == 0) {
			return (uint32_t)i;
		}
	}
	if ((svg->station_count + 1) * svg->fields.value_count > CHART_LINES) {
		return CHART_LINES;
	}
	svg->stations[svg->station_count] = arena_copy(document->arena, text, length);
	return (uint32_t)svg->station_count++;
}

static double value_of(const struct column *column, const struct cell *cell)
{
	double value = NAN;

	if (cell->kind == CELL_INTEGER || cell->kind == CELL_DATE) {
		value = (double)cell->integer;
	} else if (cell->kind == CELL_SCALED) {
		value = (double)cell->integer / pow(10, column->decimals);
	} else if (cell->kind == CELL_NUMBER) {
		value = cell_shown_number(cell->number, column->decimals);
	}
	return fabs(value) <= TOO_LARGE ? value : NAN;
}

static double field(const struct document *document, const struct cell *cells, size_t column)
{
	return value_of(&document->columns[column], &cells[column]);
}

static double place_of(
	const struct document *document, const struct svg *svg, const struct cell *cells)
{
	const struct fields *fields = &svg->fields;

	switch (svg->time) {
	case TIME_DATE:
		return field(document, cells, fields->date);
	case TIME_MONTHS:
		return field(document, cells, fields->year) +
		       (field(document, cells, fields->month) - 1) / 12;
	case TIME_SEASONS:
		return field(document, cells, fields->year) +
		       (field(document, cells, fields->season) - 1) / 4;
	case TIME_YEAR:
		return field(document, cells, fields->year);
	case TIME_DAYS:
		return field(document, cells, fields->month) +
		       (field(document, cells, fields->day) - 1) / 31;
	case TIME_MONTH:
		return field(document, cells, fields->month);
	default:
		return field(document, cells, fields->season);
	}
}

static void svg_row(struct document *document, const struct cell *cells)
{
	struct svg *svg = document->state;
	size_t n = document->row_count, count = svg->fields.value_count;
	struct point point = { place_of(document, svg, cells), 0, (uint32_t)n };

	if (isnan(point.x)) {
		return;
	}
	point.station = station_number(document, svg, cells);
	if (point.station == CHART_LINES) {
		document->full_of = "64 lines";
		return;
	}
	reserve_row(document, svg);
	svg->unordered |= n > 0 && (svg->points[n - 1].station > point.station ||
					   (svg->points[n - 1].station == point.station &&
						   svg->points[n - 1].x > point.x));
	svg->points[n] = point;
	for (size_t i = 0; i < count; i++) {
		svg->values[n * count + i] = field(document, cells, svg->fields.values[i]);
	}
	document->row_count++;
}

/* -- Scales ------------------------------------------------------------- */

static int compare_points(const void *a, const void *b)
{
	const struct point *p = a, *q = b;

	return p->station != q->station ? (p->station > q->station) - (p->station < q->station)
	       : p->x < q->x            ? -1
	       : p->x > q->x            ? 1
					: (p->number > q->number) - (p->number < q->number);
}

static void put_in_order(struct svg *svg, size_t count)
{
	size_t station = 0;

	if (svg->unordered) {
		qsort(svg->points, count, sizeof(*svg->points), compare_points);
	}
	for (size_t i = 0; i < count; i++) {
		while (station <= svg->points[i].station) {
			svg->first[station++] = i;
		}
	}
	while (station <= svg->station_count) {
		svg->first[station++] = count;
	}
}

static double value_at(const struct svg *svg, size_t point, size_t line)
{
	size_t count = svg->fields.value_count;

	return svg->values[svg->points[point].number * count + line % count];
}

static size_t line_begin(const struct svg *svg, size_t line)
{
	return svg->first[line / svg->fields.value_count];
}

static size_t line_end(const struct svg *svg, size_t line)
{
	return svg->first[line / svg->fields.value_count + 1];
}

/* 1, 2 or 5 times a power of ten: about `count` steps in the range. */
static double nice_step(double range, double count)
{
	double raw = range / count, power = pow(10, floor(log10(raw))), ratio = raw / power;

	return power * (ratio <= 1 ? 1 : ratio <= 2 ? 2 : ratio <= 5 ? 5 : 10);
}

static void extend(double value, double *min, double *max)
{
	*min = value < *min ? value : *min;
	*max = value > *max ? value : *max;
}

static void scale_values(const struct svg *svg, struct panel *panel)
{
	double min = INFINITY, max = -INFINITY;

	for (size_t k = 0; k < panel->line_count; k++) {
		size_t line = panel->lines[k], end = line_end(svg, line);

		for (size_t i = line_begin(svg, line); i < end; i++) {
			extend(value_at(svg, i, line), &min, &max);
		}
	}
	if (svg->chart == CHART_BARS || min > max) {
		extend(0, &min, &max);
	}
	if (max - min < SMALLEST) {
		max = min + 1;
	}
	if (svg->chart != CHART_STRIPES) {
		panel->y_step = nice_step(max - min, 5);
		min = floor(min / panel->y_step) * panel->y_step;
		max = ceil(max / panel->y_step) * panel->y_step;
	}
	panel->y_min = min;
	panel->y_max = max;
}

static void scale_time(const struct svg *svg, size_t count, struct panel *panel)
{
	double step = times[svg->time].step, min = INFINITY, max = -INFINITY;

	for (size_t i = 0; i < count; i++) {
		extend(svg->points[i].x, &min, &max);
	}
	if (count == 0) {
		min = max = 0;
	}
	if (svg->chart != CHART_LINE || min == max) {
		min -= step / 2;
		max += step / 2;
	}
	panel->x_min = min;
	panel->x_max = max;
}

static double x_of(const struct panel *panel, double x)
{
	return LEFT + (x - panel->x_min) / (panel->x_max - panel->x_min) * (RIGHT - LEFT);
}

static double y_of(const struct panel *panel, double y)
{
	return panel->bottom - (y - panel->y_min) / (panel->y_max - panel->y_min) *
				       (panel->bottom - panel->top);
}

/* -- Text --------------------------------------------------------------- */

static void put(struct svg *svg, const char *text)
{
	buffer_puts(svg->out, text);
}

static void put_number(struct svg *svg, double value, int decimals)
{
	char *p = buffer_reserve(svg->out, NUMBER_TEXT_MAX);

	svg->out->length += number_write(p, value, decimals);
}

/* A coordinate in hundredths of a pixel, not negative, behind a letter. Hot: each mark has two
 * or more. */
static void put_pixel(struct svg *svg, char before, double value)
{
	char text[PIXEL_ROOM], *p = text + sizeof(text);
	long rest = lround(value * 100);

	for (int digits = 0; digits < 3 || rest > 0; digits++) {
		if (digits == 2) {
			*--p = '.';
		}
		*--p = (char)('0' + rest % 10);
		rest /= 10;
	}
	*--p = before;
	buffer_append(svg->out, p, (size_t)(text + sizeof(text) - p));
}

/* Attribute; its name comes with the space before it. */
static void put_attribute(struct svg *svg, const char *name, double value, int decimals)
{
	put(svg, name);
	put(svg, "=\"");
	put_number(svg, value, decimals);
	put(svg, "\"");
}

static void begin_text(struct svg *svg, double x, double y, const char *attributes)
{
	put(svg, "<text");
	put_attribute(svg, " x", x, 2);
	put_attribute(svg, " y", y, 2);
	put(svg, attributes);
	put(svg, ">");
}

static const struct column *column_of(const struct document *document, size_t line)
{
	const struct svg *svg = document->state;

	return &document->columns[svg->fields.values[line % svg->fields.value_count]];
}

/* "tmax USC00110072" */
static void put_name(const struct document *document, size_t line)
{
	struct svg *svg = document->state;
	const char *station = svg->stations[line / svg->fields.value_count];

	xml_put(svg->out, column_of(document, line)->name);
	if (station[0] != '\0') {
		put(svg, " ");
		xml_put(svg->out, station);
	}
}

/* -- Marks -------------------------------------------------------------- */

/* Ends a run of a line: one of a single point is a dot. */
static void end_run(struct svg *svg, size_t *run)
{
	if (*run == 1) {
		put(svg, "h0");
	}
	*run = 0;
}

/* Broken where a value or a row is missing. */
static void put_line(struct svg *svg, const struct panel *panel, size_t line)
{
	double most = 1.5 * times[svg->time].step;
	size_t end = line_end(svg, line), run = 0;

	for (size_t i = line_begin(svg, line); i < end; i++) {
		double value = value_at(svg, i, line), x = svg->points[i].x;

		if (run > 0 && (isnan(value) || x - svg->points[i - 1].x > most)) {
			end_run(svg, &run);
		}
		if (!isnan(value)) {
			put_pixel(svg, run++ == 0 ? 'M' : 'L', x_of(panel, x));
			put_pixel(svg, ',', y_of(panel, value));
		}
	}
	end_run(svg, &run);
}

/* Rectangle from `base` to `to`. */
static void put_bar(struct svg *svg, double x, double width, double base, double to)
{
	put_pixel(svg, 'M', x);
	put_pixel(svg, ',', base);
	put_pixel(svg, 'V', to);
	put_pixel(svg, 'H', x + width);
	put_pixel(svg, 'V', base);
	put(svg, "Z");
}

static double slot_width(const struct svg *svg, const struct panel *panel)
{
	return times[svg->time].step / (panel->x_max - panel->x_min) * (RIGHT - LEFT);
}

static void put_bars(
	struct svg *svg, const struct panel *panel, size_t line, double width, double offset)
{
	size_t end = line_end(svg, line);

	for (size_t i = line_begin(svg, line); i < end; i++) {
		double value = value_at(svg, i, line);

		if (!isnan(value)) {
			put_bar(svg, x_of(panel, svg->points[i].x) + offset - width / 2, width,
				y_of(panel, 0), y_of(panel, value));
		}
	}
}

static int shade_of(const struct panel *panel, double value)
{
	int shade = (int)((value - panel->y_min) / (panel->y_max - panel->y_min) * SHADES);

	return shade < SHADES ? shade : SHADES - 1;
}

/* A path for each shade that there is. */
static void put_stripes(struct svg *svg, const struct panel *panel, size_t line)
{
	size_t end = line_end(svg, line);
	double width = slot_width(svg, panel);

	for (int shade = 0; shade < SHADES; shade++) {
		bool begun = false;

		for (size_t i = line_begin(svg, line); i < end; i++) {
			double value = value_at(svg, i, line);

			if (isnan(value) || shade_of(panel, value) != shade) {
				continue;
			}
			if (!begun) {
				put(svg, "<path class=\"s");
				put_number(svg, shade, 0);
				put(svg, "\" d=\"");
				begun = true;
			}
			put_bar(svg, x_of(panel, svg->points[i].x) - width / 2, width,
				panel->top, panel->bottom);
		}
		put(svg, begun ? "\"/>\n" : "");
	}
}

/* What a line is, for readers of the picture and of its text. */
static void put_about(const struct document *document, size_t line)
{
	struct svg *svg = document->state;
	size_t begin = line_begin(svg, line), end = line_end(svg, line), present = 0;

	for (size_t i = begin; i < end; i++) {
		present += isnan(value_at(svg, i, line)) ? 0 : 1;
	}
	put(svg, "<title>");
	put_name(document, line);
	buffer_printf(
		svg->out, ": n = %zu, missing %zu</title>", present, end - begin - present);
}

static void put_series(const struct document *document, const struct panel *panel, size_t k)
{
	struct svg *svg = document->state;
	size_t line = panel->lines[k];
	double width = 0.8 * slot_width(svg, panel) / (double)panel->line_count;
	double offset = ((double)k - ((double)panel->line_count - 1) / 2) * width;

	put(svg, "<g class=\"series\" data-field=\"");
	xml_put(svg->out, column_of(document, line)->name);
	put(svg, "\" data-station=\"");
	xml_put(svg->out, svg->stations[line / svg->fields.value_count]);
	put(svg, "\"");
	if (svg->chart == CHART_BARS) {
		put_attribute(svg, " data-offset", offset, 6);
	}
	put(svg, ">");
	put_about(document, line);
	if (svg->chart == CHART_STRIPES) {
		put(svg, "\n");
		put_stripes(svg, panel, line);
	} else {
		buffer_printf(svg->out, "<path class=\"%c%zu%s\" d=\"",
			svg->chart == CHART_BARS ? 'b' : 'l', line % COLORS,
			svg->chart == CHART_LINE && line >= COLORS ? " dashed" : "");
		if (svg->chart == CHART_BARS) {
			put_bars(svg, panel, line, width, offset);
		} else {
			put_line(svg, panel, line);
		}
		put(svg, "\"/>");
	}
	put(svg, "</g>\n");
}

/* -- Axes --------------------------------------------------------------- */

static void put_value_axis(struct svg *svg, const struct panel *panel)
{
	int steps = (int)lround((panel->y_max - panel->y_min) / panel->y_step);
	int decimals = (int)-floor(log10(panel->y_step) + SMALLEST);

	for (int i = 0; i <= steps; i++) {
		double value = panel->y_min + i * panel->y_step, y = y_of(panel, value);

		put(svg, "<path class=\"grid\" d=\"");
		put_pixel(svg, 'M', LEFT);
		put_pixel(svg, ',', y);
		put_pixel(svg, 'H', RIGHT);
		put(svg, "\"/>");
		begin_text(svg, LEFT - 8, y + 4, " text-anchor=\"end\"");
		put_number(svg, value, decimals > 0 ? decimals : 0);
		put(svg, "</text>\n");
	}
}

static void put_tick(struct svg *svg, const struct panel *panel, double x, const char *label)
{
	put(svg, "<path class=\"axis\" d=\"");
	put_pixel(svg, 'M', x_of(panel, x));
	put_pixel(svg, ',', panel->bottom);
	put(svg, "v5\"/>");
	begin_text(svg, x_of(panel, x), panel->bottom + 18, " text-anchor=\"middle\"");
	put(svg, label);
	put(svg, "</text>\n");
}

static void put_number_ticks(struct svg *svg, const struct panel *panel)
{
	int64_t step = (int64_t)fmax(1, nice_step(panel->x_max - panel->x_min, 12));
	int64_t x = (int64_t)ceil(panel->x_min / (double)step) * step;

	for (; (double)x <= panel->x_max; x += step) {
		char label[NUMBER_TEXT_MAX + 1];

		label[number_write_integer(label, x)] = '\0';
		put_tick(svg, panel, (double)x, label);
	}
}

/* Beginnings of every `step`th month. */
static void put_month_ticks(
	struct svg *svg, const struct panel *panel, int first, int step, size_t length)
{
	for (int month = first - first % step; month / 12 <= DATE_YEAR_MAX; month += step) {
		int32_t day = date_day(month / 12, month % 12 + 1, 1);
		char label[DATE_TEXT + 1];

		if (day > panel->x_max) {
			return;
		}
		if (day >= panel->x_min) {
			date_write(label, day);
			label[length] = '\0';
			put_tick(svg, panel, day, label);
		}
	}
}

static void put_day_ticks(struct svg *svg, const struct panel *panel)
{
	int32_t step = (int32_t)fmax(1, nice_step(panel->x_max - panel->x_min, 8));

	for (int32_t day = (int32_t)ceil(panel->x_min); day <= panel->x_max; day += step) {
		char label[DATE_TEXT + 1];

		date_write(label, day);
		label[DATE_TEXT] = '\0';
		put_tick(svg, panel, day, label);
	}
}

static void put_date_ticks(struct svg *svg, const struct panel *panel)
{
	enum { MONTH = 31, YEAR = 366, MONTH_TEXT = 7, YEAR_TEXT = 4 };
	double days = panel->x_max - panel->x_min;
	struct date first = date_from_day((int32_t)ceil(panel->x_min));
	int month = first.year * 12 + first.month - 1;

	if (days <= 2 * MONTH) {
		put_day_ticks(svg, panel);
	} else if (days <= YEAR) {
		put_month_ticks(svg, panel, month, 1, MONTH_TEXT);
	} else if (days <= 4 * YEAR) {
		put_month_ticks(svg, panel, month, 6, MONTH_TEXT);
	} else {
		int step = (int)fmax(1, nice_step(days / YEAR, 12));

		put_month_ticks(svg, panel, month, 12 * step, YEAR_TEXT);
	}
}

static void put_time_axis(struct svg *svg, const struct panel *panel)
{
	put(svg, "<path class=\"axis\" d=\"");
	put_pixel(svg, 'M', LEFT);
	put_pixel(svg, ',', panel->bottom);
	put_pixel(svg, 'H', RIGHT);
	put(svg, "\"/>\n");
	if (svg->time == TIME_DATE) {
		put_date_ticks(svg, panel);
	} else {
		put_number_ticks(svg, panel);
	}
}

/* -- Panels ------------------------------------------------------------- */

static bool is_same_unit(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Distributes the lines: a panel for each unit; of stripes one for each line. */
static size_t make_panels(const struct document *document, struct panel *panels)
{
	const struct svg *svg = document->state;
	size_t lines = svg->station_count * svg->fields.value_count, count = 0;

	for (size_t line = 0; line < lines; line++) {
		const char *unit = column_of(document, line)->unit;
		size_t i = 0;

		while (i < count &&
			(svg->chart == CHART_STRIPES || !is_same_unit(unit, panels[i].unit))) {
			i++;
		}
		if (i == count) {
			panels[count++] = (struct panel){ .unit = unit };
		}
		panels[i].lines[panels[i].line_count++] = line;
	}
	return count;
}

/* Returns the place below the last. */
static double place_panels(
	const struct svg *svg, size_t row_count, struct panel *panels, size_t count)
{
	double y = HEAD;

	for (size_t i = 0; i < count; i++) {
		panels[i].top = y + LABEL;
		panels[i].bottom =
			panels[i].top + (svg->chart == CHART_STRIPES ? STRIPES : PANEL);
		y = panels[i].bottom + GAP;
		scale_time(svg, row_count, &panels[i]);
		scale_values(svg, &panels[i]);
	}
	return y;
}

static void put_panel(const struct document *document, const struct panel *panel)
{
	struct svg *svg = document->state;

	put(svg, "<g class=\"panel\" data-unit=\"");
	xml_put(svg->out, panel->unit != NULL ? panel->unit : "");
	put(svg, "\"");
	put_attribute(svg, " data-left", LEFT, 2);
	put_attribute(svg, " data-right", RIGHT, 2);
	put_attribute(svg, " data-top", panel->top, 2);
	put_attribute(svg, " data-bottom", panel->bottom, 2);
	put_attribute(svg, " data-x-min", panel->x_min, 6);
	put_attribute(svg, " data-x-max", panel->x_max, 6);
	put_attribute(svg, " data-y-min", panel->y_min, 6);
	put_attribute(svg, " data-y-max", panel->y_max, 6);
	put(svg, ">\n");
	begin_text(svg, LEFT, panel->top - 8, "");
	if (svg->chart == CHART_STRIPES) {
		put_name(document, panel->lines[0]);
		put(svg, panel->unit != NULL ? ", " : "");
	}
	xml_put(svg->out, panel->unit != NULL ? panel->unit : "");
	put(svg, "</text>\n");
	if (svg->chart != CHART_STRIPES) {
		put_value_axis(svg, panel);
	}
	for (size_t k = 0; k < panel->line_count; k++) {
		put_series(document, panel, k);
	}
	put_time_axis(svg, panel);
	put(svg, "</g>\n");
}

static size_t legend_lines(const struct svg *svg)
{
	size_t lines = svg->station_count * svg->fields.value_count;

	return svg->chart == CHART_STRIPES ? 0 : (lines + ENTRIES - 1) / ENTRIES;
}

static void put_legend(const struct document *document, double top)
{
	struct svg *svg = document->state;
	size_t lines = svg->station_count * svg->fields.value_count;

	for (size_t line = 0; svg->chart != CHART_STRIPES && line < lines; line++) {
		size_t row = line / ENTRIES, column = line % ENTRIES;
		double x = LEFT + (double)(column * ENTRY), y = top + (double)(row * LINE);

		buffer_printf(svg->out, "<path class=\"l%zu%s\" d=\"", line % COLORS,
			svg->chart == CHART_LINE && line >= COLORS ? " dashed" : "");
		put_pixel(svg, 'M', x);
		put_pixel(svg, ',', y - 4);
		put(svg, "h20\"/>");
		begin_text(svg, x + 26, y, "");
		put_name(document, line);
		put(svg, "</text>\n");
	}
}

/* -- Document ----------------------------------------------------------- */

#define INK "text{font:12px system-ui,sans-serif;fill:"
#define STYLE \
	"<style>\n" INK "#333}.heading{font-size:16px}.paper{fill:#fff}" \
	"path{fill:none}.grid{stroke:#ddd}.axis{stroke:#888}" \
	".dashed{stroke-dasharray:6 3}" \
	".l0,.l1,.l2,.l3,.l4,.l5,.l6,.l7{stroke-width:1.5;stroke-linecap:round;" \
	"stroke-linejoin:round}\n" \
	".l0{stroke:#0072b2}.l1{stroke:#d55e00}.l2{stroke:#009e73}.l3{stroke:#b0518a}" \
	".l4{stroke:#b07c00}.l5{stroke:#3a8fc4}.l6{stroke:#555}.l7{stroke:#8c4a31}\n" \
	".b0{fill:#0072b2}.b1{fill:#d55e00}.b2{fill:#009e73}.b3{fill:#b0518a}" \
	".b4{fill:#b07c00}.b5{fill:#3a8fc4}.b6{fill:#555}.b7{fill:#8c4a31}\n" \
	".s0{fill:#053061}.s1{fill:#2166ac}.s2{fill:#4393c3}.s3{fill:#92c5de}" \
	".s4{fill:#d1e5f0}.s5{fill:#e6e6e6}.s6{fill:#fddbc7}.s7{fill:#f4a582}" \
	".s8{fill:#d6604d}.s9{fill:#b2182b}.s10{fill:#67001f}\n" \
	"@media (prefers-color-scheme:dark){text{fill:#ddd}.paper{fill:#181a1b}" \
	".grid{stroke:#383b3d}.axis{stroke:#888}" \
	".l0{stroke:#56b4e9}.l1{stroke:#ff9d5c}.l2{stroke:#3fd0a4}.l3{stroke:#e79cc6}" \
	".l4{stroke:#f0c04a}.l5{stroke:#9ad0f2}.l6{stroke:#bbb}.l7{stroke:#d89b80}" \
	".b0{fill:#56b4e9}.b1{fill:#ff9d5c}.b2{fill:#3fd0a4}.b3{fill:#e79cc6}" \
	".b4{fill:#f0c04a}.b5{fill:#9ad0f2}.b6{fill:#bbb}.b7{fill:#d89b80}}\n" \
	"</style>\n"

static void put_list(struct svg *svg, const char *const *names, size_t count, const char *more)
{
	for (size_t i = 0; i < count && (i < NAMED || count == NAMED + 1); i++) {
		put(svg, i > 0 ? ", " : "");
		xml_put(svg->out, names[i]);
	}
	if (count > NAMED + 1) {
		buffer_printf(svg->out, " and %zu more %s", count - NAMED, more);
	}
}

/* "tmax, tmin of USC00110072, 2012-01-01 to 2012-12-31" */
static void put_title(const struct document *document, const struct panel *panel)
{
	struct svg *svg = document->state;
	const char *names[CHART_LINES];

	for (size_t i = 0; i < svg->fields.value_count; i++) {
		names[i] = document->columns[svg->fields.values[i]].name;
	}
	put_list(svg, names, svg->fields.value_count, "fields");
	if (panel == NULL) {
		put(svg, ": no rows");
		return;
	}
	if (svg->stations[0][0] != '\0') {
		put(svg, " of ");
		put_list(svg, svg->stations, svg->station_count, "stations");
	}
	if (svg->time == TIME_DATE) {
		char first[DATE_TEXT], last[DATE_TEXT];

		date_write(first, (int32_t)ceil(panel->x_min));
		date_write(last, (int32_t)floor(panel->x_max));
		buffer_printf(svg->out, ", %.*s to %.*s", DATE_TEXT, first, DATE_TEXT, last);
	}
}

static void put_description(const struct document *document)
{
	static const char *const kinds[] = { [CHART_LINE] = "Line chart",
		[CHART_BARS] = "Bar chart",
		[CHART_STRIPES] = "Stripes" };
	struct svg *svg = document->state;

	buffer_printf(svg->out,
		"<desc id=\"desc\">%s of %zu rows. Source: Almanac " ALMANAC_VERSION ", ",
		kinds[svg->chart], document->row_count);
	xml_put(svg->out, document->envelope->self != NULL ? document->envelope->self : "");
	put(svg, "</desc>\n");
}

static void put_head(const struct document *document, const struct panel *panel, double height)
{
	static const char *const kinds[] = {
		[CHART_LINE] = "line", [CHART_BARS] = "bars", [CHART_STRIPES] = "stripes"
	};
	struct svg *svg = document->state;

	buffer_printf(svg->out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"title desc\" "
		"data-chart=\"%s\" data-x=\"%s\">\n<title id=\"title\">",
		WIDTH, (int)height, WIDTH, (int)height, kinds[svg->chart],
		times[svg->time].name);
	put_title(document, panel);
	put(svg, "</title>\n");
	put_description(document);
	put(svg, STYLE);
	buffer_printf(svg->out, "<rect class=\"paper\" width=\"%d\" height=\"%d\"/>\n", WIDTH,
		(int)height);
	begin_text(svg, LEFT, HEAD - 16, " class=\"heading\"");
	put_title(document, panel);
	put(svg, "</text>\n");
}

static void svg_end(struct document *document)
{
	struct svg *svg = document->state;
	struct panel *panels = arena_alloc(document->arena, CHART_LINES * sizeof(*panels));
	size_t count;
	double bottom;

	svg->out = document->out;
	put_in_order(svg, document->row_count);
	count = make_panels(document, panels);
	bottom = place_panels(svg, document->row_count, panels, count);
	put_head(document, count > 0 ? panels : NULL,
		bottom + (double)(legend_lines(svg) * LINE));
	for (size_t i = 0; i < count; i++) {
		put_panel(document, &panels[i]);
	}
	put_legend(document, bottom);
	put(svg, "</svg>\n");
}

const struct format format_svg = {
	.name = "svg",
	.media_type = "image/svg+xml",
	.accepts = accepts,
	.whole = true,
	.row_max = CHART_ROWS,
	.memory = CHART_LINES * sizeof(struct panel),
	.cell_memory = 2 * sizeof(struct point) + sizeof(double),
	.extension = "svg",
	.schema = FORMAT_TEXT,
	.of = FORMAT_OF_SERIES,
	.needs = "date, year, month or season, and 1 to 64 fields of numbers",
	.fits = svg_fits,
	.begin = svg_begin,
	.row = svg_row,
	.end = svg_end,
};
