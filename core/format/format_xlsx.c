/* Workbooks of spreadsheets (ECMA-376, Office Open XML): a sheet of rows with dates as dates
 * and texts as texts, and a sheet about the fields and the request. */
#include "config.h"
#include "format/cell_text.h"
#include "format/format.h"
#include "format/xml_text.h"
#include "format/zip.h"

static const char *const accepts[] = {
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", NULL
};

enum {
	SHEET_ROWS = 1048575, /* of a sheet, without its header line */
	DAY_ZERO = 25569,     /* 1970-01-01 in days of spreadsheets */
	DAY_FIRST = -25508,   /* 1900-03-01: days before are counted in several ways */
	PIECE = 32 * 1024,    /* bytes compressed at once */
	TAGS = 64             /* bytes around a value at most */
};

struct xlsx {
	struct zip zip;
	struct buffer *out;
	struct cell_month month;
	char *text; /* not compressed yet */
	size_t length, capacity;
};

/* -- Parts that are always the same ------------------------------------- */

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006/"
#define CONTENT "application/vnd.openxmlformats-officedocument.spreadsheetml."
#define SHEET_BEGIN XML "<worksheet xmlns=\"" MAIN "\">"
#define SHEET_END "</sheetData></worksheet>"

static const struct {
	const char *name, *text;
} parts[] = {
	{ "[Content_Types].xml", XML
		"<Types xmlns=\"" PACKAGE "content-types\">"
		"<Default Extension=\"rels\" ContentType=\"application/"
		"vnd.openxmlformats-package.relationships+xml\"/>"
		"<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
		"<Override PartName=\"/xl/workbook.xml\" ContentType=\"" CONTENT
		"sheet.main+xml\"/>"
		"<Override PartName=\"/xl/styles.xml\" ContentType=\"" CONTENT "styles+xml\"/>"
		"<Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"" CONTENT
		"worksheet+xml\"/>"
		"<Override PartName=\"/xl/worksheets/sheet2.xml\" ContentType=\"" CONTENT
		"worksheet+xml\"/></Types>" },
	{ "_rels/.rels", XML "<Relationships xmlns=\"" PACKAGE "relationships\">"
			     "<Relationship Id=\"rId1\" Type=\"" OFFICE
			     "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>" },
	{ "xl/workbook.xml",
		XML "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" OFFICE "\"><sheets>"
		    "<sheet name=\"Data\" sheetId=\"1\" r:id=\"rId1\"/>"
		    "<sheet name=\"About\" sheetId=\"2\" r:id=\"rId2\"/></sheets></workbook>" },
	{ "xl/_rels/workbook.xml.rels",
		XML "<Relationships xmlns=\"" PACKAGE "relationships\">"
		    "<Relationship Id=\"rId1\" Type=\"" OFFICE
		    "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
		    "<Relationship Id=\"rId2\" Type=\"" OFFICE
		    "/worksheet\" Target=\"worksheets/sheet2.xml\"/>"
		    "<Relationship Id=\"rId3\" Type=\"" OFFICE
		    "/styles\" Target=\"styles.xml\"/></Relationships>" },
	/* cellXfs: general, date, bold */
	{ "xl/styles.xml",
		XML "<styleSheet xmlns=\"" MAIN "\"><numFmts count=\"1\">"
		    "<numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/></numFmts>"
		    "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>"
		    "<font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>"
		    "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>"
		    "<fill><patternFill patternType=\"gray125\"/></fill></fills>"
		    "<borders count=\"1\"><border/></borders><cellStyleXfs count=\"1\">"
		    "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>"
		    "</cellStyleXfs><cellXfs count=\"3\">"
		    "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>"
		    "<xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" "
		    "applyNumberFormat=\"1\"/>"
		    "<xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" "
		    "applyFont=\"1\"/></cellXfs><cellStyles count=\"1\">"
		    "<cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>"
		    "</styleSheet>" },
};

/* -- Text --------------------------------------------------------------- */

static void pack(struct xlsx *xlsx)
{
	zip_write(&xlsx->zip, xlsx->text, xlsx->length, xlsx->out);
	xlsx->length = 0;
}

static void put(struct xlsx *xlsx, const char *text, size_t length)
{
	if (xlsx->capacity - xlsx->length < length) {
		pack(xlsx);
	}
	if (length > xlsx->capacity) {
		zip_write(&xlsx->zip, text, length, xlsx->out);
		return;
	}
	memcpy(xlsx->text + xlsx->length, text, length);
	xlsx->length += length;
}

static inline void put_string(struct xlsx *xlsx, const char *text)
{
	put(xlsx, text, strlen(text));
}

static void put_escaped(struct xlsx *xlsx, const char *text, size_t length)
{
	for (size_t i = 0, n; i < length; i += n) {
		const char *escaped = xml_escape(text + i, length - i, &n);

		if (escaped != NULL) {
			put_string(xlsx, escaped);
		} else {
			put(xlsx, text + i, n);
		}
	}
}

/* A text cell, which no program takes for a formula or a number. */
static void put_text(struct xlsx *xlsx, const char *text, size_t length, bool bold)
{
	bool spaced = length > 0 && (text[0] == ' ' || text[length - 1] == ' ');

	put_string(xlsx, bold ? "<c s=\"2\" t=\"inlineStr\"><is>" : "<c t=\"inlineStr\"><is>");
	put_string(xlsx, spaced ? "<t xml:space=\"preserve\">" : "<t>");
	put_escaped(xlsx, text, length);
	put_string(xlsx, "</t></is></c>");
}

/* -- Rows --------------------------------------------------------------- */

