"""Published life data, and a fleet that is made up: infants, wear-out and suspensions mixed."""

import numpy as np

from rig.survival.lives import Lives

SHOCK_ABSORBERS = Lives.of(
    [6700, 9120, 12200, 13150, 14300, 17520, 20100, 20900, 22700, 26510, 27490],
    [
        *(6950, 7820, 8790, 9660, 9820, 11310, 11690, 11850, 11880, 12140, 12870, 13330, 13470, 14040),
        *(17540, 17890, 18450, 18960, 18980, 19410, 20100, 20150, 20320, 23490, 27410, 27890, 28100),
    ],
)
"""Distances in km (Meeker & Escobar 1998, table C.2)."""

LEUKAEMIA = Lives.of([6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35])
"""Weeks in remission under 6-mercaptopurine (Freireich 1963)."""


def fleet_table(specimens: int = 40, seed: int = 5) -> str:
    """A table of dampers: in two batches some fitted loosely (shape 0.6), all wearing (3), some suspended."""
    rng, lines = np.random.default_rng(seed), ["serial,group,distance_km,event,mode,damage"]
    for batch, loose in (("2026-02", 0.25), ("2026-03", 0.1)):
        for k in range(specimens):
            infant_km = 600.0 * rng.weibull(0.6) if rng.random() < loose else np.inf
            worn_km, end_km = 9000.0 * rng.weibull(3.0), rng.uniform(1500.0, 14000.0)
            km = max(0.1, min(infant_km, worn_km, end_km))
            mode = "loose_fitting" if km == infant_km else "seal_leak" if km == worn_km else ""
            event = "failed" if mode else "suspended"
            lines.append(f"{batch}-{k},{batch},{km:.3f},{event},{mode},{km / 9000.0:.5f}")
    return "\n".join(lines) + "\n"
