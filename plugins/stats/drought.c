/* Standardised precipitation index (McKee and others 1993; WMO-No. 1090): the total of the last
 * months as a normal deviate, by a gamma distribution fitted to a base period. */
#include <math.h>

#include "common/aggregate.h"

enum { PRCP, INPUTS };
enum { BASE_YEARS, COMPLETENESS };
enum { SCALES = 4, LEAST_YEARS = 10 };
enum { SPI, YEARS = SPI + SCALES, TOTAL = YEARS + SCALES };

static const int32_t scales[SCALES] = { 1, 3, 6, 12 };

/* As far as tables of the normal distribution go in this field. */
static const double index_max = 3.09;

/* Of the totals that end with one month of the calendar. */
struct fit {
	double shape, scale; /* of those that are not zero; NAN: no distribution fits */
	double zero;         /* share of zeros */
	int32_t years;
};

struct base {
	struct fit fits[SCALES][MONTHS_OF_YEAR];
};

/* -- Distributions --------------------------------------------------------------- */

/* Stirling's series, beyond the argument at which seven terms are exact to double precision;
 * lgamma() of the C library is not safe for threads. */
static double log_gamma(double x)
{
	static const double terms[] = { 1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680,
		1.0 / 1188, -691.0 / 360360, 1.0 / 156 };
	static const double half_log_two_pi = 0.91893853320467274178, far = 16;
	double product = 1, sum = 0, power;

	while (x < far) {
		product *= x;
		x += 1;
	}
	power = 1 / x;
	for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++) {
		sum += terms[i] * power;
		power /= x * x;
	}
	return (x - 0.5) * log(x) - x + half_log_two_pi + sum - log(product);
}

/* Lower incomplete gamma function, regularised: power series below shape + 1, else the
 * continued fraction of its complement, evaluated from the far end. */
static double gamma_probability(double shape, double x)
{
	enum { TERMS = 1000, FRACTION_TERMS = 200 };
	double front = exp(shape * log(x) - x - log_gamma(shape));
	double sum = 1 / shape, term = sum, fraction = 0;

	if (x < shape + 1) {
		for (int n = 1; n < TERMS && term > sum * 1e-17; n++) {
			term *= x / (shape + n);
			sum += term;
		}
		return front * sum;
	}
	for (int n = FRACTION_TERMS; n > 0; n--) {
		fraction = n * (n - shape) / (x + 2 * n + 1 - shape - fraction);
	}
	return 1 - front / (x + 1 - shape - fraction);
}

/* Inverse of the normal distribution, by bisection within the ends of the index. */
static double normal_deviate(double probability)
{
	enum { HALVINGS = 60 };
	double low = -index_max, high = index_max;

	for (int i = 0; i < HALVINGS; i++) {
		double middle = (low + high) / 2;

		if (erfc(-middle / sqrt(2)) / 2 < probability) {
			low = middle;
		} else {
			high = middle;
		}
	}
	return (low + high) / 2;
}

/* -- Base period ------------------------------------------------------------------- */

/* Total of the `scale` months that end with `last`. NAN: a month has too few days. */
static double total(const struct alm_task *task, int32_t last, int32_t scale)
{
	return sum_of_months(task->record, PRCP, (struct months){ last - scale + 1, scale },
		completeness_of(&task->params[COMPLETENESS]));
}

/* Thom's approximation of maximum likelihood (1966). */
static struct fit fit_gamma(double sum, double log_sum, int32_t positive, int32_t years)
{
	double mean = sum / positive, a = log(mean) - log_sum / positive;
	struct fit fit = { NAN, NAN, (double)(years - positive) / years, years };

	if (years >= LEAST_YEARS && positive > 0 && a > 0) {
		fit.shape = (1 + sqrt(1 + 4 * a / 3)) / (4 * a);
		fit.scale = mean / fit.shape;
	}
	return fit;
}

static void sum_up_base(const struct alm_task *task, void *memory)
{
	const struct alm_value *base_years = &task->params[BASE_YEARS];
	struct years years =
		years_within(task->record, base_years->first_year, base_years->last_year);
	struct base *base = memory;

	for (unsigned s = 0; s < SCALES; s++) {
		for (int m = 0; m < MONTHS_OF_YEAR; m++) {
			double sum = 0, log_sum = 0;
			int32_t positive = 0, count = 0;

			for (int32_t y = 0; y < years.count; y++) {
				double value = total(
					task, month_number(years.first + y, m + 1), scales[s]);

				count += !isnan(value);
				if (value > 0) {
					sum += value;
					log_sum += log(value);
					positive++;
				}
			}
			base->fits[s][m] = fit_gamma(sum, log_sum, positive, count);
		}
	}
}

/* -- A month --------------------------------------------------------------------- */