/* A cell in one call of put(): they are many. */
static void put_value(struct xlsx *xlsx, const char *begin, const struct column *column,
	const struct cell *cell)
{
	char text[CELL_ROOM + TAGS], *p = text, *end;
	size_t length = strlen(begin);

	memcpy(p, begin, length);
	end = cell_put(&xlsx->month, p + length, column, cell);
	if (end == NULL) {
		put(xlsx, "<c/>", 4);
		return;
	}
	memcpy(end, "</v></c>", 8);
	put(xlsx, text, (size_t)(end + 8 - text));
}

static void put_date(struct xlsx *xlsx, const struct column *column, const struct cell *cell)
{
	struct cell serial = { .kind = CELL_INTEGER, .integer = cell->integer + DAY_ZERO };
	char text[CELL_ROOM], *end;

	if (cell->integer >= DAY_FIRST) {
		put_value(xlsx, "<c s=\"1\"><v>", column, &serial);
		return;
	}
	end = cell_put_date(&xlsx->month, text, cell->integer);
	if (end == NULL) {
		put(xlsx, "<c/>", 4);
	} else {
		put_text(xlsx, text, (size_t)(end - text), false);
	}
}

static void put_cell(struct xlsx *xlsx, const struct column *column, const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_NULL:
		put(xlsx, "<c/>", 4);
		break;
	case CELL_TEXT:
		put_text(xlsx, cell->text, cell->length, false);
		break;
	case CELL_DATE:
		put_date(xlsx, column, cell);
		break;
	case CELL_BOOLEAN:
		put_string(xlsx, cell->integer != 0 ? "<c t=\"b\"><v>1</v></c>"
						    : "<c t=\"b\"><v>0</v></c>");
		break;
	default:
		put_value(xlsx, "<c><v>", column, cell);
	}
}

static void xlsx_row(struct document *document, const struct cell *cells)
{
	struct xlsx *xlsx = document->state;

	xlsx->out = document->out;
	put_string(xlsx, "<row>");
	for (size_t i = 0; i < document->column_count; i++) {
		put_cell(xlsx, &document->columns[i], &cells[i]);
	}
	put_string(xlsx, "</row>");
	document->row_count++;
	document->full = zip_is_full(&xlsx->zip);
}

/* -- The document ------------------------------------------------------- */

static void begin_part(struct xlsx *xlsx, const char *name)
{
	zip_begin_file(&xlsx->zip, name, xlsx->out);
}

static void end_part(struct xlsx *xlsx)
{
	pack(xlsx);
	zip_end_file(&xlsx->zip, xlsx->out);
}

/* The header line stays in sight. */
static void put_header(const struct document *document, struct xlsx *xlsx)
{
	put_string(xlsx,
		SHEET_BEGIN "<sheetViews><sheetView tabSelected=\"1\" workbookViewId=\"0\">"
			    "<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" "
			    "state=\"frozen\"/></sheetView></sheetViews>"
			    "<sheetFormatPr defaultColWidth=\"13\" defaultRowHeight=\"15\"/>"
			    "<sheetData><row>");
	for (size_t i = 0; i < document->column_count; i++) {
		const char *name = document->columns[i].name;

		put_text(xlsx, name, strlen(name), true);
	}
	put_string(xlsx, "</row>");
}

static void xlsx_begin(struct document *document)
{
	struct xlsx *xlsx = arena_alloc(document->arena, sizeof(*xlsx));

	cell_text_prepare();
	xlsx->out = document->out;
	xlsx->text = arena_take(document->arena, PIECE);
	xlsx->capacity = PIECE;
	document->state = xlsx;
	zip_begin(&xlsx->zip, document->arena);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		begin_part(xlsx, parts[i].name);
		put_string(xlsx, parts[i].text);
		end_part(xlsx);
	}
	begin_part(xlsx, "xl/worksheets/sheet1.xml");
	put_header(document, xlsx);
}

/* `value`: NULL for an empty cell. */
static void put_pair(struct xlsx *xlsx, const char *name, const char *value, bool bold)
{
	put_string(xlsx, "<row>");
	put_text(xlsx, name, strlen(name), bold);
	if (value != NULL) {
		put_text(xlsx, value, strlen(value), bold);
	}
	put_string(xlsx, "</row>");
}

/* Fields with their units, and where the data are from. */
static void put_about(const struct document *document, struct xlsx *xlsx)
{
	put_string(xlsx,
		SHEET_BEGIN "<sheetFormatPr defaultColWidth=\"24\" defaultRowHeight=\"15\"/>"
			    "<sheetData>");
	put_pair(xlsx, "Field", "Unit", true);
	for (size_t i = 0; i < document->column_count; i++) {
		const struct column *column = &document->columns[i];

		put_pair(xlsx, column->name, column->unit, false);
	}
	put_string(xlsx, "<row/>");
	put_pair(xlsx, "Source", "Almanac " ALMANAC_VERSION, false);
	put_pair(xlsx, "Request", document->envelope->self, false);
	put_string(xlsx, SHEET_END);
}

static void xlsx_end(struct document *document)
{
	struct xlsx *xlsx = document->state;

	xlsx->out = document->out;
	put_string(xlsx, SHEET_END);
	end_part(xlsx);
	begin_part(xlsx, "xl/worksheets/sheet2.xml");
	put_about(document, xlsx);
	end_part(xlsx);
	zip_end(&xlsx->zip, document->out);
}

const struct format format_xlsx = {
	.name = "xlsx",
	.media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	.accepts = accepts,
	.streams = true,
	.whole = true,
	.packed = true,
	.row_max = SHEET_ROWS,
	.weight = 4,
	.memory = ZIP_MEMORY + PIECE,
	.extension = "xlsx",
	.schema = FORMAT_BYTES,
	.begin = xlsx_begin,
	.row = xlsx_row,
	.end = xlsx_end,
};
