/* almanac/text.h - reading lines, for sources. Beside <almanac/plugin.h>; the host knows
 * nothing of it.
 *
 * Functions of this header allocate nothing, read nothing behind the text that they are
 * given unless their comment says so, depend on no locale, and may be called on any thread.
 *
 * A text is a part of a line: where it begins, and its length. It is not NUL-terminated.
 * Functions that read a number return 0 or one of ALM_TEXT_...; *value is then left alone.
 * Numbers are digits, perhaps with one '-' before them and one '.' among them: no '+', no
 * exponent, no blanks (see alm_trim()). */
#ifndef ALMANAC_TEXT_H
#define ALMANAC_TEXT_H

#include <almanac/plugin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ALM_TEXT_BAD (-1)     /* not what was expected */
#define ALM_TEXT_RANGE (-2)   /* a number that does not fit */
#define ALM_TEXT_INEXACT (-3) /* a number with more places than are to be kept */

struct alm_text {
	const char *at;
	size_t length;
};

/* -- Parts of a line ---------------------------------------------------- */

static inline struct alm_text alm_text(const char *at, size_t length)
{
	struct alm_text text = { at, length };

	return text;
}

/* Without spaces and tabs at both ends. */
static inline struct alm_text alm_trim(struct alm_text text)
{
	while (text.length > 0 && (*text.at == ' ' || *text.at == '\t')) {
		text.at++;
		text.length--;
	}
	while (text.length > 0 &&
		(text.at[text.length - 1] == ' ' || text.at[text.length - 1] == '\t')) {
		text.length--;
	}
	return text;
}

/* `width` characters from `first` on, which counts from 0, as far as the line has them;
 * trimmed. */
static inline struct alm_text alm_columns(struct alm_text line, size_t first, size_t width)
{
	size_t from = first < line.length ? first : line.length;
	size_t left = line.length - from;

	return alm_trim(alm_text(line.at + from, left < width ? left : width));
}

/* Whether it is that string. */
static inline int alm_is(struct alm_text text, const char *string)
{
	return strlen(string) == text.length && memcmp(text.at, string, text.length) == 0;
}

/* Copies a text and a NUL to `to`. ALM_TEXT_RANGE if there is no room for all of it. */
static inline int alm_copy(struct alm_text text, char *to, size_t room)
{
	if (text.length >= room) {
		return ALM_TEXT_RANGE;
	}
	memcpy(to, text.at, text.length);
	to[text.length] = '\0';
	return 0;
}

/* Copies a text in ISO 8859-1, which every byte sequence is, as UTF-8 and a NUL.
 * ALM_TEXT_RANGE if there is no room for all of it, which takes up to two bytes a
 * character. */
static inline int alm_copy_latin1(struct alm_text text, char *to, size_t room)
{
	size_t used = 0;

	for (size_t i = 0; i < text.length; i++) {
		unsigned c = (unsigned char)text.at[i];

		if (used + (c < 0x80 ? 1 : 2) >= room) {
			return ALM_TEXT_RANGE;
		}
		if (c < 0x80) {
			to[used++] = (char)c;
		} else {
			to[used++] = (char)(0xC0 | c >> 6);
			to[used++] = (char)(0x80 | (c & 0x3F));
		}
	}
	if (room == 0) {
		return ALM_TEXT_RANGE;
	}
	to[used] = '\0';
	return 0;
}

/* -- Lines of a head ---------------------------------------------------- */

/* Takes the next line, without LF, CRLF or CR, off `head`, the rest of what sniff() was
 * given. Returns 0 at the end. The last line may be cut off: it is taken only if it is the
 * first, too, which the caller says. */
static inline int alm_next_line(struct alm_text *head, int first, struct alm_text *line)
{
	size_t length = 0, taken;

	while (length < head->length && head->at[length] != '\n' && head->at[length] != '\r') {
		length++;
	}
	if (head->length == 0 || (length == head->length && !first)) {
		return 0;
	}
	taken = length + (length < head->length);
	taken += taken < head->length && head->at[length] == '\r' && head->at[taken] == '\n';
	*line = alm_text(head->at, length);
	head->at += taken;
	head->length -= taken;
	return 1;
}

/* -- Fields that are separated ------------------------------------------ */

/* A line on its way through alm_next_field(). */
struct alm_fields {
	const char *at, *end;
	char separator;
	char more; /* not 0: a field follows, if only an empty one */
};

static inline struct alm_fields alm_fields(const char *line, size_t length, char separator)
{
	struct alm_fields fields = { line, line + length, separator, 1 };

	return fields;
}

/* Takes the next field: 1, or 0 after the last one. A quotation mark is a character like
 * others. */
static inline int alm_next_field(struct alm_fields *fields, struct alm_text *field)
{
	const char *stop = fields->at;

	if (!fields->more) {
		return 0;
	}
	while (stop < fields->end && *stop != fields->separator) {
		stop++;
	}
	*field = alm_text(fields->at, (size_t)(stop - fields->at));
	fields->more = stop < fields->end;
	fields->at = stop + fields->more;
	return 1;
}

