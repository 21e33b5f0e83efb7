/* The source plugins, loaded as the program loads them. Arguments: their files. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/date.h"
#include "ingest/parse/feed.h"
#include "ingest/parse/sniff.h"
#include "plugin/registry.h"
#include "unit.h"

static struct alm_host host;
static struct registry *registry;

static const struct plugin_source *source_named(const char *name)
{
	struct error err = { 0 };
	const struct plugin_source *source = sniff_named(registry, name, &err);

	assert_string_equal(err.text, "");
	assert_non_null(source);
	return source;
}

static int sniff(const char *source, const char *name, const char *head)
{
	const struct plugin_source *found = source_named(source);

	return found->source.sniff(found->declared, name, head, strlen(head));
}

/* Sends a text through a source. */
static struct batch *run(const char *source, const char *name, const char *text)
{
	const struct feed_limits limits = { .rejects = 100, .memory = 1 << 20 };
	struct alm_feed *feed = feed_create(&limits);
	int result = feed_open(feed, source_named(source), name, name, NULL, NULL);
	struct line line = { 0 };
	struct batch *batch;

	while (result == 0 && *text != '\0') {
		char copy[512];
		size_t n = strcspn(text, "\n");

		snprintf(copy, sizeof(copy), "%.*s", (int)n, text);
		line = (struct line){
			.text = copy, .length = n, .held = n, .number = line.number + 1
		};
		result = feed_line(feed, &line);
		text += n + (text[n] == '\n');
	}
	if (result == 0) {
		feed_close(feed);
	}
	batch = feed_finish(feed);
	feed_destroy(feed);
	return batch;
}

/* -- wx_data ------------------------------------------------------------ */

#define GOOD "19850101\t  -22\t -128\t   94\n"

/* The reason for which something of a line is rejected, or "", and the values that are kept. */
static void expect_values(const char *line, const char *reason, int values)
{
	struct buffer text = { 0 };
	struct batch *batch;

	buffer_printf(&text, "20140101\t    0\t    0\t    0\n%s", line);
	batch = run("wx_data", "USC00110072.txt", buffer_text(&text));
	assert_int_equal(batch->outcome, BATCH_TAKEN);
	assert_string_equal(batch->rejects_held > 0 ? batch->rejects[0].reason : "", reason);
	assert_int_equal(batch->observations, 3 + values);
	batch_destroy(batch);
	buffer_finish(&text);
}

/* The reason that a whole line is rejected for, or "" */
static void expect_line(const char *line, const char *reason)
{
	expect_values(line, reason, reason[0] == '\0' ? 3 : 0);
}

static void wx_data_takes_good_lines(void **state)
{
	(void)state;
	expect_line("19850101\t  -22\t -128\t   94", "");
	expect_line("19850101\t-22\t-128\t94", "");
	expect_line("  19850101 \t -22 \t -128 \t  94  ", "");
	expect_line("19850101\t-9999\t-9999\t-9999", "");
	expect_line("19850101\t00022\t  -00\t00000", "");
	expect_line("19850101\t  600\t -900\t20000", "");
	expect_line("20000229\t    1\t    1\t    1", "");
	expect_line("17000101\t    1\t    1\t    1", "");
	expect_line("21991231\t    1\t    1\t    1", "");
}

