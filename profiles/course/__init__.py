"""The course: terrains put together into stages, days and campaigns, and roadbooks read into stages."""
