/* The elements of GHCN-Daily: NOAA's readme.txt, section III, and eight that came later. Bounds
 * are physical: what goes beyond them without a quality flag is an error of the file. */
#include <string.h>

#include "../elements.h"
#include "ghcnd.h"

#define CLOUD(CODE, NAME) PERCENT(CODE, "cloud area fraction, " NAME)
#define CLOCK(CODE, NAME) ELEMENT(CODE, NAME ", as HHMM", "1", 0, 0, 2400)
#define PAN(CODE, NAME) \
	ELEMENT(CODE, NAME " temperature of water in an evaporation pan", "degC", 1, -500, 700)
#define FROZEN(CODE, NAME) ELEMENT(CODE, NAME " of frozen ground layer", "cm", 0, 0, 1000)
#define WATER(CODE, NAME, MAX) ELEMENT(CODE, NAME, "mm", 1, 0, MAX)

/* Soil temperatures: by ground cover and depth. */
#define SOIL_AT(COVER, DEPTH, GROUND, CENTIMETRES) \
	ELEMENT("SN" COVER DEPTH, "minimum soil temperature at " CENTIMETRES " cm, " GROUND, \
		"degC", 1, -900, 900), \
		ELEMENT("SX" COVER DEPTH, \
			"maximum soil temperature at " CENTIMETRES " cm, " GROUND, "degC", 1, \
			-900, 900)
#define SOIL(COVER, GROUND) \
	SOIL_AT(COVER, "1", GROUND, "5"), SOIL_AT(COVER, "2", GROUND, "10"), \
		SOIL_AT(COVER, "3", GROUND, "20"), SOIL_AT(COVER, "4", GROUND, "50"), \
		SOIL_AT(COVER, "5", GROUND, "100"), SOIL_AT(COVER, "6", GROUND, "150"), \
		SOIL_AT(COVER, "7", GROUND, "180")

const struct alm_element ghcnd_elements[] = {
	ELEMENT_PRCP,
	ELEMENT_SNOW,
	ELEMENT_SNWD,
	ELEMENT_TMAX,
	ELEMENT_TMIN,
	CLOUD("ACMC", "midnight to midnight, by ceilometer"),
	CLOUD("ACMH", "midnight to midnight, by observer"),
	CLOUD("ACSC", "sunrise to sunset, by ceilometer"),
	CLOUD("ACSH", "sunrise to sunset, by observer"),
	ELEMENT_ADPT,
	ELEMENT_ASLP,
	ELEMENT_ASTP,
	ELEMENT_AWDR,
	ELEMENT_AWND,
	ELEMENT("AWBT", "mean wet bulb temperature", "degC", 1, -1100, 500),
	DAYS("DAEV", "days of the evaporation amount of several days"),
	ELEMENT_DAPR,
	DAYS("DASF", "days of the snowfall amount of several days"),
	ELEMENT_DATN,
	ELEMENT_DATX,
	DAYS("DAWM", "days of the wind movement of several days"),
	DAYS("DWPR", "days with precipitation within the precipitation amount of several days"),
	WATER("EVAP", "evaporation amount from an evaporation pan", 5000),
	CLOCK("FMTM", "time of fastest mile or fastest 1-minute wind"),
	FROZEN("FRGB", "base"),
	FROZEN("FRGT", "top"),
	FROZEN("FRTH", "thickness"),
	ELEMENT("GAHT", "difference between river and gauge height", "cm", 0, -9998, 9999),
	WATER("MDEV", "evaporation amount of several days", 20000),
	ELEMENT_MDPR,
	ELEMENT("MDSF", "snowfall amount of several days", "mm", 0, 0, 20000),
	ELEMENT_MDTN,
	ELEMENT_MDTX,
	ELEMENT("MDWM", "wind movement of several days", "km", 0, 0, 99999),
	PAN("MNPN", "minimum"),
	PAN("MXPN", "maximum"),
	CLOCK("PGTM", "time of peak gust"),
	ELEMENT_PSUN,
	ELEMENT_RHAV,
	ELEMENT_RHMN,
	ELEMENT_RHMX,
	SOIL("0", "unknown cover"),
	SOIL("1", "grass"),
	SOIL("2", "fallow"),
	SOIL("3", "bare ground"),
	SOIL("4", "brome grass"),
	SOIL("5", "sod"),
	SOIL("6", "straw mulch"),
	SOIL("7", "grass muck"),
	SOIL("8", "bare muck"),
	ELEMENT_TAVG,
	ELEMENT_TAXN,
	WATER("THIC", "thickness of ice on water", 99999),
	AIR("TOBS", "air temperature at the time of observation"),
	ELEMENT_TSUN,
	DIRECTION("WDF1", "wind direction of fastest 1-minute wind"),
	DIRECTION("WDF2", "wind direction of fastest 2-minute wind"),
	DIRECTION("WDF5", "wind direction of fastest 5-second wind"),
	ELEMENT_WDFG,
	DIRECTION("WDFI", "wind direction of highest instantaneous wind"),
	DIRECTION("WDFM", "wind direction of fastest mile"),
	ELEMENT("WDMV", "wind movement of 24 hours", "km", 0, 0, 9999),
	WATER("WESD", "water equivalent of snow on the ground", 99999),
	WATER("WESF", "water equivalent of snowfall", 20000),
	WIND("WSF1", "wind speed of fastest 1-minute wind"),
	WIND("WSF2", "wind speed of fastest 2-minute wind"),
	WIND("WSF5", "wind speed of fastest 5-second wind"),
	ELEMENT_WSFG,
	WIND("WSFI", "wind speed of highest instantaneous wind"),
	WIND("WSFM", "wind speed of fastest mile"),
	ELEMENT_WT01,
	INDICATOR("WT02", "heavy fog or heavy freezing fog"),
	ELEMENT_WT03,
	INDICATOR("WT04", "ice pellets, sleet, snow pellets or small hail"),
	ELEMENT_WT05,
	INDICATOR("WT06", "glaze or rime"),
	INDICATOR("WT07", "dust, volcanic ash, blowing dust or sand, or blowing obstruction"),
	INDICATOR("WT08", "smoke or haze"),
	INDICATOR("WT09", "blowing or drifting snow"),
	ELEMENT_WT10,
	INDICATOR("WT11", "high or damaging winds"),
	INDICATOR("WT12", "blowing spray"),
	INDICATOR("WT13", "mist"),
	INDICATOR("WT14", "drizzle"),
	INDICATOR("WT15", "freezing drizzle"),
	ELEMENT_WT16,
	INDICATOR("WT17", "freezing rain"),
	ELEMENT_WT18,
	INDICATOR("WT19", "precipitation of unknown source"),
	INDICATOR("WT21", "ground fog"),
	INDICATOR("WT22", "ice fog or freezing fog"),
	INDICATOR("WV01", "fog, ice fog or freezing fog in the vicinity, perhaps heavy"),
	INDICATOR("WV03", "thunder in the vicinity"),
	INDICATOR("WV07", "ash, dust, sand or other blowing obstruction in the vicinity"),
	INDICATOR("WV18", "snow or ice crystals in the vicinity"),
	INDICATOR("WV20", "rain or snow shower in the vicinity"),
	{ .code = NULL },
};

