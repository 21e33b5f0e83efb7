/* cmocka with the headers it wants before itself. */
#ifndef ALMANAC_TESTS_UNIT_H
#define ALMANAC_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