static void wx_data_rejects_bad_lines(void **state)
{
	(void)state;
	expect_line("\n", "the line is empty");
	expect_line("19850101", "1 tab-separated field, not 4");
	expect_line("19850101 -22 -128 94", "1 tab-separated field, not 4");
	expect_line("19850101\t1\t2", "3 tab-separated fields, not 4");
	expect_line("19850101\t1\t2\t3\t", "5 tab-separated fields, not 4");
	expect_line("1985-01-01\t1\t2\t3", "field 1 '1985-01-01' is not a date like 20141231");
	expect_line("1985010\t1\t2\t3", "field 1 '1985010' is not a date like 20141231");
	expect_line("198501011\t1\t2\t3", "field 1 '198501011' is not a date like 20141231");
	expect_line("\t1\t2\t3", "field 1 is empty");
	expect_line("19850101\t1\tabc\t3", "field 3 'abc' is not an integer");
	expect_line("19850101\t    1\t  abc\t    3", "field 3 'abc' is not an integer");
	expect_line("19850101\t1\t2\t3.5", "field 4 '3.5' is not an integer");
	expect_line("19850101\t1 2\t2\t3", "field 2 '1 2' is not an integer");
	expect_line("19850101\t+1\t2\t3", "field 2 '+1' is not an integer");
	expect_line("19850101\t--1\t2\t3", "field 2 '--1' is not an integer");
	expect_line("19850101\t  --1\t    2\t    3", "field 2 '--1' is not an integer");
	expect_line("19850101\t - 12\t    2\t    3", "field 2 '- 12' is not an integer");
	expect_line("19850101\t12-34\t    2\t    3", "field 2 '12-34' is not an integer");
	expect_line("19850101\t    1\t    -\t    3", "field 3 '-' is not an integer");
	expect_line("19850101\t    1\t     \t    3", "field 3 is empty");
	expect_line(
		"19850101\t1\t2\t1234567890", "field 4 '1234567890' has more than 9 digits");
	expect_line(
		"19850101\t1\t2\t-1234567890", "field 4 '-1234567890' has more than 9 digits");
	expect_line("19850101\t    1\t    2\t   3x", "field 4 '3x' is not an integer");
	expect_line("1985O101\t    1\t    2\t    3",
		"field 1 '1985O101' is not a date like 20141231");
}

static void wx_data_rejects_impossible_values(void **state)
{
	(void)state;
	expect_line("19850229\t1\t2\t3", "there is no date 19850229");
	expect_line("19851301\t1\t2\t3", "there is no date 19851301");
	expect_line("19850100\t1\t2\t3", "there is no date 19850100");
	expect_line("00000101\t1\t2\t3", "there is no date 00000101");
	expect_line("00000000\t1\t2\t3", "there is no date 00000000");
	expect_line("99991231\t1\t2\t3",
		"the date 9999-12-31 is not within the years 1700 to 2199");
	expect_values("19850101\t601\t2\t3",
		"TMAX 60.1 degC of 1985-01-01 is not within -90.0 to 60.0 degC", 2);
	expect_values("19850101\t1\t-901\t3",
		"TMIN -90.1 degC of 1985-01-01 is not within -90.0 to 60.0 degC", 2);
	expect_values("19850101\t1\t2\t-1",
		"PRCP -0.1 mm of 1985-01-01 is not within 0.0 to 2000.0 mm", 2);
	expect_line("19850101\t601\t-901\t-1",
		"TMAX 60.1 degC of 1985-01-01 is not within -90.0 to 60.0 degC; and 2 more of its "
		"values");
	expect_line("20140101\t1\t2\t3",
		"TMAX of station USC00110072 on 2014-01-01 was given before");
}

static void wx_data_stores_what_it_read(void **state)
{
	struct batch *p = run("wx_data", "USC00110072.txt",
		"19851231\t  -22\t-9999\t   94\n19850101\t 0\t-5\t20000\n");
	const struct batch_station *station = p->stations;

	(void)state;
	assert_int_equal(p->station_count, 1);
	assert_string_equal(station->id, "USC00110072");
	assert_int_equal(station->block_count, 3);
	assert_string_equal(station->blocks[0]->element->code, "PRCP");
	assert_string_equal(station->blocks[1]->element->code, "TMAX");
	assert_string_equal(station->blocks[2]->element->code, "TMIN");
	assert_int_equal(station->blocks[0]->values[364], 94);
	assert_int_equal(station->blocks[1]->values[364], -22);
	assert_int_equal(station->blocks[2]->values[364], BLOCK_MISSING);
	assert_int_equal(station->blocks[0]->values[0], 20000);
	assert_int_equal(station->blocks[1]->values[0], 0);
	assert_int_equal(station->blocks[2]->values[0], -5);
	assert_int_equal(station->blocks[0]->values[1], BLOCK_NOT_REPORTED);
	batch_destroy(p);
}

