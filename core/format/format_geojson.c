/* GeoJSON (RFC 7946): a feature for each row, with a point if its position is known. */
#include "format/format_json_text.h"

static const char *const accepts[] = { "application/geo+json", NULL };

enum { NOWHERE = -1 };

struct geojson {
	struct json_rows rows;
	int latitude, longitude, station; /* columns; NOWHERE: there is none */
};

static int find(const struct column *columns, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(columns[i].name, name) == 0) {
			return (int)i;
		}
	}
	return NOWHERE;
}

static bool geojson_fits(const struct column *columns, size_t count)
{
	return find(columns, count, "latitude") >= 0 && find(columns, count, "longitude") >= 0;
}

static void geojson_begin(struct document *document)
{
	struct geojson *geojson = arena_alloc(document->arena, sizeof(*geojson));
	const struct column *columns = document->columns;
	size_t count = document->column_count;

	json_rows_prepare(document, &geojson->rows, '{');
	geojson->latitude = find(columns, count, "latitude");
	geojson->longitude = find(columns, count, "longitude");
	geojson->station = find(columns, count, "station_id");
	document->state = geojson;
	if (!document->envelope->single) {
		buffer_puts(document->out, "{\"type\":\"FeatureCollection\",\"features\":[");
	}
}

static bool is_known(const struct cell *cells, int column)
{
	return column >= 0 && cells[column].kind != CELL_NULL;
}

static void put_cell(struct document *document, const struct cell *cells, int column)
{
	struct geojson *geojson = document->state;
	struct buffer *out = document->out;
	char *p = buffer_reserve(out, geojson->rows.room);

	p = json_put_cell(
		document, &geojson->rows, p, &document->columns[column], &cells[column]);
	out->length = (size_t)(p - out->data);
}

/* Longitude comes first (RFC 7946, 3.1.1). Elevation stays a property: GeoJSON's heights are
 * above the ellipsoid, ours above mean sea level. */
static void put_geometry(struct document *document, const struct cell *cells)
{
	const struct geojson *geojson = document->state;
	struct buffer *out = document->out;

	if (!is_known(cells, geojson->latitude) || !is_known(cells, geojson->longitude)) {
		buffer_puts(out, ",\"geometry\":null");
		return;
	}
	buffer_puts(out, ",\"geometry\":{\"type\":\"Point\",\"coordinates\":[");
	put_cell(document, cells, geojson->longitude);
	buffer_putc(out, ',');
	put_cell(document, cells, geojson->latitude);
	buffer_puts(out, "]}");
}

static void put_properties(struct document *document, const struct cell *cells)
{
	struct geojson *geojson = document->state;
	struct buffer *out = document->out;
	const char *before = "";

	buffer_puts(out, ",\"properties\":{");
	for (int i = 0; i < (int)document->column_count; i++) {
		if (i != geojson->latitude && i != geojson->longitude) {
			buffer_puts(out, before);
			json_put_string(out, document->columns[i].name);
			buffer_putc(out, ':');
			put_cell(document, cells, i);
			before = ",";
		}
	}
	buffer_putc(out, '}');
}

static void geojson_row(struct document *document, const struct cell *cells)
{
	const struct geojson *geojson = document->state;
	struct buffer *out = document->out;

	if (document->row_count++ > 0) {
		buffer_putc(out, ',');
	}
	buffer_puts(out, "{\"type\":\"Feature\"");
	if (is_known(cells, geojson->station)) {
		buffer_puts(out, ",\"id\":");
		put_cell(document, cells, geojson->station);
	}
	put_geometry(document, cells);
	put_properties(document, cells);
	if (!document->envelope->single) {
		buffer_putc(out, '}');
	}
}

/* Foreign members (RFC 7946, 6.1). */
static void geojson_end(struct document *document)
{
	if (!document->envelope->single) {
		buffer_putc(document->out, ']');
	}
	if (document->has_units) {
		json_put_units(document, json_column_name, json_column_unit);
	}
	json_put_envelope(document->out, document->envelope);
	buffer_puts(document->out, "}\n");
}

const struct format format_geojson = {
	.name = "geojson",
	.media_type = "application/geo+json",
	.accepts = accepts,
	.streams = true,
	.of = FORMAT_OF_PLACES,
	.needs = "latitude and longitude",
	.fits = geojson_fits,
	.whole = true,
	.schema = FORMAT_OBJECT,
	.extension = "geojson",
	.begin = geojson_begin,
	.row = geojson_row,
	.end = geojson_end,
};
