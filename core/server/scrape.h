/* Scrape: the numbers of all loops in the text format 0.0.4 of Prometheus. */
#ifndef ALMANAC_SERVER_SCRAPE_H
#define ALMANAC_SERVER_SCRAPE_H

struct alm_request;

/* [loop] GET /metrics. Waits for nothing. */
void scrape_reply(struct alm_request *request);

#endif
