"""The registration: asked for, held, renewed, lost.

(none) ── query ── create ──▶ held ── asked to re-register ──▶ renewing ── create ──▶ held
  ▲                            │                                  │ turned away
  └──── 463, 452, cancelled ───┴──────────────────────────────────┘
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gridbridge.domain.facts import Registered
from gridbridge.domain.units import Seconds
from gridbridge_openadr.v2b import render
from gridbridge_openadr.v2b.messages import Message, Registration

if TYPE_CHECKING:
    from lxml import etree

    from gridbridge_openadr.settings import Settings

DEFAULT_POLL: Final = Seconds(10.0)
"""Where neither the VTN nor the settings name a period."""
FASTEST_POLL: Final = Seconds(1.0)


class Registrar:
    """What the VTN calls us, and what to say until it does."""

    def __init__(self, settings: Settings, *, resume: Registered | None) -> None:
        self._settings = settings
        self._queried = False
        self.held = resume
        """The registration that stands; while it is renewed, the one before."""
        self.renewing = False
        self.losses = 0
        """Registrations lost, or asked for anew, since one last served a poll."""

    @property
    def complete(self) -> bool:
        """Whether the VTN knows us and wants nothing of us first."""
        return self.held is not None and not self.renewing

    @property
    def ven_id(self) -> str:
        """The id the VTN gave us; empty where it gave none."""
        return "" if self.held is None else self.held.ven_id

    def poll_period(self) -> Seconds:
        """Time between polls: ours where it is set, and never less than the VTN asked for."""
        asked = DEFAULT_POLL if self.held is None else self.held.poll
        return max(asked, self._settings.poll or asked, FASTEST_POLL)

    def write(self, request: str) -> etree._Element:
        """The next thing to say: a query, or the registration itself."""
        if not self._queried and self.held is None:
            return render.query_registration(request=request)
        return render.create_party_registration(
            request=request,
            ven_name=self._settings.ven_name,
            signs=self._settings.signs,
            registration=self.held.registration if self.held else None,
            ven_id=self.held.ven_id if self.held else None,
        )

    def receive(self, message: Message) -> Registered | str | None:
        """Take the answer: the new registration, why there is none, or None to go on.

        A VTN that answers a query oddly may still take the registration.
        """
        if not self._queried and self.held is None:
            self._queried = True
            return None if isinstance(message, Registration) else "odd answer to the query"
        if not isinstance(message, Registration):
            return self._turned_away("odd answer to the registration")
        if not message.outcome.ok or not message.registration_id or not message.ven_id:
            return self._turned_away(f"code {message.outcome.code}")
        poll = self._settings.poll or DEFAULT_POLL if message.poll is None else message.poll
        self.held = Registered(
            ven=self._settings.name,
            ven_id=message.ven_id,
            registration=message.registration_id,
            vtn_id=message.vtn_id,
            poll=poll,
        )
        self.renewing = False
        return self.held

    def renew(self) -> None:
        """The VTN wants to see our registration again."""
        self.losses += 1
        self.renewing = True

    def lose(self) -> None:
        """There is no registration any more."""
        self.losses += 1
        self.held = None
        self.renewing = False
        self._queried = False

    def _turned_away(self, why: str) -> str:
        # Ids of a registration that the VTN does not know are better forgotten.
        self.held = None
        self.renewing = False
        self._queried = False
        return why
