"""Opens what the HTTP doors stand on, from the settings: the gateway and its keys."""

from __future__ import annotations

import datetime as dt

from fedquery import sentences as say
from fedquery.errors import AccessDenied, NotAuthenticated
from fedquery.gateway import Gateway
from fedquery.http.services import Services
from fedquery.identity import Principal
from fedquery.settings import Settings
from fedquery.store import principals


class StoredKeys:
    """The store's keys, each for an account of the directory in force."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def authenticate(self, key: str) -> Principal:
        """Raises NotAuthenticated with one text for wrong, unknown, ended and revoked keys, and for accounts that left."""
        account = principals.authenticate(self._gateway.store, key, dt.datetime.now(dt.UTC))
        try:
            return self._gateway.principal(account)
        except AccessDenied:
            raise NotAuthenticated(say.KEY_NOT_VALID(), hint=say.NEW_KEY()) from None


def open_services(settings: Settings) -> Services:
    """Everything one application needs; to be called in the process that serves. Raises as ``Gateway.open``."""
    gateway = Gateway.open(settings)
    return Services(gateway, StoredKeys(gateway))
