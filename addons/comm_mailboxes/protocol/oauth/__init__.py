"""OAuth 2.0 and OpenID Connect in plain Python around msal: signing in, tokens, and what a refusal means.

Public surface: ``providers.Application``, ``client.IdentityClient`` with ``Token``, ``http_client.HttpClient``, ``errors``,
``refusals.REFUSALS``.
"""

from . import errors
from .client import IdentityClient, Token
from .http_client import HttpClient
from .providers import ANY_TENANT, PROVIDERS, Application
from .refusals import REFUSALS

__all__ = ["ANY_TENANT", "PROVIDERS", "REFUSALS", "Application", "HttpClient", "IdentityClient", "Token", "errors"]
