/* Settings: one table (settings_table.c) of names, environment variables, flags,
 * defaults, bounds and help, from which everything else is made. A flag wins over
 * the environment, the environment over the default. */
#ifndef ALMANAC_BASE_SETTINGS_H
#define ALMANAC_BASE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

enum setting {
	SETTING_DATABASE_URL,    /* text; "" means libpq's own environment */
	SETTING_PLUGINS,         /* text: colon-separated directories or files */
	SETTING_LOG_LEVEL,       /* debug, info, warn, error */
	SETTING_LOG_FORMAT,      /* auto, text, json */
	SETTING_CONNECT_TIMEOUT, /* s: one attempt to reach the database */
	SETTING_DATABASE_WAIT,   /* s: for a database that is not there yet */
	SETTING_DATABASE_SECRET, /* text: name or ARN of a secret; "": none */
	SETTING_EMF_NAMESPACE,   /* text; "": no metrics in the log */
	SETTING_SLOW_CALL, /* s that a plugin's function takes before it is logged; 0: never */
	/* migrate */
	SETTING_READER_SECRET, /* text: name or ARN; "": none */
	SETTING_WRITER_SECRET,
	/* serve */
	SETTING_LISTEN,              /* HOST:PORT */
	SETTING_OPERATION_LISTEN,    /* HOST:PORT; "": not at all */
	SETTING_THREADS,             /* loops; 0: one per CPU */
	SETTING_DB_CONNECTIONS,      /* per loop */
	SETTING_CONNECTION_LIFETIME, /* s */
	SETTING_QUERY_TIMEOUT,       /* ms */
	SETTING_HEADER_TIMEOUT,      /* ms from the first byte of a request to its end */
	SETTING_IDLE_TIMEOUT,        /* ms that a connection may wait for its next request */
	SETTING_WRITE_TIMEOUT,       /* ms without progress of an answer */
	SETTING_MAX_CONNECTIONS,     /* of the process */
	SETTING_MAX_HEADER_BYTES,    /* request line and headers */
	SETTING_MAX_URL_BYTES,
	SETTING_MAX_BODY_BYTES,
	SETTING_PAGE_SIZE_MAX,
	SETTING_CACHE_MEMORY,  /* MiB of blocks and statistics kept in memory */
	SETTING_ANSWER_MEMORY, /* MiB of answers kept in memory */
	SETTING_MAX_STALENESS, /* s for which a look at the dataset version is relied on */
	SETTING_MAX_AGE,       /* s that caches may give an answer without asking again */
	SETTING_ACCESS_LOG,    /* on, errors, off */
	SETTING_CORS_ORIGINS,  /* text: "*", or origins with commas */
	SETTING_MAX_CLIENT_CONNECTIONS, /* of one client; 0: no limit */
	SETTING_MAX_CLIENT_STREAMS,     /* likewise */
	SETTING_MAX_CLIENT_QUERIES,     /* likewise: requests that look at or bring much */
	SETTING_MAX_CLIENT_ROWS,        /* that they look at, of one client */
	SETTING_MAX_ROWS,               /* of all */
	SETTING_CLIENT_QUERY_MEMORY,    /* MiB for requests of one client; 0: no limit */
	SETTING_QUERY_MEMORY,           /* of all */
	SETTING_MAX_COMPUTED_YEARS,     /* of stations, that one answer computes over */
	SETTING_QUERY_PATIENCE,         /* s that a request waits for its turn */
	SETTING_TRUSTED_PROXIES,        /* text: networks with commas */
	SETTING_READY_GRACE,   /* s for which /readyz stays green without the database */
	SETTING_DRAIN_DELAY,   /* ms after SIGTERM in which connections are still accepted */
	SETTING_DRAIN_TIMEOUT, /* ms after that for requests to finish */
	/* ingest */
	SETTING_WORKERS,            /* threads that read and parse; 0: one per CPU */
	SETTING_INGEST_MEMORY,      /* MiB of observations held before they are written */
	SETTING_MAX_REJECTS,        /* rejected lines after which an object fails */
	SETTING_MAX_LINE_BYTES,     /* longer lines are rejected */
	SETTING_MAX_EXPANDED_BYTES, /* MiB that one compressed object may expand to */
	SETTING_MAX_EXPANSION,      /* times its size that it may expand to */
	SETTING_MAX_SPOOL,          /* MiB of an object, or its sorted values, kept in TMPDIR */
	SETTING_REMOVE,             /* nothing, days, objects */
	SETTING_SOURCE,             /* name of the source plugin; "": sniff */
	SETTING_STDIN_NAME,         /* file name that standard input stands for */
	SETTING_PROGRESS,           /* auto, bar, json, none */
	SETTING_SHARD,              /* text: "i/n"; "": all */
	SETTING_URIS,               /* text: with spaces between them; lambda's default */
	SETTING_S3_UNSIGNED,        /* yes, no */
	SETTING_DEADLINE,           /* s for the whole run; 0: none */
	SETTING_SELECT_STATIONS,  /* text: ids with commas; "": all, as in those that follow */
	SETTING_SELECT_COUNTRIES, /* text: codes with commas */
	SETTING_SELECT_STATES,    /* text: codes with commas */
	SETTING_SELECT_BBOX,      /* text: west,south,east,north */
	SETTING_SELECT_ELEMENTS,  /* text: codes with commas */
	SETTING_SELECT_SINCE,     /* text: a date */
	SETTING_COUNT
};

/* Which command uses a setting; a mask. */
enum setting_use {
	USE_SERVE = 1u << 0,
	USE_INGEST = 1u << 1,
	USE_MIGRATE = 1u << 2,
	USE_PLUGINS = 1u << 3, /* plugins, check, openapi */
	USE_LAMBDA = 1u << 4,
	USE_COMPUTE = 1u << 5,
	USE_ALL = 0x3F
};

struct settings;

/* Takes defaults and environment. -1 names the variable that is wrong. */
struct settings *settings_create(struct error *err);
void settings_destroy(struct settings *settings);

/* Takes the flags of a command (--name VALUE, --name=VALUE) out of argv, which
 * starts with the first argument; what is left, in order, stays there and its
 * number goes to *argc. "--" ends the flags. An unknown or wrong flag fails. */
int settings_flags(
	struct settings *settings, unsigned use, int *argc, char **argv, struct error *err);

const char *settings_text(const struct settings *settings, enum setting setting);
int64_t settings_integer(const struct settings *settings, enum setting setting);

/* Whether somebody said it, be it what the default says too. */
bool settings_is_given(const struct settings *settings, enum setting setting);

/* Whether an environment variable of that name is a setting of the program. */
bool settings_has_env(const char *env);

/* The lines of --help that describe the settings of a command. */
void settings_help(struct buffer *out, unsigned use);

/* All settings as JSON objects with commas between them, for an array: name, env, flag, type,
 * default, value, bounds, help. The values of secrets are never in it. */
void settings_json(const struct settings *settings, struct buffer *out);

#endif
