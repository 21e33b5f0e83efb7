/* What a visitor sees first. */
#ifndef ALMANAC_SITE_LANDING_H
#define ALMANAC_SITE_LANDING_H

struct alm_request;

/* [loop] /: what is served and where its documentation is; a page for browsers, JSON for all
 * others. */
void landing_send(struct alm_request *request);

#endif
