/* References relative to the URL of a request (RFC 3986, 5.2). */
#include "reply/reference.h"
#include "unit.h"

#include <string.h>

static void expect(
	void (*put)(struct buffer *, const char *), const char *target, const char *text)
{
	struct buffer out = { 0 };

	put(&out, target);
	if (strcmp(buffer_text(&out), text) != 0) {
		fail_msg("%s: %s", target, buffer_text(&out));
	}
	buffer_finish(&out);
}

/* One "../" for each slash behind the first one of the path. */
static void leads_to_the_root(void **state)
{
	(void)state;
	expect(reference_put_root, "/", "./");
	expect(reference_put_root, "/?a=b/c", "./");
	expect(reference_put_root, "/livez", "./");
	expect(reference_put_root, "/api/weather?page=0", "../");
	expect(reference_put_root, "/api/weather/", "../../");
	expect(reference_put_root, "/a/b/c?d=/e/f", "../../");
	expect(reference_put_root, "//a", "../");
	expect(reference_put_root, "/a%2Fb", "./");
	expect(reference_put_root, "http://host/a/b", "../");
	expect(reference_put_root, "http://host", "/");
	expect(reference_put_root, "*", "/");
	expect(reference_put_root, "host:80", "/");
	expect(reference_put_root, NULL, "/");
}

static void leads_to_itself(void **state)
{
	(void)state;
	expect(reference_put_self, "/", "./");
	expect(reference_put_self, "/?a", "./?a");
	expect(reference_put_self, "/livez", "livez");
	expect(reference_put_self, "/api/weather?a=b/c", "weather?a=b/c");
	expect(reference_put_self, "/api/", "./");
	expect(reference_put_self, "/api/a:b", "./a:b");
	expect(reference_put_self, "/api/a?b:c", "a?b:c");
	expect(reference_put_self, "http://host/a/b?c", "b?c");
	expect(reference_put_self, "*", "*");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leads_to_the_root),
		cmocka_unit_test(leads_to_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
