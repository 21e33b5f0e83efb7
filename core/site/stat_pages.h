/* A page for each statistic, made from its declaration. */
#ifndef ALMANAC_SITE_STAT_PAGES_H
#define ALMANAC_SITE_STAT_PAGES_H

struct alm_request;

/* [loop] Replies to /docs/stats/{statistic}: as HTML to browsers, as JSON to others. */
void stat_pages_one(struct alm_request *request);

#endif
