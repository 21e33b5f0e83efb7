// For test_languages.py: a plugin in C++20. words_rust.rs is the same in Rust.
#include <almanac/plugin.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <string_view>

namespace
{

// -- A source: lines of station, date and tenths of a degree, "CPP A1 2020-01-31 -15"
// ----------

constexpr alm_element elements[] = {
	{ .code = "CPPT",
		.name = "temperature",
		.unit = "degC",
		.decimals = 1,
		.min = -900,
		.max = 600 },
	{},
};

class Words
{
      public:
	explicit Words(std::string_view line) : rest(line)
	{
	}

	std::string_view next(char end = ' ')
	{
		auto length = std::min(rest.find(end), rest.size());
		auto word = rest.substr(0, length);

		rest.remove_prefix(std::min(length + 1, rest.size()));
		return word;
	}

	bool number(int &value, char end = ' ')
	{
		auto word = next(end);
		auto [stop, error] =
			std::from_chars(word.data(), word.data() + word.size(), value);

		return error == std::errc{} && stop == word.data() + word.size();
	}

      private:
	std::string_view rest;
};

int sniff(const alm_source *, const char *, const char *head, size_t length)
{
	return std::string_view(head, length).starts_with("CPP ") ? 100 : 0;
}

int read_line(const alm_source *, alm_feed *feed, void *state, const char *line, size_t length)
{
	Words words({ line, length });
	int year, month, day, value;

	++*static_cast<int *>(state);
	words.next();
	auto station = words.next();
	if (!words.number(year, '-') || !words.number(month, '-') || !words.number(day) ||
		!words.number(value)) {
		return alm->source->reject_line(feed, "no date, or no number: '%s'", line);
	}
	alm_observation observation = { .day = alm->day(year, month, day), .value = value };

	return alm->source->station(feed, station.data(), station.size()) < 0
		       ? -1
		       : alm->source->put_values(feed, &observation, 1);
}

int log_lines(const alm_source *, alm_feed *, void *state)
{
	alm->log(ALM_INFO, "%d lines", *static_cast<int *>(state));
	return 0;
}

constexpr alm_source source = { .name = "cpp_words",
	.summary = "Lines of words",
	.elements = elements,
	.state_size = sizeof(int),
	.sniff = sniff,
	.line = read_line,
	.end = log_lines };

// -- A statistic
// ---------------------------------------------------------------------------------

constexpr alm_input inputs[] = { { .code = "CPPT", .unit = "degC", .decimals = 1 }, {} };
constexpr alm_column columns[] = {
	{ .name = "warmest",
		.unit = "degC",
		.help = "The highest.",
		.decimals = 1,
		.method = ALM_MAXIMUM },
	{},
};

void compute(const alm_task *task, const alm_period *period, double *result)
{
	std::span values(task->record->series[0].value + period->first, period->days);
	auto most = *std::max_element(values.begin(), values.end());

	*result = alm_is_value(most) ? most / 10.0 : std::numeric_limits<double>::quiet_NaN();
}

constexpr alm_stat stat = { .name = "cpp_warmest",
	.summary = "Highest temperatures",
	.inputs = inputs,
	.columns = columns,
	.periods = ALM_YEAR,
	.compute = compute };

// -- A route
// -------------------------------------------------------------------------------------

constexpr alm_param params[] = {
	{ .name = "values",
		.type = ALM_INTEGER,
		.flags = ALM_REQUIRED | ALM_LIST,
		.help = "Numbers",
		.example = "1,2",
		.min = -100,
		.max = 100 },
	{},
};
constexpr alm_field fields[] = { { .name = "sum", .type = ALM_INTEGER, .help = "Their sum" },
	{} };

int add_up(const alm_route *, alm_request *request)
{
	alm_cell cell = {};

	for (size_t i = 0; i < alm->param->count(request, 0); i++) {
		auto value = alm->param->integer(request, 0, i);

		if (value < 0) {
			return alm->param->fail(
				request, 0, "%d is below zero", static_cast<int>(value));
		}
		cell.integer += value;
	}
	return alm->answer->row(request, &cell) < 0 ? -1 : alm->answer->send(request);
}

constexpr alm_route route = { .path = "/words/cpp",
	.summary = "A sum",
	.params = params,
	.fields = fields,
	.flags = ALM_SINGLE,
	.answer = ALM_ROWS,
	.handle = add_up };

constexpr const alm_route *routes[] = { &route, nullptr };
constexpr const alm_source *sources[] = { &source, nullptr };
constexpr const alm_stat *stats[] = { &stat, nullptr };

} // namespace

ALM_PLUGIN(.name = "words_cpp", .version = "1.0.0", .routes = routes, .sources = sources,
	.stats = stats);
