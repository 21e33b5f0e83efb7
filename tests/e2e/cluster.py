"""Databases of the test cluster, made and dropped through its superuser."""

import itertools
import os
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg


def with_database(url, name):
    """The same server and user, another database."""
    return urlunsplit(urlsplit(url)._replace(path="/" + quote(name)))


def with_user(url, user, password):
    """The same server and database, another user."""
    parts = urlsplit(url)
    server = parts.netloc.rpartition("@")[2]
    login = f"{quote(user)}:{quote(password)}@{server}"
    return urlunsplit(parts._replace(netloc=login))


def with_role(url, role):
    """The same, with the rights of another role."""
    return f"{url}{'&' if urlsplit(url).query else '?'}options=-crole%3D{role}"


def over_tcp(url):
    """The same, where the server wants passwords: not by its socket."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if not options.pop("host", "").startswith("/"):
        return url
    login = parts.netloc.rpartition("@")[0]
    place = f"{login}@127.0.0.1:{options.pop('port', 5432)}"
    return urlunsplit(parts._replace(netloc=place, query=urlencode(options)))


def database_name(url):
    return urlsplit(url).path.lstrip("/")


class Cluster:
    def __init__(self, admin_url):
        self.admin_url = admin_url
        self._numbers = itertools.count(1)

    def create(self, template="template0", encoding=None):
        """A new database, a copy of `template`, or of an encoding. Returns its name."""
        name = f"almanac_test_{os.getpid()}_{next(self._numbers)}"
        other = f"encoding '{encoding}' locale 'C'" if encoding else ""
        self._admin(f"create database {name} template {template} {other}")
        return name

    def drop(self, name):
        """Also ends whoever still uses it."""
        self._admin(f"drop database if exists {name} with (force)")

    def url(self, name):
        return with_database(self.admin_url, name)

    def _admin(self, statement):
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement)


def query(url, statement, parameters=None):
    """Rows of a statement, or [] if it returns none; committed."""
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []
