/* What of a URL may be shown. */
#include <string.h>

#include "base/url_hide.h"
#include "unit.h"

static void expect(const char *url, const char *shown)
{
	struct buffer out = { 0 };

	url_hide(&out, url, strlen(url));
	assert_string_equal(buffer_text(&out), shown);
	buffer_finish(&out);
}

static void leaves_what_is_no_secret(void **state)
{
	static const char *const urls[] = {
		"",
		"https://example.org",
		"https://example.org/a%20b.txt",
		"https://example.org/x?",
		"https://example.org/x?a=1&b=2",
		"https://example.org/x?a=1&&b;c=3&",
		"https://example.org/x?versionId=3&partNumber=1",
		/* Of a signature only beside one. */
		"https://example.org/x?expires=soon&policy=1&st=tmax&se=1&sp=2",
		/* Names that only look alike. */
		"https://example.org/x?keys=1&author=me&signal=2&monkey=3&tokens=4&station=5",
		"https://example.org/token=1/signature=2?q=signature=3",
		"s3://bucket/some/key",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		expect(urls[i], urls[i]);
	}
}

static void hides_each_secret(void **state)
{
	static const char *const names[] = { "signature", "Signature", "sig", "token", "TOKEN",
		"access_token", "accessToken", "access-token", "X-Amz-Security-Token",
		"x-amz-credential", "X-Amz-Date", "X-Goog-Signature", "X-Goog-Anything", "key",
		"apikey", "api_key", "x-api-key", "AWSAccessKeyId", "GoogleAccessId",
		"subscription-key", "secret", "client_secret", "password", "auth", "oauth",
		"authorization", "auth_token", "Key-Pair-Id", "%73ig", "t%6Fken", "jwt" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct buffer url = { 0 };

		buffer_printf(&url, "https://h/x?a=1&%s=hidden&b=%%20", names[i]);
		expect(buffer_text(&url), "https://h/x?a=1&b=%20");
		url.length = 0;
		buffer_printf(&url, "https://h/x?%s=hidden", names[i]);
		expect(buffer_text(&url), "https://h/x");
		buffer_finish(&url);
	}
}

/* Signed again, the same object is the same. */
static void hides_what_changes_with_each_signature(void **state)
{
	(void)state;
	expect("https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A"
	       "&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host"
	       "&X-Amz-Signature=f00&versionId=7&x-id=GetObject",
		"https://b.s3.amazonaws.com/k?versionId=7&x-id=GetObject");
	expect("https://d.cloudfront.net/k?id=a&Expires=1&Signature=s&Key-Pair-Id=K",
		"https://d.cloudfront.net/k?id=a");
	expect("https://d.cloudfront.net/k?id=b&Policy=p&Signature=s&Key-Pair-Id=K"
	       "&Hash-Algorithm=SHA256",
		"https://d.cloudfront.net/k?id=b");
	expect("https://a.blob.core.windows.net/c/k?sv=2022-11-02&st=1&se=2&sr=b&sp=r&spr=https"
	       "&skoid=1&sktid=2&skt=3&ske=4&sks=b&skv=5&sig=x%3D&snapshot=9",
		"https://a.blob.core.windows.net/c/k?snapshot=9");
	expect("https://storage.googleapis.com/b/k?GoogleAccessId=a&Expires=1&Signature=s"
	       "&generation=3",
		"https://storage.googleapis.com/b/k?generation=3");
}

static void hides_who_asks(void **state)
{
	(void)state;
	expect("https://user:pass@example.org/x?a=1", "https://example.org/x?a=1");
	expect("https://a@b@example.org", "https://example.org");
	expect("https://example.org/x@y?mail=a@b", "https://example.org/x@y?mail=a@b");
	expect("https://example.org/x?a=1#access_token=hidden", "https://example.org/x?a=1");
}

static void hides_in_words(void **state)
{
	struct buffer out = { 0 };

	(void)state;
	url_hide_words(
		&out, " /data/x?token=file  https://h/x?token=t&a=1 s3://b/k https://u:p@h");
	assert_string_equal(
		buffer_text(&out), " /data/x?token=file  https://h/x?a=1 s3://b/k https://h");
	buffer_finish(&out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_what_is_no_secret),
		cmocka_unit_test(hides_each_secret),
		cmocka_unit_test(hides_what_changes_with_each_signature),
		cmocka_unit_test(hides_who_asks),
		cmocka_unit_test(hides_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
