/* Whom credentials are asked for, and what they say of their end. */
#include "aws/provider.h"
#include "unit.h"

static void trusts_https_and_what_is_near(void **state)
{
	static const char *const urls[] = {
		"https://example.org/x",
		"HTTPS://example.org:8443/x?y=z",
		"http://127.0.0.1/x",
		"http://127.0.0.1:8080",
		"http://127.0.0.9:1234/",
		"http://127.255.255.254/",
		"http://localhost/x",
		"http://LocalHost:1/x",
		"http://[::1]/x",
		"http://[0:0:0:0:0:0:0:1]:80/x",
		"http://169.254.170.2/x",
		"http://169.254.170.2:51678/x",
		"http://169.254.170.23:80/v1/credentials",
		"http://[fd00:ec2::23]/v1/credentials",
		"http://[FD00:EC2:0::23]:80/v1/credentials",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		assert_true(provider_is_trusted(urls[i]) || (print_error("%s\n", urls[i]), 0));
	}
}

static void trusts_nobody_else(void **state)
{
	static const char *const urls[] = {
		"",
		"/x",
		"127.0.0.1/x",
		"localhost:80",
		"http://",
		"http:///x",
		"http://example.org/x",
		"http://localhost.example.org/",
		"http://127.0.0.1.example.org/",
		"http://127.0.0.1:80@example.org/",
		"http://127.0.0.1:80@127.0.0.1/",
		"http://localhost@127.0.0.1/",
		"https://user:password@example.org/",
		"https://user@example.org/",
		"http://example.org/http://127.0.0.1/",
		"http://example.org#@127.0.0.1/",
		"http://example.org?@127.0.0.1/",
		"http://128.0.0.1/",
		"http://126.255.255.255/",
		"http://169.254.169.254/",
		"http://169.254.170.3/",
		"http://169.254.170.230/",
		"http://[::]/",
		"http://[::2]/",
		"http://[::ffff:192.0.2.1]/",
		"http://[fd00:ec2::24]/",
		"http://[fd00:ec2::254]/",
		"ftp://127.0.0.1/",
		"file:///etc/passwd",
		"gopher://127.0.0.1/",
		"http://127.0.0.1:99999/",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		assert_false(provider_is_trusted(urls[i]) && (print_error("%s\n", urls[i]), 1));
	}
}

static void reads_times(void **state)
{
	static const struct {
		const char *text;
		time_t time;
	} times[] = {
		{ "1970-01-02T00:00:00Z", 86400 },
		{ "1970-01-02T00:00:00", 86400 },
		{ "1970-01-02T00:00:00.123Z", 86400 },
		{ "1970-01-02T00:00:00.123456789z", 86400 },
		{ "1970-01-02T00:00:00+00:00", 86400 },
		{ "1970-01-02T05:30:00+05:30", 86400 },
		{ "1970-01-02T05:30:00.5+0530", 86400 },
		{ "1970-01-01T17:00:00-07:00", 86400 },
		{ "2024-02-29T23:59:59Z", 1709251199 },
		{ "", PROVIDER_UNREADABLE },
		{ "soon", PROVIDER_UNREADABLE },
		{ "1790000000", PROVIDER_UNREADABLE },
		{ "2099-01-01", PROVIDER_UNREADABLE },
		{ "2099-01-01T00:00:00 UTC", PROVIDER_UNREADABLE },
		{ "2099-01-01T00:00:00Zulu", PROVIDER_UNREADABLE },
		{ "2099-01-01T00:00:00+", PROVIDER_UNREADABLE },
		{ "2099-01-01T00:00:00+1", PROVIDER_UNREADABLE },
		{ "2099-01-01T00:00:00+01:", PROVIDER_UNREADABLE },
		{ "2099-01-01T00:00:00+01:99", PROVIDER_UNREADABLE },
		{ "2099-01-01T00:00:00+01:-1", PROVIDER_UNREADABLE },
		{ "2099-01-01T00:00:00++1:00", PROVIDER_UNREADABLE },
		{ "2099-01-01T00:00:00+01:000", PROVIDER_UNREADABLE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (provider_time(times[i].text) != times[i].time) {
			fail_msg("'%s' is read as %lld", times[i].text,
				(long long)provider_time(times[i].text));
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(trusts_https_and_what_is_near),
		cmocka_unit_test(trusts_nobody_else),
		cmocka_unit_test(reads_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
