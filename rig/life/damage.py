"""The damage of a component: the accounts of its laws, of which the worst counts."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rig.life.accounts import Account, BearingAccount, CountsCycles, CycleAccount, SlidingAccount, account_of
from rig.life.components import Component
from rig.life.packing import pack, unpack

__all__ = ["Account", "ComponentDamage", "CycleAccount", "SlidingAccount", "pack", "unpack"]

FloatArray = NDArray[np.float64]


class ComponentDamage:
    """The accounts of one component. Its damage is that of its worst law: the laws are competing ways to die."""

    def __init__(self, component: Component, surfaces: int, rate_hz: float | None = None) -> None:
        """``rate_hz``: samples a second, needed by laws that go by turns or time.

        Raises:
            ValueError: a law needs the rate, and there is none.
        """
        self.accounts = tuple(account_of(law, surfaces, rate_hz) for law in component.damage)

    def by_surface(self) -> FloatArray:
        """The damage of the worst law, float64[surfaces]."""
        sums = [account.by_surface() for account in self.accounts]
        return max(sums, key=lambda each: float(each.sum()))

    def cycles(self) -> float | None:
        """Load cycles by the first of the laws that count any; None where none does."""
        return next((each.cycles() for each in self.accounts if isinstance(each, CountsCycles)), None)

    def static_ratio(self) -> float | None:
        """The lowest C_0 / P_0 that a bearing has met; None where no law is that of a bearing, or nothing has acted."""
        ratios = [each.static_ratio() for each in self.accounts if isinstance(each, BearingAccount)]
        return min((each for each in ratios if each < np.inf), default=None)

    def by_law(self) -> dict[str, float]:
        """The damage by each law's name."""
        return {account.name: float(account.by_surface().sum()) for account in self.accounts}

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        return {account.name: account.state() for account in self.accounts}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        for account in self.accounts:
            account.restore(state[account.name])
