/* The documentation pages, /docs and /redoc, and what they load: files of pages/ and of the npm
 * packages named there, part of the program. A program built without the packages has none. */
#ifndef ALMANAC_SITE_PAGE_FILES_H
#define ALMANAC_SITE_PAGE_FILES_H

struct alm_request;

/* [loop] The file whose path is the request's; a problem if there is none. */
void page_files_send(struct alm_request *request);

#endif
