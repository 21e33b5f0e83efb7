/* SQL files of this room, embedded into the program by embed.py. */
#ifndef ALMANAC_SCHEMA_EMBEDDED_H
#define ALMANAC_SCHEMA_EMBEDDED_H

/* A file of migrations/. Constant. */
struct migration {
	int number; /* from 1, without gaps */
	const char *name;
	const char *hash; /* SHA-256 of the file, hexadecimal */
	const char *sql;
};
extern const struct migration migrations[];
extern const int migration_count;

extern const char sql_admissions[]; /* admissions.sql */
extern const char sql_grants[];     /* grants.sql */

#endif
