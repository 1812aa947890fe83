"""The developer commands behind ./dev: small modules that need nothing but the standard library."""