static int search(const char *code)
{
	for (int i = 0; ghcnd_elements[i].code != NULL; i++) {
		if (memcmp(ghcnd_elements[i].code, code, CODE_LENGTH) == 0) {
			return i;
		}
	}
	return -1;
}

int ghcnd_element(struct ghcnd_codes *codes, const char *code)
{
	uint32_t word;
	int element;

	memcpy(&word, code, CODE_LENGTH);
	word = word * UINT32_C(2654435761) >> 24;
	if (codes->cache[word].element != 0 &&
		memcmp(codes->cache[word].code, code, CODE_LENGTH) == 0) {
		return codes->cache[word].element - 1;
	}
	element = search(code);
	if (element >= 0) {
		memcpy(codes->cache[word].code, code, CODE_LENGTH);
		codes->cache[word].element = (uint16_t)(element + 1);
	}
	return element;
}

int ghcnd_reject_unknown(struct ghcnd_codes *codes, struct alm_feed *feed, const char *code)
{
	for (unsigned i = 0; i < codes->unknown_count; i++) {
		if (memcmp(codes->unknown[i], code, CODE_LENGTH) == 0) {
			return 0;
		}
	}
	if (codes->unknown_count == UNKNOWN_MAX) {
		return 0;
	}
	memcpy(codes->unknown[codes->unknown_count++], code, CODE_LENGTH);
	return alm->source->reject_line(feed,
		"'%.*s' is no element of GHCN-Daily that is known, so that its unit is not; this and "
		"its other lines are not read",
		CODE_LENGTH, code);
}

int ghcnd_flag(struct alm_text text, char *flag)
{
	*flag = text.length == 1 ? *text.at : ' ';
	return text.length > 1 ? -1 : 0;
}

int ghcnd_time(struct alm_text text, uint16_t *time)
{
	int32_t hhmm;

	*time = 0;
	if (text.length == 0) {
		return 0;
	}
	if (text.length > 4 || *text.at == '-' || alm_integer(text, &hhmm) < 0 || hhmm > 2400 ||
		hhmm % 100 > 59) {
		return -1;
	}
	*time = ALM_TIME(hhmm);
	return 0;
}
