/* GHCN-Daily in its forms: monthly records (.dly), one observation a line (by_year, by_station,
 * superghcnd), one day a line (access). Formats: NOAA's readme.txt, sections II and III, and
 * the readme files beside by_year and superghcnd. */
#ifndef GHCND_H
#define GHCND_H

#include <almanac/plugin.h>
#include <almanac/text.h>

enum {
	ID_LENGTH = 11,
	CODE_LENGTH = 4,
	FILLER = -9999, /* stands where nothing was reported */
	UNKNOWN_MAX = 16,
	CACHE = 256
};

extern const struct alm_element ghcnd_elements[];

/* Elements that an object has mentioned. Part of a state; all zero is empty. */
struct ghcnd_codes {
	struct {
		char code[CODE_LENGTH];
		uint16_t element; /* 1 + its index; 0: free */
	} cache[CACHE];
	char unknown[UNKNOWN_MAX][CODE_LENGTH];
	unsigned unknown_count;
};

/* Index of an element; -1: there is none of that code. */
int ghcnd_element(struct ghcnd_codes *codes, const char *code);

/* Rejects the line, the first of the object with that element, with the reason; others are
 * passed over. */
int ghcnd_reject_unknown(struct ghcnd_codes *codes, struct alm_feed *feed, const char *code);

/* A flag: a character or nothing. -1: more than one. */
int ghcnd_flag(struct alm_text text, char *flag);

/* Time of observation as ALM_TIME(): "0700", "700"; 0 for an empty text. -1: there is no such
 * time. */
int ghcnd_time(struct alm_text text, uint16_t *time);

extern const struct alm_source ghcnd_dly, ghcnd_csv, ghcnd_access;

#endif
