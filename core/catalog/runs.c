#include "catalog/runs.h"

#include <string.h>

enum {
	RUN_BYTES = 3,
	PACKED = 0xFF,
	PACKED_HEAD = 3,
	PACKED_SYMBOLS = 64, /* more are runs */
	SYMBOL_BYTES = 2
};

/* Gives days without a value the symbol of a neighbour. Returns whether any symbol is not
 * `none`. */
static bool fill_days(const uint16_t *symbols, const int32_t *values, int days, uint16_t none,
	uint16_t *filled)
{
	uint16_t last = none;
	int first = 0;
	bool any = false;

	while (first < days && values[first] == BLOCK_NOT_REPORTED) {
		first++;
	}
	if (first < days) {
		last = symbols[first];
	}
	for (int i = 0; i < days; i++) {
		if (values[i] != BLOCK_NOT_REPORTED) {
			last = symbols[i];
			any = any || last != none;
		}
		filled[i] = last;
	}
	return any;
}

static int count_runs(const uint16_t *symbols, int days)
{
	int runs = 1;

	for (int i = 1; i < days; i++) {
		runs += symbols[i] != symbols[i - 1];
	}
	return runs;
}

static size_t put_runs(const uint16_t *symbols, int days, unsigned char *to)
{
	unsigned char *at = to;

	for (int i = 0, end; i < days; i = end) {
		unsigned length;

		for (end = i + 1; end < days && symbols[end] == symbols[i];) {
			end++;
		}
		length = (unsigned)(end - i - 1);
		*at++ = (unsigned char)(symbols[i] >> 4);
		*at++ = (unsigned char)((symbols[i] & 0xF) << 4 | length >> 8);
		*at++ = (unsigned char)length;
	}
	return (size_t)(at - to);
}

/* Index of the symbol in the list, to whose end it is added; PACKED_SYMBOLS: it is full. */
static int find_symbol(uint16_t list[PACKED_SYMBOLS], int *count, uint16_t symbol)
{
	int i = 0;

	while (i < *count && list[i] != symbol) {
		i++;
	}
	if (i == *count && *count < PACKED_SYMBOLS) {
		list[(*count)++] = symbol;
	}
	return i;
}

static size_t packed_size(int count, int bits, int days)
{
	return PACKED_HEAD + (size_t)count * SYMBOL_BYTES +
	       ((size_t)days * (size_t)bits + 7) / 8;
}

/* Packs them if that takes less than `limit` bytes; else 0. */
static size_t put_packed(const uint16_t *symbols, int days, size_t limit, unsigned char *to)
{
	uint16_t list[PACKED_SYMBOLS];
	unsigned char index[BLOCK_DAYS_MAX], *at = to;
	unsigned word = 0;
	int count = 0, bits = 1, held = 0;

	for (int i = 0; i < days; i++) {
		index[i] = (unsigned char)find_symbol(list, &count, symbols[i]);
		if (index[i] == PACKED_SYMBOLS) {
			return 0;
		}
	}
	while (1 << bits < count) {
		bits++;
	}
	if (packed_size(count, bits, days) >= limit) {
		return 0;
	}
	*at++ = PACKED;
	*at++ = (unsigned char)bits;
	*at++ = (unsigned char)count;
	for (int i = 0; i < count; i++) {
		*at++ = (unsigned char)(list[i] >> 8);
		*at++ = (unsigned char)list[i];
	}
	for (int i = 0; i < days; i++) {
		word = word << bits | index[i];
		for (held += bits; held >= 8; held -= 8) {
			*at++ = (unsigned char)(word >> (held - 8));
		}
	}
	if (held > 0) {
		*at++ = (unsigned char)(word << (8 - held));
	}
	return (size_t)(at - to);
}

size_t runs_encode(const uint16_t *symbols, const int32_t *values, int days, uint16_t none,
	unsigned char *to)
{
	uint16_t filled[BLOCK_DAYS_MAX];
	size_t size, packed = 0;

	if (!fill_days(symbols, values, days, none, filled)) {
		return 0;
	}
	size = (size_t)count_runs(filled, days) * RUN_BYTES;
	if (size > packed_size(2, 1, days)) {
		packed = put_packed(filled, days, size, to);
	}
	return packed > 0 ? packed : put_runs(filled, days, to);
}

static int decode_packed(const unsigned char *bytes, size_t length, int days, uint16_t *symbols)
{
	const int bits = length >= PACKED_HEAD ? bytes[1] : 0;
	const int count = length >= PACKED_HEAD ? bytes[2] : 0;
	const unsigned char *list = bytes + PACKED_HEAD, *codes = list + count * SYMBOL_BYTES;

	if (bits < 1 || bits > 8 || count < 1 || packed_size(count, bits, days) != length) {
		return -1;
	}
	for (int i = 0; i < days; i++) {
		const int at = i * bits, rest = 16 - bits - at % 8;
		const bool two = at % 8 + bits > 8;
		const unsigned word =
			(unsigned)codes[at / 8] << 8 | (two ? codes[at / 8 + 1] : 0u);
		const int index = (int)(word >> rest & ((1u << bits) - 1));

		if (index >= count) {
			return -1;
		}
		symbols[i] = (uint16_t)(list[2 * index] << 8 | list[2 * index + 1]);
	}
	return 0;
}

int runs_decode(const unsigned char *bytes, size_t length, int days, uint16_t *symbols)
{
	int day = 0;

	if (length > 0 && bytes[0] == PACKED) {
		return decode_packed(bytes, length, days, symbols);
	}
	for (size_t at = 0; at + RUN_BYTES <= length; at += RUN_BYTES) {
		const uint16_t symbol = (uint16_t)(bytes[at] << 4 | bytes[at + 1] >> 4);
		int run = ((bytes[at + 1] & 0xF) << 8 | bytes[at + 2]) + 1;

		if (run > days - day) {
			return -1;
		}
		while (run-- > 0) {
			symbols[day++] = symbol;
		}
	}
	return day == days && length % RUN_BYTES == 0 ? 0 : -1;
}
