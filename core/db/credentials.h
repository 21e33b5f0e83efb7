/* What a connection logs in with. */
#ifndef ALMANAC_DB_CREDENTIALS_H
#define ALMANAC_DB_CREDENTIALS_H

/* A user and a password, the holder's to free. */
struct db_credentials {
	char *user, *password;
};

#endif
