/* Documentation pages /docs and /redoc with their scripts and styles: files of pages/ and of
 * npm packages, embedded into the program. Without the packages at build time there are
 * none. */
#ifndef ALMANAC_SITE_PAGE_FILES_H
#define ALMANAC_SITE_PAGE_FILES_H

struct alm_request;

/* [loop] Replies with the file of the request's path, or 404. */
void page_files_send(struct alm_request *request);

#endif
