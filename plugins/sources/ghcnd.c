/* GHCN-Daily: its data files, in all their forms, and the lists beside them that hold no data.
 */
#include <almanac/plugin.h>
#include <almanac/text.h>
#include <string.h>

#include "ghcnd/ghcnd.h"

/* Files that come with the data: by name, or by how they begin. */
static const char *const companions[] = { "ghcnd-inventory.txt", "ghcnd-states.txt",
	"ghcnd-countries.txt", "ghcnd-version.txt", "mingle-list.txt", "status.txt", NULL };
static const char *const beginnings[] = { "README FILE FOR DAILY GLOBAL HISTORICAL CLIMATOLOGY",
	"The current version of GHCN Daily is ", NULL };

/* Whether a line is of ghcnd-inventory.txt: station, place, element, two years. */
static int is_inventory(struct alm_text line)
{
	double number;
	int32_t first, last;

	return line.length >= 45 && line.at[11] == ' ' && line.at[20] == ' ' &&
	       alm_number(alm_columns(line, 12, 8), &number) == 0 &&
	       alm_number(alm_columns(line, 21, 9), &number) == 0 &&
	       alm_columns(line, 31, 4).length == 4 &&
	       alm_integer(alm_columns(line, 36, 4), &first) == 0 &&
	       alm_integer(alm_columns(line, 41, 4), &last) == 0 && first <= last;
}

static int sniff_companion(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	struct alm_text rest = alm_text(head, length), line;

	(void)source;
	for (const char *const *companion = companions; *companion != NULL; companion++) {
		if (strcmp(name, *companion) == 0) {
			return ALM_SNIFF_SKIP;
		}
	}
	for (const char *const *beginning = beginnings; *beginning != NULL; beginning++) {
		if (strncmp(head, *beginning, strlen(*beginning)) == 0) {
			return ALM_SNIFF_SKIP;
		}
	}
	return alm_next_line(&rest, 1, &line) && is_inventory(line) ? ALM_SNIFF_SKIP : 0;
}

static int reject_companion(const struct alm_source *source, struct alm_feed *feed, void *state,
	const char *line, size_t length)
{
	(void)source;
	(void)state;
	(void)line;
	(void)length;
	return alm->source->abort_object(feed, "this file has no observations");
}

static const struct alm_source ghcnd_lists = {
	.name = "ghcnd_lists",
	.summary = "GHCN-Daily, lists beside the data: known, and not read",
	.sniff = sniff_companion,
	.line = reject_companion,
};

static const struct alm_source *const sources[] = { &ghcnd_dly, &ghcnd_csv, &ghcnd_access,
	&ghcnd_lists, NULL };

ALM_PLUGIN(.name = "ghcnd", .version = "1.0.0", .sources = sources);