static double index_of(const struct fit *fit, double value)
{
	double above;

	if (isnan(value) || isnan(fit->shape)) {
		return NAN;
	}
	above = value > 0 ? gamma_probability(fit->shape, value / fit->scale) : 0;
	return normal_deviate(fit->zero + (1 - fit->zero) * above);
}

static void compute(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	const struct base *base = task->base;
	int32_t month = month_number(period->year, (int)period->part);

	for (unsigned s = 0; s < SCALES; s++) {
		const struct fit *fit = &base->fits[s][period->part - 1];
		double value = total(task, month, scales[s]);

		result[SPI + s] = index_of(fit, value);
		result[YEARS + s] = fit->years;
		result[TOTAL + s] = value;
	}
}

/* -- Declaration ------------------------------------------------------------- */

static const struct alm_input inputs[] = {
	[PRCP] = { .code = "PRCP", .unit = "mm", .decimals = 1 },
	{ .code = NULL },
};

static const struct alm_param params[] = {
	[BASE_YEARS] = { .name = "base_years",
		.type = ALM_YEARS,
		.help = "Years to which the distributions are fitted; WMO wants 30 or more",
		.example = "1961-1990",
		.default_value = "1991-2020" },
	[COMPLETENESS] = { .name = "completeness",
		.type = ALM_TEXT,
		.help = COMPLETENESS_HELP,
		.example = "wmo",
		.default_value = "ncei",
		.choices = completeness_choices },
	{ .name = NULL },
};

#define SCALE(i, months, text) \
	[SPI + (i)] = { .name = "spi_" months, \
		.unit = "1", \
		.decimals = 2, \
		.method = ALM_SUM, \
		.help = "Standardised precipitation index of " text, \
		.rules = "" }, \
	       [YEARS + (i)] = { .name = "spi_" months "_years", \
		       .unit = "1", \
		       .method = ALM_COUNT, \
		       .help = "Years of the base period to which spi_" months " is fitted", \
		       .rules = "", \
		       .type = ALM_INTEGER }, \
	       [TOTAL + (i)] = { .name = "prcp_" months, \
		       .unit = "mm", \
		       .decimals = 1, \
		       .method = ALM_SUM, \
		       .help = "Total precipitation of " text, \
		       .rules = "" }

static const struct alm_column columns[] = {
	SCALE(0, "1", "the month"),
	SCALE(1, "3", "the month and the two before"),
	SCALE(2, "6", "the month and the five before"),
	SCALE(3, "12", "the month and the eleven before"),
	{ .name = NULL },
};

static const char help[] =
	"SPI (McKee, Doesken and Kleist 1993; WMO-No. 1090, 2012) at 1, 3, 6 and 12 months. For "
	"each month of the calendar and each scale:\n\n"
	"1. Totals of that many months, of the years of the base period; without a month that "
	"lacks too many days (`completeness`) there is none.\n"
	"2. A gamma distribution is fitted to those that are not zero, by Thom's approximation: "
	"A = ln(mean) - mean(ln x), shape = (1 + sqrt(1 + 4A/3)) / 4A, scale = mean / shape.\n"
	"3. With q, the share of zeros: H(x) = q + (1 - q) G(x), and H(0) = q.\n"
	"4. SPI is the standard normal deviate of H, from -3.09 to 3.09.\n\n"
	"Fewer than 10 years, or totals that are all zero or all equal, give null. `spi_1_years` "
	"and the others tell how many years there were.\n\n"
	"| SPI | |\n"
	"|---|---|\n"
	"| 2 and more | extremely wet |\n"
	"| 1.5 to 1.99 | very wet |\n"
	"| 1 to 1.49 | moderately wet |\n"
	"| -0.99 to 0.99 | near normal |\n"
	"| -1 to -1.49 | moderately dry |\n"
	"| -1.5 to -1.99 | severely dry |\n"
	"| -2 and less | extremely dry |\n\n"
	"What differs elsewhere: climate-indices (Python) has the same numbers, but -3.09 where "
	"all totals of the base period are zero. SPEI of R fits by unbiased probability weighted "
	"moments unless told otherwise, which differs by some hundredths. xclim fits by maximum "
	"likelihood.\n";

static const struct alm_stat drought = {
	.name = "drought",
	.summary = "Standardised precipitation index at 1, 3, 6 and 12 months",
	.on_request = ALM_MONTH,
	.lead_days = DAYS_OF_LEAP_YEAR,
	.inputs = inputs,
	.columns = columns,
	.params = params,
	.help = help,
	.base = sum_up_base,
	.base_param = BASE_YEARS,
	.base_size = sizeof(struct base),
	.compute = compute,
};

static const struct alm_stat *const stats[] = { &drought, NULL };

ALM_PLUGIN(.name = "drought", .version = "1.0.0", .stats = stats);
