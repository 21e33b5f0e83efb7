/* Whom credentials are asked for, and what they say of their end. */
#include "aws/keys_places.h"
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
		assert_true(keys_is_trusted(urls[i]) || (print_error("%s\n", urls[i]), 0));
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
		assert_false(keys_is_trusted(urls[i]) && (print_error("%s\n", urls[i]), 1));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(trusts_https_and_what_is_near),
		cmocka_unit_test(trusts_nobody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