/* Every value that is allowed, in the padded form and in the short one. */
static void wx_data_reads_every_value(void **state)
{
	(void)state;
	for (int value = -900; value <= 600; value++) {
		struct buffer text = { 0 };
		struct batch *p;

		buffer_printf(&text, "19850101\t%5d\t%5d\t    0\n19850102\t%d\t%d\t0\n", value,
			value, value, value);
		p = run("wx_data", "USC00110072.txt", buffer_text(&text));
		assert_int_equal(p->reject_count, 0);
		for (int i = 0; i < 2; i++) {
			assert_int_equal(p->stations->blocks[1]->values[i], value);
			assert_int_equal(p->stations->blocks[2]->values[i], value);
		}
		batch_destroy(p);
		buffer_finish(&text);
	}
}

static void expect_stop(const char *name)
{
	struct batch *p = run("wx_data", name, GOOD);

	assert_int_equal(p->outcome, BATCH_FAILED);
	assert_non_null(strstr(p->error.text, "rename it to the station's id"));
	batch_destroy(p);
}

static void wx_data_wants_a_station_name(void **state)
{
	static const char *const good[] = { "USC00110072.txt", "USC00110072", "USC00110072.csv",
		"ASN00015643.some.thing" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct batch *p = run("wx_data", good[i], GOOD);

		assert_int_equal(p->outcome, BATCH_TAKEN);
		batch_destroy(p);
	}
	expect_stop("-");
	expect_stop("");
	expect_stop("data.txt");
	expect_stop("USC0011007.txt");
	expect_stop("USC001100722.txt");
	expect_stop("usc00110072.txt");
}

static void wx_data_recognises_its_files(void **state)
{
	(void)state;
	assert_int_equal(sniff("wx_data", "x", GOOD GOOD), 90);
	assert_int_equal(sniff("wx_data", "x", GOOD "19850102\t 1"), 90); /* cut off */
	assert_int_equal(sniff("wx_data", "x", "19850101\t1\t2\t3\r\n\r\n"), 90);
	assert_int_equal(sniff("wx_data", "x", "19850101\t1\t2\t3"), 90);
	assert_int_equal(sniff("wx_data", "x", "date\ttmax\ttmin\tprcp\n" GOOD), 60);
	assert_int_equal(sniff("wx_data", "USC00110072.txt", "nonsense\n"), 20);
	assert_int_equal(sniff("wx_data", "USC00110072.csv", "nonsense\n"), 0);
	assert_int_equal(sniff("wx_data", "x", "nonsense\n"), 0);
	assert_int_equal(sniff("wx_data", "x", "1985\t225447\n"), 0); /* another data set */
	assert_int_equal(sniff("wx_data", "x", ""), 0);
}

/* -- ghcnd_stations ----------------------------------------------------- */

#define ALEDO \
	"USC00110072  41.1978  -90.7447  222.5 IL ALEDO                              HCN      "

static void ghcnd_stations_reads_a_station(void **state)
{
	struct batch *p = run("ghcnd_stations", "x",
		ALEDO "\n"
		      "ACW00011604  17.1167  -61.7833   10.1    ST JOHNS COOLIDGE FLD"
		      "                       \n"
		      "AE000041196  25.3330   55.5170   34.0    SHARJAH INTER. AIRP"
		      "            GSN     41196\n"
		      "AQC00914000 -14.3167 -170.7667 -999.9\n");
	const struct alm_station *s = p->descriptions;

	(void)state;
	assert_int_equal(p->outcome, BATCH_TAKEN);
	assert_int_equal(p->reject_count, 0);
	assert_int_equal(p->description_count, 4);
	assert_string_equal(s[0].id, "ACW00011604");
	assert_string_equal(s[0].name, "ST JOHNS COOLIDGE FLD");
	assert_string_equal(s[0].country, "AC");
	assert_null(s[0].state);
	assert_null(s[0].wmo_id);
	assert_string_equal(s[1].wmo_id, "41196");
	assert_true(s[1].latitude == 25.333 && s[1].longitude == 55.517);
	assert_true(s[2].latitude == -14.3167 && s[2].longitude == -170.7667);
	assert_true(isnan(s[2].elevation));
	assert_null(s[2].name);
	assert_string_equal(s[3].name, "ALEDO");
	assert_string_equal(s[3].state, "IL");
	assert_true(s[3].latitude == 41.1978 && s[3].longitude == -90.7447);
	assert_true(s[3].elevation == 222.5);
	batch_destroy(p);
}

static void expect_station(const char *line, const char *reason)
{
	struct buffer text = { 0 };
	struct batch *p;

	buffer_printf(&text, ALEDO "\n%s\n", line);
	p = run("ghcnd_stations", "x", buffer_text(&text));
	assert_int_equal(p->rejects_held, 1);
	assert_string_equal(p->rejects[0].reason, reason);
	batch_destroy(p);
	buffer_finish(&text);
}

static void ghcnd_stations_rejects_bad_lines(void **state)
{
	(void)state;
	expect_station("USC00110072  41.1978", "20 characters, but the elevation ends at 37");
	expect_station("USC00110072,41.1978,-90.7447,222.5,IL,ALEDO",
		"character 12, before the latitude, is no blank: the columns are not those of "
		"ghcnd-stations.txt: 'USC00110072,41.1978,-90.7447,222'");
	expect_station("USC0011007   41.1978  -90.7447  222.5",
		"'USC0011007' in characters 1 to 11 is no station id");
	expect_station("USC00110072  4l.1978  -90.7447  222.5",
		"'4l.1978' in characters 13 to 20 is no latitude");
	expect_station("USC00110072  41.1978           222.5 ",
		"'' in characters 22 to 30 is no longitude");
	expect_station("USC00110072  41.1978  -90.7447  2-2.5",
		"'2-2.5' in characters 32 to 37 is no elevation");
	expect_station("USC00110072  91.1978  -90.7447  222.5",
		"the latitude is not within -90 to 90 degrees");
	expect_station("USC00110072  41.1978 -190.7447  222.5",
		"the longitude is not within -180 to 180 degrees");
	expect_station("USC00110072  41.1978  -90.7447 9222.5",
		"the elevation is not within -500 to 9000 m");
	expect_station("USC00110072  41.1978  -90.7447  222.5 IL AL\x80"
		       "DO",
		"the name is not UTF-8");
	expect_station("USC00110072  41.1978  -90.7447  222.5 IL AL\x01"
		       "DO",
		"the name holds a control character, such as a tab");
	expect_station("USC00110072  41.1978  -90.7447  222.5 IL AL\tDO",
		"character 44 is a tab; the columns of ghcnd-stations.txt are filled with blanks");
	expect_station("USC00110072  41.1978  -90.7447  222.5 IL ALEDO"
		       "                              HCN 1234 ",
		"'1234' in characters 81 to 85 is no WMO id (five digits or blank)");
	expect_station(ALEDO " 6",
		"there is something behind the WMO id, which ends at character 85: '6'");
	expect_station(ALEDO "  " ALEDO,
		"there is something behind the WMO id, which ends at character 85: "
		"'USC00110072  41.1978  -90.7447  '");
}

/* Whatever column they move, and however far: a line with a GSN flag, one of HCN and a WMO id.
 */
static void ghcnd_stations_rejects_columns_that_moved(void **state)
{
	static const struct {
		const char *id, *latitude, *longitude, *elevation, *state, *name, *gsn,
			*network, *wmo;
	} lines[] = {
		{ "GMW00000001", "49.4667", "8.5500", "96.0", "", "X", "GSN", "", "" },
		{ "USC00110072", "41.1978", "-90.7447", "222.5", "IL", "ALEDO", "", "HCN", "" },
		{ "USW00003809", "35.0225", "-89.8442", "76.2", "TN", "MILLINGTON MUNI AP", "",
			"CRN", "72334" },
		{ "AE000041196", "25.3330", "55.5170", "34.0", "", "SHARJAH INTER. AIRP", "GSN",
			"", "41196" },
	};
	static const size_t starts[] = { 11, 20, 30, 37, 41, 60, 71 };
	enum { WIDER_MOST = 45 };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		for (size_t k = 0; k < sizeof(starts) / sizeof(starts[0]); k++) {
			for (int wider = 0; wider <= WIDER_MOST; wider++) {
				struct buffer text = { 0 };
				struct batch *p;

				char line[100];

				snprintf(line, sizeof(line),
					"%-11s %8s %9s %6s %2s %-30s %3s %3s %5s", lines[i].id,
					lines[i].latitude, lines[i].longitude,
					lines[i].elevation, lines[i].state, lines[i].name,
					lines[i].gsn, lines[i].network, lines[i].wmo);
				buffer_printf(&text, ALEDO "\n%.*s%*s%s\n", (int)starts[k],
					line, wider, "", line + starts[k]);
				p = run("ghcnd_stations", "x", buffer_text(&text));
				assert_int_equal(p->reject_count, wider > 0);
				batch_destroy(p);
				buffer_finish(&text);
			}
		}
	}
}

static void ghcnd_stations_recognises_its_files(void **state)
{
	(void)state;
	assert_int_equal(sniff("ghcnd_stations", "x", ALEDO "\n" ALEDO), 90);
	assert_int_equal(sniff("ghcnd_stations", "x", ALEDO "\nnonsense\n"), 60);
	assert_int_equal(sniff("ghcnd_stations", "ghcnd-stations.txt", "nonsense\n"), 20);
	assert_int_equal(sniff("ghcnd_stations", "x", GOOD), 0);
	/* ghcnd-inventory.txt begins with the same columns. */
	assert_int_equal(
		sniff("ghcnd_stations", "x", "ACW00011604  17.1167  -61.7833 TMAX 1949 1949\n"),
		0);
}

/* -- Choosing ----------------------------------------------------------- */

static void chooses_the_surest(void **state)
{
	bool skip;
	struct error err = { 0 };
	const struct plugin_source *source;

	(void)state;
	source = sniff_choose(registry, "x", GOOD, strlen(GOOD), &skip, &err);
	assert_non_null(source);
	assert_false(skip);
	assert_string_equal(source->source.name, "wx_data");
	source = sniff_choose(registry, "x", ALEDO, strlen(ALEDO), &skip, &err);
	assert_non_null(source);
	assert_string_equal(source->source.name, "ghcnd_stations");
	assert_null(sniff_choose(registry, "x", "a\x80\nb", 4, &skip, &err));
	assert_string_equal(
		err.text, "no source plugin recognises it; it begins with 'a\\x80'");
	assert_non_null(strstr(err.hint, "wx_data"));
	assert_null(sniff_named(registry, "other", &err));
	assert_non_null(strstr(err.text, "there is no source 'other'; loaded are: "));
}

static int always(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	(void)source;
	(void)name;
	(void)head;
	(void)length;
	return 100;
}

static int too_sure(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	(void)source;
	(void)name;
	(void)head;
	(void)length;
	return 150;
}

static int less_than_not(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	(void)source;
	(void)name;
	(void)head;
	(void)length;
	return -1;
}

