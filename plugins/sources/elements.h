/* Elements that several sources have: one code is one quantity, in one unit and scale,
 * whichever service reports it. Codes of GHCN-Daily where it has the quantity at that
 * resolution; see docs/sources.md. */
#ifndef SOURCES_ELEMENTS_H
#define SOURCES_ELEMENTS_H

#include <almanac/plugin.h>

#define ELEMENT(CODE, NAME, UNIT, DECIMALS, MIN, MAX) \
	{ \
		.code = (CODE), .name = NAME, .unit = (UNIT), .decimals = (DECIMALS), \
		.min = (MIN), .max = (MAX) \
	}

/* Kinds of quantities, with physical bounds. */
#define AIR(CODE, NAME) ELEMENT(CODE, NAME, "degC", 1, -900, 600)
#define GROUND(CODE, NAME) ELEMENT(CODE, NAME, "degC", 1, -900, 900)
#define WIND(CODE, NAME) ELEMENT(CODE, NAME, "m s-1", 1, 0, 1500)
#define DIRECTION(CODE, NAME) ELEMENT(CODE, NAME, "degree", 0, 0, 360)
#define PERCENT(CODE, NAME) ELEMENT(CODE, NAME, "%", 0, 0, 100)
#define INDICATOR(CODE, NAME) ELEMENT(CODE, NAME, "1", 0, 0, 1)
#define DAYS(CODE, NAME) ELEMENT(CODE, NAME, "d", 0, 0, 9999)

#define ELEMENT_TMAX AIR("TMAX", "maximum air temperature")
#define ELEMENT_TMIN AIR("TMIN", "minimum air temperature")
#define ELEMENT_TAVG AIR("TAVG", "mean air temperature, of observations through the day")
#define ELEMENT_TAXN AIR("TAXN", "mean of maximum and minimum air temperature")
#define ELEMENT_PRCP ELEMENT("PRCP", "precipitation amount", "mm", 1, 0, 20000)
#define ELEMENT_MDPR ELEMENT("MDPR", "precipitation amount of several days", "mm", 1, 0, 100000)
#define ELEMENT_DAPR DAYS("DAPR", "days of the precipitation amount of several days")
#define ELEMENT_MDTX AIR("MDTX", "maximum air temperature of several days")
#define ELEMENT_DATX DAYS("DATX", "days of the maximum air temperature of several days")
#define ELEMENT_MDTN AIR("MDTN", "minimum air temperature of several days")
#define ELEMENT_DATN DAYS("DATN", "days of the minimum air temperature of several days")
#define ELEMENT_SNOW ELEMENT("SNOW", "snowfall amount", "mm", 0, 0, 5000)
#define ELEMENT_SNWD ELEMENT("SNWD", "surface snow thickness", "mm", 0, 0, 20000)
#define ELEMENT_AWND WIND("AWND", "mean wind speed")
#define ELEMENT_WSFG WIND("WSFG", "wind speed of peak gust")
#define ELEMENT_WDFG DIRECTION("WDFG", "wind direction of peak gust")
#define ELEMENT_AWDR DIRECTION("AWDR", "mean wind from direction")
#define ELEMENT_TSUN ELEMENT("TSUN", "duration of sunshine", "min", 0, 0, 1440)
#define ELEMENT_PSUN PERCENT("PSUN", "fraction of possible sunshine")
#define ELEMENT_ADPT ELEMENT("ADPT", "mean dew point temperature", "degC", 1, -1100, 500)
#define ELEMENT_ASLP \
	ELEMENT("ASLP", "mean air pressure at mean sea level", "hPa", 1, 8500, 11000)
#define ELEMENT_ASTP \
	ELEMENT("ASTP", "mean air pressure at station level", "hPa", 1, 3000, 11000)
#define ELEMENT_RHAV PERCENT("RHAV", "mean relative humidity")
#define ELEMENT_RHMN PERCENT("RHMN", "minimum relative humidity")
#define ELEMENT_RHMX PERCENT("RHMX", "maximum relative humidity")
#define ELEMENT_WT01 INDICATOR("WT01", "fog, ice fog or freezing fog, perhaps heavy")
#define ELEMENT_WT03 INDICATOR("WT03", "thunder")
#define ELEMENT_WT05 INDICATOR("WT05", "hail, perhaps small")
#define ELEMENT_WT10 INDICATOR("WT10", "tornado, waterspout or funnel cloud")
#define ELEMENT_WT16 INDICATOR("WT16", "rain, perhaps freezing, or drizzle")
#define ELEMENT_WT18 INDICATOR("WT18", "snow, snow pellets, snow grains or ice crystals")

/* What GHCN-Daily does not have, or in whole units only. */
#define ELEMENT_RHUM ELEMENT("RHUM", "mean relative humidity, hundredths", "%", 2, 0, 10000)
#define ELEMENT_PRES \
	ELEMENT("PRES", "mean air pressure at station level, hundredths", "hPa", 2, 30000, \
		110000)
#define ELEMENT_TN5CM GROUND("TN5CM", "minimum air temperature at 5 cm")
#define ELEMENT_OKTA ELEMENT("OKTA", "mean cloud cover in eighths", "1", 1, 0, 80)
#define ELEMENT_VAPP ELEMENT("VAPP", "mean vapour pressure", "hPa", 1, 0, 1000)
#define ELEMENT_RADG ELEMENT("RADG", "global radiation", "MJ m-2", 2, 0, 6000)

#endif
