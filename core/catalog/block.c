#include "catalog/block.h"

#include <endian.h>
#include <string.h>

/* Codes of blocks with BLOCK_EVERY_DAY. */
enum { CODE_NOT_REPORTED = 0, CODE_MISSING = 1, CODE_BASE = 2 };

static int bits_for(uint64_t largest)
{
	return largest > 0 ? 64 - __builtin_clzll(largest) : 0;
}

/* -- Encoding ----------------------------------------------------------- */

/* What decides how a block is encoded. */
struct census {
	int reported, zeros;
	bool missing, withdrawn;
	/* Range of all values, and of all but 0; least > most: there are none. */
	int64_t least, most, least_other, most_other;
};

/* How it is encoded. */
struct layout {
	unsigned mode;
	int bits, specials;
	int64_t base;
};

static void take_census(const int32_t *values, int days, struct census *census)
{
	int64_t least = INT32_MAX, most = INT32_MIN;

	*census = (struct census){ .least = INT32_MAX, .most = INT32_MIN };
	for (int i = 0; i < days; i++) {
		const int32_t value = values[i];

		census->reported += value != BLOCK_NOT_REPORTED;
		census->missing |= value == BLOCK_MISSING;
		census->withdrawn |= value == BLOCK_WITHDRAWN;
		census->zeros += value == 0;
		if (value >= BLOCK_VALUE_MIN && value != 0) {
			least = value < least ? value : least;
			most = value > most ? value : most;
		}
	}
	census->least_other = least;
	census->most_other = most;
	census->least = census->zeros > 0 && least > 0 ? 0 : least;
	census->most = census->zeros > 0 && most < 0 ? 0 : most;
}

static struct layout make_layout(
	const struct census *census, unsigned mode, int64_t least, int64_t most)
{
	struct layout layout = { .mode = mode,
		.specials = census->missing + census->withdrawn };
	const int64_t symbols = layout.specials + (most >= least ? most - least + 1 : 0);

	layout.mode |= census->missing ? BLOCK_HAS_MISSING : 0;
	layout.mode |= census->withdrawn ? BLOCK_HAS_WITHDRAWN : 0;
	layout.bits = symbols > 1 ? bits_for((uint64_t)symbols - 1) : 0;
	layout.base = most >= least ? least : 0;
	return layout;
}

/* The shorter one of codes for all values, and bits for zeros and codes for the others. */
static struct layout choose_layout(const struct census *census)
{
	const struct layout plain = make_layout(census, 0, census->least, census->most);
	const struct layout zeros =
		make_layout(census, BLOCK_ZEROS, census->least_other, census->most_other);
	const int others = census->reported - census->zeros;

	return census->reported + others * zeros.bits < census->reported * plain.bits ? zeros
										      : plain;
}

static uint64_t to_code(const struct layout *layout, int32_t value)
{
	if (value >= BLOCK_VALUE_MIN) {
		return (uint64_t)(value - layout->base + layout->specials);
	}
	return value == BLOCK_WITHDRAWN && (layout->mode & BLOCK_HAS_MISSING) != 0 ? 1 : 0;
}

static unsigned char *put_zeros(const int32_t *values, int days, unsigned char *to)
{
	int place = 0;

	for (int i = 0; i < days; i++) {
		if (values[i] != BLOCK_NOT_REPORTED) {
			to[place / 8] = (unsigned char)((place % 8 > 0 ? to[place / 8] : 0) |
							(values[i] == 0) << (place % 8));
			place++;
		}
	}
	return to + (place + 7) / 8;
}

static unsigned char *put_codes(
	const struct layout *layout, const int32_t *values, int days, unsigned char *to)
{
	const bool zeros = (layout->mode & BLOCK_ZEROS) != 0;
	uint64_t word = 0;
	int held = 0;

	for (int i = 0; i < days && layout->bits > 0; i++) {
		if (values[i] == BLOCK_NOT_REPORTED || (zeros && values[i] == 0)) {
			continue;
		}
		word = word << layout->bits | to_code(layout, values[i]);
		for (held += layout->bits; held >= 8; held -= 8) {
			*to++ = (unsigned char)(word >> (held - 8));
		}
	}
	if (held > 0) {
		*to++ = (unsigned char)(word << (8 - held));
	}
	return to;
}

