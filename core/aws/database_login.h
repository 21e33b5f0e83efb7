/* Database credentials from a secret in AWS Secrets Manager, which may be rotated at any time.
 */
#ifndef ALMANAC_AWS_DATABASE_LOGIN_H
#define ALMANAC_AWS_DATABASE_LOGIN_H

#include "aws/aws.h"
#include "db/connect.h"

struct settings;
struct login;

/* For the secret that SETTING_DATABASE_SECRET names; NULL if none. `aws` must live as long. */
struct login *login_create(const struct settings *settings, struct aws *aws);
void login_destroy(struct login *login); /* NULL is fine */

/* For db_target_create(). NULL of NULL. */
const struct db_login *login_source(struct login *login);

#endif
