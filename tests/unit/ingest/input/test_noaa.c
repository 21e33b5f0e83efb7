/* Where names of NOAA's places lead. */
#include <string.h>

#include "ingest/input/noaa.h"
#include "unit.h"

static void expect(const char *name, const char *uri)
{
	struct noaa_place place;
	struct error err = { 0 };

	assert_int_equal(noaa_resolve(name, 2026, &place, &err), 0);
	assert_int_equal(place.count, 1);
	assert_string_equal(place.uris[0], uri);
	assert_false(place.last_may_lack);
}

static void resolves(void **state)
{
	(void)state;
	expect("noaa://ghcn-daily/by_year/1999",
		"s3://noaa-ghcn-pds/csv.gz/by_year/1999.csv.gz");
	expect("noaa://ghcn-daily/by_year", "s3://noaa-ghcn-pds/csv.gz/by_year/");
	expect("noaa://ghcn-daily/by_year/", "s3://noaa-ghcn-pds/csv.gz/by_year/");
	expect("noaa://ghcn-daily/by_station/USC00110072",
		"s3://noaa-ghcn-pds/csv.gz/by_station/USC00110072.csv.gz");
	expect("noaa://ghcn-daily/stations", "s3://noaa-ghcn-pds/ghcnd-stations.txt");
	expect("noaa://ghcn-daily/all",
		"https://www.ncei.noaa.gov/pub/data/ghcn/daily/ghcnd_all.tar.gz");
	expect("noaa://ghcn-daily/dly/USC00110072",
		"https://www.ncei.noaa.gov/pub/data/ghcn/daily/all/USC00110072.dly");
	expect("noaa://ghcn-daily/superghcnd/superghcnd_diff_20260101_to_20260102.tar.gz",
		"https://www.ncei.noaa.gov/pub/data/ghcn/daily/superghcnd/"
		"superghcnd_diff_20260101_to_20260102.tar.gz");
	expect("noaa://gsod/2024", "s3://noaa-gsod-pds/2024/");
}

static void resolves_what_is_recent(void **state)
{
	struct noaa_place place;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(
		noaa_resolve("noaa://ghcn-daily/by_year/recent", 2026, &place, &err), 0);
	assert_int_equal(place.count, 2);
	assert_string_equal(place.uris[0], "s3://noaa-ghcn-pds/csv.gz/by_year/2025.csv.gz");
	assert_string_equal(place.uris[1], "s3://noaa-ghcn-pds/csv.gz/by_year/2026.csv.gz");
	assert_true(place.last_may_lack);
}

static void says_which_there_are(void **state)
{
	static const char *const names[] = { "noaa://", "noaa://ghcn-daily",
		"noaa://ghcn-daily/", "noaa://ghcn-daily/by_year/26",
		"noaa://ghcn-daily/by_year/19x9", "noaa://ghcn-daily/by_station/usc00110072",
		"noaa://ghcn-daily/superghcnd/../x", "noaa://ghcn-daily/superghcnd/a/b",
		"noaa://ghcn-daily/stations?x", "noaa://gsod/" };
	struct noaa_place place;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct error err = { 0 };

		assert_int_equal(noaa_resolve(names[i], 2026, &place, &err), -1);
		assert_non_null(strstr(err.text, names[i]));
		assert_non_null(strstr(err.hint, "noaa://ghcn-daily/by_year/YEAR"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolves),
		cmocka_unit_test(resolves_what_is_recent),
		cmocka_unit_test(says_which_there_are),
	};

	return cmocka_run_group_tests_name("noaa", tests, NULL, NULL);
}
