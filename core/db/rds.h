/* Amazon RDS: its certificates are of authorities that no system knows. */
#ifndef ALMANAC_DB_RDS_H
#define ALMANAC_DB_RDS_H

#include <stdbool.h>

/* Whether any of a list of hosts, with commas between them, is one of RDS: in all partitions,
 * China's with names of its own. NULL is none. */
bool rds_has_host(const char *hosts);

/* The file of the authorities that are shipped. The caller's to free. */
char *rds_authorities(void);

#endif