/* The same of CSV (RFC 4180): what is within quotation marks may hold the separator, and
 * two marks for one. *field is what is between them, marks still doubled: see
 * alm_copy_csv(). ALM_TEXT_BAD: a mark is not closed, or does not end the field. Fields
 * with line ends in them come in several lines, and cannot be read by a source. */
static inline int alm_next_csv(struct alm_fields *fields, struct alm_text *field)
{
	const char *first = fields->at + 1, *stop = first;

	if (!fields->more || fields->at == fields->end || *fields->at != '"') {
		return alm_next_field(fields, field);
	}
	for (;; stop += 2) {
		while (stop < fields->end && *stop != '"') {
			stop++;
		}
		if (stop == fields->end) {
			return ALM_TEXT_BAD;
		}
		if (stop + 1 == fields->end || stop[1] != '"') {
			break;
		}
	}
	*field = alm_text(first, (size_t)(stop - first));
	stop++;
	if (stop < fields->end && *stop != fields->separator) {
		return ALM_TEXT_BAD;
	}
	fields->more = stop < fields->end;
	fields->at = stop + fields->more;
	return 1;
}

/* Copies a field of alm_next_csv() and a NUL, two quotation marks as one. ALM_TEXT_RANGE
 * if there is no room for all of it. */
static inline int alm_copy_csv(struct alm_text field, char *to, size_t room)
{
	size_t used = 0;

	for (size_t i = 0; i < field.length; i++) {
		if (used + 1 >= room) {
			return ALM_TEXT_RANGE;
		}
		to[used++] = field.at[i];
		i += field.at[i] == '"' && i + 1 < field.length && field.at[i + 1] == '"';
	}
	if (room == 0) {
		return ALM_TEXT_RANGE;
	}
	to[used] = '\0';
	return 0;
}

/* -- Numbers ------------------------------------------------------------ */

/* A number in units of 10^-decimals: "-12.3" with 1 is -123, as ALM_TEXT_INEXACT with 0.
 * What is not an int32_t, or is one that means missing, is ALM_TEXT_RANGE. `decimals` is 0
 * to 6, as of an element. */
static inline int alm_decimal(struct alm_text text, int decimals, int32_t *value)
{
	int negative = text.length > 0 && text.at[0] == '-';
	int digits = 0, places = 0, point = 0, inexact = 0;
	int64_t sum = 0;

	for (size_t i = (size_t)negative; i < text.length; i++) {
		char c = text.at[i];
		int digit = c - '0';

		if (c == '.' && !point) {
			point = 1;
			continue;
		}
		if (digit < 0 || digit > 9) {
			return ALM_TEXT_BAD;
		}
		digits = 1;
		if (point && places == decimals) {
			inexact |= digit != 0;
			continue;
		}
		places += point;
		sum = sum <= INT32_MAX ? sum * 10 + digit : sum;
	}
	if (!digits) {
		return ALM_TEXT_BAD;
	}
	for (; places < decimals; places++) {
		sum = sum <= INT32_MAX ? sum * 10 : sum;
	}
	if (sum > INT32_MAX - negative) { /* -INT32_MAX stands for what was not reported */
		return ALM_TEXT_RANGE;
	}
	if (inexact) {
		return ALM_TEXT_INEXACT;
	}
	*value = (int32_t)(negative ? -sum : sum);
	return 0;
}

/* A whole number. */
static inline int alm_integer(struct alm_text text, int32_t *value)
{
	if (text.length > 0 && memchr(text.at, '.', text.length) != NULL) {
		return ALM_TEXT_BAD;
	}
	return alm_decimal(text, 0, value);
}

/* A number as a double: the nearest to what is written. ALM_TEXT_RANGE: more than 15
 * digits. */
static inline int alm_number(struct alm_text text, double *value)
{
	int negative = text.length > 0 && text.at[0] == '-', digits = 0, point = 0;
	double number = 0, unit = 1; /* both exact */

	for (size_t i = (size_t)negative; i < text.length; i++) {
		char c = text.at[i];

		if (c == '.' && !point) {
			point = 1;
			continue;
		}
		if (c < '0' || c > '9') {
			return ALM_TEXT_BAD;
		}
		digits++;
		number = number * 10 + (c - '0');
		unit = point ? unit * 10 : unit;
	}
	if (digits == 0) {
		return ALM_TEXT_BAD;
	}
	if (digits > 15) {
		return ALM_TEXT_RANGE;
	}
	*value = (negative ? -number : number) / unit;
	return 0;
}

/* -- Numbers of fixed width, without a branch ---------------------------
 *
 * Values of all lengths in no order make a loop over digits wait for branches that were
 * predicted wrongly. Here eight characters are looked at together, the first of them in
 * the lowest byte. */

#define ALM_BYTES UINT64_C(0x0101010101010101) /* times a byte: that byte, eight times */

