/* The page of the stations at "/": a map, charts and tables of what the API answers. Its files
 * are in explorer/, libraries come from npm; nothing is loaded from elsewhere. */
#include <almanac/plugin.h>

/* Made by explorer/bundle.py. */
extern const struct alm_asset explorer_assets[];

ALM_PLUGIN(.name = "explorer", .version = "1.0.0", .assets = explorer_assets);
