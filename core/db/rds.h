/* Amazon RDS: its certificates are of authorities that no system knows. */
#ifndef ALMANAC_DB_RDS_H
#define ALMANAC_DB_RDS_H

/* The file of authorities, if the URL (or conninfo; "": PGHOST) names a host of RDS; else NULL.
 * The caller's to free. */
char *rds_authorities(const char *url);

#endif