static inline uint64_t alm_load(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/* The high bit of each byte that is no digit. Above a byte that is not ASCII a 9 may be
 * taken for none. */
static inline uint64_t alm_not_digits(uint64_t word)
{
	uint64_t digits = word ^ ALM_BYTES * '0'; /* 0 to 9, other bytes are greater */

	return ((digits + ALM_BYTES * (0x80 - 10)) | digits) & ALM_BYTES * 0x80;
}

/* The number that eight digits make: pairs, then fours, then all. Bytes that are 0 are
 * leading zeros. */
static inline int32_t alm_join_digits(uint64_t word)
{
	word = (word & ALM_BYTES * 0x0F) * (10 * 0x100 + 1) >> 8;
	word = (word & UINT64_C(0x00FF00FF00FF00FF)) * (100 * 0x10000 + 1) >> 16;
	return (int32_t)((word & UINT64_C(0x0000FFFF0000FFFF)) *
				 (10000 * UINT64_C(0x100000000) + 1) >>
			 32);
}

/* Eight digits. Returns 1, or 0 and any *value if they are not digits. All eight
 * characters must be readable. */
static inline int alm_digits8(const char *at, int32_t *value)
{
	uint64_t word = alm_load(at);

	*value = alm_join_digits(word);
	return alm_not_digits(word) == 0;
}

/* An integer that is filled with spaces on the left to `width`, 1 to 7, characters: "  -22".
 * Returns 1, or 0 and any *value if that is not what is there. The eight characters that
 * end with the last one must be readable. */
static inline int alm_padded(const char *at, unsigned width, int32_t *value)
{
	uint64_t bytes = ~UINT64_C(0) << (8 * (8 - width)); /* of the field */
	uint64_t field = alm_load(at + width - 8) & bytes;
	uint64_t others = alm_not_digits(field);
	uint64_t mask = (others << 1) - (others >> 7); /* all bits of these bytes */
	uint64_t rest = (field ^ (ALM_BYTES * ' ' & bytes)) & mask;
	uint64_t sign = (mask ^ mask >> 8) & ALM_BYTES * (' ' ^ '-'); /* in the last of them */
	int32_t number = alm_join_digits(field & ~mask);
	int32_t negative = rest == sign;

	*value = (number ^ -negative) + negative;
	return ((mask & (mask + 1)) == 0) & (others >> 63 == 0) & ((rest == 0) | negative);
}

/* -- Dates and times ---------------------------------------------------- */

/* The day of year `century` * 100 + `rest`, rest 0 to 99, years 1 to 9999. */
static inline int32_t alm_day_parts(
	uint32_t century, uint32_t rest, uint32_t month, uint32_t day)
{
	/* Days of the year before a month, and how many it has, where years begin in March:
	 * they end with the leap day then. */
	static const uint16_t before[] = { 306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245,
		275 };
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint32_t leap = rest % 4 == 0 && (rest != 0 || century % 4 == 0);
	uint32_t year = century * 100 + rest, early = month < 3;

	if (year - 1 > 9998 || month - 1 > 11 ||
		day - 1 >= days[month - 1] + (month == 2 ? leap : 0)) {
		return ALM_NO_DAY;
	}
	century -= early && rest == 0;
	year -= early;
	return (int32_t)(year * 365 + year / 4 - century + century / 4 + before[month - 1] +
			 day) -
	       719469;
}

/* As alm->day(), without a call. */
static inline int32_t alm_day(int year, int month, int day)
{
	if (year < 0 || month < 0 || day < 0) {
		return ALM_NO_DAY;
	}
	return alm_day_parts(
		(uint32_t)year / 100, (uint32_t)year % 100, (uint32_t)month, (uint32_t)day);
}

/* Eight characters, all readable, that are a date as digits, "20141231"; or ALM_NO_DAY. */
static inline int32_t alm_date8(const char *at)
{
	uint64_t word = alm_load(at), pairs = (word & ALM_BYTES * 0x0F) * (10 * 0x100 + 1) >> 8;
	int32_t day = alm_day_parts((uint32_t)pairs & 0xFF, (uint32_t)(pairs >> 16) & 0xFF,
		(uint32_t)(pairs >> 32) & 0xFF, (uint32_t)(pairs >> 48) & 0xFF);

	return alm_not_digits(word) == 0 ? day : ALM_NO_DAY;
}

/* "20141231", or ALM_NO_DAY. */
static inline int32_t alm_date(struct alm_text text)
{
	return text.length == 8 ? alm_date8(text.at) : ALM_NO_DAY;
}

/* "2014-12-31", or ALM_NO_DAY. */
static inline int32_t alm_iso_date(struct alm_text text)
{
	char digits[8];

	if (text.length != 10 || text.at[4] != '-' || text.at[7] != '-') {
		return ALM_NO_DAY;
	}
	memcpy(digits, text.at, 4);
	memcpy(digits + 4, text.at + 5, 2);
	memcpy(digits + 6, text.at + 8, 2);
	return alm_date8(digits);
}

/* "0730": hours times 100 and minutes, 0 to 2359, and 2400 for the end of a day; -1: no
 * time. */
static inline int alm_time(struct alm_text text)
{
	int32_t time;

	if (text.length != 4 || alm_integer(text, &time) < 0 || *text.at == '-' ||
		time > 2400 || time % 100 > 59) {
		return -1;
	}
	return (int)time;
}

#ifdef __cplusplus
}
#endif

#endif
