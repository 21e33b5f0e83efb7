#include "ingest/stored.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/date.h"
#include "db/block.h"

enum { STATION, YEAR, ELEMENT, BASE, VALUES, FIRST_FLAGS };

static int read_int16(const PGresult *result, int row, int column)
{
	uint16_t network;

	memcpy(&network, PQgetvalue(result, row, column), sizeof(network));
	return (int16_t)ntohs(network);
}

static int32_t read_int32(const PGresult *result, int row, int column)
{
	uint32_t network;

	memcpy(&network, PQgetvalue(result, row, column), sizeof(network));
	return (int32_t)ntohl(network);
}

struct stored_key stored_key(const PGresult *result, int row)
{
	return (struct stored_key){ .station = PQgetvalue(result, row, STATION),
		.element = PQgetvalue(result, row, ELEMENT),
		.year = read_int16(result, row, YEAR) };
}

static int decode_flags(
	const PGresult *result, int row, enum flag_kind kind, int days, struct merge *to)
{
	const int column = FIRST_FLAGS + (int)kind;

	to->flagged[kind] = !PQgetisnull(result, row, column);
	if (!to->flagged[kind]) {
		return 0;
	}
	if (PQgetlength(result, row, column) != days) {
		return -1;
	}
	memset(to->flags[kind], ' ', BLOCK_DAYS_MAX);
	memcpy(to->flags[kind], PQgetvalue(result, row, column), (size_t)days);
	return 0;
}

int stored_decode(const PGresult *result, int row, struct merge *to, struct error *err)
{
	const struct stored_key key = stored_key(result, row);
	const int days = date_year_days(key.year);
	int status;

	merge_clear(to, key.year);
	status = block_decode((const unsigned char *)PQgetvalue(result, row, VALUES),
		(size_t)PQgetlength(result, row, VALUES), days, read_int32(result, row, BASE),
		to->values);
	for (enum flag_kind kind = 0; kind < FLAG_KINDS; kind++) {
		if (decode_flags(result, row, kind, days, to) < 0) {
			status = -1;
		}
	}
	if (status < 0) {
		error_set(err, "the stored block of station %s, year %d, element %s is damaged",
			key.station, key.year, key.element);
		return error_hint(err, "restore the database, or delete that row of the table "
				       "block and ingest the station's files again");
	}
	return 0;
}
