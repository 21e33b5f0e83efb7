#include "aws/xml.h"

#include <expat.h>

#include "base/buffer.h"

struct reader {
	xml_element_fn *element;
	void *arg;
	struct buffer text; /* since the last tag */
};

static void on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *reader = arg;

	(void)name;
	(void)attributes;
	reader->text.length = 0;
}

static void on_text(void *arg, const XML_Char *text, int length)
{
	struct reader *reader = arg;

	buffer_append(&reader->text, text, (size_t)length);
}

static void on_end(void *arg, const XML_Char *name)
{
	struct reader *reader = arg;

	reader->element(reader->arg, name, buffer_text(&reader->text));
	reader->text.length = 0;
}

int xml_read(
	const char *bytes, size_t length, xml_element_fn *element, void *arg, struct error *err)
{
	struct reader reader = { .element = element, .arg = arg };
	XML_Parser parser = XML_ParserCreate(NULL);
	int result = 0;

	XML_SetUserData(parser, &reader);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	if (XML_Parse(parser, bytes, (int)length, 1) != XML_STATUS_OK) {
		result = error_set(err, "the answer is no XML (line %lu: %s)",
			XML_GetCurrentLineNumber(parser),
			XML_ErrorString(XML_GetErrorCode(parser)));
	}
	XML_ParserFree(parser);
	buffer_finish(&reader.text);
	return result;
}
