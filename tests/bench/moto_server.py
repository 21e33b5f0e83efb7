"""moto's server, which looks through its own directory for every request it gets: a third of the time
of a GET. Here it looks once, so that less of what is measured is moto's."""

from moto import backends

MODULES = frozenset(backends.list_of_moto_modules())

if __name__ == "__main__":
    backends.list_of_moto_modules = lambda: MODULES
    from moto.server import main

    main()
