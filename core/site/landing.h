/* Landing page. */
#ifndef ALMANAC_SITE_LANDING_H
#define ALMANAC_SITE_LANDING_H

struct alm_request;

/* [loop] Replies to /: routes and links to documentation, as HTML to browsers, as JSON to
 * others. */
void landing_send(struct alm_request *request);

#endif
