"""The plan: course, road, car, drive and envelope check from end to end, before anything moves."""

from profiles.drive.prepare import Over
from rig.plan.bench import check_rig
from rig.plan.making import Wanted, load_plan
from rig.plan.plan import HIGHEST_SEED, Plan, Told
from rig.plan.refusing import refuse_excess
from rig.plan.rows import drive_rows

__all__ = ["HIGHEST_SEED", "Over", "Plan", "Told", "Wanted", "check_rig", "drive_rows", "load_plan", "refuse_excess"]
