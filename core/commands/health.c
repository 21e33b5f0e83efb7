#include <stdio.h>
#include <string.h>

#include "aws/transfer.h"
#include "base/log.h"
#include "commands/command.h"

enum { TIMEOUT = 2000 /* ms */, ANSWER_MAX = 4096 };

/* Writes the address at which a local server that listens on `address` is reached. */
static void put_address(struct buffer *url, const char *listen)
{
	static const struct {
		const char *all, *own;
	} addresses[] = { { "0.0.0.0:", "127.0.0.1:" }, { "[::]:", "[::1]:" },
		{ "*:", "127.0.0.1:" }, { ":", "127.0.0.1:" } };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		size_t length = strlen(addresses[i].all);

		if (strncmp(listen, addresses[i].all, length) == 0) {
			buffer_printf(url, "%s%s", addresses[i].own, listen + length);
			return;
		}
	}
	buffer_puts(url, listen);
}

/* Prefers the address of operators, which accepts probes however many clients there are. */
static const char *find_address(const struct settings *settings)
{
	const char *operation = settings_text(settings, SETTING_OPERATION_LISTEN);

	return operation[0] != '\0' ? operation : settings_text(settings, SETTING_LISTEN);
}

int command_health(struct command *command)
{
	struct buffer url = { 0 };
	struct transfer transfer = { 0 };
	struct error err = { 0 };
	bool alive;

	buffer_puts(&url, "http://");
	put_address(&url, find_address(command->settings));
	buffer_puts(&url, "/livez");
	const struct transfer_request request = { .url = buffer_text(&url),
		.answer_max = ANSWER_MAX,
		.local = true,
		.connect_timeout = TIMEOUT,
		.timeout = TIMEOUT };

	alive = transfer_once(&transfer, &request) == TRANSFER_ANSWERED &&
		transfer.status == 200;
	if (!alive) {
		transfer_fail(&transfer, &request, &err);
		error_hint(&err,
			"does almanac serve run here, with the same ALMANAC_OPERATION_LISTEN "
			"and ALMANAC_LISTEN?");
		log_error(&err);
	}
	transfer_finish(&transfer);
	buffer_finish(&url);
	return alive ? EXIT_CODE_SUCCESS : EXIT_CODE_FAILURE;
}
