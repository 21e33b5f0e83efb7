/* User and password of database connections. */
#ifndef ALMANAC_DB_CREDENTIALS_H
#define ALMANAC_DB_CREDENTIALS_H

/* The holder frees both. */
struct db_credentials {
	char *user, *password;
};

#endif