static void refuses_what_is_no_certainty(void **state)
{
	static const struct plugin plugin = { .table = { .name = "wrong" } };
	struct plugin_source sources[] = {
		{ &plugin, { .name = "one", .sniff = always } },
		{ &plugin, { .name = "two", .sniff = too_sure } },
	};
	const struct registry registry_of_two = { .sources = sources, .source_count = 2 };
	bool skip;
	struct error err = { 0 };

	(void)state;
	assert_null(sniff_choose(&registry_of_two, "x", "", 0, &skip, &err));
	assert_string_equal(err.text,
		"source 'two' is 150 sure that it can read this, where 0 to 100 is meant");
	sources[1].source.sniff = less_than_not;
	assert_null(sniff_choose(&registry_of_two, "x", "", 0, &skip, &err));
	assert_string_equal(err.text,
		"source 'two' is -1 sure that it can read this, where 0 to 100 is meant");
}

static void refuses_a_tie(void **state)
{
	static const struct plugin plugin = { .table = { .name = "twins" } };
	struct plugin_source sources[] = {
		{ &plugin, { .name = "one", .sniff = always } },
		{ &plugin, { .name = "two", .sniff = always } },
	};
	const struct registry twins = { .sources = sources, .source_count = 2 };
	bool skip;
	struct error err = { 0 };

	(void)state;
	assert_null(sniff_choose(&twins, "x", "", 0, &skip, &err));
	assert_string_equal(
		err.text, "sources 'one' and 'two' are equally sure (100) that it is theirs");
}

static int leaves(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	(void)source;
	(void)head;
	(void)length;
	return strcmp(name, "readme") == 0 ? ALM_SNIFF_SKIP : 0;
}

/* What one source knows not to be read, another may read. */
static void leaves_what_is_not_to_be_read(void **state)
{
	static const struct plugin plugin = { .table = { .name = "careful" } };
	struct plugin_source sources[] = {
		{ &plugin, { .name = "one", .sniff = leaves }, NULL },
		{ &plugin, { .name = "two", .sniff = always }, NULL },
	};
	struct registry alone = { .sources = sources, .source_count = 1 };
	bool skip = false;
	struct error err = { 0 };

	(void)state;
	assert_ptr_equal(sniff_choose(&alone, "readme", "", 0, &skip, &err), &sources[0]);
	assert_true(skip);
	assert_null(sniff_choose(&alone, "data", "", 0, &skip, &err));
	assert_false(skip);
	alone.source_count = 2;
	assert_ptr_equal(sniff_choose(&alone, "readme", "", 0, &skip, &err), &sources[1]);
	assert_false(skip);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wx_data_takes_good_lines),
		cmocka_unit_test(wx_data_rejects_bad_lines),
		cmocka_unit_test(wx_data_rejects_impossible_values),
		cmocka_unit_test(wx_data_stores_what_it_read),
		cmocka_unit_test(wx_data_reads_every_value),
		cmocka_unit_test(wx_data_wants_a_station_name),
		cmocka_unit_test(wx_data_recognises_its_files),
		cmocka_unit_test(ghcnd_stations_reads_a_station),
		cmocka_unit_test(ghcnd_stations_rejects_bad_lines),
		cmocka_unit_test(ghcnd_stations_rejects_columns_that_moved),
		cmocka_unit_test(ghcnd_stations_recognises_its_files),
		cmocka_unit_test(chooses_the_surest),
		cmocka_unit_test(refuses_a_tie),
		cmocka_unit_test(leaves_what_is_not_to_be_read),
		cmocka_unit_test(refuses_what_is_no_certainty),
	};
	struct buffer paths = { 0 };
	struct error err = { 0 };
	int result;

	for (int i = 1; i < argc; i++) {
		buffer_printf(&paths, "%s%s", i > 1 ? ":" : "", argv[i]);
	}
	host.day = date_day;
	feed_host(&host);
	registry = registry_load(buffer_text(&paths), &host, &err);
	if (registry == NULL) {
		fprintf(stderr, "%s; %s\n", err.text, err.hint);
		return EXIT_FAILURE;
	}
	result = cmocka_run_group_tests_name("sources", tests, NULL, NULL);
	registry_destroy(registry);
	buffer_finish(&paths);
	return result;
}
