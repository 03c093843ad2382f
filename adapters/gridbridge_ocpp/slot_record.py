"""The store's record of what one slot holds, as far as one socket knows it.

    tell(text) ──▶ leaves(text) ──▶ stands(text)      the slot holds something new
                   └─▶ False: struck out or told anew meanwhile, nothing is written
    bars ──▶ struck() or not_struck()                 the slot is about to be written to

The store's record may be wrong only where a write or a strike was not confirmed: `unsure` says so
until one is.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class SlotRecord:
    """Begins as nothing recorded."""

    text: str | None = None
    """What the store was told last, or is about to be; None: nothing that counts."""
    unsure: bool = False
    """Whether it may say something else: a write or a strike was not confirmed."""
    waived: bool = False
    """Whether the slot is written to all the same: a limit does not wait for a store for long."""

    @property
    def bars(self) -> bool:
        """Whether it has to be struck out before the slot is written to."""
        return (self.unsure or self.text is not None) and not self.waived

    def tell(self, text: str) -> None:
        """The store shall say this; it leaves later."""
        self.text = text
        self.waived = False

    def leaves(self, text: str) -> bool:
        """Whether that is still what the store shall say; if so, it may from now on."""
        if self.text != text:
            return False
        self.unsure = True
        return True

    def stands(self, text: str) -> None:
        """The store has said that it is written."""
        if self.text == text:
            self.unsure = False

    def lost(self, text: str) -> None:
        """It could not be written, or nobody knows; it may have been before, in the same words."""
        if self.text == text:
            self.text, self.unsure = None, True

    def struck(self) -> None:
        """The store says nothing of the slot any more."""
        self.text, self.unsure, self.waived = None, False, False

    def not_struck(self) -> None:
        """It could not be struck out, or nobody knows, and the limit does not wait."""
        self.text, self.unsure, self.waived = None, True, True

    def try_again(self) -> None:
        """Another write has time to ask the store once more."""
        self.waived = False

    def forget(self) -> None:
        """What it says is not so any more."""
        self.waived = False
        if self.text is not None:
            self.text, self.unsure = None, True
