/* Pages of problem types, to which `type` of problems refers (RFC 9457). All [loop]. */
#ifndef ALMANAC_SITE_PROBLEM_PAGES_H
#define ALMANAC_SITE_PROBLEM_PAGES_H

struct alm_request;

/* Reply with all types, or with one: as HTML to browsers, as JSON to others. */
void problem_pages_list(struct alm_request *request);
void problem_pages_one(struct alm_request *request);

#endif
