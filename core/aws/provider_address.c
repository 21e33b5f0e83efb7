#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "aws/provider.h"

enum { LOOPBACK = 127 /* the first number */ };

/* Loopback, and where the agents of ECS and EKS are. */
static bool is_near_4(struct in_addr address)
{
	uint32_t number = ntohl(address.s_addr);

	return number >> 24 == LOOPBACK || number == UINT32_C(0xA9FEAA02) /* 169.254.170.2 */ ||
	       number == UINT32_C(0xA9FEAA17) /* 169.254.170.23 */;
}

static bool is_near_6(const struct in6_addr *address)
{
	struct in6_addr agent;

	return IN6_IS_ADDR_LOOPBACK(address) ||
	       (inet_pton(AF_INET6, "fd00:ec2::23", &agent) == 1 &&
		       memcmp(address, &agent, sizeof(agent)) == 0);
}

/* As curl gives it: IPv6 in brackets, IPv4 however it was written with four numbers. */
static bool is_near(const char *host)
{
	char text[INET6_ADDRSTRLEN];
	size_t length = strlen(host);
	struct in6_addr six;
	struct in_addr four;

	if (host[0] != '[') {
		return strcasecmp(host, "localhost") == 0 ||
		       (inet_pton(AF_INET, host, &four) == 1 && is_near_4(four));
	}
	if (length < 2 || length - 2 >= sizeof(text)) {
		return false;
	}
	memcpy(text, host + 1, length - 2);
	text[length - 2] = '\0';
	return inet_pton(AF_INET6, text, &six) == 1 && is_near_6(&six);
}

static bool is_part(CURLU *url, CURLUPart part, bool (*holds)(const char *text))
{
	char *text = NULL;
	bool result = curl_url_get(url, part, &text, 0) == CURLUE_OK && holds(text);

	curl_free(text);
	return result;
}

static bool is_https(const char *scheme)
{
	return strcmp(scheme, "https") == 0;
}

static bool is_http(const char *scheme)
{
	return strcmp(scheme, "http") == 0;
}

bool provider_is_trusted(const char *text)
{
	CURLU *url = curl_url();
	bool result = url != NULL &&
		      curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK;

	result = result && (is_part(url, CURLUPART_SCHEME, is_https) ||
				   (is_part(url, CURLUPART_SCHEME, is_http) &&
					   is_part(url, CURLUPART_HOST, is_near)));
	curl_url_cleanup(url);
	return result;
}
