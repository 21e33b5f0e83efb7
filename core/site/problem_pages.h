/* What the `type` of problems leads to: /problems and /problems/{kind}. All [loop]. */
#ifndef ALMANAC_SITE_PROBLEM_PAGES_H
#define ALMANAC_SITE_PROBLEM_PAGES_H

struct alm_request;

/* All kinds, and one of them: as a page for browsers, as JSON for all others. */
void problem_pages_list(struct alm_request *request);
void problem_pages_one(struct alm_request *request);

#endif
