#include "base/nearest.h"

#include <string.h>

enum {
	LENGTH_MAX = 64, /* longer texts have no nearest candidate */
	SHORT_MAX = 4    /* up to this length, one difference at most */
};

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance. Both texts have at most LENGTH_MAX bytes. */
static int distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	int rows[3][LENGTH_MAX + 1];
	int *above2 = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_length; j++) {
		row[j] = (int)j;
	}
	for (size_t i = 1; i <= a_length; i++) {
		int *free_row = above2;

		above2 = above;
		above = row;
		row = free_row;
		row[0] = (int)i;
		for (size_t j = 1; j <= b_length; j++) {
			row[j] = smaller(smaller(above[j], row[j - 1]) + 1,
				above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
				row[j] = smaller(row[j], above2[j - 2] + 1);
			}
		}
	}
	return row[b_length];
}

const char *nearest_text(const char *text, const char *const *candidates, size_t count)
{
	size_t length = strlen(text);
	const char *best = NULL;
	int least = 0;

	for (size_t i = 0; length <= LENGTH_MAX && i < count; i++) {
		size_t n = strlen(candidates[i]);
		int d = n <= LENGTH_MAX ? distance(text, length, candidates[i], n) : LENGTH_MAX;

		if (d <= (n <= SHORT_MAX ? 1 : 1 + (int)n / 4) && (best == NULL || d < least)) {
			best = candidates[i];
			least = d;
		}
	}
	return best;
}
