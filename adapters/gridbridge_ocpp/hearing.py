"""From a station's words to facts: which EVSE, which transaction, what was measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gridbridge.domain.facts import (
    EvseStatusChanged,
    Reading,
    SessionEnded,
    SessionStarted,
    SiteFact,
    StationBooted,
)
from gridbridge.domain.ids import SessionId
from gridbridge.domain.units import Instant, WattHours
from gridbridge_ocpp import words
from gridbridge_ocpp.meters import measured
from gridbridge_ocpp.times import believable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gridbridge_ocpp.directory import StationEntry
    from gridbridge_ocpp.tokens import TokenPolicy

_MOST_TRANSACTIONS = 64
# A word outside the enumeration is passed on, but not at any length.
_LONGEST_WORD = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a call said."""

    facts: list[SiteFact] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    running: list[tuple[int, str]] = field(default_factory=list)
    """(EVSE, transaction) that runs."""
    ended: list[tuple[int, str]] = field(default_factory=list)
    booted: words.Booted | None = None


@dataclass(slots=True, kw_only=True)
class _Transaction:
    evse: int | None
    token: str | None = None
    told: bool = False
    """Whether its start is a stored fact."""
    over: bool = False
    first: WattHours | None = None
    last: WattHours | None = None


class Hearing:
    """One station's transactions and connectors, as far as this socket has told of them."""

    def __init__(
        self, entry: StationEntry, epoch: int, tokens: TokenPolicy, odd: Callable[[str], None]
    ) -> None:
        """`odd` is told, by name, what was heard but means nothing here."""
        self._entry = entry
        self._epoch = epoch
        self._tokens = tokens
        self._odd = odd
        self._only = entry.evses[0].number if len(entry.evses) == 1 else None
        self._transactions: dict[str, _Transaction] = {}
        self._occupied: dict[int, dict[int, bool]] = {}

    def take(self, said: Iterable[words.Word], now: Instant) -> Said:
        """What the words of one call mean, in their order."""
        result = Said()
        booted: words.Booted | None = None
        for word in said:
            match word:
                case words.Booted():
                    booted = word
                    result.facts.append(self._booted(word))
                case words.StatusSaid():
                    result.facts.append(self._status(word))
                case words.Started():
                    self._started(word, result)
                case words.Ongoing():
                    self._ongoing(word, result)
                case words.Ended():
                    self._ended(word, result)
                case words.Sampled():
                    self._sampled(word, now, result)
                case words.Odd(reason=reason):
                    self._odd(reason)
        return Said(
            facts=result.facts,
            readings=result.readings,
            running=result.running,
            ended=result.ended,
            booted=booted,
        )

    def stored(self, said: Said) -> None:
        """What was said is stored, so it need not be said again."""
        for _, name in said.running:
            if name in self._transactions:
                self._transactions[name].told = True

    def _booted(self, word: words.Booted) -> SiteFact:
        self._transactions.clear()
        self._occupied.clear()
        return StationBooted(
            site=self._entry.site,
            station=self._entry.id,
            epoch=self._epoch,
            vendor=word.vendor,
            model=word.model,
            firmware=word.firmware,
        )

    def _status(self, word: words.StatusSaid) -> SiteFact:
        connectors = self._occupied.setdefault(word.evse, {})
        if word.occupied is not None and len(connectors) < _MOST_TRANSACTIONS:
            connectors[word.connector] = word.occupied
        # Faulted and Unavailable do not tell about the cable: what was known goes on.
        runs = any(each.evse == word.evse and not each.over for each in self._known())
        return EvseStatusChanged(
            site=self._entry.site,
            station=self._entry.id,
            epoch=self._epoch,
            evse=word.evse,
            occupied=any(connectors.values()) or (word.occupied is None and runs),
            status=word.status[:_LONGEST_WORD],
        )

    def _started(self, word: words.Started, result: Said) -> None:
        transaction = self._transaction(word.transaction, word.evse)
        transaction.token = None if word.token is None else self._tokens.hidden(word.token)
        transaction.first = word.register
        self._tell_started(word.transaction, transaction, result)

    def _ongoing(self, word: words.Ongoing, result: Said) -> None:
        heard_before = word.transaction in self._transactions
        transaction = self._transaction(word.transaction, word.evse)
        if not heard_before:
            # Its start was stored before this socket, or the station would still repeat it.
            transaction.told = True
        self._tell_started(word.transaction, transaction, result)

    def _tell_started(self, name: str, transaction: _Transaction, result: Said) -> None:
        if transaction.evse is None or transaction.over:
            # OCPP 2.x: a transaction may begin before a cable says on which EVSE.
            return
        result.running.append((transaction.evse, name))
        if transaction.told:
            return
        result.facts.append(
            SessionStarted(
                site=self._entry.site,
                station=self._entry.id,
                epoch=self._epoch,
                evse=transaction.evse,
                session=SessionId(name),
                token=transaction.token,
            )
        )

    def _ended(self, word: words.Ended, result: Said) -> None:
        transaction = self._transaction(word.transaction, word.evse)
        transaction.over = True
        if transaction.evse is None:
            self._odd("unknown_transaction")
            return
        last = word.register if word.register is not None else transaction.last
        result.ended.append((transaction.evse, word.transaction))
        result.facts.append(
            SessionEnded(
                site=self._entry.site,
                station=self._entry.id,
                epoch=self._epoch,
                evse=transaction.evse,
                session=SessionId(word.transaction),
                energy=_between(transaction.first, last),
                reason=None if word.reason is None else word.reason[:_LONGEST_WORD],
            )
        )

    def _sampled(self, word: words.Sampled, now: Instant, result: Said) -> None:
        transaction = self._transactions.get(word.transaction or "")
        evse = word.evse
        if evse is None:
            evse = transaction.evse if transaction is not None else self._only
        taken = believable(word.timestamp, now)
        entry = self._entry.evse(evse) if evse is not None else None
        if evse is None or taken is None or (entry is None and evse != 0):
            self._odd("bad_timestamp" if taken is None else "unknown_transaction")
            return
        values, refused = measured(
            word.samples,
            main_meter=entry is None,
            dc=entry is not None and entry.dc,
            conductors=3 if entry is None else entry.conductors,
        )
        for reason in refused:
            self._odd(reason)
        if transaction is not None and values.energy is not None:
            transaction.last = values.energy
            if transaction.first is None and transaction.token is not None:
                transaction.first = values.energy
        if not values.empty:
            result.readings.append(
                Reading(
                    station=self._entry.id,
                    epoch=self._epoch,
                    evse=evse,
                    taken=taken,
                    power=values.power,
                    amps=values.amps,
                    volts=values.volts,
                    energy=values.energy,
                    exported=values.exported,
                    soc=values.soc,
                )
            )

    def _transaction(self, name: str, evse: int | None) -> _Transaction:
        """What is known of a transaction; a station with one EVSE need not name it."""
        known = self._transactions.get(name)
        if known is None:
            known = self._transactions[name] = _Transaction(evse=None)
            if len(self._transactions) > _MOST_TRANSACTIONS:
                del self._transactions[next(iter(self._transactions))]
        if known.evse is None:
            known.evse = evse if evse is not None else self._only
        return known

    def _known(self) -> Iterable[_Transaction]:
        return self._transactions.values()


def _between(first: WattHours | None, last: WattHours | None) -> WattHours | None:
    if first is None or last is None or last < first:
        return None
    return WattHours(last - first)
