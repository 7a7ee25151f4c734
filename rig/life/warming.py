"""Compile every kernel of the judge before it is needed: the first rows of a run are judged as fast as the others."""

import numpy as np

from rig.life.friction_heat import follow
from rig.life.laws.cycles import add_cycle_damage, add_energy_damage
from rig.life.laws.heat import add_ageing_damage, add_sliding_damage
from rig.life.laws.turns import add_bearing_damage, add_joint_damage
from rig.life.rainflow import RainflowCounter
from rig.life.strut import moments_of


def warm_up() -> None:
    """Call each kernel with the types that it gets in a run."""
    counter = RainflowCounter()
    cycles = counter.count(np.array([0.0, 2.0, 1.0, 3.0]), np.zeros(4, np.int64))
    counted = (cycles.ranges, cycles.weights, cycles.tags)
    add_cycle_damage(*counted, np.array([5.0, 1.0, 1.0, 2.0]), np.zeros(1))
    add_energy_damage(*counted, np.ones(7), np.zeros(1))
    zeros, tags, ones = np.zeros(2), np.zeros(2, np.int64), np.ones(7)
    add_sliding_damage(zeros, zeros, tags, np.array([1.0, 90.0, 10.0]), np.zeros(1), np.zeros(1))
    add_joint_damage(zeros, zeros, zeros, tags, 1.0, ones, np.zeros(1))
    add_bearing_damage(zeros, zeros, tags, 1.0, ones, np.zeros(1), np.zeros(1))
    add_ageing_damage(zeros, tags, 1.0, ones, np.zeros(1))
    follow(zeros, 1.0, 1.0, 1.0, np.zeros(3))
    moments_of(np.ones((2, 2)))