size_t block_encode(const int32_t *values, int days, int32_t *base, unsigned char *to)
{
	unsigned char *at = to;
	struct census census;
	struct layout layout;

	take_census(values, days, &census);
	layout = choose_layout(&census);
	*base = (int32_t)layout.base;
	*at++ = (unsigned char)layout.mode;
	*at++ = (unsigned char)layout.bits;
	if ((layout.mode & BLOCK_ZEROS) != 0) {
		at = put_zeros(values, days, at);
	}
	return (size_t)(put_codes(&layout, values, days, at) - to);
}

int block_mark(const int32_t *values, int days, uint8_t reported[BLOCK_BITMAP])
{
	int count = 0;

	memset(reported, 0, BLOCK_BITMAP);
	for (int i = 0; i < days; i++) {
		const bool is = values[i] != BLOCK_NOT_REPORTED;

		reported[i / 8] |= (uint8_t)(is << (i % 8));
		count += is;
	}
	return count;
}

/* -- Decoding ----------------------------------------------------------- */

/* Reads 64 bits from a byte on, with zeros beyond the end. */
static uint64_t load_word(const unsigned char *bytes, size_t length, size_t at)
{
	uint64_t word = 0;

	if (at + sizeof(word) <= length) {
		memcpy(&word, bytes + at, sizeof(word));
		return be64toh(word);
	}
	for (size_t i = 0; i < sizeof(word); i++) {
		word = word << 8 | (at + i < length ? bytes[at + i] : 0);
	}
	return word;
}

/* Reads the codes of a block one after the other. */
struct codes {
	const unsigned char *bytes;
	size_t length, at; /* at: in bits */
	int bits, specials;
	int64_t base;
	int32_t special[2];
};

/* Sets the next `count` values. -1: one exceeds int32. */
static int read_codes(struct codes *codes, int count, int32_t *values)
{
	const int bits = codes->bits;
	int64_t greatest = INT32_MIN;

	for (int i = 0; i < count; i++, codes->at += (size_t)bits) {
		const uint64_t code =
			bits > 0 ? load_word(codes->bytes, codes->length, codes->at / 8)
						   << (codes->at % 8) >>
					   (64 - bits)
				 : 0;
		const int64_t value = codes->base + (int64_t)code - codes->specials;

		if (code < (uint64_t)codes->specials) {
			values[i] = codes->special[code];
		} else {
			greatest = value > greatest ? value : greatest;
			values[i] = (int32_t)value;
		}
	}
	return greatest > INT32_MAX ? -1 : 0;
}

static int count_bits(const uint8_t *bits, int count)
{
	int set = 0;

	for (int i = 0; i < count / 8; i++) {
		set += __builtin_popcount(bits[i]);
	}
	return count % 8 > 0
		       ? set + __builtin_popcount(bits[count / 8] & ((1u << count % 8) - 1))
		       : set;
}

