"""How good the detection is: seeded specimens, played on the simulated corner, judged by the real judge."""
