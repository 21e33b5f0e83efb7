#include <string.h>

#include "base/number.h"
#include "base/utf8.h"
#include "plugin/check.h"

bool check_is_name(const char *name, size_t most)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
	size_t length = name != NULL ? strlen(name) : 0;

	return length > 0 && length <= most && strspn(name, allowed) == length &&
	       (name[0] < '0' || name[0] > '9');
}

bool check_is_code(const char *code)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789*#";
	size_t length = code != NULL ? strlen(code) : 0;

	return length > 0 && length <= 8 && strspn(code, allowed) == length &&
	       strcmp(code, "DATE") != 0;
}

/* It goes into the database, and into documents. */
int check_text(const char *text, const char *what, struct error *err)
{
	if (text == NULL || text[0] == '\0') {
		return error_set(err, "has no %s", what);
	}
	if (!utf8_is_plain(text, strlen(text))) {
		return error_set(err,
			"the %s is not UTF-8 text, or has control characters such as "
			"line ends",
			what);
	}
	return 0;
}

int check_prose(const char *text, const char *what, struct error *err)
{
	while (text != NULL && *text != '\0') {
		size_t n = utf8_sequence(text, strlen(text));

		if (n == 0) {
			return error_set(err, "the %s is not UTF-8 text", what);
		}
		text += n;
	}
	return 0;
}

static int check_element(const struct alm_element *element, struct error *err)
{
	if (!check_is_code(element->code)) {
		return error_set(err,
			"the code must be 1 to 8 of A-Z, 0-9, '*', '#', and not DATE, which is a member of "
			"every row of days");
	}
	if (check_text(element->name, "name", err) < 0 ||
		check_text(element->unit, "unit", err) < 0) {
		return -1;
	}
	if (element->decimals < 0 || element->decimals > NUMBER_DECIMALS_MAX) {
		return error_set(err, "decimals is %d, not 0 to %d", (int)element->decimals,
			NUMBER_DECIMALS_MAX);
	}
	if (element->min > element->max || element->min <= ALM_MISSING + 1) {
		return error_set(err, "the bounds %d to %d hold no value", (int)element->min,
			(int)element->max);
	}
	if (element->reserved32 != 0 || element->reserved[0] != NULL ||
		element->reserved[1] != NULL) {
		return error_set(err, "reserved members must be 0 and NULL");
	}
	return 0;
}

static int check_elements(const struct alm_element *elements, struct error *err)
{
	for (size_t i = 0; elements != NULL && elements[i].code != NULL; i++) {
		if (i >= CHECK_ELEMENTS_MAX) {
			return error_set(err,
				"more than %d elements; is the last one's code NULL?",
				CHECK_ELEMENTS_MAX);
		}
		if (check_element(&elements[i], err) < 0) {
			return error_prefix(err, "element '%s': ", elements[i].code);
		}
		for (size_t j = 0; j < i; j++) {
			if (strcmp(elements[i].code, elements[j].code) == 0) {
				return error_set(err, "element '%s' is declared twice",
					elements[i].code);
			}
		}
	}
	return 0;
}

static int check_members(const struct alm_source *source, struct error *err)
{
	if (!check_is_name(source->name, CHECK_NAME_MAX)) {
		return error_set(
			err, "the name must be 1 to %d of a-z, 0-9, '_'", CHECK_NAME_MAX);
	}
	if (check_text(source->summary, "summary", err) < 0) {
		return -1;
	}
	if (source->sniff == NULL || source->line == NULL) {
		return error_set(err, "the callback %s() is missing",
			source->sniff == NULL ? "sniff" : "line");
	}
	if ((source->flags & ~(uint32_t)ALM_WHOLE_BLOCKS) != 0) {
		return error_set(err, "flags 0x%x are not known", (unsigned)source->flags);
	}
	if (source->reserved != 0) {
		return error_set(err, "the reserved member must be 0");
	}
	if (source->state_size > CHECK_STATE_MAX) {
		return error_set(err, "state_size %zu is beyond %d", source->state_size,
			CHECK_STATE_MAX);
	}
	return check_elements(source->elements, err);
}

int check_source(const struct alm_source *source, struct error *err)
{
	if (check_members(source, err) < 0) {
		return error_prefix(
			err, "source '%s': ", source->name != NULL ? source->name : "");
	}
	return 0;
}