/* The values of the reported days, one after the other. */
static int decode_reported(
	const unsigned char *bytes, size_t length, int reported, int32_t base, int32_t *values)
{
	const unsigned mode = bytes[0];
	const size_t bitmap = (mode & BLOCK_ZEROS) != 0 ? (size_t)(reported + 7) / 8 : 0;
	const uint8_t *zeros = bytes + BLOCK_HEAD;
	struct codes codes = {
		.bytes = bytes, .length = length, .bits = bytes[1], .base = base
	};
	int32_t others[BLOCK_DAYS_MAX];
	int count = reported, at = 0;

	if (codes.bits > BLOCK_BITS_MAX || length < BLOCK_HEAD + bitmap ||
		(mode & ~(unsigned)(BLOCK_ZEROS | BLOCK_HAS_MISSING | BLOCK_HAS_WITHDRAWN)) !=
			0) {
		return -1;
	}
	count -= bitmap > 0 ? count_bits(zeros, reported) : 0;
	if (length != BLOCK_HEAD + bitmap + ((size_t)count * (size_t)codes.bits + 7) / 8) {
		return -1;
	}
	if ((mode & BLOCK_HAS_MISSING) != 0) {
		codes.special[codes.specials++] = BLOCK_MISSING;
	}
	if ((mode & BLOCK_HAS_WITHDRAWN) != 0) {
		codes.special[codes.specials++] = BLOCK_WITHDRAWN;
	}
	codes.at = (BLOCK_HEAD + bitmap) * 8;
	if (bitmap == 0) {
		return read_codes(&codes, count, values);
	}
	if (read_codes(&codes, count, others) != 0) {
		return -1;
	}
	for (int i = 0; i < reported; i++) {
		values[i] = (zeros[i / 8] >> (i % 8) & 1) != 0 ? 0 : others[at++];
	}
	return 0;
}

/* BLOCK_EVERY_DAY: a code for each day of the year, of as many bits as fit the bytes evenly. */
static int decode_every_day(
	const unsigned char *bytes, size_t length, int days, int32_t base, int32_t *values)
{
	const size_t width = length * 8 / (size_t)days;
	struct codes codes = { .bytes = bytes,
		.length = length,
		.bits = (int)width,
		.specials = CODE_BASE,
		.base = base,
		.special = { [CODE_NOT_REPORTED] = BLOCK_NOT_REPORTED,
			[CODE_MISSING] = BLOCK_MISSING } };

	if (width < 1 || width > BLOCK_BITS_MAX || (width * (size_t)days + 7) / 8 != length) {
		return -1;
	}
	return read_codes(&codes, days, values);
}

int block_decode(const uint8_t *reported, const unsigned char *bytes, size_t length, int days,
	int32_t base, int32_t *values)
{
	int32_t packed[BLOCK_DAYS_MAX];
	int at = 0;

	if (length >= 1 && bytes[0] == BLOCK_EVERY_DAY) {
		return decode_every_day(bytes + 1, length - 1, days, base, values);
	}
	if (length < BLOCK_HEAD) {
		return -1;
	}
	if (reported == NULL) {
		return decode_reported(bytes, length, days, base, values);
	}
	if (decode_reported(bytes, length, count_bits(reported, days), base, packed) != 0) {
		return -1;
	}
	for (int i = 0; i < days; i++) {
		values[i] = block_bit(reported, i) ? packed[at++] : BLOCK_NOT_REPORTED;
	}
	return 0;
}

/* -- Coverage ----------------------------------------------------------- */

void block_count(
	const int32_t *values, const char *quality, int year, struct block_coverage *coverage)
{
	int day = 0, gap = 0;

	*coverage = (struct block_coverage){ .least = INT32_MAX, .greatest = INT32_MIN };
	for (int month = 1; month <= 12; month++) {
		int month_gap = 0, present = 0, longest = 0;

		for (int end = day + date_month_days(year, month); day < end; day++) {
			bool reported = values[day] != BLOCK_NOT_REPORTED;
			bool good = values[day] >= BLOCK_VALUE_MIN &&
				    (quality == NULL || quality[day] == ' ');

			coverage->reported_days += reported;
			coverage->reported[day / 8] |= (uint8_t)(reported << (day % 8));
			present += good;
			if (good) {
				coverage->least = values[day] < coverage->least
							  ? values[day]
							  : coverage->least;
				coverage->greatest = values[day] > coverage->greatest
							     ? values[day]
							     : coverage->greatest;
			}
			gap = good ? 0 : gap + 1;
			month_gap = good ? 0 : month_gap + 1;
			longest = month_gap > longest ? month_gap : longest;
			coverage->longest_gap =
				gap > coverage->longest_gap ? gap : coverage->longest_gap;
		}
		coverage->present_days += present;
		coverage->month_present[month - 1] = (uint8_t)present;
		coverage->month_gap[month - 1] = (uint8_t)longest;
	}
}
